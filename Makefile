# Every target makes the virtual environment and installs what it needs; the second run starts at once.
# On a machine with several Pythons: make test PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test soak check format bench docs clean
.DEFAULT_GOAL := help

help:
	@echo "make demo     a sales assistant at work in an embedded Salesforce: no account, no key, no set-up"
	@echo "make test     the test suite"
	@echo "make soak     storms of killed processes and the table of hazards in full, some minutes: prints figures"
	@echo "make check    format, lint, types, import arrows, public names"
	@echo "make bench    the benchmarks, as ratios measured side by side"
	@echo "make docs     write the generated parts of the documentation anew"
	@echo "make format   format and fix what can be fixed"

$(VENV)/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed. Name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@touch $@

$(VENV)/runs: $(VENV)/created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[agent,cli,local]"
	@touch $@

$(VENV)/develops: $(VENV)/runs
	$(BIN)/python -m pip install --quiet --editable ".[all]" --group dev
	@touch $@

demo: $(VENV)/runs
	@$(BIN)/sfconnect demo

test: $(VENV)/develops
	$(BIN)/python -m pytest -n 3 --dist loadfile

soak: $(VENV)/develops
	$(BIN)/python -m pytest -s tests/soak/long_storms.py
	SFCONNECT_TEST_EVERYTHING=1 $(BIN)/python -m pytest -n 3 --dist loadfile $(wildcard tests/endtoend/test_hazards*.py)

check: $(VENV)/develops
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_arrows.py tests/test_contract.py

format: $(VENV)/develops
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(VENV)/benches: $(VENV)/develops
	$(BIN)/python -m pip install --quiet --group bench
	@touch $@

bench: $(VENV)/benches
	$(BIN)/python -m benchmarks

docs: $(VENV)/develops
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
