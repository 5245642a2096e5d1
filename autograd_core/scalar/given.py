"""Nodes with given local derivatives, and the names under which other engines' programs ask for what a node holds.

micrograd writes ``Value(data, _children, _op, label)``, sets ``_backward`` to a closure, and reads ``_prev`` and
``_op``; the small GPTs that descend from it write ``Value(data, children, local_grads)`` and read ``_children`` and
``_local_grads``.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ImmutableGraphError, InputTypeError, InputValueError, shortened
from ..formulas.printing import operator_of
from ..formulas.rules import PRIMITIVES
from .conversion import number_from
from .freezing import freezes, frozen
from .hooks import VALUE
from .making import add_to_values
from .messages import describe_node
from .recording import current_state, noted, recorders
from .value import Value, as_value, constant, fill_ternary, is_made, own_attributes, record_ternary

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
    if sign and not slopes:  # micrograd sets _backward next, which tells them
        slopes = (math.nan,) * len(children)
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


# --- a node with a closure, as micrograd has them -------------------------------------------------------------------


def _closure_of(node: Value) -> Callable[[], None]:
    """What micrograd calls in the backward pass: it adds to the gradients of the children."""

    def backward() -> None:
        for child, slope in zip(children_of(node), given_to(node), strict=True):
            child.grad += slope * node.grad

    return backward


def _take_closure(node: Value, closure: Any) -> None:
    """Take for local derivatives what a closure adds to the gradients of the children where the node's own is 1."""
    if recorders.count and freezes(node):
        raise frozen("_backward =", node, "write Value(data, children, local_grads)")
    if not current_state().enabled:
        return
    children = children_of(node)
    if node.op != "given" or not all(map(math.isnan, _slopes_of(node))):
        raise ImmutableGraphError(
            f"_backward of {describe_node(node)} cannot be set, for its derivatives are known; make a node of your own "
            "with Value(data, children, 'name') first, or give them: Value(data, children, local_grads)"
        )
    if not callable(closure):
        raise InputTypeError(f"_backward: {shortened(closure)} is no function; write a closure that adds to the grads")
    by_child, again = (_added_by(closure, node, dict.fromkeys(children), upstream) for upstream in (1.0, -2.0))
    if not np.array_equal([*again.values()], np.multiply([*by_child.values()], -2.0), equal_nan=True):
        raise InputValueError(
            f"_backward of {describe_node(node)}: what it adds is not proportional to the node's grad, as a derivative "
            "is; write child.grad += derivative * out.grad"
        )
    _set_slopes(node, [by_child.pop(child, 0.0) for child in children])  # of a child used twice it is the sum


def _added_by(
    closure: Callable[[], object], node: Value, children: dict[Value, Any], upstream: float
) -> dict[Value, float]:
    """What a closure adds to gradients, which are afterwards what they were."""
    kept = [(each, each.grad, each.has_grad) for each in (node, *children)]
    try:
        for each in children:
            each.zero_grad()
        node.grad = upstream
        closure()
        return {each: each.grad for each in children}
    finally:
        for each, grad, has_grad in kept:
            each.grad = grad if has_grad else None


def _slopes_of(node: Value) -> list[float]:
    links, slopes = _links(node), []
    for position in range(len(links)):
        link = links[position]
        slopes.append(link._right._data)  # type: ignore[union-attr]  # a number that was given
    return slopes


def _set_slopes(node: Value, slopes: list[float]) -> None:
    """Set the derivatives of a node that has none yet. Nobody can have computed with them."""
    links = _links(node)
    for position in range(len(links)):
        link, slope = links[position], slopes[position]
        notes, given = link._notes, link._right
        given._data = slope  # type: ignore[union-attr]
        link._notes = noted(notes.label, notes.scope, notes.third_parent, slope, notes.line, notes.attributes)


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
    own = own_attributes(node)
    if own and "_sign" in own:
        return str(own["_sign"])
    op = node.op
    if op == "pow" and not node.parents[1].differentiable:
        return f"{operator_of(op)}{node.parents[1].data:g}"
    return _sign_of_primitive(op)


@functools.cache
def _sign_of_primitive(op: str) -> str:
    rule = PRIMITIVES.get(op)
    if rule is None:
        return ""
    return operator_of(op) or (rule.symbol if rule.symbol.isascii() and rule.symbol.isalpha() else op)


def _item(node: Value) -> float:
    """The number, as NumPy and PyTorch have it; see ``data``."""
    return node.data


def _dtype(node: Value) -> np.dtype[Any]:
    # NumPy's mean and variance of arrays of objects make of their sum what its type says: the node that it is. What is
    # compiled has no frame of its own.
    frame = sys._getframe(0 if cython.compiled else 1)
    if not frame.f_globals.get("__name__", "").startswith("numpy."):
        return np.dtype(np.float64)
    if frame.f_code.co_name == "sinc":  # of numbers other than 0 only it would be right
        raise InputTypeError(
            f"np.sinc of {describe_node(node)}: not available for a Value; write autograd_core.sinc(v)"
        )
    return np.dtype(object)


def _set_sign(node: Value, sign: Any) -> None:
    if not isinstance(sign, str):
        raise InputTypeError(f"_op: {shortened(sign)} is not a text; write for example v._op = '+'")
    node._sign = sign  # one's own, as _op= has it


def _refuse_to_set(name: str) -> Callable[[Value, Any], None]:
    def refuse(node: Value, given: Any) -> None:
        raise ImmutableGraphError(
            f"{name} of {describe_node(node)} cannot be set, for a graph never changes; make the node with its "
            "children: Value(data, children, local_grads)"
        )

    return refuse


def _max_with(node: Value, other: Any) -> Value:
    """The larger of two numbers; see ``maximum``."""
    return VALUE.apply("maximum", node, other)  # type: ignore[no-any-return]


for _name, _attribute in {
    "_prev": property(children_of, _refuse_to_set("_prev"), doc="The parents in order, as micrograd names them."),
    "_children": property(children_of, _refuse_to_set("_children"), doc="The parents in order."),
    "_local_grads": property(given_to, _refuse_to_set("_local_grads"), doc="The derivative of the node by each child."),
    "_op": property(_sign_of, _set_sign, doc="What micrograd writes for the operation."),
    "shape": property(lambda node: (), doc="``()``: it is one number."),
    "ndim": property(lambda node: 0, doc="0: it has no axes."),
    "size": property(lambda node: 1, doc="1."),
    "dtype": property(_dtype, doc="float64."),
    "_backward": property(_closure_of, _take_closure, doc="micrograd's closure, which adds to the children's grads."),
    "item": _item,
    "max_with": _max_with,
}.items():
    add_to_values(_name, _attribute)
VALUE.family, VALUE.give = _family, _give
