# Every target sets up what it needs in .venv; nothing is installed outside this folder.
# ARGS passes words on, e.g. make test ARGS="-m smoke -x"
SHELL := /bin/bash
.DEFAULT_GOAL := help
ARGS ?=
in_venv := source scripts/env.sh &&

.PHONY: help setup demo demo-snowball test bench lint docs lock clean

help: ## Says what each target does.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Makes .venv with everything that the other targets need; each of them does so by itself.
	@scripts/bootstrap

demo: setup ## Runs the main job against a simulated SBS 2011 and shows each change, then that a second run changes nothing.
	@$(in_venv) exec scripts/demo $(ARGS)

demo-snowball: setup ## Tells on a plot how retries choke a throttled mailbox, with and without what is declared here.
	@$(in_venv) exec scripts/demo-snowball $(ARGS)

test: setup ## Runs all tests: units, contracts, end to end and every molecule scenario.
	@$(in_venv) exec python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

bench: setup ## Measures what a run costs in processes, bytes and time, against the lab.
	@$(in_venv) exec python -m pytest -m bench -s $(ARGS)

lint: setup ## Runs every linter, all of them even when one fails.
	@$(in_venv) exec scripts/lint $(ARGS)

docs: setup ## Writes the reference pages of all plugins and roles to .cache/docs.
	@$(in_venv) exec scripts/docs $(ARGS)

lock: ## Resolves requirements/*.in anew and writes requirements/lock.txt.
	@scripts/lock

clean: ## Removes .venv and everything else that make has made.
	rm -rf .venv .cache .lab .ansible .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

