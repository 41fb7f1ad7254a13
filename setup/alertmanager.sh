#!/bin/sh
# For the longer lane: a real Alertmanager. Installed, since an unpacked copy lacks its template; its server is not started.
set -eu
command -v prometheus-alertmanager >/dev/null && exit 0
sudo=
[ "$(id -u)" = 0 ] || sudo="sudo -n"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
  $sudo chmod 755 "$policy"
  trap '$sudo rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
install="$sudo apt-get -q -y -o DPkg::Lock::Timeout=600 install --no-install-recommends prometheus-alertmanager"
log=$(mktemp)
$install >"$log" 2>&1 || { $sudo apt-get -q -o DPkg::Lock::Timeout=600 update >>"$log" 2>&1 && $install >>"$log" 2>&1; } || {
  cat "$log" >&2
  echo "setup: Debian's package prometheus-alertmanager could not be installed; check the network and /etc/apt/sources.list" >&2
  exit 1
}
rm -f "$log"
