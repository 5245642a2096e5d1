"""The examples of docs/reading-a-gradient.md run."""

from __future__ import annotations

import doctest
import pathlib
import re

GUIDE = pathlib.Path(__file__).parents[1] / "docs" / "reading-a-gradient.md"


def test_examples_of_the_guide() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), flags=re.M | re.S)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, GUIDE.name, str(GUIDE), 0)
    assert len(test.examples) > 20
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
