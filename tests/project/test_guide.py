"""The examples of the pages under docs/ run."""

from __future__ import annotations

import doctest
import pathlib
import re

import pytest
from same_text import AgreeingNumbers

DOCS = pathlib.Path(__file__).parents[2] / "docs"


@pytest.mark.digits
@pytest.mark.parametrize("page", ["newton.md", "reading-a-gradient.md"])
def test_examples_of_the_page(page: str) -> None:
    path = DOCS / page
    blocks = re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, path.name, str(path), 0)
    assert len(test.examples) > 20
    runner = doctest.DocTestRunner(AgreeingNumbers())
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
