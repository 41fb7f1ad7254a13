# podlynx._engine and the command .venv/bin/podlynx, by maturin; cargo compiles only what changed.

engine_inputs() {
  cat setup/engine.sh pyproject.toml
  find engine -path engine/target -prune -o -type f \( -name '*.rs' -o -name '*.toml' -o -name '*.lock' -o -name '*.c' -o -name '*.txt' \) -print0 | hash_of_files
  if [ -x .venv/bin/podlynx ]; then ls src/podlynx/_engine*.so 2>/dev/null || true; fi
}

engine_build() {
  [ -d engine/target/release ] || echo "      compiling everything: some minutes the first time"
  local log=.cache/setup/engine.log
  if ! VIRTUAL_ENV=$PWD/.venv PATH=$PWD/.cache/uv/bin:$PATH .venv/bin/maturin develop --release --uv >"$log" 2>&1; then
    grep -E -A 12 '^(error|warning: build failed)' "$log" >&2 || tail -n 30 "$log" >&2
    if grep -qE 'failed to (download|fetch|get)|Could not resolve host|spurious network error' "$log"; then
      fail "the Rust packages could not be downloaded (all of it: $log)" "$network_mend"
    fi
    fail "the engine could not be built (all of it: $log)" "read the first error above"
  fi
}

# The pattern databases of the rules that would be used, made once: the first run then starts as fast as every later one.
patterns_inputs() { engine_inputs; cat rules/*.rules ../shared/conformance/rules/*.rules 2>/dev/null || true; }

patterns() { .venv/bin/podlynx rules check >.cache/setup/patterns.log 2>&1 || true; }
