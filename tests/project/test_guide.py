"""The examples of the pages under docs/ run."""

from __future__ import annotations

import doctest
import pathlib
import re

import pytest
from same_text import AgreeingNumbers

DOCS = pathlib.Path(__file__).parents[2] / "docs"
PAGES = [path for path in sorted(DOCS.rglob("*.md")) if ">>> " in path.read_text(encoding="utf-8")]
#: One trains for a while, one needs SymPy.
SLOW = {"newton", "exports"}


@pytest.mark.digits
@pytest.mark.usefixtures("scratch_table")
@pytest.mark.parametrize(
    "page", [pytest.param(page, id=page.stem, marks=[pytest.mark.slow] * (page.stem in SLOW)) for page in PAGES]
)
def test_examples_of_the_page(page: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where they write
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, page.name, str(page), 0)
    assert test.examples
    runner = doctest.DocTestRunner(AgreeingNumbers(), optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
