"""What stands where: wings with few modules and a word of their own, the libraries each package may need, one table.

Which module may import which other one is declared in pyproject.toml; ``make lint`` looks.
"""

from __future__ import annotations

import ast
import os
import pathlib
import pkgutil
import re
import subprocess
import sys

import pytest

import autograd_core
import nn
import viz
from autograd_core.formulas.formula import variables
from viz.app import neighbours

ROOT = pathlib.Path(autograd_core.__file__).parents[1]
ALLOWED_PACKAGES = {
    "autograd_core": {"numpy", "cython", "sympy", "jax", "onnx"},
    "nn": {"numpy", "tqdm", "sklearn", "safetensors"},
    "viz": {
        *("numpy", "graphviz", "typer", "click", "tqdm", "matplotlib"),
        *("resvg_py", "svg2pdf_py", "PIL", "anywidget", "traitlets"),
    },
}


def modules(package: str) -> list[pathlib.Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: pathlib.Path) -> set[str]:
    """What a module imports from other packages."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.slow
@pytest.mark.parametrize("package", ALLOWED_PACKAGES)
def test_a_package_needs_no_other_libraries(package: str) -> None:
    assert modules(package)
    for path in modules(package):
        foreign = imported(path) - sys.stdlib_module_names - {"autograd_core", "nn", "viz"}
        assert foreign <= ALLOWED_PACKAGES[package], f"{path.relative_to(ROOT)} imports {foreign}"


def test_a_library_that_is_not_allowed_would_be_found(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nn").mkdir()
    (tmp_path / "nn" / "layers.py").write_text("def f():\n    import torch.nn\n")
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    with pytest.raises(AssertionError, match=r"layers\.py imports {'torch'}"):
        test_a_package_needs_no_other_libraries("nn")


@pytest.mark.parametrize(
    ("package", "at_the_root", "fewest"),
    [
        ("autograd_core", {"__init__", "errors"}, 5),
        ("nn", {"__init__", "conversion", "neighbours"}, 1),
        ("viz", {"__init__", "cli"}, 5),
    ],
)
def test_a_package_is_made_of_wings(package: str, at_the_root: set[str], fewest: int) -> None:
    """At the root stands what everybody needs and what a user starts; a wing holds 5 to 18 modules, and says which."""
    assert {path.stem for path in (ROOT / package).glob("*.py")} == at_the_root
    wings = [path for path in (ROOT / package).iterdir() if (path / "__init__.py").exists()]
    assert len(wings) >= 5
    for wing in wings:
        names = {path.stem for path in wing.glob("*.py*") if path.suffix in (".py", ".pyx")} - {"__init__"}
        assert fewest <= len(names) <= 18, f"{wing.name} has {len(names)} modules"
        [statement] = ast.parse((wing / "__init__.py").read_text(encoding="utf-8")).body  # re-exports would be circles
        assert "May import: " in ast.get_docstring(ast.Module([statement], [])), wing.name


def test_no_two_packages_export_one_name_for_different_things() -> None:
    """``from nn import *`` and ``from autograd_core import *`` in any order give the same names the same meaning."""
    exported: dict[str, object] = {}
    for package in (autograd_core, nn, viz):
        for name in package.__all__:
            assert exported.setdefault(name, getattr(package, name)) is getattr(package, name), name


@pytest.mark.slow
def test_the_core_needs_no_drawing_library() -> None:
    """Importing the engine and the networks loads neither Graphviz nor anything of viz."""
    code = "import sys, nn, autograd_core; print(sorted({'graphviz', 'viz', 'typer'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert result.stdout.strip() == "[]"


@pytest.mark.slow
def test_only_the_table_knows_derivatives() -> None:
    """Outside of it no module of the engine calls a function of `math` or NumPy that has a derivative."""
    differentiable = {name for name, rule in autograd_core.PRIMITIVES.items() if any(map(variables, rule.partials))}
    differentiable -= {"where", "log2", "log10"}  # choosing among arrays and counting digits is not calculus
    for path in modules("autograd_core"):
        if path.stem in ("ieee", "complex_functions", "emit", "protocol"):  # the last one has them as keys
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("math", "np"):
                name = f"{node.value.id}.{node.attr}"
                assert node.attr not in differentiable, f"{path.relative_to(ROOT)} uses {name}"


# --- a user's own file of the same name -------------------------------------------------------------------------------

FORMS = {
    "file": lambda name, folder: (folder / f"{name}.py").write_text("x = 1\n"),
    "folder": lambda name, folder: (folder / name).mkdir(),
    "package": lambda name, folder: ((folder / name).mkdir(), (folder / name / "__init__.py").write_text("x = 1\n")),
}


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("hidden", "command"),
    [
        ("nn", ["-c", "from viz import draw"]),
        ("nn", ["-c", "import nn, viz"]),
        ("nn", ["-m", "viz.cli", "--help"]),
        ("autograd_core", ["-c", "from nn import MLP"]),
        ("autograd_core", ["-c", "from viz import draw"]),
        ("autograd_core", ["-m", "viz.app.gallery"]),
    ],
)
def test_a_file_that_hides_a_package_is_named(
    hidden: str, command: list[str], form: str, tmp_path: pathlib.Path
) -> None:
    """Unless nothing is hidden: a folder without ``__init__.py`` stands behind a package, wherever that is found."""
    FORMS[form](hidden, tmp_path)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment,
        timeout=120,
    )
    if form == "folder":
        assert "No module named" not in result.stderr
        return
    *_, last = result.stderr.strip().splitlines()
    assert last.startswith(f"ImportError: {tmp_path}")
    assert f"hides the package '{hidden}' of Autograd Core" in last
    assert "another name" in last
    assert result.stderr.count("Traceback") == 1


def test_a_folder_that_hides_a_package_is_named(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an editable install, whose packages are looked for after all folders."""
    (tmp_path / "nn").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "nn")
    monkeypatch.delitem(sys.modules, "nn.conversion")
    monkeypatch.setattr(
        sys, "path", [each for each in sys.path if not (pathlib.Path(each) / "nn" / "conversion.py").exists()]
    )
    monkeypatch.setattr(sys, "meta_path", [each for each in sys.meta_path if "Editable" not in str(each)])
    with pytest.raises(ImportError, match="hides the package 'nn' of Autograd Core"):
        neighbours._require("nn.conversion")


