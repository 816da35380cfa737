# Every target sets up what it needs in .venv by itself; no other step is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.ready

.PHONY: run ui test check docs bench clean

run: $(SETUP)  ## solve the default data, compare national with joint, write results/
	$(BIN)/jointbuy demo data --out results || test $$? -eq 4  # 4: stopped by the time limit, its gap is told

ui: $(SETUP)  ## the page in the browser, on this machine only
	$(BIN)/jointbuy ui data

test: $(SETUP)  ## every test
	$(BIN)/python -m pytest

check: $(SETUP)  ## format, lint, types and the fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -m "not slow"

docs: $(SETUP)  ## the pages of docs/ that follow from the code
	$(BIN)/python -m optimizer.reference docs

bench: $(SETUP) $(VENV)/.bench  ## measure against other layers and solvers, write benchmarks/RESULTS.md; takes hours
	$(BIN)/python -m benchmarks.run

$(VENV)/.bench: pyproject.toml $(SETUP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	touch $(VENV)/.bench

$(SETUP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(SETUP)

clean:  ## remove the environment and what was built
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache results
