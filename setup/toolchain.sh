# The tools that must be there before anything can be built. Each that is missing is one sentence with its mend.

toolchain_inputs() {
  cat setup/toolchain.sh
  # Anew when the search path or a tool on it changes, and when the environment that was made is gone.
  echo "$PATH"; command -v cargo node npm cc || true
  find_python || true
  cat engine/rust-toolchain.toml 2>/dev/null || true
}

# Prints the newest Python from 3.11 on.
find_python() {
  local name
  for name in python3.14 python3.13 python3.12 python3.11 python3; do
    # A version manager's shim exists for versions that are not switched on: ask it, don't trust its name.
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      "$name" -c 'import sys; print(sys.executable)'
      return 0
    fi
  done
  return 1
}

# at_least HAVE WANT: compares dotted versions.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

toolchain() {
  find_python >/dev/null || fail "Python 3.11 or newer is missing" "apt-get install python3.11 python3.11-venv, or install it from python.org"
  command -v cargo >/dev/null || fail "the Rust compiler is missing (cargo is not on the PATH)" "install Rust 1.85 or newer with rustup (https://rustup.rs)"
  local rust
  rust=$(rustc --version | cut -d' ' -f2)
  at_least "$rust" 1.85 || fail "Rust $rust is too old, 1.85 or newer is needed" "rustup update stable"
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    fail "Node.js or npm is missing (the Alerts page is built with it)" "install Node.js 20.19 or newer from nodejs.org"
  fi
  local node
  node=$(node --version | tr -d v)
  at_least "$node" 20.19 || fail "Node.js $node is too old, 20.19 or newer is needed" "install a newer one from nodejs.org"
}
