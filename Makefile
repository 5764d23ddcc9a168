# Everything from nothing: `make test` and `make demo` may each be the first command typed.
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Name one to choose: make test PYTHON=python3.12
PYTHON ?=
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3.13 python3.12 python3.11 python3 python)
# More for pytest: make test PYTEST_ARGS="-k budgets"
PYTEST_ARGS ?=

.PHONY: help setup demo test check bench clean tests lint types layers docs

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv and install the package with everything its tests need

demo: $(READY) ## Rehearse the refunds example offline: no checks, every check, a plan
	@$(BIN)/python -m examples.refunds

test: lint types layers tests ## Everything that must hold: style, types, layers, every test

check: lint types layers docs ## Style, types, layers, and the examples in the documentation

bench: $(READY) ## Run the benchmarks, quickly
	@for file in benchmarks/[a-z]*.py; do \
	  echo "== $$file"; $(BIN)/python "$$file" --quick || exit 1; \
	done

clean: ## Remove what the targets above made
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

tests: $(READY)
	@$(BIN)/python -m pytest -n auto --dist worksteal -rs $(PYTEST_ARGS)

docs: $(READY)
	@$(BIN)/python -m pytest -rs tests/docs

lint: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

layers: $(READY)
	@$(BIN)/lint-imports --no-logo

# A candidate counts if it starts (a pyenv shim may not), is new enough, and can make a venv
# (Debian's python3 cannot without python3-venv).
define FIND_PYTHON
for name in $(CANDIDATES); do \
  if "$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
  then found="$$name"; break; fi; \
done; \
if [ -z "$$found" ]; then \
  echo "No Python of 3.11 or newer that can make a venv among: $(CANDIDATES)." >&2; \
  echo "Install one (on Debian with python3-venv), or name it: make PYTHON=/path/to/python3" >&2; \
  exit 1; \
fi
endef

# pip is renewed first: the resolver of pip 23 backtracks into source releases that do not build.
$(READY): pyproject.toml
	@if ! $(BIN)/python -c '' 2>/dev/null; then \
	  $(FIND_PYTHON); \
	  echo "Making $(VENV) with $$("$$found" --version)"; \
	  "$$found" -m venv --clear $(VENV); \
	fi
	@echo "Installing surestep and what its tests need into $(VENV)"
	@$(BIN)/python -m pip install -qq --upgrade pip
	@$(BIN)/python -m pip install -qq --editable ".[dev]"
	@touch $@
