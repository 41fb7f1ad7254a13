# The base: Python, Vectorscan's runtime library and certificates from Debian, and nothing else; no shell, no package manager at work.

base_packages=python3,libvectorscan5,ca-certificates,tzdata

needs() {
  command -v buildah >/dev/null || fail "buildah is missing (it puts the image together)" "apt-get install buildah"
  command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing (it makes the image's base)" "apt-get install mmdebstrap"
  [ "$(id -u)" = 0 ] || fail "images are built as root: the base's files belong to root" "sudo make images"
}

# A storage of our own: what a build leaves behind is ours to remove, and nobody's other images are touched.
own_buildah() { buildah --root "$PWD/$out/storage" --runroot "$PWD/$out/run" "$@"; }

base_inputs() {
  cat setup/images/base.sh
  # A month: security updates are taken up without being asked for.
  echo "$suite $(date +%Y-%m)"
  own_buildah inspect --type image --format '{{.FromImageID}}' "$base" 2>/dev/null || true
}

base_image() {
  local tar=$out/base.tar container
  # What postinst scripts would do, and what no pod reads.
  quietly base "the image's base could not be made" "check the network and the machine's Debian sources" \
    mmdebstrap --quiet --variant=extract --include=$base_packages \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook='cat "$1"/usr/share/ca-certificates/mozilla/*.crt >"$1/etc/ssl/certs/ca-certificates.crt"' \
    --customize-hook='chroot "$1" /usr/bin/python3 -m compileall -q /usr/lib/python3.11' \
    --customize-hook='chroot "$1" /sbin/ldconfig' \
    --customize-hook='rm -rf "$1"/var/cache/* "$1"/var/lib/apt "$1"/var/log/* "$1"/usr/lib/python3.11/test "$1"/usr/share/doc-base' \
    "$suite" "$tar"
  container=$(own_buildah from scratch)
  own_buildah add --quiet "$container" "$tar" / >/dev/null
  own_buildah commit --quiet --rm "$container" "$base" >/dev/null
  rm -f "$tar"
}
