# What people type. `make` alone lists it. Only Python 3.11 or later and make are needed.

PORT ?= 8000
BIND ?= 127.0.0.1
ARGS ?=
PYTEST_PROCESSES ?= 2
# The first interpreter that is new enough; or say which: make run PYTHON=/path/to/python3
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

VENV = .venv
BIN = $(VENV)/bin
MANAGE = $(BIN)/python manage.py
INSTALLED = $(VENV)/.installed
INSTALLED_DEV = $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help run test walks test-browser test-proxy lint bench messages requirements

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

# --- Packages --------------------------------------------------------------------------------
# A file in .venv remembers what was installed: pip runs again only when the requirements changed.

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed and was not found. Install it, or name it: make run PYTHON=/path/to/python3"; exit 1; }
	@echo "Making a folder for Python packages (.venv) with $$($(PYTHON) --version)."
	@$(PYTHON) -m venv $(VENV)

$(INSTALLED): requirements.txt | $(BIN)/python
	@echo "Installing the packages of requirements.txt into .venv. This takes up to a minute, once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(INSTALLED_DEV): requirements.txt requirements-dev.txt | $(BIN)/python
	@echo "Installing the packages of requirements.txt and requirements-dev.txt into .venv."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $(INSTALLED) $@

# --- Running ---------------------------------------------------------------------------------
# On one's own machine there is no HTTPS, and with PostgreSQL the settings would ask for a key: both are
# given here and nowhere else, unless the environment or .env says otherwise.
define LOCAL
export HTTPS="$${HTTPS:-0}" VAR_DIR="$${VAR_DIR:-$(CURDIR)/var}"; \
if [ -z "$${SECRET_KEY:-}" ] && ! grep -qs '^SECRET_KEY=.' .env; then \
	mkdir -p "$$VAR_DIR"; \
	[ -s "$$VAR_DIR/secret_key" ] || (umask 077; $(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))' > "$$VAR_DIR/secret_key"); \
	SECRET_KEY="$$(cat "$$VAR_DIR/secret_key")"; export SECRET_KEY; \
fi
endef

# Waits for the web server, then says where it is. Ends by itself if the servers stop before that.
define ANNOUNCE
import os, sys, time, urllib.request
parent, host, port = os.getppid(), sys.argv[1], sys.argv[2]
shown = "127.0.0.1" if host in ("0.0.0.0", "[::]", "") else host
address = f"http://{shown}:{port}"
for _ in range(240):
    time.sleep(0.25)
    if os.getppid() != parent:
        sys.exit()
    try:
        urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
        break
    except OSError:
        pass
else:
    sys.exit(f"The portal has not answered at {address}/healthz for a minute. Look at the lines above.")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
from django.conf import settings
lines = ["", f"The portal is ready: {address}", ""]
if settings.DEMO:
    lines += [
        "Demo accounts (the password of each is: demo):",
        "  operator@demo.example   the regional operator",
        "  ministry@demo.example   the department",
        "  municipal@demo.example  a municipal coordinator, the city of Tomsk",
        "  school@demo.example     a school coordinator",
    ]
else:
    lines += ["Demo mode is off. docs/operations.md tells how to make the first account."]
lines += ["", "Ctrl-C stops everything.", ""]
print("\n".join(lines), flush=True)
endef
export ANNOUNCE

# honcho, which must also stop everything when the terminal is closed: then there is nowhere left to print.
define SERVE
import os, signal, sys
from honcho.command import main
def hang_up(*_):
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.kill(os.getpid(), signal.SIGTERM)
if __name__ == "__main__":
    signal.signal(signal.SIGHUP, hang_up)
    main(sys.argv[1:])
endef
export SERVE

define PORT_IS_FREE
import socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close()
except OSError:
    sys.exit()
sys.exit(f"Port {sys.argv[1]} is taken: another portal or program answers there. Stop it, or choose another: make run PORT=8001")
endef
export PORT_IS_FREE

run: $(INSTALLED) ## Run the portal with demo data at http://127.0.0.1:8000 (PORT=, BIND=)
	@$(LOCAL); set -e; \
	export PATH="$(CURDIR)/$(BIN):$$PATH" PORT="$(PORT)" BIND="$(BIND)" PYTHONUNBUFFERED=1 REMAP_SIGTERM=SIGQUIT; \
	$(BIN)/python -c "$$PORT_IS_FREE" "$(PORT)"; \
	echo "Bringing the database up to date."; \
	$(MANAGE) migrate --noinput -v 0; \
	echo "Gathering styles, scripts and pictures."; \
	$(MANAGE) collectstatic --noinput -v 0; \
	echo "Loading the demo, if it is wanted and the database is empty. This takes a while, once."; \
	$(MANAGE) seed_demo --if-empty; \
	echo "Starting the web server, the worker and the scheduler."; \
	$(BIN)/python -c "$$ANNOUNCE" "$(BIND)" "$(PORT)" & \
	exec $(BIN)/python -c "$$SERVE" start -e /dev/null -p "$(PORT)"

