# make run: the app.  make test: every test and check.  Both set up what they need, once.
# make quick: checks, and tests that are neither slow nor in a browser.  make soak: whether memory stays flat.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8501
PYTEST_ARGS ?=
LOCK_ARGS ?=
TORCH_CPU ?= https://download.pytorch.org/whl/cpu
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Two workers: one has all browser tests, the other the rest, file by file, and whichever is free goes on with those.
WORKERS := -n 2 --dist loadgroup --no-loadscope-reorder
# For any system and every Python from 3.11 on. Of torch there are several builds of one version, and so no hash.
LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-annotate --constraint requirements-torch.txt --no-emit-package torch \
	--custom-compile-command "make lock" $(LOCK_ARGS)
# Tests start many processes, each of which would compile the project anew.
export PYTHONDONTWRITEBYTECODE =

TIMED = @start=$$(date +%s); $(MAKE) --no-print-directory -j2 check $(1); status=$$?; \
	echo "make $@ took $$(($$(date +%s) - start)) s"; exit $$status

.PHONY: run test quick soak check tests unseen bench docs lock clean

run: .venv/.run
	PORT=$(PORT) $(BIN)/python app.py

test: .venv/.browser
	$(call TIMED,tests)

quick: .venv/.dev
	$(call TIMED,unseen)

soak: .venv/.browser
	$(BIN)/pytest -m soak $(PYTEST_ARGS)

tests: .venv/.browser
	@$(BIN)/pytest $(WORKERS) $(PYTEST_ARGS)

unseen: .venv/.dev
	@$(BIN)/pytest $(WORKERS) -m "not (browser or slow or soak)" $(PYTEST_ARGS)

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@$(BIN)/python -m tools.audit

bench: .venv/.dev .venv/.browser
	$(BIN)/python -m bench

docs: .venv/.dev
	$(BIN)/python -m tools.api_pages

lock: .venv/.dev
	$(LOCK) --extra app --extra formats --output-file requirements.txt
	$(LOCK) --constraint requirements.txt --extra app --extra formats --group dev --output-file requirements-dev.txt

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "lossviz needs Python 3.11 or newer; set PYTHON=/path/to/python3.11." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "python -m venv failed; on Debian: apt-get install python3-venv." >&2; exit 1; }

.venv/.run: .venv/bin/python requirements.txt requirements-torch.txt
	$(PIP) -r requirements.txt
	@# PyPI's torch for Linux brings gigabytes of CUDA; whoever has a torch here keeps it.
	@if [ "$$(uname)" = Linux ] && ! $(BIN)/python -c 'import importlib.util as u, sys; sys.exit(not u.find_spec("torch"))'; \
	then $(PIP) --timeout 10 --retries 0 --no-deps --index-url $(TORCH_CPU) -r requirements-torch.txt 2>/dev/null || \
		echo "torch is not to be had from $(TORCH_CPU), and comes from the ordinary index."; fi
	$(PIP) -r requirements-torch.txt
	@touch $@

.venv/.dev: .venv/.run requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	@touch $@

.venv/.browser: .venv/.dev
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m tests.deploy.nginx
	@touch $@

clean:
	rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache
