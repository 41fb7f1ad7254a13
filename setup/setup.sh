#!/usr/bin/env bash
# Makes this checkout runnable: `make setup` calls it, every other target after that. Each step is done again only when what it was made
# from changed (a stamp in .cache/setup holds the content hash), so a second call takes about a second. Nothing outside of the checkout
# is changed but Debian packages that are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
here=setup
. $here/steps.sh
. $here/toolchain.sh
. $here/system.sh
. $here/python.sh
. $here/engine.sh
. $here/web.sh

mkdir -p .cache/setup
exec 9>.cache/setup/lock
if ! flock -n 9; then
  echo "another make in this checkout is setting up; waiting for it"
  flock 9
fi

step "tools"                toolchain_inputs  toolchain
step "system packages"      system_inputs     system_packages
step "Python packages"      python_inputs     python_packages
step "engine (Rust)"        engine_inputs     engine_build
step "package"              bytecode_inputs   bytecode
step "rules"                patterns_inputs   patterns
step "page: packages"       web_package_inputs web_packages
step "page: build"          web_inputs        web_build
finish