# --- Checking --------------------------------------------------------------------------------

test: $(INSTALLED_DEV) ## Run the tests, all but the browser's and the proxy's (ARGS="-k word")
	@$(LOCAL); $(BIN)/python -m pytest -n $(PYTEST_PROCESSES) -m "not browser and not proxy" $(ARGS)

walks: $(INSTALLED_DEV) ## Run the walks over the whole product in full; `make test` runs a slice of them (ARGS=)
	@$(LOCAL); WALKS=all $(BIN)/python -m pytest -n $(PYTEST_PROCESSES) -m "not browser and not proxy" tests/walks $(ARGS)

test-browser: $(INSTALLED_DEV) ## Run the browser tests; they need Chromium on the machine (ARGS=)
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		{ echo "The browser tests need Chromium: apt-get install chromium"; exit 1; }
	@$(LOCAL); $(BIN)/python -m pytest -m browser tests/browser $(ARGS)

test-proxy: $(INSTALLED_DEV) ## Run the tests of the web server behind the proxy; they need Caddy on the machine (ARGS=)
	@command -v caddy >/dev/null || { echo "The tests of the proxy need Caddy: apt-get install caddy"; exit 1; }
	@$(LOCAL); $(BIN)/python -m pytest -m proxy tests/proxy $(ARGS)

# What production sets, for `check --deploy`. Nothing is connected to.
PRODUCTION = env -u DEBUG DATABASE_URL=postgres://check@127.0.0.1/check REDIS_URL=redis://127.0.0.1:6379/0 \
	HTTPS=1 DEMO=0 ALLOWED_HOSTS=portal.example TRUSTED_PROXY_COUNT=1 \
	SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')"

lint: $(INSTALLED_DEV) ## Check style, templates, layers, migrations, settings and known vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/djlint --quiet --check templates
	$(BIN)/lint-imports
	@$(LOCAL); set -x; $(MANAGE) makemigrations --check --dry-run
	@echo "manage.py check --deploy, with what production sets"; \
	$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING
	@echo "pip-audit: known vulnerabilities of the pinned packages"; \
	if report=$$($(BIN)/pip-audit --disable-pip --require-hashes --progress-spinner off -r requirements.txt -r requirements-dev.txt 2>&1); \
	then unknown=$$(echo "$$report" | grep -c 'could not be audited'); \
		if [ "$$unknown" = 0 ]; then echo "$$report"; else echo "NOT CHECKED: the vulnerability service did not answer for $$unknown packages."; fi; \
	elif echo "$$report" | grep -q 'known vulnerabilit'; then echo "$$report"; exit 1; \
	else echo "$$report" | tail -3; echo "NOT CHECKED: the vulnerability service could not be asked."; fi

bench: $(INSTALLED_DEV) ## Measure the portal on PostgreSQL and write benchmarks/results.md (needs DATABASE_URL)
	@case "$${DATABASE_URL:-}" in postgres*) ;; *) echo "Name a PostgreSQL database that may be filled: DATABASE_URL=postgres://... make bench"; exit 1;; esac
	@$(LOCAL); $(BIN)/python -m benchmarks $(ARGS)

# --- Keeping up ------------------------------------------------------------------------------

messages: $(INSTALLED) ## Collect and compile the interface's texts (needs the gettext tools)
	@command -v msgfmt >/dev/null && command -v xgettext >/dev/null || \
		{ echo "This needs the gettext tools: apt-get install gettext. Running the portal does not: compiled texts are in the tree."; exit 1; }
	@$(LOCAL); $(MANAGE) makemessages -l ru --add-location file --no-obsolete --ignore .venv --ignore var
	@$(LOCAL); $(MANAGE) compilemessages -l ru --ignore .venv --ignore var

requirements: $(INSTALLED_DEV) ## Compile requirements*.in, pinned with hashes (ARGS=--upgrade for the newest)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes $(ARGS) requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes $(ARGS) requirements-dev.in -o requirements-dev.txt
