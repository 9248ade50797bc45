# The commands of this project; `make help` lists them. Everything runs from .venv, which `make setup` fills from the lock.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY ?= python3
BIN := .venv/bin
UV := uv==0.13.8

.PHONY: help setup fmt check test unit e2e up down status fuzz bench docs lock wheel clean

help: ## List the commands
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: .venv/.ready ## Install the pinned Python packages into .venv

.venv/.ready: requirements.lock pyproject.toml
	@command -v $(PY) >/dev/null || { echo "make: python3 is missing; install it: apt-get install python3 python3-venv" >&2; exit 2; }
	@echo "Installing the pinned Python packages into .venv (about 30 s) ..."
	@$(PY) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check '$(UV)'
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

fmt: setup ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only --quiet .

check: setup ## Format, lint, types, layers, schemas and generated pages, without changing anything
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict .
	$(BIN)/python tools/generate.py --check

unit: setup ## Run the tests that need no cluster
	$(BIN)/pytest -n 2 -m 'not e2e and not sandbox'

e2e: setup ## Run the tests on a real cluster of their own
	$(BIN)/pytest -m 'e2e or sandbox'

test: check unit e2e ## Run everything: checks, unit tests, and the tests on a real cluster

up: setup ## Build the model city on this machine, or on the cluster of KUBECONFIG
	@$(BIN)/cityfabric up

status: setup ## Show the city
	@$(BIN)/cityfabric status

down: setup ## Stop the sandbox; its state stays
	@$(BIN)/cityfabric down

fuzz: setup ## Give the loader of the city's data 125,000 inputs
	LOADER_INPUTS=25000 $(BIN)/pytest -q -n auto --timeout 3600 tests/unit/test_load_any.py

bench: setup ## Measure cities of 10, 50 and 150 tenants beside kubectl; takes an hour
	$(BIN)/python -m tests.bench.tenancy

docs: setup ## Make the generated pages, schemas and pictures anew
	@$(BIN)/python tools/generate.py

lock: setup ## Take newer packages (at least 7 days old) into the lock
	@$(BIN)/uv pip compile --quiet pyproject.toml --group dev --all-extras --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-annotate --no-header --upgrade --exclude-newer "$$(date -d '-7 days' +%F)" -o requirements.lock

wheel: setup ## Build the package for a city's own repository into dist/
	@$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

clean: ## Remove .venv and the caches of the tools in it
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
