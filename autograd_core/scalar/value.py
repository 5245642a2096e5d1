# cython: nonecheck=False
"""Value, the scalar node: a number that remembers how it was computed.

A node keeps its parents in order and, beside each, the local derivative at the recorded point. Which derivative that
is, the table knows (:mod:`autograd_core.formulas.rules`); how gradients flow along the edges,
:mod:`autograd_core.scalar.reverse`. Parents are older than their children, so a graph cannot form a cycle.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..errors import (
    IdentityWarning,
    ImmutableGraphError,
    InputTypeError,
    LeavesGraphError,
    UnknownNameError,
)
from ..formulas.rules import OPCODES, PRIMITIVES
from .conversion import (
    MASKED,
    instead_of,
    instead_of_math,
    number_from,
    refuse_wrong_kinds,
    scalar_in,
)
from .freezing import NO_COPY, NO_INDEX, NO_NUMBER, follows, freezes, frozen, recorded_by_user
from .hooks import VALUE
from .kernels import evaluate
from .messages import (
    describe_node,
    is_formatted,
    line_of_users_code,
    place_in_users_code,
    text_of_line,
    unmade,
    warn_at_users_line,
)
from .recording import Notes, State, current_state, noted, recorders

try:
    import cython
except ImportError:
    from . import no_cython as cython

if not cython.compiled:
    from .conversion import is_plain, plain

__all__ = [
    "CONSTANT",
    "LEAF",
    "NOTHING",
    "NO_ARRAY",
    "NUMPY_NAMES",
    "Value",
    "as_value",
    "constant",
    "fill_ternary",
    "is_made",
    "is_same",
    "is_stale",
    "own_attributes",
    "record_binary",
    "record_ternary",
    "record_unary",
    "stopped",
    "unary",
]

LEAF, CONSTANT = _LEAF, _CONSTANT = -1, -2
new_value = object.__new__
(
    _ADD,
    _SUB,
    _MUL,
    _DIV,
    _POW,
    _NEG,
    _POS,
    _ABS,
    _LESS,
    _LESS_EQUAL,
    _GREATER,
    _GREATER_EQUAL,
    _STOP_GRADIENT,
    _REMAINDER,
    _RINT,
) = (
    PRIMITIVES[name].opcode
    for name in [
        "add",
        "sub",
        "mul",
        "div",
        "pow",
        "neg",
        "pos",
        "abs",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
        "stop_gradient",
        "remainder",
        "rint",
    ]
)
#: What stands for no children. There is one empty tuple in Python, so that ``is`` asks quickly.
NOTHING: tuple[Any, ...] = ()
#: Methods that NumPy looks for in an array of objects, and that no primitive stands behind.
_ASKED_BY_NUMPY = frozenset({"deg2rad"})
_METHODS = "its methods are the primitives, list(autograd_core.PRIMITIVES)"
NO_ARRAY = "it is one number; write np.array([v, w]) for NumPy's functions of arrays, or v.data for the plain number"
#: From what NumPy calls a function to the name of the primitive.
NUMPY_NAMES = {each.numpy_name: each.name for each in OPCODES}


@cython.no_gc  # parents are older than children, so nodes cannot form a cycle
@cython.binding(False)
@cython.cclass
class Value:
    """A scalar node of a computation graph.

    Parameters
    ----------
    data
        A real number.
    children
        Nodes that it was computed from, outside of the primitives; a text in this place is the label.
    local_grads
        As many numbers: the derivative of the node by each child. They are believed as they are given;
        ``check_gradients(f, ...)`` names the node if differences of `f` contradict. They say nothing of second
        derivatives, which are nan.
    label
        A name for pictures and messages.
    _children, _op
        The same children, and what ``_op`` shall say, as micrograd names them. A text in the place of `local_grads`
        is `_op`.

    Raises
    ------
    InputTypeError
        If `data` is not a real number (a text, None, a complex number, a list, another node), or a child no node.
    InputValueError
        If `data` is an integer that no float equals, or there are not as many `local_grads` as children.

    Notes
    -----
    A node takes attributes of a user's own, ``p.m = 0.0``; what is computed from it does not have them.

    A given node is recorded with the primitive ``given``, one for each child.

    Compiled, nodes are not known to the garbage collector: a parent is older than its children, so a graph has no
    cycle. In a class of your own an attribute can make one: after ``p.loss = p * p`` the loss refers to `p` and `p` to
    the loss. Both live until that attribute is deleted; keep what was computed from a node outside of the node.

    Examples
    --------
    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> z = w * x + 1
    >>> z.backward()
    >>> z.data, w.grad, x.grad
    (7.0, 3.0, 2.0)

    A node with a derivative of its own:

    >>> x = Value(1e-30)
    >>> safe_log = Value(math.log(max(x.data, 1e-12)), (x,), (1 / max(x.data, 1e-12),))
    >>> safe_log.backward()
    >>> x.grad
    1000000000000.0
    """

    __slots__ = (
        "_by_left",
        "_by_right",
        "_data",
        "_differentiable",
        "_grad",
        "_has_grad",
        "_left",
        "_mark",
        "_notes",
        "_opcode",
        "_right",
        *(() if cython.compiled else ("__dict__",)),
    )

    _data: float
    _grad: float
    _left: Value | None
    _right: Value | None
    _by_left: float  # local derivative of this node by its left parent
    _by_right: float
    _notes: Notes
    _opcode: int
    _mark: int  # of the last walk that visited this node: its number, or what it counted
    _has_grad: bool
    _differentiable: bool

    def __init__(
        self,
        data: Any,
        children: Any = (),
        local_grads: Any = (),
        label: str | None = None,
        *,
        _children: Any = (),
        _op: str | None = None,
    ) -> None:
        if _is_computed(self):
            raise ImmutableGraphError(
                f"Value.__init__: {describe_node(self)} was computed and stays as it is; make a new node"
            )
        state = current_state()
        if type(children) is str and label is None:
            label = children
            children = NOTHING
        if children is not NOTHING or local_grads is not NOTHING or _children is not NOTHING or _op is not None:
            children, local_grads, label, _op = VALUE.family(children, local_grads, label, _children, _op or "")
            if children:
                VALUE.give(self, data, children, local_grads)
            else:
                _fill(self, state, _LEAF, _number(data, "Value"), True)
            if _op:
                _attributes_to_set(self)["_sign"] = _op
        else:
            _fill(self, state, _LEAF, _number(data, "Value"), True)
        if label is not None:
            _set_label(self, label)
        if state.watcher is not None and self._left is None:
            _note_line(self)

    # Compiled only; as plain Python every object has a dictionary. A name that a user has set is none of the class.

    def __getattribute__(self, name: str) -> Any:
        if self._notes is not None and self._notes.attributes is not None and name in self._notes.attributes:
            return self._notes.attributes[name]
        return get_generic(self, name)  # type: ignore[name-defined]  # noqa: F821 (value.pxd)

    def __setattr__(self, name: str, given: Any) -> None:
        if self._notes is not None and self._notes.attributes is not None and name in self._notes.attributes:
            self._notes.attributes[name] = given
        elif type(self) is Value and not class_has(self, name):  # type: ignore[name-defined]  # noqa: F821 (value.pxd)
            _attributes_to_set(self)[name] = given  # with no error on the way
        elif set_generic(self, name, given):  # type: ignore[name-defined]  # noqa: F821 (value.pxd)
            _set_own(self, name, given)

    def __delattr__(self, name: str) -> None:
        attributes = own_attributes(self)
        if attributes is not None and name in attributes:
            del attributes[name]
        else:
            delete_generic(self, name)  # type: ignore[name-defined]  # noqa: F821 (value.pxd)

    # --- what a node holds ------------------------------------------------------------------------------------------

    @property
    def data(self) -> float:
        """The number. Only a leaf's can be set; what was computed from it before stays at the recorded point.

        In a function that is recorded as a program it is ``stop_gradient(v)``, if it depends on an argument, so that
        the program follows it.
        """
        if self._notes is None:
            raise unmade(self, "Value")
        if recorders.count and freezes(self):
            return stopped(self)  # type: ignore[return-value]
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        if recorders.count and recorded_by_user():
            raise frozen("data =", self, "a program sets nothing when it is replayed; return what is to be set")
        if self._opcode != _LEAF:
            raise ImmutableGraphError(
                f"the data of {describe_node(self)} cannot be set, for it was computed; "
                "set the data of a leaf and compute again"
            )
        if self._notes is None:
            raise unmade(self, "Value")
        self._data = data if type(data) is float else _number_for(self, "data", data)

    @property
    def grad(self) -> float:
        """The gradient; 0.0 as long as it was not computed (see `has_grad`)."""
        if self._notes is None:
            raise unmade(self, "Value")
        if recorders.count and freezes(self):
            raise frozen("grad", self, "differentiate inside of it with grad(f)(x), whose result is a node")
        return self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        if self._notes is None:
            raise unmade(self, "Value")
        if grad is None:  # what other engines write to forget it
            self.zero_grad()
        else:
            self._grad = grad if type(grad) is float else _number_for(self, "grad", grad)
            self._has_grad = True

    @property
    def has_grad(self) -> bool:
        """Whether the gradient was computed (or set) since the node was made or ``zero_grad`` was called."""
        _look_whether_made(self)
        return bool(self._has_grad)

    @property
    def op(self) -> str:
        """Name of the primitive that made the node, ``"leaf"`` or ``"constant"``."""
        _look_whether_made(self)
        if self._opcode >= 0:
            return OPCODES[self._opcode].name
        return "leaf" if self._opcode == _LEAF else "constant"

    @property
    def parents(self) -> tuple[Value, ...]:
        """The arguments the node was computed from, in order; an argument used twice stands here twice."""
        _look_whether_made(self)
        if self._left is None:
            return ()
        if self._right is None:
            return (self._left,)
        third = self._notes.third_parent
        return (self._left, self._right) if third is None else (self._left, self._right, third)

    @property
    def local_derivatives(self) -> tuple[float | None, ...]:
        """Beside each parent the derivative of this node by it, at the recorded point; None beside a constant."""
        _look_whether_made(self)
        if recorders.count and freezes(self):
            raise frozen(
                "local_derivatives", self, "differentiate inside of it with grad(f)(x), whose result is a node"
            )
        recorded = (self._by_left, self._by_right, self._notes.by_third)
        return tuple(
            derivative if parent.differentiable else None
            for parent, derivative in zip(self.parents, recorded, strict=False)
        )

    @property
    def differentiable(self) -> bool:
        """Whether gradients flow into the node: it is a leaf or was computed from one."""
        _look_whether_made(self)
        return bool(self._differentiable)

    @property
    def label(self) -> str | None:
        """A name for pictures and messages, or None."""
        _look_whether_made(self)
        return self._notes.label

    @label.setter
    def label(self, label: str | None) -> None:
        _look_whether_made(self)
        _set_label(self, label)

    @property
    def scope(self) -> str:
        """The scope it was recorded in, such as ``"layer 1/neuron 2"``; empty outside of all scopes."""
        _look_whether_made(self)
        return self._notes.scope

    @property
    def place(self) -> str | None:
        """File, line and text of the code that made it, if that was inside of ``detect_anomaly``; else None."""
        _look_whether_made(self)
        line = self._notes.line
        return None if line is None else text_of_line(*line)

    def __repr__(self) -> str:
        if not is_made(self):  # a traceback that shows the variables shows it too
            return f"{type(self).__name__}(not made yet)"
        grad = repr(self._grad) if self._has_grad else "not computed"
        label = "" if self.label is None else f", label={self.label!r}"
        return f"Value(data={self._data!r}, grad={grad}, op={self.op!r}{label})"

    def __format__(self, specification: str) -> str:
        if not specification:
            return repr(self)
        _look_whether_made(self)
        return format(self._data, specification)

    def __dealloc__(self) -> None:  # compiled only; Python's own objects are released without recursion as they are
        release_parents(self)  # type: ignore[name-defined]  # noqa: F821 (value.pxd)

    # --- gradients --------------------------------------------------------------------------------------------------

    def backward(self) -> None:
        """Compute the gradient of this node with respect to every node it depends on; see ``reverse.backward``."""
        VALUE.backward(self)

    def differs_from_parents(self) -> bool:
        """Whether the numbers recorded here are not those of what the parents hold now."""
        return is_stale(self)

    def zero_grad(self) -> None:
        """Forget the gradient: from now on it is "not computed"."""
        _look_whether_made(self)
        self._grad = 0.0
        self._has_grad = False

    # --- operators --------------------------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Value:
        return binary(_ADD, self, other)

    def __radd__(self, other: Any) -> Value:
        return binary(_ADD, other, self)

    def __sub__(self, other: Any) -> Value:
        return binary(_SUB, self, other)

    def __rsub__(self, other: Any) -> Value:
        return binary(_SUB, other, self)

    def __mul__(self, other: Any) -> Value:
        return binary(_MUL, self, other)

    def __rmul__(self, other: Any) -> Value:
        return binary(_MUL, other, self)

    def __truediv__(self, other: Any) -> Value:
        return binary(_DIV, self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return binary(_DIV, other, self)

    def __pow__(self, other: Any, modulus: Any = None) -> Value:
        if modulus is not None:
            raise self._not_there("pow with a modulus")
        return binary(_POW, self, other)

    def __rpow__(self, other: Any, modulus: Any = None) -> Value:
        return binary(_POW, other, self)

    def __neg__(self) -> Value:
        return unary(_NEG, self)

    def __pos__(self) -> Value:
        return unary(_POS, self)

    def __abs__(self) -> Value:
        return unary(_ABS, self)

    def __mod__(self, other: Any) -> Value:
        return binary(_REMAINDER, self, other)

    def __rmod__(self, other: Any) -> Value:
        return binary(_REMAINDER, other, self)

    def __floordiv__(self, other: Any) -> Value:
        return _whole_part(self, other)

    def __rfloordiv__(self, other: Any) -> Value:
        return _whole_part(other, self)

    def __round__(self, digits: Any = None) -> Value:
        if digits is not None:
            raise self._not_there("round")
        return unary(_RINT, self)

    # What Python knows of numbers and the table of primitives does not.

    def __trunc__(self) -> Value:
        raise self._not_there("trunc")

    def __divmod__(self, other: Any) -> Value:
        raise self._not_there("divmod")

    def __rdivmod__(self, other: Any) -> Value:
        raise self._not_there("divmod")

    def _refuse(self, name: str, *_: Any) -> Value:
        raise self._not_there(name)

    def _not_there(self, what: str) -> InputTypeError:
        if recorders.count and freezes(self):
            return frozen(what, self, "compute with the primitives of autograd_core, such as exp(x) or step(x)")
        return InputTypeError(f"{what} of {describe_node(self)} is not a primitive; {instead_of(what, 'v')}")

    # Comparisons compare data. Their result is a node, 1 or 0, so that where(x > 0, a, b) stays in the graph.

    def __lt__(self, other: Any) -> Value:
        return binary(_LESS, self, other)

    def __le__(self, other: Any) -> Value:
        return binary(_LESS_EQUAL, self, other)

    def __gt__(self, other: Any) -> Value:
        return binary(_GREATER, self, other)

    def __ge__(self, other: Any) -> Value:
        return binary(_GREATER_EQUAL, self, other)

    # Conditions, as comparisons give them; what they are made of stands with the functions.

    def __and__(self, other: Any) -> Value:
        return VALUE.composed["bitwise_and"](self, other)  # type: ignore[no-any-return]

    def __rand__(self, other: Any) -> Value:
        return VALUE.composed["bitwise_and"](other, self)  # type: ignore[no-any-return]

    def __or__(self, other: Any) -> Value:
        return VALUE.composed["bitwise_or"](self, other)  # type: ignore[no-any-return]

    def __ror__(self, other: Any) -> Value:
        return VALUE.composed["bitwise_or"](other, self)  # type: ignore[no-any-return]

    def __xor__(self, other: Any) -> Value:
        return VALUE.composed["bitwise_xor"](self, other)  # type: ignore[no-any-return]

    def __rxor__(self, other: Any) -> Value:
        return VALUE.composed["bitwise_xor"](other, self)  # type: ignore[no-any-return]

    def __invert__(self) -> Value:
        return VALUE.composed["invert"](self)  # type: ignore[no-any-return]

    # Equality is identity, so that nodes can stand in sets and dictionaries.

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is Value and not recorders.count:  # most often
            return False
        return other is not None and not isinstance(other, str) and is_same(self, other, "equal")

    def __ne__(self, other: object) -> bool:
        if self is other:
            return False
        if type(other) is Value and not recorders.count:
            return True
        return other is None or isinstance(other, str) or not is_same(self, other, "not_equal")

    def __hash__(self) -> int:
        if recorders.count and freezes(self):
            raise frozen(
                "hash",
                self,
                "a set or a dictionary looks nodes up by identity, not by number; choose with "
                "where(equal(x, number), a, b), or write id(node) where identity is meant",
            )
        return id(self) >> 4

    def __bool__(self) -> bool:
        _look_whether_made(self)
        truth = self._data != 0.0
        branches = current_state().branches
        if branches is not None:
            branches.append((self, truth, place_in_users_code()))
        return truth

    # --- the rest of Python and NumPy -------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Callable[..., Value]:
        """The primitives that a user added to the table; the others are methods of the class."""
        rule = PRIMITIVES.get(NUMPY_NAMES.get(name, name))
        if rule is None:
            if name == "_mask":  # which np.ma asks of what stands beside a masked array
                raise InputTypeError(f"{describe_node(self)}: {MASKED}")
            if name == "conjugate":  # which NumPy asks of objects: np.var, np.vdot
                return lambda: self
            if name in _ASKED_BY_NUMPY:
                return partial(self._refuse, name)
            if name[:1] == "_":
                raise AttributeError(name)
            if hasattr(np.ndarray, name):
                raise UnknownNameError("a Value", name, Value, NO_ARRAY)
            raise UnknownNameError("a Value", name, Value, _METHODS)
        return partial(VALUE.apply, rule.name, self)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *PRIMITIVES, *(own_attributes(self) or ())})

    def __float__(self) -> float:
        if is_formatted():
            return self._data
        raise self._leaves_graph("float")

    def __int__(self) -> int:
        if is_formatted():
            return int(self._data)
        raise self._leaves_graph("int")

    def __complex__(self) -> complex:
        raise self._leaves_graph("complex")

    def __index__(self) -> int:
        if recorders.count and follows([self], current_state().inputs):
            raise frozen("an index or a count made", self, NO_INDEX)
        raise LeavesGraphError(
            f"an index or a count made of {describe_node(self)} would leave the graph; "
            "write take(rows, v), or int(v.data) for the plain integer"
        )

    def _leaves_graph(self, kind: str) -> LeavesGraphError:
        if recorders.count and freezes(self):
            return frozen(f"{kind}()", self, NO_INDEX if kind == "int" else NO_NUMBER)
        return LeavesGraphError(
            f"{kind}() of {describe_node(self)} would leave the graph, and its gradient would be lost; "
            f"write v.data for the plain number, or {instead_of_math(place_in_users_code(), 'v', PRIMITIVES)}"
        )

    def _refuse_to_copy(self) -> None:
        if recorders.count and freezes(self):
            raise frozen("a copy", self, NO_COPY)

    def __copy__(self) -> Value:
        self._refuse_to_copy()
        return VALUE.copy(self)  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        self._refuse_to_copy()
        return VALUE.deepcopy(self, memo)  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[Any, ...]:
        self._refuse_to_copy()
        return VALUE.reduce(self)


# --- making nodes ---------------------------------------------------------------------------------------------------


def is_made(node: Any) -> bool:
    """Whether ``__init__`` has run: a class of a user's own may touch its node before that, or forget it.

    >>> is_made(Value(1.0)), is_made(Value.__new__(Value))
    (True, False)
    """
    if isinstance(node, Value):
        return _has_notes(node)
    try:
        return object.__getattribute__(node, "_notes") is not None
    except AttributeError:  # uncompiled, a field of a Tensor that was never set is not there
        return False


def _number(given: Any, what: str) -> float:
    """A number as a float, most often without a call of Python."""
    if is_plain(given):
        return plain(given)
    return number_from(given, what)


def _number_for(node: Value, what: str, given: Any) -> float:
    """What is set, as a float. The text of the error is made if there is one."""
    if is_plain(given):
        return plain(given)
    if type(given) is np.float64:
        return float(given)
    return number_from(given, f"{what} of {describe_node(node)}")


def _set_label(node: Value, label: str | None) -> None:
    if label is not None and not isinstance(label, str):
        raise InputTypeError(f"label: {label!r} is not a text; write label={str(label)!r}")
    notes = node._notes
    node._notes = noted(label, notes.scope, notes.third_parent, notes.by_third, notes.line, notes.attributes)


def _set_own(node: Value, name: str, given: Any) -> None:
    """Set what no class defines. The notes of one node are made its own."""
    if hasattr(type(node), name):
        raise UnknownNameError("a Value", f"{name} to be set", (), "the class has it; take another name")
    _attributes_to_set(node)[name] = given


def own_attributes(node: Value) -> dict[str, Any] | None:
    """What a user has set on a node, and no class defines; None for nothing.

    >>> w = Value(1.0)
    >>> w.momentum = 0.9
    >>> own_attributes(w)
    {'momentum': 0.9}
    """
    if not cython.compiled:
        return node.__dict__
    return None if node._notes is None else node._notes.attributes


def _attributes_to_set(node: Value) -> dict[str, Any]:
    if not cython.compiled:
        return node.__dict__
    _look_whether_made(node)
    notes = node._notes
    if notes.attributes is None:
        notes = noted(notes.label, notes.scope, notes.third_parent, notes.by_third, notes.line, {})
        node._notes = notes
    return notes.attributes  # type: ignore[return-value]  # they were made just now


def _is_computed(node: Value) -> bool:
    return _has_notes(node) and node._opcode != _LEAF


def _has_notes(node: Value) -> bool:
    return node._notes is not None  # every field is set together with the notes


def _look_whether_made(node: Value) -> None:
    if node._notes is None:
        raise unmade(node, "Value")


def _fill(node: Value, state: State, opcode: int, data: float, differentiable: bool) -> None:
    """Set every field of a fresh node, as a node without parents."""
    node._data = data
    node._notes = state.notes
    node._opcode = opcode
    node._differentiable = differentiable


def _new(state: State, opcode: int, data: float, differentiable: bool) -> Value:
    if cython.compiled:
        node = joined(state, opcode, data, differentiable, None, None)  # type: ignore[name-defined]  # noqa: F821
    else:
        node = Value.__new__(Value)
        _fill(node, state, opcode, data, differentiable)
    return node  # type: ignore[no-any-return]


def _new_child(state: State, opcode: int, differentiable: bool, left: Value, right: Value | None) -> Value:
    if cython.compiled:
        node = joined(state, opcode, 0.0, differentiable, left, right)  # type: ignore[name-defined]  # noqa: F821
    else:
        node = Value.__new__(Value)
        _fill(node, state, opcode, 0.0, differentiable)
        node._left = left
        node._right = right
    return node  # type: ignore[no-any-return]


def stopped(x: Value) -> Value:
    """A node with the same number that no gradient flows into, and that follows it in a program."""
    node = _new(current_state(), _STOP_GRADIENT, x._data, False)
    node._left = x
    return node


def constant(data: Any, label: str | None = None) -> Value:
    """A node that gradients do not flow into.

    Examples
    --------
    >>> z = Value(3.0) * constant(2.0)
    >>> z.local_derivatives
    (2.0, None)
    """
    node = _new(current_state(), _CONSTANT, number_from(data, "constant"), False)
    if label is not None:
        node.label = label
    return node


def _compute(node: Value, opcode: int, mask: int, x: float, y: float, w: float) -> float:
    """Set a node's number and its local derivatives by the first two parents; return that by the third."""
    if cython.compiled and opcode < IN_C:  # type: ignore[name-defined]  # noqa: F821 (kernels.pxd)
        node._data, node._by_left, node._by_right, by_third = evaluate_in_c(  # type: ignore[name-defined]  # noqa: F821
            opcode, mask, x, y, w
        )
    else:
        node._data, node._by_left, node._by_right, by_third = evaluate(opcode, mask, x, y, w)
    return by_third  # type: ignore[no-any-return]


