#!/usr/bin/env bash
# Makes build/images/podlynx.tar (`make images`): the image of operator, manager and sensor as an OCI archive that `ctr images import` and
# `kind load` take. What the Dockerfile can build inside is built on this machine instead, by the toolchain that `make setup` used, and only
# assembled: no registry is asked, and a second call does what changed (stamps in .cache/setup, as set-up has them).
#   PODLYNX_IMAGE   its name; default localhost/podlynx:dev
#   PODLYNX_SUITE   the Debian release of the base; default bookworm, whose Python is the 3.11 that everything is locked for
set -euo pipefail
cd "$(dirname "$0")/../.."
. setup/steps.sh
. setup/images/base.sh
. setup/images/assemble.sh
steps=4

image=${PODLYNX_IMAGE:-localhost/podlynx:dev}
suite=${PODLYNX_SUITE:-bookworm}
base=localhost/podlynx-base:$suite
out=build/images

mkdir -p .cache/setup $out
exec 8>.cache/setup/images.lock
flock 8

needs
step "image: base"       base_inputs     base_image
step "image: wheel"      wheel_inputs    wheel
step "image: packages"   packages_inputs packages
step "image: archive"    archive_inputs  archive
printf '%s: %s (%d MB)\n' "$image" "$out/podlynx.tar" $(($(stat -c %s $out/podlynx.tar) / 1000000))
