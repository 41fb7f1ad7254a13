# .venv with exactly what requirements.lock names, hashes checked. uv does it; it comes from the package index into a corner of its own.

uv=.cache/uv/bin/uv

python_inputs() {
  cat setup/python.sh setup/uv.txt requirements.lock
  # Anew where the environment is gone or its interpreter does not start any more.
  .venv/bin/python -c 'import sys; print(sys.version, sys.prefix)' 2>/dev/null || true
}

python_packages() {
  local python
  python=$(find_python) || fail "Python 3.11 or newer is missing" "apt-get install python3.11 python3.11-venv"
  if ! "$uv" --version >/dev/null 2>&1; then
    rm -rf .cache/uv
    quietly venv "a virtual environment could not be made" "apt-get install python3-venv" "$python" -m venv .cache/uv
    quietly uv "uv could not be installed" "$network_mend" .cache/uv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r setup/uv.txt
  fi
  quietly venv "the environment .venv could not be made" "remove .venv and try again" "$uv" venv --quiet --clear --python "$python" .venv
  quietly python "the Python packages could not be installed" "$network_mend" \
    "$uv" pip install --python .venv/bin/python --compile-bytecode --require-hashes -r requirements.lock
  # A new environment has no engine yet.
  rm -f .cache/setup/engine_build
}

# Compiled once here: commands start in half the time, also where PYTHONDONTWRITEBYTECODE is set.
bytecode_inputs() { find src/podlynx -name '*.py' -print0 | hash_of_files; }

bytecode() { quietly bytecode "the package could not be compiled" "read the first error above" .venv/bin/python -m compileall -q src/podlynx; }

network_mend="check the network: the first set-up downloads packages (proxies are read from HTTPS_PROXY, PIP_INDEX_URL and their like)"