def unary(opcode: int, x: Value) -> Value:
    """A node of a primitive of one argument."""
    return record_unary(here() if cython.compiled else current_state(), opcode, x)  # type: ignore[name-defined]  # noqa: F821


def record_unary(state: State, opcode: int, x: Value) -> Value:
    """The same, where the state is known."""
    if x._notes is None:
        raise unmade(x, "Value")
    if state.enabled:
        mask = int(x._differentiable)
        node = _new_child(state, opcode, x._differentiable, x, None)
    else:
        mask = 0
        node = _new(state, _CONSTANT, 0.0, False)
    _compute(node, opcode, mask, x._data, 0.0, 0.0)
    if state.watcher is not None:
        _show(state, node, opcode, (x,))
    return node


def binary(opcode: int, first: Any, second: Any) -> Value:
    if not cython.compiled:
        return _binary_of_any(opcode, first, second)
    state = here()  # type: ignore[name-defined]  # noqa: F821 (recording.pxd)
    if type(first) is Value:  # most often
        x = cython.cast(Value, first)
        if type(second) is Value:
            y = cython.cast(Value, second)
        elif is_plain(second):
            y = _new(state, _CONSTANT, plain(second), False)
        else:
            return _binary_of_any(opcode, first, second)
    elif type(second) is Value and is_plain(first):
        x = _new(state, _CONSTANT, plain(first), False)
        y = cython.cast(Value, second)
    else:
        return _binary_of_any(opcode, first, second)
    return record_binary(state, opcode, x, y)


