# `make demo` and `make test` do everything from a fresh clone. Java and Maven are looked for by
# the commands themselves. Another Python: make setup PYTHON=python3.12
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
TWO_AT_ONCE := -n 2 --dist loadgroup --no-loadscope-reorder
PURE := tests/registry tests/surveillance tests/vietnam tests/contracts

.PHONY: help setup demo test test-pure search lint types bench evaluate faults up down clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

setup: $(READY) ## Install what the lock file pins into .venv (other targets do it by themselves)

demo: $(READY) ## Show the whole network at work; leaves nothing running
	@$(BIN)/rxlog demo

test: $(READY) ## Run all tests, on real Kafka and Postgres
	@$(BIN)/python -m pytest $(TWO_AT_ONCE)

test-pure: $(READY) ## Run the tests of the judge, the rules, the law and the language (seconds)
	@$(BIN)/python -m pytest --hypothesis-profile quick -m "not network" $(PURE)

search: $(READY) ## Look for examples that break the judge, the fold, the auditor (half an hour)
	@$(BIN)/python -m pytest --hypothesis-profile search --timeout 3600 -m "not network" \
		tests/registry tests/faults/test_audit.py tests/vietnam tests/surveillance tests/kernel

lint: $(READY) ## Check style and import rules
	@$(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/lint-imports

types: $(READY) ## Check types
	@$(BIN)/mypy

bench: $(READY) ## Measure folds and verdicts beside limits and peers (BENCH="--quick" for less)
	@$(BIN)/rxlog bench $(BENCH)

evaluate: $(READY) ## Measure every detection rule on a country whose truth is known (minutes)
	@$(BIN)/rxlog evaluate $(EVALUATE)

faults: $(READY) ## Attack a network for an hour or so (FAULTS="--quick" for minutes)
	@$(BIN)/rxlog faults $(FAULTS)

up: $(READY) ## Start a network that keeps its data in .rxlog
	@$(BIN)/rxlog up

down: $(READY) ## Stop it
	@$(BIN)/rxlog down

clean: ## Stop the network and delete its data, .venv and caches
	@if [ -x $(BIN)/rxlog ]; then $(BIN)/rxlog down; fi
	@rm -rf .rxlog .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(READY): requirements.lock infra/install.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "RxLog needs Python 3.11 or newer: install it, then run make PYTHON=python3.11 (or a newer one)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "This Python cannot make virtual environments: install its venv package (Debian/Ubuntu: apt install python3-venv)."; exit 1; }
	@echo "Installing into .venv (once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python infra/install.py
	@touch $(READY)
