# `make app` and `make test` need python3.11 or newer, make and git; they set up the rest themselves.
PYTHON ?= python3
PYTHON312 ?= python3.12
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: app test test-long rates bench fuzz load tour lerobot format clean docs

app: $(VENV)/.app
	$(BIN)/streamlit run app.py

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# What `make test` does a part of, in full.
test-long: $(VENV)/.dev
	$(BIN)/python -m pytest --long -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# The rates that docs/calibration.md and docs/causes.md show, on all cores.
rates: $(VENV)/.dev
	PYTHONPATH=.:tests $(BIN)/python -m support.rates

# The examples of reports, and the tables of findings and foreign runs, from the code as it is.
docs: $(VENV)/.dev
	PYTHONPATH=.:tests $(BIN)/python -m support.written

bench: $(VENV)/.dev
	$(BIN)/python -m bench

fuzz: $(VENV)/.dev
	PYTHONPATH=.:tests $(BIN)/python -m support.fuzz

load: $(VENV)/.dev
	$(BIN)/python -m pytest --long -s tests/test_load.py
	PYTHONPATH=.:tests $(BIN)/python -m support.load

tour: $(VENV)/.tour
	PYTHON=$(abspath $(BIN))/python bash examples/tour/tour.sh

# Every knob of every policy, judged by the parsers of three releases of LeRobot; needs python3.12.
lerobot: $(VENV)/.dev .lerobot/.ready
	PYTHONPATH=.:tests $(BIN)/python -m support.lerobot

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .lerobot

.lerobot/.ready:
	$(PYTHON312) -m venv .lerobot/venv
	.lerobot/venv/bin/pip install --quiet --disable-pip-version-check "torch<2.12" torchvision draccus==0.10.0 "huggingface_hub>=1,<2" safetensors einops diffusers transformers datasets accelerate gymnasium opencv-python-headless pyserial deepdiff imageio "av<16" jsonlines
	for version in 0.4.4 0.5.1 0.6.0; do .lerobot/venv/bin/pip install --quiet --disable-pip-version-check --no-deps --target .lerobot/$$version lerobot==$$version || exit 1; done
	touch $@

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("actot needs Python 3.11 or newer; say make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: $(VENV)/bin/python requirements.txt constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt -c constraints.txt
	touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements.txt requirements-dev.txt constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	touch $@ $(VENV)/.app

$(VENV)/.tour: $(VENV)/.app examples/toy_act_ot/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r examples/toy_act_ot/requirements.txt
	touch $@