def _binary_of_any(opcode: int, first: Any, second: Any) -> Value:
    if isinstance(first, Value):
        x = first
    else:
        first = as_value(first, opcode)
        if first is NotImplemented:
            return NotImplemented  # type: ignore[no-any-return]  # Python then asks the other operand
        x = first
    if isinstance(second, Value):
        y = second
    else:
        second = as_value(second, opcode)
        if second is NotImplemented:
            return NotImplemented  # type: ignore[no-any-return]
        y = second
    return record_binary(current_state(), opcode, x, y)


def record_binary(state: State, opcode: int, x: Value, y: Value) -> Value:
    """A node of a primitive of two arguments."""
    if x._notes is None or y._notes is None:
        raise unmade(x if x._notes is None else y, "Value")
    if state.enabled:
        mask = x._differentiable | y._differentiable << 1
        node = _new_child(state, opcode, mask != 0, x, y)
    else:
        mask = 0
        node = _new(state, _CONSTANT, 0.0, False)
    _compute(node, opcode, mask, x._data, y._data, 0.0)
    if state.watcher is not None:
        _show(state, node, opcode, (x, y))
    return node


def record_ternary(opcode: int, x: Value, y: Value, w: Value) -> Value:
    """A node of a primitive of three arguments."""
    node = Value.__new__(Value)
    fill_ternary(node, opcode, x, y, w)
    return node


