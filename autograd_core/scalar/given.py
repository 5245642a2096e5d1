"""Nodes with given local derivatives, and the names under which other engines' programs ask for what a node holds.

micrograd writes ``Value(data, _children, _op, label)`` and reads ``_prev`` and ``_op``; the small GPTs that descend
from it write ``Value(data, children, local_grads)`` and read ``_children`` and ``_local_grads``.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ..errors import InputTypeError, InputValueError, UnknownNameError, shortened
from ..formulas.printing import operator_of
from ..formulas.rules import PRIMITIVES
from .conversion import number_from
from .hooks import VALUE
from .making import add_to_values
from .messages import describe_node
from .value import NO_ARRAY, Value, as_value, constant, fill_ternary, is_made, own_attributes, record_ternary

try:
    import cython
except ImportError:
    from . import no_cython as cython

__all__ = ["children_of", "given_to"]

_GIVEN = PRIMITIVES["given"].opcode


# --- a node with given derivatives ----------------------------------------------------------------------------------


def _family(
    children: Any, local_grads: Any, label: str | None, micrograds: Any, sign: Any
) -> tuple[tuple[Any, ...], tuple[Any, ...], str | None, str]:
    """What a constructor is given, in whatever place: children, local gradients, label and sign."""
    if isinstance(children, str) and label is None:
        children, label = (), children
    if isinstance(local_grads, str) and not sign:
        local_grads, sign = (), local_grads
    if not isinstance(sign, str):
        raise InputTypeError(f"Value: _op={shortened(sign)} is not a text; write for example _op='+'")
    children = _as_tuple(children, "children") or _as_tuple(micrograds, "_children")
    slopes = _as_tuple(local_grads, "local_grads")
    if len(children) != len(slopes):
        raise InputValueError(
            f"Value: {len(children)} children and {len(slopes)} local_grads; give the derivative of the node by each "
            "child, as Value(data, (a, b), (by_a, by_b))"
        )
    return children, slopes, label or None, sign


def _as_tuple(given: Any, what: str) -> tuple[Any, ...]:
    if type(given) is tuple:
        return given
    if given is None:
        return ()
    if isinstance(given, tuple | list | np.ndarray) or (isinstance(given, set | frozenset) and not given):
        return tuple(given)
    if what == "children":
        raise InputTypeError(
            f"Value: the second argument is {shortened(given)}, neither a label nor a tuple of nodes; write "
            "label='w', or children=(a, b)"
        )
    raise InputTypeError(f"Value: {what}={shortened(given)} is not a tuple; write {what}=(a, b)")


def _give(node: Value, data: Any, children: tuple[Any, ...], local_grads: tuple[Any, ...]) -> None:
    """Make a fresh node one with given local derivatives: a chain of the primitive ``given``, one for each child."""
    if is_made(node):
        raise InputTypeError(f"Value.__init__: {describe_node(node)} is a leaf already; make a new node")
    for each in children:
        if not isinstance(each, Value):
            raise InputTypeError(f"Value: the child {shortened(each)} is not a node; write Value(...) of it")
    total = _number(data, -1)
    slopes = [_number(local_grads[position], position) for position in range(len(local_grads))]
    last = len(children) - 1
    for position in range(last):
        total = record_ternary(_GIVEN, total, slopes[position], children[position])
    fill_ternary(node, _GIVEN, total, slopes[last], children[last])


def _number(given: Any, position: int) -> Value:
    """A constant; while a program is recorded, also what follows its arguments: ``v.data`` is a node there."""
    if type(given) is float or type(given) is int:  # most often
        return as_value(given, _GIVEN)  # type: ignore[no-any-return]
    what = "Value" if position < 0 else f"local_grads[{position}]"
    if isinstance(given, Value):
        if given.differentiable:
            raise InputTypeError(
                f"{what}: {describe_node(given)} is a node that gradients flow into; write v.data for its number"
            )
        return given
    return constant(number_from(given, what))


# --- names of other engines -----------------------------------------------------------------------------------------


def _links(node: Value) -> list[Value]:
    """The chain that stands for one given node, in the order of its children."""
    links = [node]
    while (before := links[-1].parents[0]).op == "given":
        links.append(before)
    return links[::-1]


def children_of(node: Value) -> tuple[Value, ...]:
    """The nodes it was computed from, in order, each as often as it was used.

    >>> a = Value(3.0)
    >>> len(children_of(a * a)), len(children_of(Value(9.0, (a, a), (3.0, 3.0))))
    (2, 2)
    """
    return tuple(link.parents[2] for link in _links(node)) if node.op == "given" else node.parents


def given_to(node: Value) -> tuple[float, ...]:
    """The derivative by each child, at the recorded point; 0.0 by a constant, into which no gradient flows.

    >>> given_to(Value(3.0) * 2)
    (2.0, 0.0)
    """
    if node.op == "given":
        return tuple(link.local_derivatives[2] or 0.0 for link in _links(node))
    return tuple(each or 0.0 for each in node.local_derivatives)


def _sign_of(node: Value) -> str:
    """What micrograd writes: ``+``, ``*``, ``**2``, ``ReLU``; empty for a leaf."""
    own = (own_attributes(node) or {}).get("_sign")
    if own is not None:
        return str(own)
    rule = PRIMITIVES.get(node.op)
    if rule is None:
        return ""
    sign = operator_of(rule.name)
    if rule.name == "pow" and not node.parents[1].differentiable:
        return f"{sign}{node.parents[1].data:g}"
    return sign or (rule.symbol if rule.symbol.isascii() and rule.symbol.isalpha() else rule.name)


def _item(node: Value) -> float:
    """The number, as NumPy and PyTorch have it; see ``data``."""
    return node.data


def _dtype(node: Value) -> np.dtype[np.float64]:
    # NumPy's mean of an array of objects asks for it, and makes a plain number of what has one. What is compiled has no
    # frame of its own.
    if sys._getframe(0 if cython.compiled else 1).f_globals.get("__name__", "").startswith("numpy."):
        raise UnknownNameError("a Value", "dtype", Value, NO_ARRAY)
    return np.dtype(np.float64)


def _no_closure(node: Value, closure: Any) -> None:
    raise UnknownNameError(
        "a Value", "_backward to be set", (), "no closure is called; write Value(data, children, local_grads)"
    )


def _max_with(node: Value, other: Any) -> Value:
    """The larger of two numbers; see ``maximum``."""
    return VALUE.apply("maximum", node, other)  # type: ignore[no-any-return]


for _name, _attribute in {
    "_prev": property(children_of, doc="The parents in order, as micrograd names them."),
    "_children": property(children_of, doc="The parents in order."),
    "_local_grads": property(given_to, doc="Beside each child the derivative of the node by it."),
    "_op": property(_sign_of, doc="What micrograd writes for the operation."),
    "shape": property(lambda node: (), doc="``()``: it is one number."),
    "ndim": property(lambda node: 0, doc="0: it has no axes."),
    "size": property(lambda node: 1, doc="1."),
    "dtype": property(_dtype, doc="float64."),
    "_backward": property(None, _no_closure),
    "item": _item,
    "max_with": _max_with,
}.items():
    add_to_values(_name, _attribute)
VALUE.family, VALUE.give = _family, _give
