"""NumPy's own functions on Tensors: ``np.exp(t)`` and ``np.sum(t, axis=0)`` are nodes; what cannot be raises.

NumPy asks an argument that is not its own array by two protocols: ``__array_ufunc__`` (NEP 13) for the functions that
work element by element, ``__array_function__`` (NEP 18) for the others.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..array import functions, methods, reductions
from ..array.operations import elementwise
from ..array.tensor import Tensor, add_attribute, binary
from ..errors import AutogradError, InputTypeError, InputValueError, OutOfRangeError, not_available
from ..formulas.primitives import OPCODES, PRIMITIVES, Primitive
from ..scalar.conversion import instead_of, name_of_ufunc
from ..scalar.hooks import VALUE
from ..scalar.value import is_same
from . import algebra, arrays, statistics
from .composed import COMPOSED
from .refused import REFUSED

__all__ = ["FUNCTIONS"]


def _where(condition: Any, *choices: Any) -> Any:
    if not choices:
        return np.nonzero(condition)  # which is where it holds
    if len(choices) != 2:
        raise InputTypeError(f"np.where: {len(choices)} results to choose from; give two, or none for the places")
    x, y = choices
    return functions.apply_to_tensors(PRIMITIVES["where"], condition, x, y)


def _like(function: Callable[..., Any]) -> Callable[..., Any]:
    """A NumPy function that asks for shape and type only."""

    def of_data(a: Any, *arguments: Any, **options: Any) -> Any:
        return function(a._data if isinstance(a, Tensor) else a.data, *arguments, **options)

    return of_data


def _pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0.0) -> Any:
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        return arrays.moved(np.pad)(array, pad_width, mode)
    if mode != "constant":
        raise InputTypeError(f"np.pad: mode={mode!r} is not available for a Tensor; pad with a constant or concatenate")
    return functions.pad(array, pad_width, constant_values)


def _reshape(a: Any, shape: Any, order: str = "C") -> Any:
    return functions.reshape(a, shape) if order == "C" else arrays.node_of(a, "reshape").reshape(shape, order=order)


def _ravel(a: Any, order: str = "C") -> Any:
    return _reshape(a, (-1,), order)


#: Products of vectors along the last axis, which some versions of NumPy have as functions of elements.
_OF_ROWS: dict[str, Callable[[Any, Any], Any]] = {
    "vecdot": lambda x, y: reductions.sum(x * y, -1),
    "matvec": lambda x, y: (x @ y[..., None])[..., 0],
    "vecmat": lambda x, y: (x[..., None, :] @ y)[..., 0, :],
}
#: Functions that work element by element and ask something.
_QUESTIONS = frozenset(
    {"isnan", "isfinite", "isinf", "signbit", "logical_and", "logical_or", "logical_not", "logical_xor"}
)
_OURS: dict[str, Callable[..., Any]] = {
    "where": _where,
    "clip": methods.clip,
    "pad": _pad,
    "reshape": _reshape,
    "ravel": _ravel,
}
#: By NumPy's function, ours; the whole of what Tensors answer.
FUNCTIONS: dict[Any, Callable[..., Any]] = {
    **{getattr(np, name): getattr(reductions, name) for name in ("sum", "mean", "var", "max", "min", "prod", "cumsum")},
    **{
        getattr(np, name): getattr(functions, name)
        for name in (
            *("transpose", "swapaxes", "expand_dims", "squeeze", "broadcast_to"),
            *("concatenate", "stack", "trace", "diagonal"),
        )
    },
    **{getattr(np, name): getattr(algebra, name) for name in ("outer", "dot")},
    **{getattr(np.linalg, name): getattr(algebra, name) for name in ("solve", "inv", "det", "cholesky")},
    np.linalg.norm: reductions.norm,
    **{each: _like(each) for each in (np.shape, np.ndim, np.size, np.zeros_like, np.ones_like)},
    **{getattr(np, name): ours for name, ours in _OURS.items()},
    **statistics.FUNCTIONS,
    np.sinc: lambda x: x.sinc(),
}
#: By the method of a ufunc, what to write instead.
_INSTEAD_OF_METHODS = {
    "reduce": "np.sum, np.prod, np.max or np.min",
    "accumulate": "np.cumsum or np.cumprod",
    "outer": "np.outer, or the function of x[:, None] and y[None, :]",
    "at": "where(mask, x, y), for the graph is immutable",
    "reduceat": "the sums of slices",
}


def _array_function(self: Tensor, function: Any, types: Any, arguments: Any, options: Any) -> Any:
    ours = FUNCTIONS.get(function)
    name = f"{function.__module__.replace('numpy', 'np', 1)}.{function.__name__}"
    if function in REFUSED:
        raise InputTypeError(f"{name}: not available for a Tensor; {REFUSED[function]}")
    if ours is None:
        raise InputTypeError(not_available(name, "a Tensor", {each.__name__ for each in FUNCTIONS}, "t.data"))
    try:
        inspect.signature(ours).bind(*arguments, **options)
    except TypeError as error:
        raise InputTypeError(
            f"{name}: {error}; for a Tensor its arguments are {inspect.signature(ours)}".replace("'", "")
        ) from None
    try:
        return ours(*arguments, **options)
    except (ValueError, IndexError) as error:
        if isinstance(error, AutogradError):
            raise
        kind = OutOfRangeError if isinstance(error, IndexError) else InputValueError
        raise kind(f"{name}: {error}") from None


def _rule_of(name: str) -> Primitive | None:
    rule = _RULES.get(name)
    return rule or next((each for each in OPCODES if each.numpy_name == name), None)  # one that a user added


_RULES = {rule.numpy_name: rule for rule in OPCODES}


def _array_ufunc(self: Tensor, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    if ufunc in (np.equal, np.not_equal) and method == "__call__" and not isinstance(inputs[0], Tensor):
        # It is array == t, and equality is identity; t == array asks no ufunc, so np.equal(t, array) is meant.
        other = inputs[1] if inputs[0] is self else inputs[0]
        return (other is self or is_same(self, other, ufunc.__name__)) == (ufunc is np.equal)
    if ufunc is np.matmul and method == "__call__" and not options:
        return methods.matmul_of(*inputs)
    if method == "__call__" and ufunc.__name__ in _QUESTIONS:
        return arrays.of_data(ufunc)(*inputs, **options)
    if method == "__call__" and ufunc.__name__ in _OF_ROWS and not options:
        return _OF_ROWS[ufunc.__name__](*(arrays.node_of(each, ufunc.__name__) for each in inputs))
    rule = _rule_of(ufunc.__name__)
    if method == "__call__" and not options and rule is None and ufunc.__name__ in COMPOSED:
        return COMPOSED[ufunc.__name__](*inputs)
    if options.get("out") is not None:
        raise InputTypeError(
            f"np.{ufunc.__name__} with out: a Tensor cannot be written into an array, and the graph is immutable; "
            "write y = y + t for y += t"
        )
    name = name_of_ufunc(ufunc)
    if method != "__call__":
        raise InputTypeError(f"{name}.{method}: not available for a Tensor; write {_INSTEAD_OF_METHODS[method]}")
    if options:
        raise InputTypeError(
            f"{name} with {', '.join(options)}: not available for a Tensor; write it without, then where(mask, x, y) "
            "or x.astype(float)"
        )
    if rule is None:
        instead = instead_of(ufunc.__name__, "t")
        if instead:
            raise InputTypeError(f"{name}: not available for a Tensor; {instead}")
        raise InputTypeError(not_available(name, "a Tensor", {*_RULES, *COMPOSED}, "t.data"))
    if len(inputs) == 2 and rule.arity == 2:
        return binary(elementwise(rule), *inputs)
    return functions.apply_to_tensors(rule, *inputs)


for _name, _method in statistics.METHODS.items():
    add_attribute(_name, _method)
VALUE.composed = COMPOSED
add_attribute("__array_function__", _array_function)
add_attribute("__array_ufunc__", _array_ufunc)