def fill_ternary(node: Value, opcode: int, x: Value, y: Value, w: Value) -> None:
    """Make a fresh node one of a primitive of three arguments."""
    for each in (x, y, w):
        _look_whether_made(each)
    state = current_state()
    if not state.enabled:
        _fill(node, state, _CONSTANT, 0.0, False)
        _compute(node, opcode, 0, x._data, y._data, w._data)
    else:
        mask = x._differentiable | y._differentiable << 1 | w._differentiable << 2
        _fill(node, state, opcode, 0.0, mask != 0)
        by_third = _compute(node, opcode, mask, x._data, y._data, w._data)
        node._left = x
        node._right = y
        node._notes = noted(None, state.notes.scope, w, by_third, None, None)
    if state.watcher is not None:
        _show(state, node, opcode, (x, y, w))


def _whole_part(first: Any, second: Any) -> Value:
    """``first // second``: what the division without the remainder gives, rounded to the integer that it is."""
    left = binary(_REMAINDER, first, second)
    return NotImplemented if left is NotImplemented else unary(_RINT, (first - left) / second)


def _note_line(node: Value) -> None:
    """Note where in the user's code a node is made."""
    notes = node._notes
    node._notes = noted(
        notes.label, notes.scope, notes.third_parent, notes.by_third, line_of_users_code(), notes.attributes
    )


