# The Alerts page: npm packages as web/package-lock.json names them, then web/dist, copied to where the manager serves it from.

web_package_inputs() {
  cat setup/web.sh web/package.json web/package-lock.json web/.npmrc
  if [ -d web/node_modules ]; then echo there; fi
}

web_packages() {
  quietly npm "the page's packages could not be installed" "$network_mend" npm --prefix web ci --no-audit --no-fund --no-progress
}

web_inputs() {
  cat setup/web.sh
  find web \( -path web/node_modules -o -path web/dist -o -path web/e2e -o -path web/test-results \) -prune -o -type f -print0 | hash_of_files
  if [ -f src/podlynx/web/index.html ]; then echo there; fi
}

web_build() {
  quietly web "the page could not be built" "read the first error above" npm --prefix web run --silent build
  # In place at once: a manager that runs sees the old page or the new one.
  rm -rf src/podlynx/web.new src/podlynx/web.old
  cp -r web/dist src/podlynx/web.new
  if [ -d src/podlynx/web ]; then mv src/podlynx/web src/podlynx/web.old; fi
  mv src/podlynx/web.new src/podlynx/web
  rm -rf src/podlynx/web.old
}
