# The verbs that people and CI share. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup run test lint fix conformance browser keycloak fuzz api-fuzz cluster cluster-down search-engines e2e scale bench bench-pods bench-ingest bench-store chaos gen images
SHELL := /bin/bash
BIN := .venv/bin

help:  ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup:  ## everything needed, skipped where nothing changed; leaves .venv/bin/podlynx
	@setup/setup.sh

run: setup  ## the demo: a shop, an attack, the alert on the page [ARGS=--once]
	@exec $(BIN)/podlynx demo $(ARGS)

test: setup  ## unit tests of engine, package and page
	cd engine && cargo test --quiet --workspace --exclude podlynx-bindings
	npm --prefix web run --silent test
	$(BIN)/pytest $(ARGS)

lint: setup  ## formatters, linters and type checkers, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest podlynx._engine
	$(BIN)/lint-imports
	cd engine && cargo fmt --all --check
	cd engine && cargo clippy --quiet --workspace --all-targets -- -D warnings
	npm --prefix web run --silent lint

fix: setup  ## formatters, and what linters can mend by themselves
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cd engine && cargo fmt --all
	npm --prefix web run --silent fix

conformance: setup  ## agreement with Snort 3 [FOLDER=DIR] [SETS="base near"] [ARGS="--show 10"]
	@$(BIN)/python tests/conformance/score.py $(if $(FOLDER),--folder "$(FOLDER)") $(if $(SETS),--sets $(SETS)) $(if $(ARGS),-- $(ARGS))

fuzz: setup  ## hostile bytes for every parser and the whole engine [SECONDS=30 TARGETS="http1 engine" JOBS=2]
	@$(BIN)/python tests/engine/fuzz.py --seconds $(or $(SECONDS),30) --jobs $(or $(JOBS),1) $(ARGS) $(TARGETS)

api-fuzz: setup  ## schemathesis over the whole API of a manager: no 5xx, nothing that the contract does not name [ARGS="--examples 500 --seed 1"]
	@$(BIN)/python -m tests.manager.api_fuzz $(ARGS)

cluster: setup  ## a real Kubernetes of three nodes on this machine with Podlynx on it; refreshes one that is up
	@$(BIN)/python -m tests.e2e.cluster up
	@$(MAKE) --no-print-directory images
	@$(BIN)/python -m tests.e2e.cluster install

cluster-down:  ## ends and removes the cluster, and compares the machine with before [ARGS=--strict]
	@$(BIN)/python -m tests.e2e.cluster down $(ARGS)

browser: setup  ## the page in a real browser against a real demo
	@$(BIN)/python tests/browser/against_demo.py

keycloak: setup  ## people log in by a real Keycloak, in a real browser, and out again; fetches it from Maven's repository
	@setup/keycloak.sh
	@$(BIN)/python tests/browser/against_keycloak.py $(ARGS)

e2e: setup  ## the walk-through and what can go wrong with it, on the cluster of `make cluster` [ARGS="-k label"]
	@PODLYNX_E2E=1 $(BIN)/pytest tests/e2e --ignore=tests/e2e/cluster $(ARGS)

search-engines: setup  ## OpenSearch 2 and 3 and Elasticsearch 7 for the tests of the event store
	@setup/search/engines.sh

scale: setup  ## what 500 nodes cost API server and manager, on the cluster of `make cluster` [ARGS=--write]
	@$(BIN)/python -m tests.e2e.scale $(ARGS)

bench: setup  ## throughput and latency; results in bench/results/ [ARGS=--quick]
	@$(BIN)/python bench/throughput.py $(ARGS)
	@$(BIN)/python bench/latency.py $(ARGS)

bench-ingest: setup  ## events a second that the manager takes in, and how the API answers meanwhile [ARGS=--quick]
	@$(BIN)/python bench/ingest.py $(ARGS)

bench-store: setup  ## lists, searches and counts over five million stored events [ARGS="--events 400000"]
	@$(BIN)/python bench/store.py $(ARGS)

chaos: setup search-engines  ## kills, full and broken disks, damage, an absent store, a faulty engine: each event stored once [SEED=1 KILLS=200]
	@PODLYNX_CHAOS_SEED=$(or $(SEED),1) PODLYNX_CHAOS_KILLS=$(or $(KILLS),200) $(BIN)/pytest -q tests/chaos

bench-pods: setup  ## a node with 200 selected pods: memory, attaching, drops at 0.3 GB/s (root) [ARGS="--rate 500"]
	@$(BIN)/python bench/pods.py $(ARGS)

images: setup  ## the image of operator, manager and sensor as an archive that a cluster takes: build/images/podlynx.tar
	@setup/images/images.sh

gen: setup  ## everything that is generated and committed (contracts, reference pages, lock file)
	@$(BIN)/python setup/generate.py
