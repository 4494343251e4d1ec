# The commands of this project. `make help` explains them; ARGS passes on options: make test ARGS="-k agenda".

.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON := .venv/bin/python
LAUNCH := $(PYTHON) -m launcher
READY := .venv/.ready
CHECK_COMPOSE := scripts/uv tool run check-jsonschema==0.37.4 --builtin-schema vendor.compose-spec
HEADING = @printf '\n==> %s\n'

.PHONY: help run test chat train migrate status lint evaluate bench chaos llm

help: ## Explain these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) ## Start the whole assistant: phone page, action server and Rasa; Ctrl-C stops it
	@$(LAUNCH) run

chat: $(READY) ## Talk to the assistant in this terminal
	@$(LAUNCH) chat $(ARGS)

train: $(READY) ## Train the model, unless nothing it is made from changed
	@$(LAUNCH) train

migrate: $(READY) ## Bring the database's tables up to date
	@$(LAUNCH) migrate

status: $(READY) ## Show what runs, where, and how it is
	@$(LAUNCH) status

evaluate: $(READY) ## Test the conversations and how well held-out messages are understood (reports in results/)
	@$(LAUNCH) evaluate

lint: $(READY) ## Check style, types and docker-compose.yml
	$(HEADING) 'Style and types'
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@$(CHECK_COMPOSE) docker-compose.yml docker/rabbitmq.yml

test: lint ## Run every check in order, ending at the first that fails (ARGS goes to pytest)
	$(HEADING) 'Unit tests'
	@$(PYTHON) -m pytest tests/unit $(ARGS)
	$(HEADING) 'Training data'
	@$(LAUNCH) rasa data validate --fail-on-warnings
	$(HEADING) 'Model'
	@$(LAUNCH) train
	$(HEADING) 'Integration tests'
	@$(PYTHON) -m pytest tests/integration $(ARGS)
	$(HEADING) 'Conversations'
	@$(LAUNCH) evaluate
	$(HEADING) 'End-to-end tests'
	@$(PYTHON) -m pytest tests/e2e $(ARGS)
	$(HEADING) 'Failures, in short'
	@$(PYTHON) -m pytest tests/chaos $(ARGS)
	$(HEADING) 'Every check passed'

bench: train ## Measure side by side: acknowledgements, signature checks (tables, nothing is asserted)
	@$(PYTHON) -m tests.bench $(ARGS)

chaos: train ## Kill, cut off and overload the WhatsApp channel, at full length (half an hour)
	@CHAOS_FULL=1 $(PYTHON) -m pytest tests/chaos $(ARGS)

llm: ## Serve a small language model on this machine, to reword the answers; Ctrl-C ends it
	@scripts/llm

# The environment is made again when what it is made from changes.
$(READY): pyproject.toml uv.lock .python-version
	$(HEADING) 'Preparing the Python environment (some minutes the first time)'
	@scripts/uv sync --frozen
	@# A plain `rasa test` walks every folder here and would take the stories of Rasa's example project for ours.
	@rm -rf .venv/lib/python*/site-packages/rasa/cli/initial_project/tests
	@touch $@
