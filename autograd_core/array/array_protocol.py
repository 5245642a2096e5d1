"""NumPy's own functions on Tensors: ``np.exp(t)`` and ``np.sum(t, axis=0)`` are nodes; what cannot be raises.

NumPy asks an argument that is not its own array by two protocols: ``__array_ufunc__`` (NEP 13) for the functions that
work element by element, ``__array_function__`` (NEP 18) for the others.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InputTypeError
from ..formulas.primitives import OPCODES, PRIMITIVES, Primitive
from ..scalar.conversion import instead_of
from ..scalar.value import is_same
from . import algebra, functions, methods, reductions
from .operations import elementwise
from .tensor import Tensor, add_attribute, binary

__all__: list[str] = []


def _where(condition: Any, x: Any, y: Any) -> Tensor:
    return functions.apply_to_tensors(PRIMITIVES["where"], condition, x, y)


def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    return methods.clip(a, a_min if min is None else min, a_max if max is None else max)


def _like(function: Callable[..., Any]) -> Callable[..., Any]:
    """A NumPy function that asks for shape and type only."""

    def of_data(a: Any, *arguments: Any, **options: Any) -> Any:
        return function(a.data, *arguments, **options)

    return of_data


def _pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0.0) -> Any:
    if mode != "constant":
        raise InputTypeError(f"np.pad: mode={mode!r} is not available for a Tensor; pad with a constant or concatenate")
    return functions.pad(array, pad_width, constant_values)


def _reshape(a: Any, shape: Any) -> Any:
    return functions.reshape(a, shape)


def _ravel(a: Any) -> Any:
    return functions.reshape(a, (-1,))


_OURS: dict[str, Callable[..., Any]] = {
    "where": _where,
    "clip": _clip,
    "pad": _pad,
    "reshape": _reshape,
    "ravel": _ravel,
}
_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    **{getattr(np, name): getattr(reductions, name) for name in ("sum", "mean", "var", "max", "min", "prod", "cumsum")},
    **{
        getattr(np, name): getattr(functions, name)
        for name in (
            *("transpose", "swapaxes", "expand_dims", "squeeze", "broadcast_to"),
            *("concatenate", "stack", "trace", "diagonal"),
        )
    },
    **{getattr(np, name): getattr(algebra, name) for name in ("einsum", "outer", "dot")},
    **{getattr(np.linalg, name): getattr(algebra, name) for name in ("solve", "inv", "det", "cholesky")},
    np.linalg.norm: reductions.norm,
    **{each: _like(each) for each in (np.shape, np.ndim, np.size, np.zeros_like, np.ones_like)},
    **{getattr(np, name): ours for name, ours in _OURS.items()},
}
_FUNCTION_NAMES = ", ".join(sorted(each.__name__ for each in _FUNCTIONS))


def _array_function(self: Tensor, function: Any, types: Any, arguments: Any, options: Any) -> Any:
    ours = _FUNCTIONS.get(function)
    name = f"np.{getattr(function, '__name__', function)}"
    if ours is None:
        raise InputTypeError(
            f"{name}: not available for a Tensor; use t.data to leave the graph, or write it with: {_FUNCTION_NAMES}"
        )
    try:
        inspect.signature(ours).bind(*arguments, **options)
    except TypeError as error:
        raise InputTypeError(
            f"{name}: {error}; for a Tensor its arguments are {inspect.signature(ours)}".replace("'", "")
        ) from None
    return ours(*arguments, **options)


def _rule_of(name: str) -> Primitive | None:
    rule = _RULES.get(name)
    return rule or next((each for each in OPCODES if each.numpy_name == name), None)  # one that a user added


_RULES = {rule.numpy_name: rule for rule in OPCODES}


def _array_ufunc(self: Tensor, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    if ufunc in (np.equal, np.not_equal) and method == "__call__":  # array == t; equality is identity
        other = inputs[1] if inputs[0] is self else inputs[0]
        return (other is self or is_same(self, other, ufunc.__name__)) == (ufunc is np.equal)
    if ufunc is np.matmul and method == "__call__" and not options:
        return methods.matmul_of(*inputs)
    rule = _rule_of(ufunc.__name__)
    if method != "__call__" or options or rule is None:
        instead = instead_of(ufunc.__name__, "t")
        if instead and rule is None:
            raise InputTypeError(f"np.{ufunc.__name__}: not available for a Tensor; {instead}")
        what = f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
        given = f" with {', '.join(options)}" if options else ""
        raise InputTypeError(
            f"{what}{given}: not available for a Tensor; use t.data to leave the graph, or write it without options "
            f"and with: {', '.join(sorted(each.numpy_name for each in OPCODES))}; or with sum, cumsum, prod, outer"
        )
    if len(inputs) == 2 and rule.arity == 2:
        return binary(elementwise(rule), *inputs)
    return functions.apply_to_tensors(rule, *inputs)


add_attribute("__array_function__", _array_function)
add_attribute("__array_ufunc__", _array_ufunc)
