# Debian packages: a C compiler and Vectorscan for the engine; curl for the demo; zstd and Chromium for the tests.

# package, and a command that succeeds where it (or something as good) is there
system_needs=(
  "build-essential   command -v cc"
  "pkg-config        command -v pkg-config"
  "libvectorscan-dev pkg-config --exists libhs"
  "curl              command -v curl"
  "zstd              command -v zstd"
  "iproute2          command -v ip"
  "chromium          command -v chromium || command -v chromium-browser || command -v google-chrome || test -n \"\${PODLYNX_CHROMIUM:-}\""
)

system_inputs() {
  cat setup/system.sh
  missing_packages
}

missing_packages() {
  local line
  for line in "${system_needs[@]}"; do
    bash -c "${line#* }" >/dev/null 2>&1 || echo "${line%% *}"
  done
}

system_packages() {
  local missing sudo=
  missing=$(missing_packages | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || fail "these are missing: $missing" "install them with your system's package manager (names are Debian's)"
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || fail "these packages are missing: $missing" "sudo apt-get install $missing"
    sudo="sudo -n"
  fi
  echo "      installing $missing"
  export DEBIAN_FRONTEND=noninteractive
  # Another apt may be at work (a second checkout, an unattended upgrade): wait for its locks instead of failing.
  quietly apt-update "the package lists could not be fetched" "check the network and /etc/apt/sources.list" \
    retry $sudo apt-get -q -o DPkg::Lock::Timeout=600 update
  quietly apt-install "the packages could not be installed: $missing" "try by hand: apt-get install $missing" \
    retry $sudo apt-get -q -y -o DPkg::Lock::Timeout=600 install --no-install-recommends $missing
}

# The lists' lock has no timeout of its own in older apt: try again for a minute.
retry() {
  local try
  for try in 1 2 3 4 5 6; do
    "$@" && return 0
    [ "$try" = 6 ] || sleep $((try * 4))
  done
  return 1
}
