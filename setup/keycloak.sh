#!/usr/bin/env bash
# For `make keycloak`: a real Keycloak in .cache/keycloak, from Maven's repository. Its own build step (some minutes) is done once, here.
set -euo pipefail
cd "$(dirname "$0")/.."
. setup/steps.sh
. setup/toolchain.sh
. setup/system.sh

steps=2
version=26.7.3
folder=.cache/keycloak
dependency_plugin=org.apache.maven.plugins:maven-dependency-plugin:3.6.1
system_needs=(
  "maven                   command -v mvn"
  "openjdk-17-jre-headless command -v java"
)

keycloak_inputs() { cat setup/keycloak.sh; [ ! -x $folder/home/bin/kc.sh ] || echo there; }

keycloak() {
  rm -rf $folder && mkdir -p $folder/unpacked
  quietly keycloak "Keycloak $version could not be fetched" "check the network, then try again" \
    mvn -B -q $dependency_plugin:unpack -Dartifact=org.keycloak:keycloak-quarkus-dist:$version:zip \
    -Dmdep.unpack.outputDirectory="$PWD/$folder/unpacked" -DoutputDirectory="$PWD/$folder/unpacked"
  mv $folder/unpacked/keycloak-$version $folder/home
  chmod +x $folder/home/bin/*.sh
  quietly keycloak-build "Keycloak $version could not be built" "look into the log; it needs Java 17 or newer" \
    $folder/home/bin/kc.sh build --db=dev-mem --health-enabled=true --cache=local --features-disabled=kerberos
}

mkdir -p .cache/setup
exec 8>.cache/setup/keycloak.lock
flock 8
step "Keycloak: system packages" system_inputs system_packages
step "Keycloak $version (some minutes the first time)" keycloak_inputs keycloak
finish