def _show(state: State, node: Value, opcode: int, inputs: tuple[Value, ...]) -> None:
    """Note where a finished node was made, and show it to whoever watches."""
    _note_line(node)
    state.watcher.node_made(node, opcode, inputs)  # type: ignore[union-attr]  # the callers looked


def as_value(other: Any, opcode: int) -> Any:
    """A constant node for a number beside a Value; NotImplemented where another class may know the answer."""
    if is_plain(other):
        return _new(current_state(), _CONSTANT, plain(other), False)
    if isinstance(other, float | int | np.integer | np.floating | np.bool_):
        return _new(current_state(), _CONSTANT, number_from(other, OPCODES[opcode].name), False)
    inside = scalar_in(other, OPCODES[opcode].name)
    if inside is not other:
        return inside if isinstance(inside, Value) else constant(number_from(inside, OPCODES[opcode].name))
    refuse_wrong_kinds(other, OPCODES[opcode].name)
    return NotImplemented


def is_stale(node: Value) -> bool:
    """Whether the numbers that a node has recorded are not those of what its parents hold now.

    >>> x = Value(3.0)
    >>> z = x * x
    >>> x.data = 4.0
    >>> is_stale(z)
    True
    """
    _look_whether_made(node)
    if node._left is None:
        return False
    left, right, third = node._left, node._right, node._notes.third_parent
    mask, x, y, w = int(left._differentiable), left._data, 0.0, 0.0
    if right is not None:
        mask, y = mask | right._differentiable << 1, right._data
    if third is not None:
        mask, w = mask | third._differentiable << 2, third._data
    z, by_left, by_right, by_third = evaluate(node._opcode, mask, x, y, w)
    return not (
        _same(z, node._data)
        and _same(by_left, node._by_left)
        and (right is None or _same(by_right, node._by_right))
        and (third is None or _same(by_third, node._notes.by_third))
    )


