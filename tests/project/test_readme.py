"""The README's examples run: Python blocks as doctests, one after the other; commands through the command line."""

from __future__ import annotations

import doctest
import pathlib
import re
import shlex

import pytest
from command_line import run
from same_text import AgreeingNumbers, difference

README = pathlib.Path(__file__).parents[2] / "README.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), flags=re.M | re.S)


@pytest.mark.digits
@pytest.mark.usefixtures("scratch_table")
def test_python_examples(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where they write
    text = "\n".join(blocks("python"))
    test = doctest.DocTestParser().get_doctest(text, {}, "README", str(README), 0)
    assert len(test.examples) > 30
    runner = doctest.DocTestRunner(AgreeingNumbers(), optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


def commands() -> list[tuple[str, str]]:
    """Each `$ autograd-core ...` of the README with the output shown below it."""
    found = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            if command.startswith("autograd-core"):
                found.append((command, output))
    return found


def without_rounding(text: str) -> str:
    """Errors of the size of rounding differ between machines."""
    return re.sub(r"\d\.\de-\d\d", "tiny", text)


@pytest.mark.digits
@pytest.mark.parametrize(("command", "output"), commands(), ids=[command[:24] for command, _ in commands()])
def test_commands(command: str, output: str, tmp_path: pathlib.Path) -> None:
    result = run(shlex.split(command)[1:], tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert difference(without_rounding(result.stdout), without_rounding(output)) == ""


def test_make_targets_of_the_readme_exist() -> None:
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`?make ([a-z]+)", README.read_text(encoding="utf-8"))):
        assert re.search(rf"^{target}:", makefile, flags=re.M), f"the README says make {target}"


def test_files_of_the_readme_exist() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / link).exists(), link
