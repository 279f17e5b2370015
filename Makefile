# Everything runs in .venv, which is made here of Python 3.11 or later. Nothing else has to be installed.
#
#   make demo     migrate the bundled shop database and write its report to demo-out/
#   make test     lint, check types, run the tests
#   make bench    measure `lint`, `rewrite`, the engine (docs/benchmarks.md, docs/engine.md)   make corpus  run every real dump (docs/corpus.md, docs/examples/)
#   make conformance  hold lint and the engine against recorded cluster answers (docs/conformance.md, docs/engine.md)
#   make docs     write the pages that follow from rules/ and the command line
#   make lock     resolve requirements/*.txt anew             make clean   remove what make made
#
#   make test PYTHON=python3.12    choose the interpreter      make test PYTEST_FLAGS=-x    pass options on

SHELL := /bin/sh
.SUFFIXES:
.DEFAULT_GOAL := help
.PHONY: help demo test bench corpus conformance docs lock clean install install-dev

# Another environment's settings must not reach the one made here.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PIP_TARGET PIP_PREFIX PIP_USER PIP_REQUIRE_VIRTUALENV __PYVENV_LAUNCHER__
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
export PIP_NO_INPUT := 1

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP := .venv/bin/python -m pip install -qq
# Two processes, each with an engine of its own: most tests of it wait for a server.
PYTEST_FLAGS ?= -q -n 2 --dist loadfile

# The stamps carry the folder's name in hashed form: scripts in an environment hold absolute paths, so a checkout
# that was moved needs a new one.
HERE := $(shell pwd | cksum | cut -d' ' -f1)
VENV := .venv/.made-$(HERE)
READY := .venv/.ready-$(HERE)
READY_DEV := .venv/.ready-dev-$(HERE)

help:
	@sed -n 's/^# \{0,1\}//; 1,11p' Makefile

demo: $(READY)
	@.venv/bin/dsql-migrate demo

test: $(READY_DEV)
	@echo "Linting"
	@.venv/bin/ruff check --quiet .
	@echo "Checking types"
	@.venv/bin/mypy
	@echo "Running the tests"
	@.venv/bin/python -m pytest $(PYTEST_FLAGS)

bench: $(READY_DEV)
	@.venv/bin/python benchmarks/lint.py --output docs/benchmarks.md
	@.venv/bin/python benchmarks/rewrite.py --output docs/benchmarks.md
	@.venv/bin/python benchmarks/engine.py --output docs/engine.md

corpus: $(READY_DEV)
	@.venv/bin/python benchmarks/corpus.py --output docs/corpus.md
	@.venv/bin/python benchmarks/examples.py

conformance: $(READY_DEV)
	@.venv/bin/python benchmarks/conformance.py --output docs/conformance.md
	@.venv/bin/python benchmarks/engine_conformance.py --output docs/engine.md

docs: $(READY)
	@.venv/bin/python docs/make.py

install: $(READY)

install-dev: $(READY_DEV)

$(VENV):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later with its venv module is needed (Debian: apt-get install python3-venv); PYTHON=... names one." >&2; exit 2; }
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear .venv
	@touch $@

$(READY): $(VENV) pyproject.toml requirements/lock.txt
	@echo "Installing dsql-migrate and what it needs"
	@$(PIP) -r requirements/lock.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(READY_DEV): $(READY) requirements/dev-lock.txt
	@echo "Installing the tools for development"
	@$(PIP) -r requirements/dev-lock.txt
	@touch $@

lock:
	@$(PYTHON) requirements/resolve.py

clean:
	rm -rf .venv demo-out dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
