# cython: nonecheck=False
"""How Values are made of others: by the name of a primitive, as methods, by NumPy's functions, as weighted sums."""

from __future__ import annotations

import inspect
from contextlib import nullcontext
from typing import Any

import numpy as np

from ..errors import AutogradError, InputTypeError, InputValueError, did_you_mean, not_available, shortened
from ..formulas.rules import OPCODES, PRIMITIVES, Primitive
from .conversion import instead_of, name_of_ufunc, refuse_masked
from .hooks import TENSOR, VALUE
from .messages import describe_node
from .recording import Block, State, current_state, tagged
from .value import NUMPY_NAMES, Value, as_value, is_same, record_binary, record_ternary, record_unary, unary

try:
    import cython
except ImportError:
    from . import no_cython as cython

__all__ = ["add_to_values", "apply", "elementwise", "in_order", "neuron", "signature_of", "weighted_sum"]

_ADD, _MUL = PRIMITIVES["add"].opcode, PRIMITIVES["mul"].opcode


def apply(name: str, *arguments: Any) -> Value:
    """Apply a primitive of the table to nodes and numbers.

    Parameters
    ----------
    name
        Its name in the table.
    *arguments
        Values or real numbers, or Tensors and arrays, which make the result a Tensor. A parameter of the primitive (the
        slope of ``leaky_relu``) must be a number and may be left out.

    Raises
    ------
    InputValueError
        If there is no such primitive.
    InputTypeError
        If there are too few or too many arguments, or one is not a number or a node.

    Examples
    --------
    >>> apply("hypot", Value(3.0), 4).data
    5.0
    """
    rule = PRIMITIVES.get(name) if isinstance(name, str) else None
    if rule is None:
        advice = did_you_mean(name, PRIMITIVES) or "list(autograd_core.PRIMITIVES) are those of the table"
        raise InputValueError(f"there is no primitive {shortened(name)}; {advice}")
    if rule.arity == len(arguments) < 3 and rule.parameter is None and isinstance(arguments[0], Value):  # most calls
        if len(arguments) == 1:
            return unary(rule.opcode, arguments[0])
        if isinstance(arguments[1], Value):
            return record_binary(current_state(), rule.opcode, arguments[0], arguments[1])
    arguments = rule.complete(arguments)
    if rule.parameter is not None and getattr(arguments[-1], "differentiable", False):
        raise InputTypeError(
            f"{name}: the parameter {describe_node(arguments[-1])} is a node, and {name} has no derivative by it; "
            f"write a number{', or use prelu' if name == 'leaky_relu' else ''}"
        )
    nodes = [each if isinstance(each, Value) else as_value(each, rule.opcode) for each in arguments]
    for node, given in zip(nodes, arguments, strict=True):
        if node is NotImplemented:
            on_tensors = TENSOR.apply(rule, *arguments)
            if on_tensors is not NotImplemented:
                return on_tensors  # type: ignore[no-any-return]
            raise InputTypeError(f"{name}: {shortened(given)} is not a real number; write a number or a Value")
    if rule.arity == 1:
        return unary(rule.opcode, nodes[0])
    if rule.arity == 2:
        return record_binary(current_state(), rule.opcode, nodes[0], nodes[1])
    return record_ternary(rule.opcode, nodes[0], nodes[1], nodes[2])  # a primitive has at most three arguments


#: What the arguments of some primitives are called by whoever writes them as keywords; the first name is ours.
_KEYWORDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "leaky_relu": (("slope", "negative_slope"),),
    "elu": (("alpha",),),
    "hurwitz_zeta": (("s",),),
    "prelu": (("slope", "weight"),),
    "clip": (("a_min", "min"), ("a_max", "max")),
}


