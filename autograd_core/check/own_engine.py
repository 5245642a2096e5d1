"""A learner's own engine beside this one, operation by operation: which derivative is wrong, and by which mistake.

An engine is a class whose nodes hold ``data`` and ``grad`` and go back with ``backward()``, as micrograd's ``Value``.
Each row of the report is one small graph. What the derivative should be comes from the table.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputTypeError, shortened
from ..scalar.blocks import recording
from ..scalar.making import apply
from ..scalar.value import Value

__all__ = ["EngineReport", "EngineRow", "check_own_engine"]

_X, _Y = 1.75, 0.6  # distinct in every product, quotient and power, and inside of every domain
_Graph = Callable[..., Any]
_OPERATIONS: dict[str, _Graph] = {
    "x + y": lambda x, y: x + y,
    "x - y": lambda x, y: x - y,
    "x * y": lambda x, y: x * y,
    "x / y": lambda x, y: x / y,
    "-x": lambda x: -x,
    "x + 2": lambda x: x + 2,
    "2 + x": lambda x: 2 + x,
    "x - 2": lambda x: x - 2,
    "2 - x": lambda x: 2 - x,
    "x * 2": lambda x: x * 2,
    "2 * x": lambda x: 2 * x,
    "x / 2": lambda x: x / 2,
    "2 / x": lambda x: 2 / x,
    "x ** 2": lambda x: x**2,
    "x ** 3": lambda x: x**3,
    "x ** -1": lambda x: x**-1,
    "x ** 0.5": lambda x: x**0.5,
}
_FUNCTIONS = ("exp", "log", "tanh", "sigmoid", "relu", "sin", "cos", "sqrt")


def _of_twice_x(graph: _Graph) -> _Graph:
    return lambda x: graph(x + x)


#: Nodes that are used more than once, and the mistake that is made with them.
_SHARED: dict[str, tuple[_Graph, str]] = {
    "x + x": (lambda x: x + x, "add"),
    "x * x": (lambda x: x * x, "add"),
    "b = x + x; b + b": (_of_twice_x(lambda b: b + b), "order"),
    "b = x + x; b + (b + b)": (_of_twice_x(lambda b: b + (b + b)), "order"),
    "b = x + x; (b + b) + b": (_of_twice_x(lambda b: (b + b) + b), "order"),
}


@dataclass(frozen=True, slots=True)
class EngineRow:
    """One small graph.

    Attributes
    ----------
    graph
        What was computed, of x and y.
    verdict
        ``"ok"``, ``"wrong"``, ``"raises"``, or ``"not there"`` for a function that the engine does not have.
    note
        What is wrong, and by which mistake; empty if nothing is.
    """

    graph: str
    verdict: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class EngineReport:
    """All rows; true if none is wrong and none raises.

    Attributes
    ----------
    rows
        In the order in which they were tried.
    """

    rows: tuple[EngineRow, ...]

    def __bool__(self) -> bool:
        return all(row.verdict in ("ok", "not there") for row in self.rows)

    def __iter__(self) -> Iterator[EngineRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        width = max(len(row.graph) for row in self.rows)
        lines = [f"{row.graph:{width}}  {row.verdict:9}  {row.note}".rstrip() for row in self.rows]
        counts = [
            (kind, sum(row.verdict == kind for row in self.rows)) for kind in ("ok", "wrong", "raises", "not there")
        ]
        return "\n".join([*lines, ", ".join(f"{count} {kind}" for kind, count in counts if count)])


def check_own_engine(engine: Any) -> EngineReport:
    """Run somebody's own ``Value`` class against this engine, operation by operation.

    Parameters
    ----------
    engine
        A class such as micrograd's ``Value``, or a module that has one of this name: ``Value(2.0)`` makes a leaf, nodes
        have ``data``, ``grad`` and ``backward()``. Functions (exp, log, tanh, sigmoid, relu, sin, cos, sqrt) are
        methods, or functions of the module; those that are not there are left out.

    Returns
    -------
    EngineReport
        It prints as a table, and is true if nothing is wrong.

    Raises
    ------
    InputTypeError
        If there is no such class, or it does not make a leaf that holds its number.

    Examples
    --------
    >>> from autograd_core import Value
    >>> report = check_own_engine(Value)
    >>> bool(report), report.rows[2].graph, report.rows[2].verdict
    (True, 'x * y', 'ok')
    """
    node, module = _class_of(engine)
    with recording(True):
        return _report(node, module)


def _report(node: Any, module: Any) -> EngineReport:
    rows = [_row(node, text, graph, graph) for text, graph in _OPERATIONS.items()]
    for name in _FUNCTIONS:
        function = _function_of(node, module, name)
        if function is None:
            rows.append(EngineRow(f"{name}(x)", "not there"))
        else:
            rows.append(_row(node, f"{name}(x)", function, functools.partial(apply, name)))
    if rows[0].verdict == "ok":  # what follows is made of sums
        rows += [_row(node, text, graph, graph, kind) for text, (graph, kind) in _SHARED.items()]
    return EngineReport(tuple(rows))


def _class_of(engine: Any) -> tuple[Any, Any]:
    made = engine if isinstance(engine, type) else getattr(engine, "Value", None)
    if not isinstance(made, type):
        raise InputTypeError(
            f"check_own_engine: {shortened(engine)} is not a class of nodes, and has none called Value; give one, "
            "such as check_own_engine(Value)"
        )
    try:
        leaf = made(_X)
        held = float(leaf.data)
    except Exception as error:
        raise InputTypeError(
            f"check_own_engine: {made.__name__}({_X}) does not make a leaf with data: {type(error).__name__}: {error}"
        ) from error
    if held != _X or not callable(getattr(leaf, "backward", None)):
        raise InputTypeError(
            f"check_own_engine: {made.__name__}({_X}) holds data = {held!r}; a node needs data, grad and backward()"
        )
    return made, None if engine is made else engine


def _function_of(node: Any, module: Any, name: str) -> _Graph | None:
    function = getattr(node, name, getattr(module, name, None))
    return function if callable(function) else None


def _run(node: Any, graph: _Graph, numbers: Sequence[float], incoming: float = 1.0) -> tuple[float, list[float]]:
    """The result and the gradients, when so much comes in from above."""
    leaves = [node(number) for number in numbers]
    root = graph(*leaves)
    (root if incoming == 1.0 else root * incoming).backward()
    return float(root.data), [float(leaf.grad or 0.0) for leaf in leaves]


def _row(node: Any, text: str, graph: _Graph, ours: _Graph, kind: str = "") -> EngineRow:
    numbers = [_X, _Y] if "y" in text else [_X]
    value, expected = _run(Value, ours, numbers)
    try:
        found, gradients = _run(node, graph, numbers)
    except Exception as error:
        return EngineRow(text, "raises", f"{type(error).__name__}: {error}")
    if not _near(found, value):
        return EngineRow(text, "wrong", f"the result is {found:.6g}, and should be {value:.6g}")
    if not all(map(_near, gradients, expected)):
        at_result = _run(Value, ours, [value])[1][0] if len(numbers) == 1 and value > 0.0 else math.nan
        return EngineRow(text, "wrong", _mistake(gradients, expected, at_result, kind))
    try:
        _, gradients = _run(node, graph, numbers, 3.0)
    except Exception:
        return EngineRow(text, "ok")  # the product that brings 3 in is judged in a row of its own
    if any(expected) and all(map(_near, gradients, expected)):
        return EngineRow(text, "wrong", "what comes in is forgotten: with 3 from above it passes on the same as with 1")
    return EngineRow(text, "ok")


def _mistake(found: Sequence[float], right: Sequence[float], at_result: float, kind: str) -> str:
    if len(found) == 2 and all(map(_near, found, right[::-1])):
        return "the derivatives by x and y are swapped"
    name, got, should = next(each for each in zip("xy", found, right, strict=False) if not _near(each[1], each[2]))
    said = f"the derivative by {name} is {got:.6g}, and should be {should:.6g}"
    if kind == "add":
        return f"{said}: where a node is used twice its gradients add up, and must not be overwritten"
    if kind == "order":
        return f"{said}: a node passes on before its sum is complete, or more than once; go back in topological order"
    if got == 0.0:
        return f"{said}: nothing is passed on"
    if _near(got, -should):
        return f"{said}: the sign is wrong"
    if _near(got, at_result):
        return f"{said}: it is taken at the result instead of at x"
    return said


def _near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
