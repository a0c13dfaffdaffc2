# make run: the app.  make test: every test.  Both set up what they need, once.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8501
PYTEST_ARGS ?=
BIN := .venv/bin

.PHONY: run test check bench clean

run: .venv/.run
	PORT=$(PORT) $(BIN)/python app.py

test: check .venv/.browser
	$(BIN)/pytest $(PYTEST_ARGS)

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.dev .venv/.browser
	$(BIN)/python -m bench

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "lossviz needs Python 3.11 or newer; set PYTHON=/path/to/python3.11." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "python -m venv failed; on Debian: apt-get install python3-venv." >&2; exit 1; }

.venv/.run: .venv/bin/python requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.dev: .venv/.run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/.browser: .venv/.dev
	$(BIN)/python -m tests.browser.chromium
	@touch $@

clean:
	rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache
