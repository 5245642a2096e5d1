"""Pages that are made of the code: the mathematics of every primitive, the reference of public names, the lessons."""

from __future__ import annotations

import importlib
import json
import pathlib

import numpy as np

from autograd_core import PRIMITIVES
from autograd_core.array.elementwise import function
from autograd_core.formulas.formula import Apply, Variable
from autograd_core.formulas.primitives import Primitive, latex
from autograd_core.formulas.printing import to_text
from viz import plot_activations, plot_curves
from viz.plots.plot import Plot

__all__ = ["write_lessons", "write_primitives", "write_reference"]

#: What only recorded graphs hold; nobody calls it.
_INTERNAL = {"contribution", "at_kink", "stop_gradient"}
_PRIMITIVES = """\
# Mathematics of the primitives

Written from [the table](architecture.md), which is where the engine has them from too. x, y and w are the arguments in
their order, z is the result. A condition in square brackets is 1 where it holds and 0 elsewhere. In the pictures a
function is solid and its derivative dashed; a dot is the value that is used where there is no derivative. Of a function
of several arguments z is drawn against x, for some numbers of the others.
"""
#: The arguments behind the first one in the pictures, for functions of two and of three.
_OTHERS = {2: ((-1.0,), (0.5,), (2.0,)), 3: ((-1.0, 1.0), (0.0, 2.0))}
_HIGHEST, _STEEPEST = 6.0, 40.0  # what lies above, or jumps, is left out of a picture
_REFERENCE = """\
# Reference

Everything that `from autograd_core import ...`, `from nn import ...` and `from viz import ...` give; and what of NumPy
works on Tensors.

```{toctree}
:maxdepth: 1

numpy
hips
```
"""


def write_primitives(folder: pathlib.Path) -> None:
    """Formula, derivatives, domain, kinks and a picture of each primitive."""
    pictures = folder / "primitives"
    pictures.mkdir(exist_ok=True)
    parts = [_PRIMITIVES]
    for rule in PRIMITIVES.values():
        if rule.name in _INTERNAL:
            continue
        parts.append(f"## {rule.name}\n\n{_equations(rule)}\n")
        if rule.meaning is not None:
            parts.append(f"That is `{rule.meaning}`.\n" if "*" in rule.meaning else f"That is {rule.meaning}.\n")
        if rule.domain is not None:
            parts.append(f"Finite, with its derivatives, where `{to_text(rule.domain)}`.\n")
        if rule.kink is not None:
            parts.append(f"No derivative where `{to_text(rule.kink)}`; what the formula gives is used there.\n")
        if rule.parameter is not None:
            parts.append(f"The last argument is a plain number, {rule.parameter:g} if it is left out.\n")
        of_one = rule.arity - (rule.parameter is not None) == 1
        picture = plot_activations([rule.name], title=" ") if of_one else _family(rule)
        picture.save(pictures / f"{rule.name}.svg")
        told = f"{rule.name} and its derivative" if of_one else f"{rule.name} for some numbers behind the first one"
        parts.append(f"![{told}](primitives/{rule.name}.svg)\n")
    (folder / "primitives.md").write_text("\n".join(parts), encoding="utf-8")


def _family(rule: Primitive) -> Plot:
    """Curves of a function of several arguments by the first one; gaps where it jumps or leaves the picture."""
    x = np.linspace(-4.0, 4.0, 801)
    curves = {}
    for others in _OTHERS[rule.arity]:
        with np.errstate(all="ignore"):
            z = np.array(function(rule.name)(x, *others), dtype=float)
        beyond = np.abs(z) > _HIGHEST
        jumps = np.append(np.abs(np.diff(z)) > _STEEPEST * (x[1] - x[0]), False)
        name = ", ".join(f"{argument} = {each:g}" for argument, each in zip(rule.arguments[1:], others, strict=True))
        curves[name] = (x, np.where(beyond | jumps, np.nan, z))
    return plot_curves(curves, x="x", y="z")


def _equations(rule: Primitive) -> str:
    # How a special function is computed is nothing to read; the table has words for it, which stand below.
    formula = Apply(rule.name, tuple(map(Variable, rule.arguments))) if rule.meaning else rule.formula
    parts = [f"z = {latex(formula)}"]
    by = len(rule.arguments) - (rule.parameter is not None)  # by a parameter nothing is differentiated
    for argument, partial in zip(rule.arguments[:by], rule.partials, strict=False):
        parts.append(rf"\frac{{\partial z}}{{\partial {argument}}} = {latex(partial)}")
    return "\n\n".join(f"$$\n{part}\n$$" for part in parts)


def write_reference(folder: pathlib.Path) -> None:
    """One table a package, each public name with a page of its own."""
    parts = [_REFERENCE]
    for package in ("autograd_core", "nn", "viz"):
        module = importlib.import_module(package)
        functions = [
            name for name in PRIMITIVES if getattr(module, name, None) is not None and package == "autograd_core"
        ]
        names = [each for each in module.__all__ if callable(getattr(module, each)) and each not in functions]
        entries = "\n".join(f"   {package}.{each}" for each in sorted(names, key=str.lower))
        first = (module.__doc__ or "").strip().split("\n\n")[0]
        parts.append(
            f"## {package}\n\n{first}\n\n```{{eval-rst}}\n.. autosummary::\n   :toctree: reference\n\n{entries}\n```\n"
        )
        if functions:
            listed = ", ".join(f"`{each}`" for each in functions)
            parts.append(
                f"Functions of the table, of all that holds numbers ([mathematics](primitives.md)): {listed}.\n"
            )
    (folder / "reference.md").write_text("\n".join(parts), encoding="utf-8")


def write_lessons(folder: pathlib.Path) -> None:
    """Add the notebooks to the page of lessons, by their titles."""
    page = folder / "lessons.md"
    notebooks = sorted((folder / "lessons").glob("*.ipynb"))
    for notebook in notebooks:
        first = json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]["source"]
        assert "".join(first).startswith("# "), f"{notebook.name} does not begin with its title"
    listed = "\n".join(f"lessons/{notebook.stem}" for notebook in notebooks)
    text = page.read_text(encoding="utf-8").partition("\n```{toctree}")[0]
    page.write_text(f"{text}\n```{{toctree}}\n:maxdepth: 1\n:numbered:\n\n{listed}\n```\n", encoding="utf-8")
