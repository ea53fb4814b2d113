# Two commands for a newcomer, `make run` and `make test`; the rest is for who changes the code.

PORT ?= 8000
# The first Python that really runs, is new enough and can make an environment: a shim may be there and run nothing. The system's own first:
# it is built with a profile of what programs do, and takes 6 to 10 % less processor than what version managers compile.
PYTHON ?= $(shell for python in /usr/bin/python3.13 /usr/bin/python3.12 /usr/bin/python3.11 python3.13 python3.12 python3.11 python3; do \
	"$$python" -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo "$$python" && break; done)
VENV := .venv/bin/python
TESTS ?=
BENCH ?= small

.PHONY: style types linted deployable run test browser crawl trust migrations load soak bench pictures check format lock bundle sbom audit clean

run: .venv/ready
	@exec $(VENV) manage.py up --port $(PORT)

test: .venv/ready
	$(VENV) -m pytest $(TESTS)

browser: .venv/ready-dev
	$(VENV) -m pytest -p no:schemathesis -m browser -n 4 --dist worksteal tests/browser $(TESTS)

# Every page of every role: axe, names, widths and the way of the Tab key. docs/accessibility.md says what that covers.
crawl: .venv/ready-dev
	TRUST=1 $(VENV) -m pytest -p no:schemathesis -m browser -n 2 tests/browser/test_crawl.py $(TESTS)

# What every run does a few times at random, many times, and what takes long: faults under load, all of security. Prints tables.
trust: .venv/ready-dev
	TRUST=1 $(VENV) -m pytest -p tests.trust_table -o faulthandler_timeout=900 -n 3 --dist worksteal tests/faults tests/security tests/operations \
		tests/labeling/test_summary_links.py tests/labeling/test_gate.py tests/labeling/test_backups.py tests/languages $(TESTS)
	TRUST=1 $(VENV) -m pytest -p tests.trust_table -m browser -n 2 tests/browser/test_interleavings.py $(TESTS)

# Each migration among five million rows, beside somebody who reads and somebody who writes; how long they waited. Wants 10 GB of disk.
migrations: .venv/ready
	TRUST=1 ROWS=5000000 $(VENV) -m pytest -q -n 0 -o faulthandler_timeout=0 tests/faults/test_migrations.py

# 500 simulated reviewers and more, on this machine only, in the database of DATABASE_URL: it gets labels, so name one for that.
# docs/operations.md has the limits and what was measured.
load: .venv/ready
	$(VENV) -m tests.load --minutes $(or $(MINUTES),10)

soak: .venv/ready
	$(VENV) -m tests.load --soak $(or $(MINUTES),20)

# Beside Django's own admin, with targets. BENCH=full measures among ten million sessions; docs/scale.md says what that needs.
bench: .venv/ready
	$(VENV) -m tests.bench $(BENCH)

# The pictures of the documentation, from demo data in a database of its own; needs Chromium.
pictures: .venv/ready-dev
	$(VENV) -m tests.pictures

check: style types linted deployable

style: .venv/ready-dev
	$(VENV) -m ruff format --check .
	$(VENV) -m ruff check .
	$(VENV) -m djlint templates --lint --quiet

types: .venv/ready-dev
	$(VENV) -m mypy config labeling sessions_app

linted: .venv/ready-dev
	$(VENV) manage.py makemigrations --check --dry-run
	$(VENV) .ci/lint_migrations.py

deployable: .venv/ready-dev
	PRODUCTION=1 SECRET_KEY="$$($(VENV) -c 'import secrets; print(secrets.token_urlsafe(64))')" ALLOWED_HOSTS=review.example.com EMAIL_URL=dummymail: \
		DATABASE_URL=postgres://nobody@localhost/none $(VENV) manage.py check --deploy --fail-level WARNING

format: .venv/ready-dev
	$(VENV) -m ruff format .
	$(VENV) -m ruff check --fix .

# Resolves both lists again; needs uv.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" --upgrade pyproject.toml -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

# The last commit and its packages in one file, to install without a network; for this kind of machine and this Python.
bundle: .venv/ready
	@.ci/bundle $(VENV)

# Every package of an installation, with hashes and licenses.
sbom: .venv/ready
	$(VENV) .ci/sbom.py

# Known vulnerabilities of them, asked of pypi.org. Ends with an error also where that cannot be asked.
audit:
	.ci/audit $(firstword $(wildcard .venv/bin/pip-audit) pip-audit)

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache staticfiles

.venv/ready: requirements.txt
	@.ci/install requirements.txt "$(PYTHON)"
	@touch .venv/ready

.venv/ready-dev: requirements-dev.txt .venv/ready
	@.ci/install requirements-dev.txt "$(PYTHON)"
	@touch .venv/ready-dev
