"""Every example in a docstring runs, compiled or not."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pathlib
import pkgutil
import re

import pytest
from same_text import AgreeingNumbers

import autograd_core
import nn
import viz

PACKAGES = (autograd_core, nn, viz)
MODULES = sorted(
    name
    for package in PACKAGES
    for name in (
        package.__name__,
        *(each.name for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")),
    )
)
#: Their examples need libraries that load slowly, or a process of their own.
SLOW = {
    *("autograd_core.program.exports", "nn.data.sources", "nn.exchange.estimator", "nn.exchange.estimators"),
    *("viz.page.widget", "viz.page.lab_worker"),
}


@pytest.mark.digits
@pytest.mark.usefixtures("scratch_table")
@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in MODULES])
def test_examples_of_a_module(name: str) -> None:
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(AgreeingNumbers(), optionflags=doctest.NORMALIZE_WHITESPACE)
    # A compiled module does not show the classes it uses; the reader of an example knows Value.
    for test in doctest.DocTestFinder().find(module, name, extraglobs={"Value": autograd_core.Value}):
        runner.run(test)
    result = runner.summarize(verbose=False)
    assert result.failed == 0
    stem = "__init__" if hasattr(module, "__path__") else name.rpartition(".")[2]
    source = pathlib.Path(module.__file__).parent / f"{stem}.py"
    if source.exists():
        written = source.read_text(encoding="utf-8")
        assert (result.attempted > 0) == bool(re.search(r"\n +>>> ", written)), "examples that nothing runs"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_everything_public_is_documented(package: object) -> None:
    for name in package.__all__:
        each = getattr(package, name)
        if callable(each):
            assert inspect.getdoc(each), f"{package.__name__}.{name} has no docstring"
