#!/bin/sh
# assemble.sh WHEEL LOCK OUT: makes OUT what stands at /opt/podlynx in the image: a virtual environment around the image's Python 3.11, with
# exactly what LOCK names (hashes checked) and WHEEL. Runs on a person's machine and in the Dockerfile alike. UV: the uv to use.
set -eu
wheel=$1 lock=$2 out=$3
packages=$out/lib/python3.11/site-packages

rm -rf "$out"
mkdir -p "$packages" "$out/bin"
"${UV:-uv}" pip install --quiet --python-version 3.11 --only-binary :all: --link-mode copy --target "$packages" --require-hashes -r "$lock"
"${UV:-uv}" pip install --quiet --python-version 3.11 --link-mode copy --target "$packages" --no-deps "$wheel"

# Written by hand: `venv` would note the builder's own Python, and its scripts the builder's own paths.
printf 'home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11\n' >"$out/pyvenv.cfg"
ln -s /usr/bin/python3.11 "$out/bin/python"
printf '#!/opt/podlynx/bin/python -I\nfrom podlynx.cli import main\n\nmain()\n' >"$out/bin/podlynx"
chmod 755 "$out/bin/podlynx"
ln -s podlynx "$out/bin/kubectl-podlynx"

# Other packages' commands, type stubs and tests are for nobody here; nor are the texts that a test factory makes up in 70 languages.
rm -rf "$packages/bin" "$packages/.lock" "$packages"/*/tests
find "$packages" \( -name '*.pyi' -o -name '*.so.dbg' \) -delete
find "$packages/faker/providers" -mindepth 2 -maxdepth 2 -type d ! -name en_US ! -name __pycache__ -exec rm -rf {} + 2>/dev/null || true
