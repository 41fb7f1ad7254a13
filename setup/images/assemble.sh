# /opt/podlynx, built on this machine, and the archive.

wheel_inputs() {
  cat setup/images/assemble.sh pyproject.toml README.md
  find engine -path engine/target -prune -o -type f \( -name '*.rs' -o -name '*.toml' -o -name '*.lock' -o -name '*.c' -o -name '*.txt' \) -print0 | hash_of_files
  cat rules/*.rules
  find src/podlynx -type f ! -name '*.pyc' ! -name '*.so' -print0 | hash_of_files
  ls $out/wheel/*.whl 2>/dev/null || true
}

wheel() {
  [ -f src/podlynx/web/index.html ] || fail "the Alerts page is not built" "make setup"
  rm -rf $out/wheel
  # Vectorscan is the base's: the wheel need not carry it (which the manylinux tags would ask).
  quietly wheel "the package could not be built" "read the first error above" \
    nice .venv/bin/maturin build --release --strip --compatibility linux --auditwheel skip --out $out/wheel
}

packages_inputs() {
  cat deploy/image/assemble.sh deploy/requirements.lock
  sha256sum $out/wheel/*.whl
  ls -d $out/opt/podlynx/bin 2>/dev/null || true
}

packages() {
  UV=$PWD/.cache/uv/bin/uv quietly packages "the image's Python packages could not be installed" \
    "check the network; deploy/requirements.lock must fit pyproject.toml (make gen)" \
    deploy/image/assemble.sh $out/wheel/*.whl deploy/requirements.lock $out/opt/podlynx
}

archive_inputs() {
  cat deploy/Dockerfile deploy/image/finish.py .dockerignore .cache/setup/base_image .cache/setup/packages
  echo "$image"
  ls $out/podlynx.tar 2>/dev/null || true
}

archive() {
  local version
  version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml | head -n 1)
  # chroot: needs neither user namespaces nor a daemon.
  quietly image "the image could not be put together" "read the last lines above" \
    own_buildah build --quiet --layers=false --isolation chroot --file deploy/Dockerfile --build-arg BASE="$base" --build-arg PACKAGES=packages-host \
    --build-arg VERSION="$version" --tag "$image" .
  rm -f $out/new.tar
  quietly push "the archive could not be written" "is the disk full?" own_buildah push --quiet "$image" "oci-archive:$out/new.tar:$image"
  # At once: who loads it meanwhile has the old one or the new one.
  mv $out/new.tar $out/podlynx.tar
  # What this build and those before it left behind: stages, and the image that had the name.
  own_buildah rm --all >/dev/null 2>&1 || true
  own_buildah rmi --prune >/dev/null 2>&1 || true
}
