#!/usr/bin/env bash
# For the longer lane: Prometheus and promtool unpacked into .cache/prometheus. Not installed: the package would start a server.
set -euo pipefail
cd "$(dirname "$0")/.."
target=.cache/prometheus
if [ -x "$target/usr/bin/promtool" ] || { command -v promtool && command -v prometheus; } >/dev/null; then exit 0; fi
command -v apt-get >/dev/null || { echo "setup: promtool is missing; install Prometheus with your system's package manager" >&2; exit 1; }
mkdir -p "$target"
target=$(realpath "$target")
cd "$target"
apt-get -q download prometheus >download.log 2>&1 || { apt-get -q update >update.log 2>&1 && apt-get -q download prometheus >download.log 2>&1; } || {
  tail -n 5 "$target/download.log" >&2
  echo "setup: Debian's package prometheus could not be fetched; check the network and /etc/apt/sources.list" >&2
  exit 1
}
dpkg -x prometheus_*.deb .
rm -rf prometheus_*.deb etc lib var usr/share
"$target/usr/bin/promtool" --version 2>&1 | head -n 1
