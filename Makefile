# The register from one command line: `make help` lists what there is.
# Nothing but make and Python 3.11 or newer (Debian: python3, python3-venv) has to be there before.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
# Sends letters and publishes what was scheduled. It ends with the server, whose process this shell becomes.
WORKER := $(MANAGE) work --beside $$$$
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check install --require-hashes
LOCK := uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11
FINGERPRINT := $(PYTHON) -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())'

export GI_SITE_URL ?= http://127.0.0.1:$(PORT)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run code dev test check sbom bench soak fix lock messages docs clean clean-all

help: ## list the commands
	@echo "Commands (make NAME):"
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)$$/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-12s %s\n", $$1, $$2 }'
	@echo "Variables: PORT=8000 (run, dev), PYTHON=python3. Settings of the site: .env.example"

run: STEP := 1/6 # set_up does the other five
run: .port $(VENV)/.installed ## prepare what is missing, serve the site and send its letters (PORT=8000)
	@$(MANAGE) set_up --address http://127.0.0.1:$(PORT)
	@$(WORKER) & exec $(BIN)/python -m granian --interface wsgi --host 127.0.0.1 --port $(PORT) --workers 1 --blocking-threads 2 \
	  --no-ws --log-level error gi_registry.wsgi:application

code: $(VENV)/.installed ## print the one-time code of the demonstration officials
	@$(MANAGE) demo_code

dev: .port $(VENV)/.installed ## the same with automatic reload and error pages that show the source
	@$(MANAGE) set_up --address http://127.0.0.1:$(PORT)
	@export GI_DEBUG=1; $(WORKER) & exec $(MANAGE) runserver 127.0.0.1:$(PORT)

test: $(VENV)/.installed-dev ## the whole suite, on SQLite and (where its server is installed) on PostgreSQL
	@$(BIN)/python -m pytest -n 2 --dist worksteal --see-pages
	@$(BIN)/python -m pytest -n 2 tests/every_template.py

check: export GI_HOME := $(CURDIR)/$(VENV)/check # never the developer's own database
check: $(VENV)/.installed-dev ## lint, types, migrations, production settings, templates, translations, conventions
	@echo "1/8 ruff"
	@$(BIN)/python -m ruff check --quiet .
	@echo "2/8 types of LEAF, READER and WRITER files"
	@$(BIN)/python -m mypy $$($(BIN)/python -m tests.tags LEAF READER WRITER)
	@echo "3/8 migrations in step with the models"
	@$(MANAGE) makemigrations --check --dry-run
	@echo "4/8 migrations that a running site survives"
	@$(BIN)/python -m tests.migration_rules
	@echo "5/8 settings for production"
	@GI_PRODUCTION=1 DATABASE_URL=postgres://register@localhost/register GI_ALLOWED_HOSTS=register.example GI_SITE_URL=https://register.example \
	  GI_DESK_URL=https://desk.register.example GI_CMS_URL=https://words.register.example GI_CMS_PATH=words-7f3a \
	  GI_REDIS_URL=redis://localhost:6379/0 GI_READ_DATABASE_URL=postgres://reader@localhost/register \
	  EMAIL_URL=smtp+tls://mail.example:587 \
	  GI_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') \
	  GI_MASTER_KEYS=1:$$($(BIN)/python -c 'from gi_registry.own_keys import key_text; print(key_text())') \
	  GI_ORDER_KEY=$$($(BIN)/python -c 'from gi_registry.own_keys import key_text; print(key_text())') \
	  $(MANAGE) check --deploy --fail-level WARNING
	@echo "6/8 templates"
	@$(BIN)/python -m djlint --lint --quiet templates
	@echo "7/8 conventions, documents, translations"
	@$(BIN)/python -m pytest -q tests/test_conventions.py tests/test_repository.py
	@echo "8/8 known holes in packages"
	@$(BIN)/python -m tests.supply_chain audit
	@echo "make check: everything in order."

sbom: $(VENV)/.installed-dev ## list what a release is built from, with hashes and licences (dist/sbom.cdx.json)
	@$(BIN)/python -m tests.supply_chain sbom dist/sbom.cdx.json

bench: $(VENV)/.installed-dev ## measure and print a table of ratios (PARTS="search pages" for some of them)
	@$(BIN)/python -m bench $(PARTS)

soak: $(VENV)/.installed-dev ## break and load the register as in production, and write what came of it (PARTS="faults day sizes")
	@$(BIN)/python -m soak $(PARTS)

fix: $(VENV)/.installed-dev ## repair what ruff can repair
	@$(BIN)/python -m ruff check --fix .

lock: ## write requirements*.txt anew from pyproject.toml (needs uv)
	@$(LOCK) pyproject.toml --output-file requirements.txt
	@$(LOCK) pyproject.toml --extra s3 --constraint requirements.txt --output-file requirements-s3.txt
	@$(LOCK) pyproject.toml --extra s3 --extra dev --constraint requirements-s3.txt --output-file requirements-dev.txt

messages: $(VENV)/.installed-dev ## collect the texts to translate and compile the translations (needs gettext)
	@$(MANAGE) makemessages --locale zh_Hans --no-obsolete --no-location --no-wrap --ignore var --ignore .venv
	@$(MANAGE) compilemessages --locale zh_Hans --ignore .venv

docs: $(VENV)/.installed ## write the documents that are made from the code
	@$(MANAGE) write_states

clean: ## remove the virtual environment and caches; the data in var/ stay
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-all: clean ## remove var/ too: database, keys, media
	@rm -rf var

# --- Steps that `make help` does not list ---

# Said first, before anything is installed: better now than after the long steps.
.port:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "The register needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 | head -n 1)." >&2; \
	  echo "Name another one: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import socket; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", int("$(PORT)")))' 2>/dev/null || { \
	  echo "Port $(PORT) is in use (or no port number). Choose another one: make run PORT=8001" >&2; exit 1; }

$(BIN)/pip:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing. Debian: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# The stamps hold the hash of the requirements: a new check-out of the same file installs nothing.
$(VENV)/.installed: requirements.txt | $(BIN)/pip
	@[ "$$(cat $@ 2>/dev/null)" = "$$($(FINGERPRINT) $<)" ] || { \
	  echo "$(STEP)Installing packages (about a minute) ..."; $(PIP) --requirement $< && $(FINGERPRINT) $< >$@; }
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed | $(BIN)/pip
	@[ "$$(cat $@ 2>/dev/null)" = "$$($(FINGERPRINT) $<)" ] || { \
	  echo "Installing what the tests need (about a minute) ..."; $(PIP) --requirement $< && $(FINGERPRINT) $< >$@; }
	@touch $@
