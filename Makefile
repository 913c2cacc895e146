# GNU make 3.81 or later. Everything is installed into .venv, which belongs to this file: it is
# made again when it is missing, broken or was copied from another folder. System packages are
# never installed. PYTHON=name picks the Python, ARGS=... adds arguments to `run` and `test`.

PYTHON = python3.13 python3.12 python3.11 python3 python
ARGS =

PY = .venv/bin/python
VENV_WORKS := $(shell test "`cat .venv/.made 2>/dev/null`" = "`pwd -P`" && $(PY) -c "" 2>/dev/null && echo yes)

.PHONY: help run test lint types prove asv clean remake
.NOTPARALLEL:

help:
	@echo "make run     a first map with its picture (MLX where it exists, else NumPy)"
	@echo "make test    all tests, with every framework"
	@echo "make lint    ruff: rules and format"
	@echo "make types   mypy, strict"
	@echo "make prove   the longer proofs; rewrites the committed tables"
	@echo "make asv     every asv suite once, as a check; docs/asv.md tells the rest"
	@echo "make clean   remove .venv, build output and caches; maps/ stays"

run: .venv/.stamp-run
	.venv/bin/fractbench run --preset quick $(ARGS)

test: .venv/.stamp-test
	$(PY) -m pytest $(ARGS)

lint: .venv/.stamp-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: .venv/.stamp-dev
	$(PY) -m mypy

# pytest ends with 5 where no test is marked slow.
prove: .venv/.stamp-test
	.venv/bin/fractbench verify --backend all
	$(PY) -m pytest -m slow || test $$? -eq 5
	@set -e; for program in tools/prove_*.py; do \
	  if test -f "$$program"; then echo "$(PY) $$program"; $(PY) "$$program"; fi; \
	done

# Needs the frameworks and asv. Only results of the installed version, which no history uses, are
# replaced; asv is content when nothing was measured, the last line is not.
asv: .venv/.stamp-test .venv/.stamp-dev
	$(PY) -m asv machine --yes
	rm -f .asv/results/*/*-existing-*.json
	$(PY) -m asv run --quick --python=same --launch-method spawn --show-stderr --set-commit-hash HEAD $(ARGS)
	$(PY) tools/check_asv_results.py .asv/results

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find fractbench backends tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

# What each job needs, installed again when the files that say so change.
.venv/.stamp-run: .venv/.made pyproject.toml constraints.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[mlx]"
	@touch $@

.venv/.stamp-test: .venv/.made pyproject.toml constraints.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[all,test]"
	@touch $@

.venv/.stamp-dev: .venv/.made pyproject.toml constraints.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

ifneq ($(VENV_WORKS),yes)
.venv/.made: remake
endif

# A name may be a version manager's stub, and a Python may lack ensurepip: the first that makes
# an environment is taken.
.venv/.made:
	@for name in $(PYTHON); do \
	  "$$name" -c "import sys; sys.exit(sys.version_info < (3, 11))" >/dev/null 2>&1 || continue; \
	  "$$name" -m venv --clear .venv >/dev/null 2>&1 || continue; \
	  $(PY) -m pip --version >/dev/null 2>&1 || continue; \
	  echo "made .venv with $$name (`$(PY) -V 2>&1`)"; \
	  pwd -P > $@; \
	  exit 0; \
	done; \
	echo "No Python 3.11 or later that can make a virtual environment was found (tried: $(PYTHON)); install Python 3.11 or later with its venv module (Debian and Ubuntu: python3 and python3-venv; macOS: brew install python@3.13) and run make again." >&2; \
	exit 1
