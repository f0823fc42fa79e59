# Two commands for a fresh machine (Python 3.11 or newer, make, a package index):
#   make map    the map of the demo town, maps/demo/index.html
#   make test   the tests (make slow: those over three seconds each; CI runs both)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: map test slow lint types browser docs lock bench long clean

map: $(VENV)/.run
	@# exit code 3 says that questions wait in the review queue; the map is made
	$(BIN)/alprmap demo --out maps/demo || [ $$? -eq 3 ]
	@echo "Open this file in a browser: $(CURDIR)/maps/demo/index.html"

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not browser and not slow"

# tests that take more than three seconds each: whole builds, kills, cities, sessions of the docs
slow: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "slow and not browser"

browser: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m browser tests/browser

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(VENV)/.dev
	$(BIN)/mypy

docs: $(VENV)/.dev
	$(BIN)/python scripts/make_docs.py

lock: $(VENV)/.dev
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	  --extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	  --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	  --group long -o requirements-long.lock

# the table of docs/performance.md; CITY is any extract, MILLIONS the sizes of networks made of it
CITY ?= ../shared/data/roads/columbus-oh.osm.pbf
MILLIONS ?= 0.25,0.5,1,2,4
bench: $(VENV)/.dev
	$(BIN)/python benchmarks/table.py $(CITY) --millions $(MILLIONS) --write docs/performance.md

# the long sweeps (docs/trust.md): some four hours; strace and a mountable tmpfs where there are any
long: $(VENV)/.dev
	$(PIP) install -q --require-hashes -r requirements-long.lock
	ALPRMAP_HYPOTHESIS=drawn $(BIN)/python -m pytest -q -n 2 -m "not browser"
	ALPRMAP_FAULT_STEPS=60 ALPRMAP_FAULT_KILLS=100 $(BIN)/python -m pytest -q tests/store/test_faults.py
	$(BIN)/python -m pytest -q -s tests/long/long_disk.py tests/long/long_truncate.py tests/long/long_faults.py
	$(BIN)/python tests/long/environments.py
	$(BIN)/python tests/long/options.py
	$(BIN)/python tests/long/fuzz.py
	$(BIN)/python tests/long/mutate.py

$(VENV)/bin/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'alprmap needs Python 3.11 or newer')"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml requirements.lock | $(VENV)/bin/python
	$(PIP) install -q --require-hashes -r requirements.lock
	$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: pyproject.toml requirements-dev.lock | $(VENV)/bin/python
	$(PIP) install -q --require-hashes -r requirements-dev.lock
	$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
