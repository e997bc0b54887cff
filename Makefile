# Everything a newcomer needs: `make demo` and `make test` set the project up on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
QUALIFY := .venv-qualify
PYTHON313 ?= python3.13
PIP := $(BIN)/python -m pip --disable-pip-version-check
WORKERS ?= 2

.PHONY: help setup demo test check drills bench prove qualify constraints clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    two nodes on this machine, recorded real traffic, alerts over a signed line, a verified record"
	@echo "make test    the tests"
	@echo "make check   lint, formatting, types, room boundaries"
	@echo "make drills  past failures played on the shipped code: who caught what, and when"
	@echo "make bench   measurements side by side with the peers, written to bench/results/"
	@echo "make prove   the long proofs at full size"
	@echo "make qualify InterUSS's tests of F3548-21 against our DSS and USS, written to docs/interuss.md"
	@echo "make clean   remove the virtual environments and all caches"

setup: $(VENV)/.ready

# Debian's python3 may come without ensurepip: then pip installs itself into the new environment from outside.
$(VENV)/.ready: pyproject.toml requirements/constraints.txt requirements/recordings.txt
	@echo "Setting up $(VENV) (first time: about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "steerclear needs Python 3.11 or later; set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m venv --without-pip $(VENV)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m pip --python $(BIN)/python install --quiet pip
	@$(PIP) install --quiet --constraint requirements/constraints.txt --editable '.[check]'
	@$(PIP) install --quiet --no-deps --requirement requirements/recordings.txt
	@$(BIN)/python -m steerclear.app.warm
	@touch $@

demo: setup
	@$(BIN)/python -m demo

test: setup
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

check: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

drills: setup
	@$(BIN)/steerclear drill all

# The peers bring some 25 packages of their own: they live in an environment of their own.
$(BENCH)/.ready: pyproject.toml requirements/constraints.txt requirements/bench-peers.txt requirements/recordings.txt
	@echo "Setting up $(BENCH) (first time: about two minutes)"
	@test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH) 2>/dev/null || $(PYTHON) -m venv --without-pip $(BENCH)
	@$(BENCH)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m pip --python $(BENCH)/bin/python install --quiet pip
	@$(BENCH)/bin/python -m pip install --quiet --constraint requirements/constraints.txt --constraint requirements/bench-peers.txt --editable '.[bench]'
	@$(BENCH)/bin/python -m pip install --quiet --no-deps --requirement requirements/recordings.txt
	@$(BENCH)/bin/python -m pip install --quiet --constraint requirements/constraints.txt --only-binary bluesky-simulator,minisky --requirement requirements/bench-peers.txt \
		|| echo "some peers could not be installed; they are shown as not installed"
	@$(BENCH)/bin/python -m steerclear.app.warm
	@touch $@

bench: $(BENCH)/.ready
	@$(BENCH)/bin/python -m bench

# All of it takes a day or two; `make prove KILLS=1000 POWER_CUTS=10000 SEEDS=20000 BITS=10000` for a shorter look, a size
# of 0 leaves a part out, WRITE=1 puts the results into docs/promises.md, GO_ON=1 goes on where those were stopped.
# What takes how long stands there too.
PROVE_SIZES := KILLS NODE_KILLS POWER_CUTS WEAKER_DISKS SEEDS PARTITIONS FORGOTTEN BITS SECOND_BITS TRUNCATIONS MOVES ROUNDS BUNDLES VOLUME_PAIRS

prove: setup
	@$(BIN)/python -m tests.prove $(foreach name,$(PROVE_SIZES),$(if $($(name)),$(name)=$($(name)))) $(if $(WRITE),--write) $(if $(GO_ON),--go-on)

# InterUSS's framework needs Python 3.13 and some 120 packages: an environment of its own. A run takes about ten minutes;
# `make qualify ROUNDS="dss uss"` plays some rounds and writes nothing.
$(QUALIFY)/.ready: requirements/qualify.txt
	@$(PYTHON313) -c 'import sys; sys.exit(sys.version_info < (3, 13))' 2>/dev/null || { echo "InterUSS's framework needs Python 3.13 or later: set PYTHON313=/path/to/python3.13"; exit 1; }
	@echo "Setting up $(QUALIFY) (first time: about two minutes)"
	@test -x $(QUALIFY)/bin/python || $(PYTHON313) -m venv $(QUALIFY)
	@$(QUALIFY)/bin/python -m pip --disable-pip-version-check install --quiet --requirement requirements/qualify.txt
	@touch $@

qualify: setup $(QUALIFY)/.ready
	@$(BIN)/python -m qualify --framework $(QUALIFY)/bin/python $(if $(ROUNDS),--only $(ROUNDS))

constraints: setup
	@$(PIP) freeze --exclude-editable | grep -v '^traffic==' > requirements/constraints.txt

clean:
	rm -rf $(VENV) .venv-bench $(QUALIFY) build dist demo-output .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
