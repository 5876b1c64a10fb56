# `make demo` and `make test` do the whole set-up themselves; nothing but Python ≥ 3.11 is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test install lint docs benchmark clean

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "codecpipe needs Python 3.11 or later: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[demo,dev,docs]'
	@touch $@

demo: install
	$(BIN)/codecpipe demo -o runs/demo

test: install
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Warnings are errors: a link that leads nowhere, a key without a description, a broken docstring.
docs: install
	$(BIN)/python -m sphinx -W --keep-going -n -q -b html -d docs/_build/doctrees docs docs/_build/html

benchmark: install
	$(BIN)/python benchmarks/overhead.py
	$(BIN)/python benchmarks/start.py

clean:
	rm -rf $(VENV) runs build docs/_build *.egg-info