def test_what_is_missing_otherwise_is_told_as_python_tells_it() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'nn\.nothing'"):
        neighbours._require("nn.nothing")
    with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_package'"):
        neighbours._require("no_such_package.module")


# --- names of modules in texts ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_module_that_a_text_names_is_there() -> None:
    """``autograd_core.scalar.value.Value`` in a docstring, a page, a setting or a test leads to something."""
    texts = [
        *(path for folder in ("autograd_core", "nn", "viz", "tests", "docs", "benchmarks") for path in _texts(folder)),
        *(ROOT / name for name in ("README.md", "pyproject.toml", "Makefile", "setup.py")),
    ]
    names = {
        name.rstrip(".")
        for path in texts
        for name in re.findall(r"(?<![\w/.-])(?:autograd_core|nn|viz)(?:\.[A-Za-z_]\w*)+", path.read_text("utf-8"))
    }
    assert len(names) > 100
    # What users mistype, what is not there (nor any more), and a mutant.
    meant = {"viz.drawing_of", "nn.mlp", "nn.nothing", "autograd_core.scalar.reverse.x__count__mutmut_8"}
    assert {name for name in names - meant if not _is_there(name)} == set()


def _texts(folder: str) -> list[pathlib.Path]:
    return [path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".pyx", ".pxd", ".md", ".h")]


def _is_there(name: str) -> bool:
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):  # a module that is there compiled only has its source beside it
        return (ROOT / name.replace(".", "/")).with_suffix(".pyx").exists()
    return True
