# The commands of this repository; `make help` lists them.

SYSTEM_PACKAGES := python3-venv gettext tzdata fontconfig \
	libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b libharfbuzz-subset0 \
	fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji
TEST_PACKAGES := chromium libatomic1 poppler-utils
PYTHONS := python3.11 python3 python3.12 python3.13 /usr/bin/python3
MESSAGES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po locale/*/*/LC_MESSAGES/*.po))
LANGUAGES := de
BIN := .venv/bin
NODE_PACKAGES := tests/node/node_modules/.stamp

.PHONY: help install run stop test format lock messages system-packages test-packages
.DELETE_ON_ERROR:

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/  make \1\t\2/p' Makefile | expand -t 18

install: .venv/base.stamp $(MESSAGES)  ## prepare .venv and the system libraries

run: install  ## start everything on http://localhost:8000 (or PORT) with a demo shop
	@if [ -z "$${DEBUG+set}" ] && ! grep -qs '^DEBUG=' .env; then export DEBUG=1; fi; \
	exec $(BIN)/python manage.py serve

stop:  ## stop the embedded PostgreSQL
	@$(BIN)/python -c 'from returns_project import embedded_postgres; embedded_postgres.stop()'

test: install .venv/dev.stamp test-packages $(NODE_PACKAGES)  ## run every check and every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/pytest -n 2 -q

format: .venv/dev.stamp  ## format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

messages: .venv/base.stamp system-packages  ## collect new texts for translation and compile all
	$(BIN)/python manage.py makemessages $(LANGUAGES:%=--locale %) --no-location --no-obsolete \
		--ignore 'var/*' --ignore '.venv/*' --ignore 'tests/*' --ignore 'bench/*'
	$(MAKE) --no-print-directory install

LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet $(LOCK_OPTIONS)
lock: .venv/dev.stamp  ## pin the packages of pyproject.toml; LOCK_OPTIONS=--upgrade for newer ones
	$(LOCK) --extra s3 -o requirements/s3.txt
	$(LOCK) --extra karrio -c requirements/s3.txt -o requirements/karrio.txt
	$(LOCK) -c requirements/s3.txt -o requirements/base.txt
	$(LOCK) --extra dev -c requirements/s3.txt -c requirements/karrio.txt -o requirements/dev.txt

.venv/base.stamp: requirements/base.txt | system-packages .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/dev.stamp: requirements/dev.txt | .venv/base.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/bin/python: | system-packages
	@for python in $(PYTHONS); do \
		if $$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' \
			2>/dev/null; then exec $$python -m venv .venv; fi; \
	done; echo 'Retour needs Python 3.11 or newer, with venv.' >&2; exit 1

# Node itself comes with the Python packages of the tests; this brings what the programs import.
$(NODE_PACKAGES): tests/node/package-lock.json .venv/dev.stamp | test-packages
	cd $(dir $<) && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci
	@touch $@

%.mo: %.po | system-packages
	msgfmt --check-format -o $@ $<

system-packages: PACKAGES = $(SYSTEM_PACKAGES)
test-packages: PACKAGES = $(TEST_PACKAGES)
system-packages test-packages:
	@if ! command -v apt-get >/dev/null; then \
		echo 'This system has no apt-get. Install what these Debian packages hold:' \
			'$(PACKAGES)' >&2; exit 0; \
	fi; \
	missing=; for package in $(PACKAGES); do \
		[ "$$(dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null)" = installed ] \
			|| missing="$$missing $$package"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	echo "Installing$$missing"; \
	install='apt-get install -y -qq --no-install-recommends'; \
	if [ "$$(id -u)" = 0 ]; then sudo=; elif command -v sudo >/dev/null; then sudo=sudo; else \
		echo "Run as root: apt-get update && $$install$$missing" >&2; exit 1; fi; \
	$$sudo apt-get update -qq && \
	$$sudo env DEBIAN_FRONTEND=noninteractive $$install $$missing >/dev/null
