# Needs make, Python 3.11 or newer and a package index; what else is missing on Debian, apt-get brings.

.DEFAULT_GOAL := build
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3
BIN := .venv/bin
BUILT := .venv/.built
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
APT := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -q -y
# More than cores: a test that drives a browser or another process waits for it half of its time.
WORKERS ?= 3
STORM_EXAMPLES ?= 10000
# Where it lies beside this checkout, it stands between product and Exchange in every test of both: see schema-check.
SHARED ?= ../shared
export SCHEMA_PROXY := $(abspath $(wildcard $(SHARED)/tools/ews_schema_proxy.py))
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

.PHONY: help
help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: $(BUILT) ## Make .venv with everything in it (quick when nothing changed)

$(BUILT): pyproject.toml constraints.txt hatch_build.py package.json package-lock.json
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(APT) update && $(APT) install python3-venv; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

.PHONY: vendor
vendor: $(BUILT)
	@$(BIN)/python hatch_build.py

.PHONY: demo
demo: $(BUILT) ## Start a sample library on port 5000 and a stand-in Exchange on port 5001
	$(BIN)/booking demo

.PHONY: format
format: $(BUILT) ## Lay out the code, and mend what mends itself
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: lint
lint: $(BUILT) ## All checks that run nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --lint --quiet booking
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: check
check: lint test ## All checks and all tests

.PHONY: test
test: $(BUILT) system ## All tests, on SQLite and PostgreSQL and in a browser
	$(PYTEST) -m 'not long and not interop'

.PHONY: long
long: $(BUILT) system ## What takes long: planted faults, remedies, a storm
	$(PYTEST) -m long
	$(BIN)/python -m tests.storm --examples 300 --seed 20261120

# STORM_SEED=... repeats one; without, each has a seed of its own, which it prints. With STORM_LOG=FILE too, one that
# was cut off goes on. CI's (`make long`) has a fixed seed: whether a change is good must not hang on the dice of that
# day. It is to be 2,000 as soon as so many have passed.
.PHONY: storm
storm: $(BUILT) system ## Random bookings, edits, faults and crashes, then calm: 10,000 times (STORM_EXAMPLES)
	$(BIN)/python -m tests.storm --examples $(STORM_EXAMPLES) $(if $(STORM_SEED),--seed $(STORM_SEED)) $(if $(STORM_LOG),--log $(STORM_LOG))

.PHONY: remedies
remedies: $(BUILT) system ## Switch off each remedy of sync in turn; a test or the storm must notice
	$(PYTEST) -m long tests/remedies

.PHONY: mutants
mutants: $(BUILT) system ## Plant faults one at a time; each must turn its test red
	$(PYTEST) -m long -v tests/mutants

.PHONY: kill
kill: $(BUILT) system ## Kill workers of a real installation for two minutes, then compare it with Exchange entry by entry
	$(BIN)/python -m pytest -m long -s tests/kill

.PHONY: screenshots
screenshots: $(BUILT) system ## A picture of every page, in build/screenshots
	$(PYTEST) tests/screenshots

.PHONY: schema-check
schema-check: $(BUILT) system ## The browser tests, each message to Exchange held against its schema (SHARED=../shared)
	@test -n "$(SCHEMA_PROXY)" || { echo "$(SHARED)/tools/ews_schema_proxy.py is missing"; exit 1; }
	$(BIN)/python -m pytest tests/browser

.PHONY: interop
interop: $(BUILT) davmail ## The stand-in Exchange, judged by exchangelib, davmail and the schema (SHARED=../shared)
	@test -n "$(SCHEMA_PROXY)" || { echo "$(SHARED)/tools/ews_schema_proxy.py is missing"; exit 1; }
	$(BIN)/python -m pytest -m interop tests/interop

# Debian's package without a desktop, with its Java; its own service is not wanted.
.PHONY: davmail
davmail:
	@command -v davmail-server >/dev/null || { \
	    echo "Installing davmail-server (a Debian package, for the tests)"; \
	    $(APT) update >/dev/null && $(APT) install --no-install-recommends davmail-server >/dev/null; \
	    test ! -d /run/systemd/system || $(SUDO) systemctl disable --now davmail-server; \
	}

.PHONY: bench
bench: $(BUILT) system ## Speed, as ratios against a bare floor, on both databases; fails where a goal is missed
	$(BIN)/python -m bench

# What the tests need besides Python. A part that cannot be had stops here: no test is skipped for want of it.
.PHONY: system
system: $(BUILT)
	@missing=(); \
	command -v chromium >/dev/null || missing+=(chromium); \
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql); \
	if (( $${#missing[@]} )); then \
	    echo "Installing $${missing[*]} (Debian packages, for the tests)"; \
	    $(APT) update >/dev/null && $(APT) install --no-install-recommends "$${missing[@]}" >/dev/null; \
	fi
	@$(BIN)/python hatch_build.py >/dev/null

.PHONY: pins
pins: ## Renew constraints.txt: the newest versions that pyproject.toml allows
	rm -rf build/pins && $(PYTHON) -m venv build/pins
	build/pins/bin/python -m pip install -qq --disable-pip-version-check $(PIP_OPTIONS) '.[dev]'
	{ echo "# The versions that all checks have passed with; \`make pins\` renews them."; \
	  build/pins/bin/python -m pip freeze --disable-pip-version-check --exclude booking; } > build/constraints.txt
	mv build/constraints.txt constraints.txt

.PHONY: clean
clean: ## Remove what make made
	rm -rf .venv build dist node_modules booking/static/vendor .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
