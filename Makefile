# `make demo` and `make test` set everything up by themselves; `make help` lists the targets.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet --quiet
# Interpreter of the first set-up; found on the PATH if empty.
PYTHON ?=
FIND_PYTHON = python=$$(sh requirements/find-python.sh "$(PYTHON)")
# Worker processes of the tests.
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo monitor test lint format bench qualify reference estimation calibrate lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  PYTHON=python3.12 names the interpreter of the first set-up (3.11, 3.12 or 3.13)."

demo: $(VENV)/installed  ## compare four ways out of morphine dependence; writes a report
	@$(BIN)/speciosa demo

monitor: $(VENV)/installed  ## the monitor with a synthetic clinic, in a browser; ARGUMENTS=... are handed on
	@$(BIN)/speciosa monitor demo $(ARGUMENTS)

test: lint  ## lint, types, then all tests and the examples of the docstrings
	$(BIN)/python -m pytest -n $(WORKERS) --doctest-modules src tests

lint: $(VENV)/installed  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/installed  ## let ruff repair what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed  ## time the engine; ARGUMENTS=... are handed on
	@$(BIN)/python bench/run.py $(ARGUMENTS)

qualify: $(VENV)/installed  ## run every published target; writes docs/qualification and the record that tests hold
	@$(BIN)/speciosa qualify --out docs/qualification --record src/speciosa/qualification/data/verdicts.csv

reference: $(VENV)/installed  ## hold the engine against NONMEM's answers in the folder DATA=...
	@test -n "$(DATA)" || { echo "Name the folder with nmtest.csv.gz: make reference DATA=folder" >&2; exit 2; }
	@$(BIN)/python bench/nonmem_reference.py "$(DATA)" $(ARGUMENTS)

estimation: $(VENV)/installed  ## hold fits against published objective values in the folder DATA=...
	@test -n "$(DATA)" || { echo "Name the folder that holds wang2007 and others: make estimation DATA=folder" >&2; exit 2; }
	@$(BIN)/python bench/estimation.py "$(DATA)" $(ARGUMENTS)

calibrate: $(VENV)/installed  ## re-run every calibration and hold the shipped rows against it (minutes)
	@for script in calibration/*.py; do \
		echo "== $$script" && OMP_NUM_THREADS=1 $(BIN)/python "$$script" || exit 1; \
	done
	@$(BIN)/python -m pytest -q tests/science/test_calibration.py

lock:  ## resolve the locked versions anew (needs the network)
	@$(FIND_PYTHON) && "$$python" -m venv --clear build/lock
	build/lock/bin/python -m pip install --disable-pip-version-check --quiet uv
	build/lock/bin/uv pip compile --quiet --upgrade --universal --fork-strategy fewest --python-version 3.11 \
		--all-extras --no-annotate --no-header --no-emit-index-url --no-emit-find-links \
		--output-file requirements/lock.txt pyproject.toml requirements/development.in

clean:  ## remove what was built, the virtual environment included; results stay
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis src/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The two stamps make a second run free of downloads: first the locked packages, then the package itself from this folder.
$(VENV)/locked: requirements/lock.txt
	@$(FIND_PYTHON) && \
	echo "Setting up $(VENV) with $$("$$python" --version) (once; needs the package index) ..." >&2 && \
	{ "$$python" -m venv --clear $(VENV) || { \
		echo "Python's venv module does not work; on Debian and Ubuntu install the package python3-venv." >&2; exit 1; }; }
	@$(PIP) install --no-deps -r requirements/lock.txt
	@touch $@

$(VENV)/installed: $(VENV)/locked pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@$(PIP) check
	@touch $@
