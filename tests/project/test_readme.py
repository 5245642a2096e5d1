"""The README's examples run: Python blocks as doctests, one after the other; commands through the command line.

Links of every page lead to a file, and where one names a heading, to that heading.
"""

from __future__ import annotations

import doctest
import pathlib
import re
import shlex

import pytest
from command_line import run
from same_text import AgreeingNumbers, difference

README = pathlib.Path(__file__).parents[2] / "README.md"
PAGES = [README, *sorted((README.parent / "docs").rglob("*.md"))]


def blocks(language: str, page: pathlib.Path = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.M | re.S)


@pytest.mark.digits
@pytest.mark.usefixtures("scratch_table")
def test_python_examples(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where they write
    text = "\n".join(blocks("python"))
    test = doctest.DocTestParser().get_doctest(text, {}, "README", str(README), 0)
    assert len(test.examples) >= 20
    runner = doctest.DocTestRunner(AgreeingNumbers(), optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


def commands() -> list[tuple[str, str]]:
    """Each `$ autograd-core ...` of the README and of the pages under docs/, with the output shown below it."""
    found = []
    for block in (block for page in PAGES for block in blocks("console", page)):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            if command.startswith("autograd-core") and (command, output) not in found:
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


def without_code(page: pathlib.Path) -> str:
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def headings(page: pathlib.Path) -> set[str]:
    """What the headings of a page are called in links."""
    found = re.findall(r"^#+ (.+)$", without_code(page), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", each.strip().lower()).replace(" ", "-") for each in found}


def broken_links(page: pathlib.Path) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"", without_code(page))
    broken = []
    for link in (one or other for one, other in found):
        path, _, heading = link.partition("#")
        target = page.parent / path if path else page
        if ":" not in path and not (target.exists() and (not heading or heading in headings(target))):
            broken.append(link)
    return broken


@pytest.mark.parametrize(
    "page", [*PAGES, README.with_name("README.zh.md"), README.with_name("CONTRIBUTING.md")], ids=str
)
def test_links_lead_somewhere(page: pathlib.Path) -> None:
    assert broken_links(page) == []


def test_links_that_lead_nowhere_are_found(tmp_path: pathlib.Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# `A` heading, here\n[a](page.md#a-heading-here) [b](#b) [c](c.md) [d](https://d.e) ![](f.svg)\n")
    assert broken_links(page) == ["#b", "c.md", "f.svg"]


def test_the_first_screen_in_chinese_keeps_step() -> None:
    """Its headings begin as those of the README do; its code and commands stand there too, and so do its links."""
    english, chinese = (README.with_name(name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
    headings = re.findall(r"^#+ [\w ]+", english, flags=re.M)
    ours = [each.strip() for each in re.findall(r"^#+ [A-Za-z ]+", chinese, flags=re.M)]
    assert ours == [each.strip() for each in headings[: len(ours)]]
    found = re.findall(r"^```\w+\n.*?^```", chinese, flags=re.M | re.S)
    assert len(found) >= 2
    assert [block for block in found if block not in english] == []
    for link in re.findall(r"\]\(([^)#:]+)\)", chinese):
        assert (README.parent / link).exists(), link


def test_ratios_beside_others_are_those_that_were_measured() -> None:
    results = (README.parent / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    table = README.read_text(encoding="utf-8").partition("## Beside others")[2].partition("\n\nThe page")[0]
    measured = [cell for row in results.splitlines() if row.startswith("|") for cell in map(str.strip, row.split("|"))]
    rows = [row for row in table.splitlines() if row.startswith("| ")]
    rows = [row for row in rows if "wrong verdicts" not in row and "a page that" not in row]  # no ratios
    cells = [cell for row in rows[1:] for cell in map(str.strip, row.split("|")[2:]) if cell]
    assert len(cells) >= 8
    assert [cell for cell in cells if cell not in measured] == []
