"""The lab's engine: from what a person typed to a page, a picture and a program, or to what is wrong and where.

It knows nothing of requests and processes, and it never raises for what was typed.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Mapping
from dataclasses import replace
from itertools import cycle
from typing import Any

from autograd_core import AutogradError, Value, topological_order
from autograd_core.errors import InputValueError
from autograd_core.formulas.formula import Apply, Expression, Number
from autograd_core.formulas.printing import to_text

from ..drawing.draw import draw
from .document import beside
from .expression import TypedExpression, read_bindings, read_parts
from .lab_code import python_of
from .step_through import step_through

__all__ = ["MOST_CHARACTERS", "MOST_NODES", "drawn", "examples"]

MOST_CHARACTERS = 4_000
MOST_NODES = 500
#: The numbers of names that were given none, in the order in which they are read, and again from the first.
CHOSEN = (0.5, 1.0, 1.5, 2.0)


def drawn(given: Mapping[str, Any]) -> dict[str, Any]:
    """Draw what a person typed.

    Parameters
    ----------
    given
        The ``"expression"``; the ``"numbers"`` of its names, such as ``"w=2 x=0.5"``; ``"moved"``, numbers of leaves
        that take their place; and what is ``"wanted"``: ``"page"`` or ``"picture"``.

    Returns
    -------
    dict
        The ``"page"``, its ``"leaves"``, each with its place among the nodes, its name and its number, and how many
        ``"nodes"`` there are; or the ``"picture"`` as SVG. With either the ``"python"`` that builds it, the names with
        ``"chosen"`` numbers, and those that are ``"unused"``. Or what is ``"wrong"``: the ``"key"`` of a sentence of
        the lab and its ``"parts"``, in which ``"field"``, and from where to where (``"place"``).

    Examples
    --------
    >>> drawn({"expression": "tanh(w*x)", "numbers": "w=2"})["chosen"]
    ['x']
    >>> drawn({"expression": "tanhh(w)"})["wrong"]["place"]
    (0, 5)
    """
    try:
        expression, numbers = _text(given, "expression"), _text(given, "numbers")
        typed, chosen, unused = _with_numbers(_read(expression), _numbers(numbers), _moved(given.get("moved")))
        root = typed.graph()
        answer = _picture(typed, root) if given.get("wanted") == "picture" else _page(typed, root)
        return {**answer, "python": python_of(typed), "chosen": chosen, "unused": unused}
    except _Wrong as wrong:
        return {"wrong": wrong.told}
    except AutogradError as error:
        return {"wrong": _retold(error, "expression", getattr(error, "place", None)).told}


def examples() -> list[dict[str, Any]]:
    """What a person chooses from: the ``"name"`` in each language, the ``"expression"`` and the ``"numbers"``."""
    known: list[dict[str, Any]] = json.loads(beside("lab_examples.json"))
    return known


class _Wrong(Exception):  # noqa: N818 (it names what happened)
    """What was typed cannot be drawn; `key` names a sentence of the lab."""

    def __init__(self, key: str, field: str = "expression", place: tuple[int, int] | None = None, **parts: Any) -> None:
        super().__init__(key)
        self.told = {"key": key, "field": field, "place": place, "parts": parts}


def _retold(error: AutogradError, field: str, place: tuple[int, int] | None) -> _Wrong:
    """An error of this library in a sentence of the lab, which knows them by their texts; else as it is."""
    for key, pattern in json.loads(beside("lab_words.json"))["patterns"].items():
        found = re.search(pattern, str(error), re.DOTALL)
        if found:
            parts = {name: text.replace(" or ", " / ") for name, text in found.groupdict("").items()}
            return _Wrong(key, field, place, **parts)
    return _Wrong("engine", field, place, message=str(error))


def _text(given: Mapping[str, Any], field: str) -> str:
    text = given.get(field, "")
    if not isinstance(text, str):
        raise _Wrong("notext", field)
    if len(text) > MOST_CHARACTERS:
        raise _Wrong("toolong", field, (MOST_CHARACTERS, len(text)), characters=len(text), most=MOST_CHARACTERS)
    return text


def _read(text: str) -> TypedExpression:
    if not text.strip(" \t\r\n;"):
        raise _Wrong("empty")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's parser warns of what is refused anyway, such as texts
        typed = read_parts(text)
    nodes = sum(_size(formula) for formula in (*(formula for _, formula in typed.parts), typed.formula))
    nodes += len(typed.names)
    if nodes > MOST_NODES:
        raise _Wrong("toomany", nodes=nodes, most=MOST_NODES)
    if not typed.names:
        raise _Wrong("noname")
    return typed


def _size(formula: Expression) -> int:
    """How many nodes a formula makes besides its variables."""
    if isinstance(formula, Apply):
        return 1 + sum(_size(each) for each in formula.arguments)
    return int(isinstance(formula, Number))


_BINDING = re.compile(r"[^\s,=]+\s*=\s*[^\s,=]+|[^\s,]+")


def _numbers(text: str) -> dict[str, float]:
    """Numbers of names, with spaces or commas between them."""
    found = list(_BINDING.finditer(text))
    for count in range(1, len(found) + 1):
        try:
            read_bindings(each[0] for each in found[:count])
        except InputValueError as error:
            raise _retold(error, "numbers", found[count - 1].span()) from None
    return read_bindings(each[0] for each in found)


def _moved(given: Any) -> dict[str, float]:
    """Numbers of leaves that were dragged; what is none is left out."""
    if not isinstance(given, Mapping):
        return {}
    numbers = {name: each for name, each in given.items() if type(each) in (int, float)}
    return {name: float(each) for name, each in numbers.items() if abs(each) <= sys.float_info.max}


def _with_numbers(
    typed: TypedExpression, given: Mapping[str, float], moved: Mapping[str, float]
) -> tuple[TypedExpression, list[str], list[str]]:
    twice = [name for name in given if name in typed.numbers]
    if twice:
        raise _Wrong("twice", "numbers", name=twice[0])
    numbers = {**typed.numbers, **given}
    unused = [name for name in numbers if name not in typed.names]
    chosen = [name for name in typed.names if name not in numbers]
    numbers |= dict(zip(chosen, cycle(CHOSEN), strict=False))
    numbers |= {name: each for name, each in moved.items() if name in typed.names}
    return replace(typed, numbers=numbers), chosen, unused


def _title(typed: TypedExpression) -> str:
    """The expression; of several parts the last."""
    if not typed.parts and typed.label is None:
        text = " ".join(typed.text.split())
    else:
        text = f"{typed.label} = {to_text(typed.formula)}" if typed.label else to_text(typed.formula)
    return text if len(text) <= 80 else text[:79] + "…"


def _page(typed: TypedExpression, root: Value) -> dict[str, Any]:
    page = step_through(root, title=_title(typed))
    leaves = [(place, node.label, node.data) for place, node in enumerate(topological_order(root)) if node.op == "leaf"]
    return {"page": page.html, "leaves": leaves, "nodes": len(topological_order(root))}


def _picture(typed: TypedExpression, root: Value) -> dict[str, Any]:
    if root.differentiable:
        root.backward()
    drawing = draw(root, title=_title(typed), max_nodes=MOST_NODES)
    return {"picture": drawing.svg}
