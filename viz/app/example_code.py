"""The code of a picture of the gallery as a reader can run it: imports, what else it needs, and ``picture = ...``.

It is made of the source of the function that draws the picture, so what is shown is what was run.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import textwrap
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import autograd_core
import nn
import viz

__all__ = ["example_code"]

_PUBLIC = {"autograd_core": autograd_core, "nn": nn, "viz": viz}


def example_code(function: Callable[..., Any]) -> str:
    """What to write to get the picture that a function without arguments returns.

    Parameters
    ----------
    function
        A function in a module of the gallery. Other functions of that module that it calls are shown before it.
    """
    assert isinstance(function, FunctionType)
    helpers: dict[str, FunctionType] = {}
    imports: dict[str, set[str]] = {}
    whole: list[str] = []
    _collect(function, helpers, imports, whole)
    parts = [_as_written(each) for each in helpers.values()]
    body = textwrap.dedent(_as_written(function).split("\n", 1)[1])
    parts.append(re.sub(r"^return ", "picture = ", body, flags=re.MULTILINE))
    code = "\n\n\n".join(parts)
    # Two empty lines around a function, as formatters have it.
    code = re.sub(r"\n*(^def .*\n(?:(?:[ \t].*)?\n)*)", r"\n\n\n\1\n\n", code, flags=re.MULTILINE)
    code = re.sub(r"\n{4,}", "\n\n\n", code)
    for name in helpers:
        code = re.sub(rf"\b{name}\b", name.lstrip("_"), code)
    lines = sorted(whole) + [""] * bool(whole and imports)
    lines += [f"from {package} import {', '.join(sorted(names))}" for package, names in sorted(imports.items())]
    return "\n".join([*lines, "", *([""] if code.lstrip().startswith("def ") else []), code.strip(), ""])


def _collect(
    function: FunctionType, helpers: dict[str, FunctionType], imports: dict[str, set[str]], whole: list[str]
) -> None:
    """What a function needs that is not its own: other functions, innermost first, and names to import."""
    tree = _without_types(ast.parse(textwrap.dedent(inspect.getsource(function))))
    for name in dict.fromkeys(each.id for each in ast.walk(tree) if isinstance(each, ast.Name)):
        if name not in function.__globals__ or hasattr(builtins, name) or name in helpers:
            continue
        found = function.__globals__[name]
        found = inspect.unwrap(found) if callable(found) else found
        if isinstance(found, ModuleType):
            line = f"import {found.__name__}" + (f" as {name}" if name != found.__name__ else "")
            whole.extend([line] * (line not in whole))
        elif getattr(found, "__module__", None) == function.__module__ and isinstance(found, FunctionType):
            _collect(found, helpers, imports, whole)
            helpers[name] = found
        else:
            imports.setdefault(_package_of(name), set()).add(name)


def _package_of(name: str) -> str:
    return next(package for package, module in _PUBLIC.items() if name in module.__all__)


def _without_types(tree: ast.Module) -> ast.Module:
    for each in ast.walk(tree):
        if isinstance(each, ast.FunctionDef):
            each.returns, each.decorator_list = None, []
            for argument in each.args.args:
                argument.annotation = None
        elif isinstance(each, ast.AnnAssign):
            each.annotation = ast.Constant(None)
    return tree


def _as_written(function: FunctionType) -> str:
    """The source of a function without its types and decorators, which say nothing of the picture."""
    lines = textwrap.dedent(inspect.getsource(function)).split("\n")
    plain: list[str] = []
    definitions = [each for each in ast.walk(ast.parse("\n".join(lines))) if isinstance(each, ast.FunctionDef)]
    headers = {each.lineno - 1: each for each in definitions}
    number = 0
    while number < len(lines):
        found = headers.get(number)
        if found is not None:
            bare = ast.FunctionDef(found.name, found.args, [ast.Pass()], [], None)
            for argument in bare.args.args:
                argument.annotation = None
            header = ast.unparse(ast.fix_missing_locations(bare)).split("\n", 1)[0]
            plain.append(lines[number][: found.col_offset] + header)
            number = found.body[0].lineno - 1
            continue
        if not lines[number].startswith("@"):
            plain.append(re.sub(r"^(\s*\w+): [^=]+ = ", r"\1 = ", lines[number]))
        number += 1
    return "\n".join(plain).rstrip()
