"""The notebooks run from a clean kernel without a warning, and what is stored in them is what they show today.

After a change that is meant, ``pytest --overwrite-golden tests/project/test_notebooks.py`` stores what they show now.
"""

from __future__ import annotations

import copy
import os
import pathlib
import re
import sys
from collections.abc import Iterator
from typing import Any
from unittest import mock
from xml.etree import ElementTree

import nbformat
import pytest
from drawing_checks import wrong_gradients
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

pytestmark = pytest.mark.slow

FOLDER = pathlib.Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LONGEST_CELL = 16  # lines of code; more do not fit beside their picture on a projector
LONGEST_LINE = 120  # characters of code, beyond which a page of 1,152 pixels cuts it off
LONGEST_TEXT = 26  # lines of the source, a table of terms among them
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class _ThisPython(KernelSpecManager):
    """Knows one kernel, the interpreter that runs the tests, whatever is installed on the machine."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"]
        return KernelSpec(argv=argv, display_name=kernel_name, language="python")


def run(notebook: NotebookNode, folder: pathlib.Path) -> NotebookNode:
    """A copy of a notebook, run from a clean kernel in a folder of its own, every warning an error."""
    fresh = copy.deepcopy(notebook)
    # In the kernel's environment the filter would strike at the kernel's own imports.
    fresh.cells.insert(0, new_code_cell("import warnings; warnings.simplefilter('error')"))
    for name in ("work", "home"):
        (folder / name).mkdir()
    home = str(folder / "home")
    settings = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment |= dict.fromkeys(settings, home)
    with mock.patch.dict(os.environ, environment, clear=True):
        client = NotebookClient(
            fresh,
            km=AsyncKernelManager(kernel_spec_manager=_ThisPython()),
            resources={"metadata": {"path": str(folder / "work")}},
            timeout=120,
            shutdown_kernel="immediate",
            record_timing=False,
            coalesce_streams=True,  # what is printed arrives in one message or in several, as it happens
        )
        client.execute(cleanup_kc=True)  # else the kernel would live on, for it was not made by the client
    del fresh.cells[0]
    return fresh


def store(notebook: NotebookNode, path: pathlib.Path) -> None:
    """Write a notebook with what it shows, and nothing of the run."""
    notebook.metadata = METADATA
    for count, cell in enumerate(code_cells(notebook), start=1):
        cell.metadata = {}
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    nbformat.write(notebook, path)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell: NotebookNode) -> list[Any]:
    """What a cell shows, up to rounding: its texts, and of its pictures what a person reads in them.

    Last digits depend on the machine's mathematical library, and coordinates on the version of the layout engine.
    """
    return [
        [
            output.output_type,
            without_rounding(output.get("text", "")),
            *(
                (form, texts_of(data) if form == "image/svg+xml" else without_rounding(without_code(str(data))))
                for form, data in sorted(output.get("data", {}).items())
            ),
        ]
        for output in cell.outputs
    ]


def without_code(text: str) -> str:
    """Of a live page only its title: its code has tests of its own, and is written anew with every change of it."""
    return re.sub(r'srcdoc="[^"]*"', "srcdoc", text)


def texts_of(svg: str) -> list[str]:
    """The texts of a drawing, in a fixed order."""
    return sorted(
        without_rounding(each.text) for each in ElementTree.fromstring(svg).iter() if (each.text or "").strip()
    )


def without_rounding(text: str) -> str:
    """Numbers to six digits; those of the size of rounding errors are all the same."""

    def rounded(match: re.Match[str]) -> str:
        number = float(match[0])
        return "tiny" if 0 < abs(number) < 1e-9 else f"{number:.6g}"

    return re.sub(r"-?\d+\.\d+(e[-+]\d+)?", rounded, text)


def stale_cells(stored: NotebookNode, fresh: NotebookNode) -> list[str]:
    """The ids of the cells that show something else than what is stored."""
    pairs = zip(code_cells(stored), code_cells(fresh), strict=True)
    return [then.id for then, now in pairs if shown(then) != shown(now)]


def unwanted_outputs(notebook: NotebookNode) -> Iterator[str]:
    """Outputs that a reader should not see."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"{cell.id}: {output.ename}"
            if output.get("name") == "stderr":
                yield f"{cell.id}: {output.text}"


def faults_of_form(notebook: NotebookNode) -> Iterator[str]:
    if notebook.metadata != METADATA:
        yield f"metadata of a machine or an editor: {notebook.metadata}"
    for before, cell in zip([None, *notebook.cells], notebook.cells, strict=False):
        lines = len(cell.source.splitlines())
        if cell.cell_type == "code" and (before is None or before.cell_type != "markdown"):
            yield f"{cell.id}: no text before it says what to look for"
        if lines > (LONGEST_CELL if cell.cell_type == "code" else LONGEST_TEXT):
            yield f"{cell.id}: {lines} lines"
        if cell.cell_type == "code" and any(len(line) > LONGEST_LINE for line in cell.source.splitlines()):
            yield f"{cell.id}: a line of more than {LONGEST_LINE} characters"
        if cell.metadata:
            yield f"{cell.id}: metadata {dict(cell.metadata)}"
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"not run once from top to bottom: {counts}"


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_in_form(path: pathlib.Path) -> None:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert list(faults_of_form(notebook)) == []


