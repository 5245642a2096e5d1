# Everything a fresh machine needs is done here; it must only have Python with venv, and make.
PYTHON ?= python3
BIN := .venv/bin
# Hundreds of Python processes are started: let them share byte code, also where the environment says not to keep any.
unexport PYTHONDONTWRITEBYTECODE
SETUP := pyproject.toml setup.py Makefile autograd_core/errors.py $(wildcard autograd_core/formulas/*.py) \
         $(wildcard $(addprefix autograd_core/*/*.,pxd pyx h)) autograd_core/array/arrays.py autograd_core/derivatives/pull_back.py \
         $(patsubst %.pxd,%.py,$(wildcard autograd_core/*/*.pxd))
SOURCES := autograd_core nn viz tests notebooks docs benchmarks examples README.md README.zh.md CONTRIBUTING.md CHANGELOG.md LICENSE Makefile \
           pyproject.toml setup.py

.DEFAULT_GOAL := help
.PHONY: help demo test explore processors sanitize lint mutation oracle bench gallery docs clean

help: ## say what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

demo: .venv/installed ## train on real data, check the gradient, draw: writes demo-output/
	$(BIN)/autograd-core demo --out demo-output

# Somebody waits for this: what is slow (browsers, builds, millions of nodes) is left to CI, as plain Python run the tests
# of what is compiled else, and random trials are fewer (tests/helpers/amounts.py). CI=true make test runs all there is,
# as plain Python all but drawings, the command line, notebooks, builds and imports, which do not know what is compiled.
ENGINE := $(addprefix tests/,scalar array program programs derivatives transforms)
ALIKE := $(addprefix --ignore=tests/,viz project/test_builds.py project/test_notebooks.py project/test_layering.py)
QUICK := $(if $(filter true,$(CI)),,-m "not slow" --ignore=tests/oracle)
test: .venv/installed-$(if $(QUICK),test,dev) ## run the quick tests, compiled and as plain Python; CI=true make test runs all (20 minutes)
	$(BIN)/python -m pytest -n auto --dist worksteal $(QUICK)
	rm -rf build/pure && mkdir -p build/pure
	cp -rp $(SOURCES) build/pure
	find build/pure -name '*.so' -delete
	cd build/pure && ../../$(BIN)/python -m pytest -n auto --dist worksteal $(QUICK) $(if $(QUICK),$(ENGINE),$(ALIKE))

# What is tested decides which examples are drawn, so they are the same wherever it is: what one machine refuses, another
# can look at.
TIMES ?= 1
SEED ?= $(shell printf '%d' 0x$$(git ls-tree HEAD $(SOURCES) 2>/dev/null | sha1sum | cut -c1-12))
explore: .venv/installed-dev ## run the property tests on new examples, of SEED, this state's own; TIMES=20 draws twenty times as many
	HYPOTHESIS_PROFILE=explore HYPOTHESIS_TIMES=$(TIMES) $(BIN)/python -m pytest --hypothesis-seed=$(SEED) \
	    -n auto -m hypothesis -o faulthandler_timeout=$$((300 * $(TIMES)))

# What gcc's wrapper adds comes last and wins. Leaks are not asked for: at its end Python leaves much to the system.
# Reports go where pytest does not capture them: the process ends before it could show them.
SANITIZED := $(addprefix tests/scalar/test_,half_made_nodes.py slabs.py compiled.py reverse.py contracts.py) \
             tests/program/test_program.py tests/program/test_matrices.py tests/array/test_contracts.py
sanitize: .venv/installed-dev ## run tests of nodes, slabs and programs under the sanitizers of addresses and undefined behaviour
	@for library in libasan.so libubsan.so; do test -f "$$(gcc -print-file-name=$$library)" \
	    || { echo "needs gcc with its $$library; on Debian and Ubuntu: apt-get install gcc"; exit 1; }; done
	rm -rf build/sanitize && mkdir -p build/sanitize
	cp -r $(SOURCES) build/sanitize
	find build/sanitize -name '*.so' -delete
	printf '#!/bin/sh\nexec gcc "$$@" -O0 -g1 -fsanitize=address,undefined -fno-sanitize-recover=undefined\n' > build/sanitize/gcc
	chmod +x build/sanitize/gcc
	cd build/sanitize && CC=$$PWD/gcc ../../$(BIN)/python setup.py -q build_ext --inplace && test -f autograd_core/scalar/value.*.so
	cd build/sanitize && LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
	    PYTHONMALLOC=malloc ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
	    ../../$(BIN)/python -m pytest -q -n auto --capture=sys -p no:cacheprovider \
	    -k "not million and not recursion and not derived_in_cython" $(SANITIZED)

processors: .venv/installed-dev ## run what compares digits as on other processors and with another mathematical library
	$(BIN)/python tests/processors.py

lint: .venv/installed-dev ## check format, style, types, and that imports go down only
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

mutation: .venv/installed-mutation ## change the engine in one place at a time: a test must fail (an hour or two; see tests/MUTATION.md)
	rm -rf build/mutation && mkdir -p build/mutation
	cp -r $(SOURCES) build/mutation
	find build/mutation -name '*.so' -delete
	cd build/mutation && ../../$(BIN)/mutmut run
	cd build/mutation && ../../$(BIN)/python tests/mutation/table.py table.json
	cd build/mutation && ../../$(BIN)/python tests/mutation/summary.py mutants table.json

oracle: .venv/installed-oracle ## compare every derivative with PyTorch's; run exports in JAX and the ONNX runtime (large downloads)
	$(BIN)/python -m pytest -n auto -m oracle tests/oracle

bench: .venv/installed-bench ## measure beside the peers (large downloads) and write benchmarks/RESULTS.md
	$(BIN)/python -m pytest -q -p no:cacheprovider benchmarks

gallery: .venv/installed-dev ## draw every picture of docs/gallery.md again
	$(BIN)/python -m viz.app.gallery docs

# What is made of the code is written into a copy: the mathematics of the table, the reference, the list of lessons.
docs: .venv/installed-docs ## build the documentation, build/docs/index.html; a warning is an error
	rm -rf build/site build/docs
	cp -r docs build/site
	cp -r notebooks build/site/lessons
	$(BIN)/python -m sphinx -q -W --keep-going -j auto build/site build/docs
	@echo "open build/docs/index.html"

clean: ## remove what was made
	rm -rf .venv build demo-output *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The pip that is there already puts one into .venv in a third of the time: venv's own way compiles what it brings.
.venv/bin/python:
	$(PYTHON) -m venv --without-pip .venv
	$(PYTHON) -m pip --python $@ install --quiet $(QUIETLY) pip || $(PYTHON) -m venv .venv

# One stamp a set of extras; made again when the project's own files change. The modules are compiled by themselves, so
# that each is named as it is its turn, and without a second set of build tools, which pip would download for itself; pip
# is told that nothing is left to compile, or it would compile all of it a second time.
define install
	@echo "Setting up .venv$(if $(1), for $(1)): download what is missing and compile the hot modules (about a minute on two cores, once)"
	$(BIN)/python -m pip install $(QUIETLY) \
	    $$($(BIN)/python -c 'import tomllib; our = tomllib.load(open("pyproject.toml", "rb")); \
	    print(*our["build-system"]["requires"], *our["dependency-groups"]["compile"])')
	@$(MAKE) --no-print-directory -j2 compiled packages EXTRAS='$(if $(1),[$(1)])'
	touch $@
endef

# Side by side, for pip waits for the disk and the network, and uses one core.
.PHONY: compiled packages
compiled:
	$(BIN)/python setup.py --quiet build_ext --inplace

packages:
	AUTOGRAD_CORE_PURE=1 $(BIN)/python -m pip install $(QUIETLY) --no-build-isolation -e '.$(EXTRAS)'

# Progress of downloads is shown, and not every package that is there already. What is imported is translated to byte
# code by itself; of all that was installed it would take as long as unpacking it.
QUIETLY := --no-compile --disable-pip-version-check --no-warn-script-location --progress-bar on

.venv/installed: .venv/bin/python $(SETUP)
	$(call install)

.venv/installed-test: .venv/bin/python $(SETUP)
	$(call install,test)

.venv/installed-dev: .venv/bin/python $(SETUP)
	$(call install,dev)
	@touch .venv/installed-test

.venv/installed-mutation: .venv/installed-dev
	$(call install,dev$(COMMA)mutation)

.venv/installed-oracle: .venv/installed-dev
	$(call install,dev$(COMMA)oracle)

.venv/installed-docs: .venv/bin/python $(SETUP)
	$(call install,docs)

.venv/installed-bench: .venv/bin/python $(SETUP)
	$(call install,bench)

COMMA := ,