def is_same(node: Any, other: Any, name: str) -> bool:
    """Whether another object is the node, which it is not; what ``==`` and ``!=`` say where that is not the question.

    Beside a number, which no node can be, they warn of the line; in a function that is recorded as a program they are
    refused beside numbers and nodes, for they would answer for the numbers of all examples.
    """
    # Three of them C knows by a bit.
    is_number = isinstance(other, (int, float, complex)) or isinstance(other, _NUMBERS)  # noqa: SIM101
    if not is_number and not recorders.count:
        return False
    sign = "==" if name == "equal" else "!="
    is_node = not is_number and hasattr(other, "differentiable")
    if recorders.count and (is_number or is_node) and (freezes(node) or (is_node and freezes(other))):
        raise frozen(sign, node, f"write {name}(x, y), which a program follows and guards")
    if is_number:
        warn_at_users_line(
            f"{sign} between a node and a number compares identity, and so it does not depend on the node's data; "
            f"write {name}(x, number), or x.data {sign} number for a plain truth",
            IdentityWarning,
        )
    return False


_NUMBERS = (np.generic, np.ndarray)


def _same(one: float, other: float) -> bool:
    """Whether two numbers are one: nan is nan, and -0.0 is not 0.0."""
    if one == 0.0:
        return one == other and math.copysign(1.0, one) == math.copysign(1.0, other)
    return one == other or (one != one and other != other)  # noqa: PLR0124 (nan)


def _go_on_releasing() -> None:
    autograd_go_on_releasing()  # type: ignore[name-defined]  # noqa: F821 (value.pxd)


if not cython.compiled:
    del Value.__getattribute__, Value.__setattr__, Value.__delattr__

    def _fresh(kind: type[Value], *given: Any, **named: Any) -> Value:
        """As an extension object is, which holds zeros and None."""
        node = new_value(kind)
        node._data = node._grad = node._by_left = node._by_right = 0.0
        node._left = node._right = node._notes = None  # type: ignore[assignment]  # until __init__ runs
        node._opcode = node._mark = 0
        node._has_grad = node._differentiable = False
        return node

    setattr(Value, "__new__", _fresh)  # noqa: B010 (for mypy)
if cython.compiled:
    use_slabs(Value, let_go)  # type: ignore[name-defined]  # noqa: F821 (value.pxd)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_go_on_releasing)