@pytest.mark.digits
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_is_stored_in_it(
    path: pathlib.Path, tmp_path: pathlib.Path, request: pytest.FixtureRequest
) -> None:
    stored = nbformat.read(path, as_version=4)
    fresh = run(stored, tmp_path)
    assert list(unwanted_outputs(fresh)) == []
    if request.config.getoption("--overwrite-golden"):
        store(fresh, path)
        stored = nbformat.read(path, as_version=4)
    assert stale_cells(stored, fresh) == [], "if the change is meant: pytest --overwrite-golden"


def pictures_of(path: pathlib.Path) -> dict[str, str]:
    """The pictures of a notebook, by the ids of their cells."""
    return {
        cell.id: output.data["image/svg+xml"]
        for cell in code_cells(nbformat.read(path, as_version=4))
        for output in cell.outputs
        if "image/svg+xml" in output.get("data", {})
    }


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_gradients_in_pictures_are_the_products_along_their_paths(path: pathlib.Path) -> None:
    pictures = pictures_of(path)
    assert pictures
    for cell, svg in pictures.items():
        problems, _ = wrong_gradients(svg)
        # In the middle of a backward pass some are not computed, and others not complete.
        assert problems == [] or "not computed" in svg, cell


def test_pictures_show_gradients() -> None:
    assert sum(wrong_gradients(svg)[1] for path in NOTEBOOKS for svg in pictures_of(path).values()) >= 7


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_has_a_chinese_title_a_live_page_and_three_exercises(path: pathlib.Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert re.match(r"# [A-Z][^\n]*[\u4e00-\u9fff]", text)
    exercises = text[text.index("\n## Exercises \u7ec3\u4e60\n") :]
    assert re.findall(r"^\*\*(\d)\.\*\*", exercises, re.MULTILINE) == ["1", "2", "3"]
    assert any(
        "<iframe" in output.get("data", {}).get("text/html", "")
        for cell in code_cells(notebook)
        for output in cell.outputs
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_cell_below_an_exercise_checks_its_solution(path: pathlib.Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    for position, cell in enumerate(cells):
        if cell.cell_type == "markdown" and re.search(r"^\*\*\d\.\*\* ", cell.source, re.MULTILINE):
            assert re.search(r"^ *(assert |np\.testing\.assert_)", cells[position + 1].source, re.MULTILINE), cell.id


# --- the tests above can fail ---------------------------------------------------------------------------------------


def notebook_of(*sources: str) -> NotebookNode:
    return new_notebook(cells=[new_code_cell(source, id=f"cell-{index}") for index, source in enumerate(sources)])


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("DeprecationWarning", "import warnings\nwarnings.warn('old', DeprecationWarning)"),
        ("RuntimeWarning", "import numpy as np\nnp.log(np.float64(0.0))"),
        ("ZeroDivisionError", "1 / 0"),
    ],
)
def test_a_warning_and_an_error_stop_a_notebook(name: str, source: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(CellExecutionError, match=name):
        run(notebook_of(source), tmp_path)


def test_unwanted_outputs_are_found(tmp_path: pathlib.Path) -> None:
    fresh = run(notebook_of("import sys\nprint('!', file=sys.stderr)"), tmp_path)
    assert list(unwanted_outputs(fresh)) == ["cell-0: !\n"]
    fresh.cells[0].outputs = [nbformat.v4.new_output("error", ename="ValueError", evalue="", traceback=[])]
    assert list(unwanted_outputs(fresh)) == ["cell-0: ValueError"]


def test_stale_outputs_are_found(tmp_path: pathlib.Path) -> None:
    picture = "from IPython.display import SVG\nSVG('<svg><text>1</text></svg>')"
    fresh = run(notebook_of("print(1)", "2", picture), tmp_path)
    stored = copy.deepcopy(fresh)
    assert stale_cells(stored, fresh) == []
    printed, result, drawn = (cell.outputs[0] for cell in stored.cells)
    printed.text = "1 \n"
    result.data["text/plain"] = "3"
    drawn.data["image/svg+xml"] = drawn.data["image/svg+xml"].replace("1", "2")
    assert stale_cells(stored, fresh) == ["cell-0", "cell-1", "cell-2"]
    stored.cells[0].outputs = []
    assert stale_cells(stored, fresh)[0] == "cell-0"


def test_a_notebook_sees_nothing_of_the_machine(tmp_path: pathlib.Path) -> None:
    source = "import os, sys\nprint(sys.executable, os.getcwd(), os.environ['IPYTHONDIR'], sep='\\n')"
    [cell] = run(notebook_of(source), tmp_path).cells
    assert cell.outputs[0].text.splitlines() == [sys.executable, str(tmp_path / "work"), str(tmp_path / "home")]


def test_faults_of_form_are_found() -> None:
    lonely, long = (
        new_code_cell("1\n" * LONGEST_CELL + " " * (LONGEST_LINE + 1), id="lonely"),
        new_markdown_cell("line\n" * (LONGEST_TEXT + 1), id="long"),
    )
    timed = new_code_cell("1", id="timed", metadata={"execution": {"iopub.status.busy": "today"}}, execution_count=2)
    notebook = new_notebook(cells=[lonely, long, timed])
    assert [fault.split(":")[0] for fault in faults_of_form(notebook)] == [
        "metadata of a machine or an editor",
        "lonely",
        "lonely",
        "lonely",
        "long",
        "timed",
        "not run once from top to bottom",
    ]