def in_order(rule: Primitive, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments of a primitive, those with a name in their place.

    >>> in_order(PRIMITIVES["leaky_relu"], (-2.0,), {"slope": 0.1})
    (-2.0, 0.1)
    """
    names = _KEYWORDS.get(rule.name, ())
    for name, given in named.items():
        place = next((place for place, each in enumerate(names, 1) if name in each), 0)
        if not place or place != len(arguments):
            known = ", ".join(each[0] for each in names)
            advice = f"write them in order, or by name after the first: {known}" if known else "write them in order"
            raise InputTypeError(f"{rule.name}: the argument {name}= does not fit here; {advice}")
        arguments = (*arguments, given)
    return arguments


def signature_of(rule: Primitive) -> inspect.Signature:
    """The signature of a primitive's function: positional, but for names of ``_KEYWORDS``."""
    names = _KEYWORDS.get(rule.name, ())
    plain = [
        inspect.Parameter(each, inspect.Parameter.POSITIONAL_ONLY) for each in rule.arguments[: rule.arity - len(names)]
    ]
    default = inspect.Parameter.empty if rule.parameter is None else rule.parameter
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature([*plain, *(inspect.Parameter(each[0], kind, default=default) for each in names)])


def elementwise(name: str, arguments: tuple[Any, ...]) -> Any:
    """Apply a primitive to arrays of nodes and numbers, with NumPy's broadcasting; an array of objects."""
    for each in arguments:
        refuse_masked(each, name)
    try:
        return np.frompyfunc(lambda *each: apply(name, *each), len(arguments), 1)(*map(_as_array, arguments))
    except ValueError as error:
        if isinstance(error, AutogradError):
            raise
        raise InputValueError(f"{name}: {error}; give arrays whose shapes NumPy can broadcast together") from None


def _as_array(each: Any) -> Any:
    """A zero-dimensional array that holds the node, so that NumPy broadcasts it."""
    if not isinstance(each, Value):
        return each
    holder = np.empty((), dtype=object)
    holder[()] = each
    return holder


def weighted_sum(weights: list[Value], inputs: list[Value], start: Value) -> Value:
    """``start + w1*x1 + w2*x2 + ...``, recorded node by node in this order.

    The graph is the one that a loop over the operators records; it is only recorded faster.

    Parameters
    ----------
    weights, inputs
        Values, as many of the one as of the other.
    start
        A Value to begin with, such as the bias of a neuron.

    Raises
    ------
    InputValueError, InputTypeError
        If the lists differ in length, or something is not a Value.

    Examples
    --------
    >>> z = weighted_sum([Value(2.0), Value(3.0)], [Value(5.0), Value(7.0)], Value(1.0))
    >>> z.data, z.op, [parent.op for parent in z.parents]
    (32.0, 'add', ['add', 'mul'])
    """
    if not isinstance(weights, list) or not isinstance(inputs, list):
        raise InputTypeError("weighted_sum: give two lists of Values, such as weighted_sum([w1, w2], [x1, x2], b)")
    return _record_weighted_sum(current_state(), weights, inputs, start)


def _record_weighted_sum(state: State, weights: list[Value], inputs: list[Value], start: Value) -> Value:
    if len(weights) != len(inputs):
        raise InputValueError(f"weighted_sum: {len(weights)} weights and {len(inputs)} inputs; give as many of each")
    if not isinstance(start, Value):
        raise InputTypeError(f"weighted_sum: start is {start!r}, not a Value; write Value(...) of it")
    total = start
    for position in range(len(weights)):
        weight, each = weights[position], inputs[position]
        if not isinstance(weight, Value) or not isinstance(each, Value):
            raise InputTypeError(f"weighted_sum: weight or input {position} is not a Value; write Value(...) of it")
        total = record_binary(state, _ADD, total, record_binary(state, _MUL, weight, each))
    return total


def neuron(
    weights: list[Value], inputs: list[Value], bias: Value, activation: str | None, place: Block | None = None
) -> Value:
    """A primitive of one argument (or none) of a weighted sum, recorded inside of a scope (or none).

    The graph is the one that :func:`weighted_sum` and :func:`apply` record inside of the scope, which is not entered.

    >>> from autograd_core import scope
    >>> z = neuron([Value(2.0)], [Value(3.0)], Value(1.0), "tanh", scope("neuron 1"))
    >>> z.op, z.scope, z.parents[0].data
    ('tanh', 'neuron 1', 7.0)
    """
    state = current_state() if place is None else tagged(current_state(), place)
    total = _record_weighted_sum(state, weights, inputs, bias)
    if activation is None:
        return total
    rule = PRIMITIVES[activation]
    if rule.parameter is None:
        return record_unary(state, rule.opcode, total)
    with place or nullcontext():
        return apply(activation, total)  # with the default of its parameter


# --- methods of the class -------------------------------------------------------------------------------------------


def _array_ufunc(self: Value, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """NumPy's functions: ``np.tanh(v)`` and ``np.float64(2) * v`` are nodes, ``array * v`` an array of nodes."""
    name = NUMPY_NAMES.get(ufunc.__name__)
    if ufunc in (np.equal, np.not_equal) and not isinstance(inputs[0], Value):  # what np.float64(2) == v calls
        other = inputs[1] if inputs[0] is self else inputs[0]
        return (other is self or is_same(self, other, ufunc.__name__)) == (ufunc is np.equal)
    if method != "__call__" and name is not None:  # np.sum(v) adds up the one number in an array without axes
        return getattr(ufunc, method)(*map(_as_array, inputs), **options)
    if name is None and not options and ufunc.__name__ in VALUE.composed:
        if not any(isinstance(each, np.ndarray) and each.ndim for each in inputs):
            return VALUE.composed[ufunc.__name__](*inputs)
        return np.frompyfunc(VALUE.composed[ufunc.__name__], len(inputs), 1)(*map(_as_array, inputs))
    if name is None or options:
        said = name_of_ufunc(ufunc)
        advice = instead_of(ufunc.__name__, "v") if name is None else "write it without, as x = x + v for x += v"
        if options:
            said += f" with {', '.join(options)}"
        if advice:
            raise InputTypeError(f"{said}: not available for a Value; {advice}")
        raise InputTypeError(not_available(said, "a Value", {*NUMPY_NAMES, *VALUE.composed}, "v.data"))
    if not any(isinstance(each, np.ndarray) and each.ndim for each in inputs):
        return apply(name, *inputs)
    return elementwise(name, inputs)


def add_to_values(name: str, attribute: Any) -> None:
    """Give every Value a method or a property."""
    if cython.compiled:
        set_on_class(Value, name, attribute)  # type: ignore[name-defined]  # noqa: F821 (value.pxd)
    else:
        setattr(Value, name, attribute)


def _apply_anew(opcode: int, arguments: list[Any]) -> Any:
    """What a method does where it is not the quick case."""
    return apply(OPCODES[opcode].name, *arguments)


#: Names and texts that methods in C point to.
_kept: list[bytes] = []


def _make_method(rule: Primitive, name: str) -> Any:
    """A primitive as a method: in C, if it is there; else in Python."""
    if cython.compiled and rule.name not in _KEYWORDS and rule.opcode < IN_C:  # type: ignore[name-defined]  # noqa: F821
        arguments = ", ".join(("$self", *rule.arguments[1 : rule.arity], "/"))
        kept_name, kept_text = name.encode(), f"{name}({arguments})\n--\n\n{rule.describe()}".encode()
        _kept.extend((kept_name, kept_text))
        opcode = rule.opcode
        return method_in_c(Value, opcode, kept_name, kept_text, called)  # type: ignore[name-defined]  # noqa: F821

    def method(x: Value, *others: Any, **named: Any) -> Value:
        return apply(rule.name, *(in_order(rule, (x, *others), named) if named else (x, *others)))

    method.__doc__ = rule.describe()
    method.__name__ = name
    return method


# ``v.tanh()``, ``v.maximum(0)``: by the name in the table and by NumPy's.
for _rule in OPCODES:
    for _name in {_rule.name, _rule.numpy_name}:
        add_to_values(_name, _make_method(_rule, _name))
if not cython.compiled:
    from .uncompiled import make_operators_quick

    make_operators_quick([_rule for _rule in OPCODES if _rule.arity == 1 and _rule.name not in _KEYWORDS])
add_to_values("__array_ufunc__", _array_ufunc)
VALUE.apply = apply
