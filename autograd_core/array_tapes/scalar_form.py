"""A program of arrays as one of Values, every number a node, for languages without arrays."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..array.cross_entropy import Labels
from ..array.operations import STRUCTURAL, rule_of
from ..array.structural import axes_of
from ..errors import InputValueError
from ..scalar.making import elementwise
from ..scalar.value import Value, constant
from .tape import ArrayTape, Instruction

__all__ = ["MOST", "values_of_tape"]

#: As many Values are made, about.
MOST = 200_000
#: What NumPy does right on arrays of Values, for it moves, adds and multiplies only.
_NUMPYS = {
    *("reshape", "transpose", "swapaxes", "expand_dims", "squeeze", "broadcast_to", "index", "scatter", "diagonal"),
    *("on_diagonal", "pad", "concatenate", "stack", "sum", "mean", "var", "prod", "others", "cumsum", "trace"),
    *("matmul", "dot", "outer", "einsum"),
}


def values_of_tape(tape: ArrayTape, inputs: Sequence[Any], what: str) -> list[Any]:
    """The outputs as arrays of Values, computed from such. Captured leaves stay at the numbers that they have now.

    Parameters
    ----------
    tape
        The program.
    inputs
        An array of Values an input; integers are Values too.
    what
        Who asks, for messages.

    Raises
    ------
    InputValueError
        If there would be too many Values, or an operation needs more than sums, products and primitives.
    """
    known = [*(np.array(each._data) for each in tape.leaves), *tape.constants]
    slots = [*inputs, *(_array([constant(float(one)) for one in each.ravel()], each.shape) for each in known)]
    made = 0
    for each in tape.instructions:
        given = [slots[slot] for slot in each.arguments]
        sizes = [each.form.bytes // each.form.dtype.itemsize, *(one.size for one in given)]
        made += max(*sizes, math.isqrt(math.prod(sizes)) if len(sizes) == 3 else 0)  # products that are summed up
        if made > MOST:
            raise InputValueError(
                f"{what}: the program has more than {MOST:,} numbers, and is written out number by number there; write "
                "to_jax() or to_onnx('model.onnx'), which have arrays"
            )
        its = [slots[each.sources[at]] if at in each.sources else one for at, one in enumerate(each.options)]
        found = _operation(each, what)(*given, *its)
        slots.append(_array([_node(one) for one in _whole(found).ravel()], each.form.shape))
    return [slots[slot] for slot in tape.outputs]


def _operation(each: Instruction, what: str) -> Callable[..., Any]:
    rule, name = rule_of(each.operation), each.operation.name
    if rule is not None:
        return functools.partial(_of, rule.name)
    if STRUCTURAL.get(name) is each.operation and name in _NUMPYS:
        return each.operation.forward
    found = _OWN.get(name)
    if STRUCTURAL.get(name) is not each.operation or found is None:
        instead = "write to_jax(), which has it" if name in STRUCTURAL else "write it with operations of autograd_core"
        raise InputValueError(f"{what}: {name} is not made of sums, products and primitives; {instead}")
    return found


def _array(numbers: Sequence[Any], shape: tuple[int, ...]) -> Any:
    found = np.empty(len(numbers), dtype=object)
    found[:] = numbers
    return found.reshape(shape)


def _whole(found: Any) -> Any:
    """What NumPy makes a lone node of: an array without axes again."""
    return found if isinstance(found, np.ndarray) else _array([found], ())


def _node(one: Any) -> Value:
    """A Value for an element: an array without axes that was put into another one is there as it is."""
    if isinstance(one, np.ndarray):
        one = one.item()
    return one if isinstance(one, Value) else constant(one)


def _of(name: str, *arguments: Any) -> Any:
    """A primitive, element by element."""
    return _whole(elementwise(name, arguments))


# --- choices by size, which NumPy would make for the numbers of now ---------------------------------------------------


def _chain(name: str, x: Any, axis: Any) -> Any:
    """The largest or smallest element along axes, which keep the length 1; no derivative comes of it."""
    axes = axes_of(x.ndim, axis)
    last = x.transpose([at for at in range(x.ndim) if at not in axes] + list(axes))
    rows = last.reshape(*last.shape[: x.ndim - len(axes)], -1)
    found = functools.reduce(functools.partial(_of, name), np.moveaxis(rows, -1, 0))
    kept = [1 if at in axes else length for at, length in enumerate(x.shape)]
    return _of("stop_gradient", found).reshape(kept)


def _reduced(x: Any, axis: Any, keepdims: bool) -> Any:
    return x if keepdims else _whole(x).reshape([n for at, n in enumerate(x.shape) if at not in axes_of(x.ndim, axis)])


def _sum(x: Any, axis: Any) -> Any:
    return np.add.reduce(_whole(x), axis, keepdims=True)


def _extreme(name: str, x: Any, axis: Any, keepdims: bool) -> Any:
    """Equal ones share the derivative; where there is a nan none is reached, and all derivatives are nan."""
    reached = _of("equal", x, _chain(name, x, axis))
    share = reached / _sum(reached, axis)
    return _reduced(_sum(_of("where", _of("equal", share, 0.0), 0.0, x * share), axis), axis, keepdims)


def _logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    largest = _chain("maximum", x, axis)
    shift = _of("where", _of("equal", largest - largest, 0.0), largest, 0.0)
    return _reduced(_log_sum(x - shift, axis) + shift, axis, keepdims)


def _softmax(x: Any, axis: Any) -> Any:
    powers = _of("exp", x - _chain("maximum", x, axis))
    return powers / _sum(powers, axis)


def _log_softmax(x: Any, axis: Any) -> Any:
    shifted = x - _chain("maximum", x, axis)
    return shifted - _log_sum(shifted, axis)


def _log_sum(shifted: Any, axis: Any) -> Any:
    """Logarithm of the sum of exponentials of numbers whose largest is 0: what the others add to 1 is not lost."""
    largest = _of("equal", shifted, 0.0)
    powers = _of("where", largest, shifted, _of("exp", shifted))
    return _of("log1p", _sum(powers, axis) + (_sum(largest, axis) - 1.0))


def _cross_entropy(x: Any, labels: Any) -> Any:
    classes = labels.classes if isinstance(labels, Labels) else labels
    rows = zip(_log_softmax(x, 1), classes.tolist(), strict=True)
    return -sum(_row(row, each) for row, each in rows) / x.shape[0]


def _norm(x: Any, axis: Any, keepdims: bool) -> Any:
    largest = _chain("maximum", _of("abs", x), axis) if x.size else np.zeros([1] * x.ndim)
    scale = _of("where", _of("equal", largest - largest, 0.0) * _of("greater", largest, 0.0), largest, 1.0)
    squares = _sum(_of("pow", x / scale, 2.0), axis)
    is_zero = _of("equal", squares, 0.0)  # where the derivative of the root has none, the norm's is taken as 0
    root = _of("where", is_zero, 0.0, _of("sqrt", _of("where", is_zero, 1.0, squares)))
    return _reduced(root * scale, axis, keepdims)


# --- rows at integers that may be inputs ------------------------------------------------------------------------------


def _row(rows: Any, index: Any) -> Any:
    """The row at an index; nan where there is none."""
    if not isinstance(index, Value) or not index.differentiable:
        at = int(index.data if isinstance(index, Value) else index)
        return rows[at] if -len(rows) <= at < len(rows) else rows[0] * math.nan
    found = rows[0] * math.nan
    for at, row in enumerate(rows):
        found = _of("where", _is(index, at, len(rows)), row, found)
    return found


def _is(index: Value, at: int, count: int) -> Any:
    """Whether an index means a row, counted from the front or from the back."""
    return _of("maximum", _of("equal", index, float(at)), _of("equal", index, float(at - count)))


def _take(x: Any, index: Any) -> Any:
    rows = [_row(x, each) for each in index.ravel()]
    return _array([one for row in rows for one in _whole(row).ravel()], (*index.shape, *x.shape[1:]))


def _put_rows(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    given = [*zip(index.ravel(), g.reshape(-1, *shape[1:]), strict=True)]
    found = np.full(shape, 0.0, dtype=object)
    for at in range(shape[0]):
        for each, row in given:
            found[at] = found[at] + _of("where", _is(each, at, shape[0]), row, 0.0)
    return found


_OWN: dict[str, Callable[..., Any]] = {
    "max": functools.partial(_extreme, "maximum"),
    "min": functools.partial(_extreme, "minimum"),
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "cross_entropy": _cross_entropy,
    "norm": _norm,
    "take": _take,
    "put_rows": _put_rows,
    "astype": lambda x, dtype: x,
}
