"""A graph from a function in a user's own file: ``file.py:function``. The file is run, which is what the user asked."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from autograd_core import AutogradError, InputTypeError, InputValueError, Tensor, Value

from ..graphs.options import as_roots

__all__ = ["function_of_file", "graph_of_function", "split_target"]

_TARGET = re.compile(r"(?P<path>.+\.py):(?P<name>\w+)")


def split_target(text: str) -> tuple[Path, str] | None:
    """The file and the function that a text names, or None if it is an expression.

    >>> split_target("models/net.py:loss")[1], split_target("tanh(w*x)")
    ('loss', None)
    """
    match = _TARGET.fullmatch(text.strip())
    return (Path(match["path"]), match["name"]) if match else None


def graph_of_function(path: Path, name: str, numbers: Mapping[str, float]) -> list[Value | Tensor]:
    """Run a file and call a function in it, each argument a leaf that is labelled with its name.

    Parameters
    ----------
    path
        The file.
    name
        The function.
    numbers
        The number of each argument; arguments with a default may be left out.

    Returns
    -------
    list of Value or Tensor
        The roots: what the function returned.

    Raises
    ------
    InputValueError
        If there is no such file or function, an argument has no number, or the user's code raised an error.
    InputTypeError
        If the function returned something else than nodes.
    """
    function, arguments = function_of_file(path, name, numbers)
    result = function(*arguments)
    try:
        return as_roots(result)
    except (InputTypeError, InputValueError):
        raise InputTypeError(
            f"{name} in {path} returned {result!r:.80}; let it return a Value or a Tensor, or a list of them"
        ) from None


def function_of_file(path: Path, name: str, numbers: Mapping[str, float]) -> tuple[Callable[..., Any], list[Value]]:
    """Run a file and find a function in it, and a leaf for each number, in their order.

    Returns
    -------
    tuple
        A function of the leaves, whose errors are told in a line, and the leaves.

    Raises
    ------
    InputValueError
        As :func:`graph_of_function`.
    """
    function = getattr(_run(path), name, None)
    if not callable(function):
        raise InputValueError(f"{path} has no function {name!r}; define it there: def {name}(w, x): ...")
    arguments = _arguments(function, name, numbers)

    def of(*given: Any) -> Any:
        try:
            return function(**dict(zip(arguments, given, strict=True)))
        except AutogradError as error:
            error.add_note(_place(error, path))
            raise
        except Exception as error:
            raise InputValueError(f"{name} in {path} raised {_told(error, path)}") from error

    return of, list(arguments.values())


def _run(path: Path) -> ModuleType:
    if not path.is_file():
        raise InputValueError(f"there is no file {str(path)!r}; write the path of a Python file, as in net.py:loss")
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise InputValueError(f"{str(path)!r} is not a Python file; write for example net.py:loss")
    module = importlib.util.module_from_spec(specification)
    sys.path.insert(0, str(path.resolve().parent))  # as Python does for a script, so that it can import its neighbours
    try:
        specification.loader.exec_module(module)
    except AutogradError as error:
        error.add_note(_place(error, path))
        raise
    except Exception as error:
        raise InputValueError(f"{path} raised {_told(error, path)}") from error
    return module


def _arguments(function: Callable[..., Any], name: str, numbers: Mapping[str, float]) -> dict[str, Value]:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        raise InputValueError(f"{name} is not a function whose arguments are known; write def {name}(...)") from None
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
    known = {each: parameter for each, parameter in parameters.items() if parameter.kind not in kinds}
    required = [each for each, parameter in known.items() if parameter.default is parameter.empty]
    missing = [each for each in required if each not in numbers]
    if missing:
        wanted = " ".join(f"{each}=..." for each in missing)
        raise InputValueError(f"no number for {', '.join(missing)} of {name}; add --at {wanted}")
    unused = [each for each in numbers if each not in known]
    if unused:
        raise InputValueError(f"{name} has no argument {', '.join(unused)}; it has: {', '.join(known) or 'none'}")
    return {each: Value(number, each) for each, number in numbers.items()}


def _told(error: Exception, path: Path) -> str:
    """The error and where in the user's file it arose."""
    frames = _frames(error, path)
    line = frames[-1].lineno if frames else getattr(error, "lineno", None)
    where = f" (line {line})" if line else ""
    return f"{type(error).__name__}: {error}{where}; mend it there"


def _place(error: Exception, path: Path) -> str:
    """Where in the user's file an error of ours arose."""
    frames = _frames(error, path)
    return f"({path}, line {frames[-1].lineno}: {frames[-1].line})" if frames else f"({path})"


def _frames(error: Exception, path: Path) -> list[traceback.FrameSummary]:
    return [each for each in traceback.extract_tb(error.__traceback__) if Path(each.filename).name == path.name]
