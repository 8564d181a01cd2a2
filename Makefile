# Two commands on a fresh machine: `make demo` and `make test`. Both set up what is missing, once.
# Assumed: make, and Python 3.11 to 3.13 (another one: make demo PYTHON=/path/to/python3.12).

PYTHON ?=
STORE ?= $(or $(LIVEWITNESS_STORE),./evidence)
PYTEST_ARGS ?=
BENCH ?= $(filter-out %/__init__.py,$(sort $(wildcard tests/benchmarks/*.py)))
FIGURES := tests/benchmarks/out

VENV := .venv
BIN := $(VENV)/bin
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
SOURCES := crawler spiders evidence_store

.PHONY: help demo test test-tools setup environment bench soak lint types imports lock clean-store

help:
	@echo 'make demo         set up what is missing, then: simulated room -> watch -> verify -> readings'
	@echo 'make test         set up what is missing, then run the test suite'
	@echo 'make setup        the set-up alone: environment, fonts, browser, OCR models, self-test'
	@echo 'make bench        the measurements (tests/benchmarks), figures as JSON'
	@echo 'make soak         the long runs'
	@echo 'make lint         ruff check and ruff format --check'
	@echo 'make types        mypy, strict'
	@echo 'make imports      which part may import which (import-linter)'
	@echo 'make lock         requirements.lock anew from pyproject.toml (needs uv)'
	@echo 'make clean-store  delete the store STORE=./evidence, after a question'

demo: setup
	@$(BIN)/livewitness demo

# On every core, but for those with a browser: what they measure would be disturbed. REPORTS=DIR keeps JUnit files there.
test: setup test-tools
	@status=0; for part in apart browser; do \
	  case $$part in \
	    apart) which='not soak and not browser'; cores='--numprocesses auto --dist worksteal' ;; \
	    browser) which='browser and not soak'; cores= ;; \
	  esac; \
	  $(BIN)/python -m pytest -m "$$which" $$cores $(if $(REPORTS),--junitxml="$(REPORTS)/$$part.xml") $(PYTEST_ARGS) || status=$$?; \
	done; exit $$status

# The tests check our digests and signatures against other people's programs, and run a PostgreSQL of their own.
# (Debian keeps initdb off PATH.)
test-tools:
	@PATH="$$PATH:$$(echo /usr/lib/postgresql/*/bin | tr ' ' :)"; \
	missing=; for tool in b3sum:b3sum openssl:openssl sha256sum:coreutils initdb:postgresql; do \
	  command -v "$${tool%%:*}" >/dev/null || missing="$$missing $${tool##*:}"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	command="apt-get install --yes --no-install-recommends$$missing"; \
	echo "test: missing:$$missing"; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get --quiet update && DEBIAN_FRONTEND=noninteractive $$command; \
	else \
	  echo "test: type: sudo $$command   (macOS: brew install$$missing)"; exit 3; \
	fi

soak: setup test-tools
	@$(BIN)/python -m pytest -m soak --timeout=3600 $(PYTEST_ARGS)

# Each measurement is a program that prints one JSON object; BENCH=tests/benchmarks/NAME.py runs one alone.
bench: setup
	@mkdir -p $(FIGURES); status=0; \
	for file in $(BENCH); do \
	  figures="$(FIGURES)/$$(basename "$$file" .py).json"; \
	  echo "bench: $$file -> $$figures"; \
	  PYTHONPATH=. $(BIN)/python "$$file" > "$$figures" || status=1; \
	  cat "$$figures"; \
	done; exit $$status

lint: environment
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: environment
	@$(BIN)/mypy $(SOURCES)

imports: environment
	@$(BIN)/lint-imports

# Only names, versions and digests: no addresses of package indexes.
lock:
	uv pip compile pyproject.toml --group dev --generate-hashes --universal --no-emit-index-url --no-annotate \
	  --no-header -p 3.11 -o requirements.lock

setup: environment
	@$(BIN)/python -m crawler.setup

# The environment is stamped with what it was made from (contents, not times), so a second run does nothing.
environment:
	@set -eu; \
	key() { "$$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' | cat - requirements.lock pyproject.toml | cksum | tr ' ' -; }; \
	python='$(PYTHON)'; \
	if [ -z "$$python" ] && [ -x $(BIN)/python ] && $(BIN)/python -c '$(FITS)' 2>/dev/null; then python=$(BIN)/python; fi; \
	if [ -z "$$python" ]; then \
	  for name in python3 python3.13 python3.12 python3.11; do \
	    if "$$name" -c '$(FITS)' 2>/dev/null; then python="$$name"; break; fi; \
	  done; \
	fi; \
	if [ -z "$$python" ]; then \
	  echo "setup: LiveWitness needs Python 3.11, 3.12 or 3.13; found: $$(python3 --version 2>&1 || true)."; \
	  echo "setup: install one, or name it: make setup PYTHON=/path/to/python3.11"; exit 3; \
	fi; \
	if ! "$$python" -c '$(FITS)' 2>/dev/null; then \
	  echo "setup: PYTHON=$$python does not fit: expected Python 3.11, 3.12 or 3.13, got: $$("$$python" --version 2>&1 || true)."; exit 3; \
	fi; \
	stamp="$(VENV)/livewitness-$$(key "$$python")"; \
	if [ -e "$$stamp" ] && [ -x $(BIN)/python ]; then exit 0; fi; \
	if [ "$$python" != $(BIN)/python ]; then \
	  if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "setup: $$python can't make environments (Debian and Ubuntu keep that in a package of its own)."; \
	    case "$$python" in \
	      python3.*) package="$$python-venv" ;; \
	      *) package=python3-venv ;; \
	    esac; \
	    if [ "$$(id -u)" = 0 ]; then sudo=; else sudo='sudo '; fi; \
	    echo "setup: type: $${sudo}apt-get install $$package"; exit 3; \
	  fi; \
	  echo "setup: environment: $(VENV) from $$("$$python" --version)"; \
	  "$$python" -m venv --clear $(VENV); \
	fi; \
	rm -f $(VENV)/livewitness-*; \
	echo 'setup: packages: as pinned in requirements.lock, with digests (about 400 MB the first time, 1 to 3 minutes)'; \
	if ! $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; then \
	  echo 'setup: pip could not install the pinned packages (see above); a network is needed this once.'; \
	  echo 'setup: type: make setup'; exit 3; \
	fi; \
	echo 'setup: project: $(BIN)/livewitness'; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	: > "$$stamp"

# Evidence is never deleted by accident: it has to look like a store, and a person has to type its name.
clean-store:
	@if [ ! -e '$(STORE)/store.json' ]; then echo 'clean-store: $(STORE) is not a store (no store.json in it); nothing deleted.'; exit 2; fi; \
	printf 'clean-store: this deletes all evidence in %s. Type the folder again to go on: ' '$(STORE)'; \
	read -r answer; \
	if [ "$$answer" != '$(STORE)' ]; then echo 'clean-store: not the same; nothing deleted.'; exit 2; fi; \
	rm -rf -- '$(STORE)' && echo 'clean-store: deleted $(STORE)'
