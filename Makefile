# Everything happens in .venv, so that nothing else on the machine is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: setup run test lint bench mutants screenshot clean
.DEFAULT_GOAL := run

setup: $(STAMP)

# torch comes first and pinned: asked for later, it would bring gigabytes of CUDA packages where a CPU build is at hand.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $(STAMP)

run: setup
	$(BIN)/python -m desktop_app.cli.demo

# Two workers of one thread each: two threads in each would only wait for one another.
test: setup
	QT_QPA_PLATFORM=offscreen OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

lint: setup
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m benchmarks

# Deliberate faults, one at a time, in a copy of the tree: how many do the tests notice? ONLY and SAMPLE narrow it down.
mutants: setup
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.mutants $(addprefix --only ,$(ONLY)) --sample $(or $(SAMPLE),60)

# The README's picture: the real window over the demonstration's project.
screenshot: setup
	$(BIN)/python -m desktop_app.cli.demo --off-screen
	cp demo-output/window.png docs/images/window.png

clean:
	rm -rf $(VENV) demo-output
