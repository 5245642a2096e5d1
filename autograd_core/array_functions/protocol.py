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
from ..errors import InputTypeError, not_available
from ..formulas.primitives import OPCODES, PRIMITIVES, Primitive
from ..scalar.conversion import instead_of, name_of_ufunc
from ..scalar.hooks import VALUE
from ..scalar.value import is_same
from . import algebra, arrays, statistics
from .composed import COMPOSED

__all__: list[str] = []


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
    if mode != "constant":
        raise InputTypeError(f"np.pad: mode={mode!r} is not available for a Tensor; pad with a constant or concatenate")
    return functions.pad(array, pad_width, constant_values)


def _reshape(a: Any, shape: Any) -> Any:
    return functions.reshape(a, shape)


def _ravel(a: Any) -> Any:
    return functions.reshape(a, (-1,))


#: Functions that work element by element and ask something.
_QUESTIONS = frozenset(
    {"isnan", "isfinite", "isinf", "signbit", "logical_and", "logical_or", "logical_not", "logical_xor"}
)
#: What has no derivative here, and what to write instead; a page of the docs says more.
_REFUSED: dict[Any, str] = {
    **dict.fromkeys(
        (np.linalg.svd, np.linalg.eigh, np.linalg.eig, np.linalg.eigvalsh, np.linalg.eigvals),
        "its derivative is not defined where two of the values are equal; write norm, trace, det, solve or cholesky, "
        "or give the derivative with custom_derivative",
    ),
    **dict.fromkeys(
        (np.linalg.qr, np.linalg.pinv, np.linalg.lstsq),
        "write solve(A.T @ A, A.T @ b) for least squares",
    ),
    **dict.fromkeys(
        (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.fft2, np.fft.ifft2, np.fft.fftn, np.fft.ifftn),
        "its result is complex and the engine is real; write products with the matrices of cosines and sines",
    ),
    **dict.fromkeys(
        (np.put, np.copyto, np.place, np.putmask, np.fill_diagonal, np.put_along_axis),
        "the graph is immutable; write where(mask, values, t), or set t.data",
    ),
    **dict.fromkeys((np.imag, np.angle), "the engine is real; give the real and the imaginary part as two Tensors"),
}
_OURS: dict[str, Callable[..., Any]] = {
    "where": _where,
    "clip": methods.clip,
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
    ours = _FUNCTIONS.get(function)
    name = f"{function.__module__.replace('numpy', 'np', 1)}.{function.__name__}"
    if function in _REFUSED:
        raise InputTypeError(f"{name}: not available for a Tensor; {_REFUSED[function]}")
    if ours is None:
        raise InputTypeError(not_available(name, "a Tensor", {each.__name__ for each in _FUNCTIONS}, "t.data"))
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
    if method == "__call__" and ufunc.__name__ in _QUESTIONS:
        return arrays.of_data(ufunc)(*inputs, **options)
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
