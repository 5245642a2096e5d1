"""A program of arrays in ONNX: each instruction becomes operators; the gradient is a program of arrays too."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..array.cross_entropy import Labels
from ..array.operations import STRUCTURAL, rule_of
from ..array.shapes import counted
from ..array.structural import axes_of
from ..errors import InputValueError
from ..export.onnx_writer import OnnxWriter
from ..formulas.primitives import PRIMITIVES
from .tape import ArrayTape, Form, Instruction

__all__ = ["tape_in_onnx"]


def tape_in_onnx(tape: ArrayTape, writer: OnnxWriter, inputs: Sequence[str]) -> list[str]:
    """Write a tape; give the names of its outputs. Captured leaves stay at the numbers that they have now.

    Raises
    ------
    InputValueError
        If ONNX has no such operation, or it is the user's own, which is Python and nothing else.
    """
    known = [*(np.array(each._data) for each in tape.leaves), *tape.constants]
    slots = [*inputs, *map(writer.constant, known)]
    forms = [*tape.inputs, *map(Form.of, known), *(each.form for each in tape.instructions)]
    for each in tape.instructions:
        given = [slots[slot] for slot in each.arguments]
        its = [forms[slot] for slot in each.arguments]
        rule = rule_of(each.operation)
        if rule is not None:
            kind: Any = each.form.dtype if each.form.dtype.kind == "f" else np.dtype(float)
            cast = [one if form.dtype == kind else writer.cast(one, kind) for one, form in zip(given, its, strict=True)]
            found = writer.value(rule, cast, kind)
            slots.append(found if kind == each.form.dtype else writer.cast(found, each.form.dtype))
            continue
        options = [slots[each.sources[at]] if at in each.sources else one for at, one in enumerate(each.options)]
        slots.append(_written(each)(_Places(writer, its, each.form), *given, *options))
    return [slots[slot] for slot in tape.outputs]


def _written(each: Instruction) -> Callable[..., str]:
    name = each.operation.name
    found = _OPERATIONS.get(name)
    if STRUCTURAL.get(name) is not each.operation:
        raise InputValueError(
            f"to_onnx: the program calls {name}, a function of Python that nothing else can run; write it with "
            "operations of autograd_core, or a primitive of your own, and record again"
        )
    if found is None:
        raise InputValueError(
            f"to_onnx: ONNX has no {name} of 64-bit numbers; write to_jax(), which has it, or compute it before "
            "and give it as an argument"
        )
    return found


class _Places:
    """What an operation is written with: the writer, the forms of its operands and of its result."""

    def __init__(self, writer: OnnxWriter, forms: Sequence[Form], form: Form) -> None:
        self.writer, self.op, self.whole = writer, writer.op, writer.whole
        self.shapes = [each.shape for each in forms]
        self.shape, self.dtype = form.shape, form.dtype

    def number(self, number: float) -> str:
        return self.writer.constant(np.array(number, self.dtype))

    def function(self, name: str, *arguments: str) -> str:
        """A function of the table."""
        return self.writer.value(PRIMITIVES[name], arguments, self.dtype)

    def reduced(self, kind: str, x: str, axis: Any, keepdims: Any = True) -> str:
        axes = axes_of(len(self.shapes[0]), axis)
        return self.op(kind, x, self.whole(*axes), keepdims=int(keepdims)) if axes else x

    def gathered(self, x: str, places: Any) -> str:
        """The elements at places, counted through the whole array."""
        flat = self.writer.reshape(x, (math.prod(self.shapes[0]),))
        return self.op("Gather", flat, self.writer.constant(np.asarray(places, np.int64)), axis=0)

    def scattered(self, g: str, places: Any, shape: Sequence[int]) -> str:
        """Zeros with elements added at places, counted through the whole array."""
        zeros = self.writer.constant(np.zeros(math.prod(shape), self.dtype))
        places = np.asarray(places, np.int64)
        spread = self.op("Expand", g, self.whole(*places.shape))
        flat = self.writer.reshape(spread, (places.size,))
        found = self.op("ScatterElements", zeros, self.whole(*places.ravel().tolist()), flat, axis=0, reduction="add")
        return self.writer.reshape(found, shape)


def _reduction(kind: str) -> Callable[..., str]:
    return lambda p, x, axis, keepdims: p.reduced(kind, x, axis, keepdims)


def _reshaped(p: _Places, x: str, *_: Any) -> str:
    return p.writer.reshape(x, p.shape)


def _mean(p: _Places, x: str, axis: Any, keepdims: bool = True) -> str:
    x = p.writer.cast(x, p.dtype)
    count = math.prod([p.shapes[0][each] for each in axes_of(len(p.shapes[0]), axis)])
    return p.op("Div", p.reduced("ReduceSum", x, axis, keepdims), p.number(count))


def _var(p: _Places, x: str, axis: Any, ddof: float, keepdims: bool) -> str:
    count = math.prod([p.shapes[0][each] for each in axes_of(len(p.shapes[0]), axis)])
    deviation = p.op("Sub", x, _mean(p, x, axis))
    squares = p.reduced("ReduceSum", p.op("Mul", deviation, deviation), axis, keepdims)
    return p.op("Div", squares, p.number(max(count - ddof, 0.0)))


def _others(p: _Places, x: str) -> str:
    """For each element the product of those before it, times that of those behind it."""
    length, axis = p.shape[-1], len(p.shape) - 1
    if not length:
        return x
    columns = [p.op("Slice", x, p.whole(at), p.whole(at + 1), p.whole(axis)) for at in range(length)]
    ones = p.writer.constant(np.ones((*p.shape[:-1], 1), p.dtype))
    before, after = [ones], [ones]
    for at in range(length - 1):
        before.append(p.op("Mul", before[-1], columns[at]))
        after.append(p.op("Mul", after[-1], columns[length - 1 - at]))
    parts = [p.op("Mul", one, other) for one, other in zip(before, reversed(after), strict=True)]
    return p.op("Concat", *parts, axis=axis)


def _log_sum(p: _Places, shifted: str, axis: Any) -> str:
    """Logarithm of the sum of exponentials of numbers whose largest is 0: what the others add to 1 is not lost."""
    largest = p.op("Equal", shifted, p.number(0.0))
    powers = p.op("Where", largest, shifted, p.op("Exp", shifted))
    others = p.op("Sub", p.reduced("ReduceSum", p.writer.cast(largest, p.dtype), axis), p.number(1.0))
    return p.function("log1p", p.op("Add", p.reduced("ReduceSum", powers, axis), others))


def _logsumexp(p: _Places, x: str, axis: Any, keepdims: bool) -> str:
    largest = p.reduced("ReduceMax", x, axis)
    is_finite = p.op("Less", p.op("Abs", largest), p.number(np.inf))
    shift = p.op("Where", is_finite, largest, p.number(0.0))
    return _reshaped(p, p.op("Add", _log_sum(p, p.op("Sub", x, shift), axis), shift))


def _softmax(p: _Places, x: str, axis: Any) -> str:
    powers = p.op("Exp", p.op("Sub", x, p.reduced("ReduceMax", x, axis)))
    return p.op("Div", powers, p.reduced("ReduceSum", powers, axis))


def _log_softmax(p: _Places, x: str, axis: Any) -> str:
    shifted = p.op("Sub", x, p.reduced("ReduceMax", x, axis))
    return p.op("Sub", shifted, _log_sum(p, shifted, axis))


def _cross_entropy(p: _Places, x: str, labels: Any) -> str:
    count = p.shapes[0][0]
    classes = p.whole(*labels.classes.tolist()) if isinstance(labels, Labels) else p.writer.cast(labels, np.int64)
    found = p.op("GatherElements", _log_softmax(p, x, 1), p.writer.reshape(classes, (count, 1)), axis=1)
    return p.op("Div", p.op("Neg", p.op("ReduceSum", found, keepdims=0)), p.number(count))


def _norm(p: _Places, x: str, axis: Any, keepdims: bool) -> str:
    largest = p.reduced("ReduceMax", p.op("Abs", x), axis)
    is_usual = p.op("And", p.op("Less", largest, p.number(np.inf)), p.op("Greater", largest, p.number(0.0)))
    scale = p.op("Where", is_usual, largest, p.number(1.0))
    scaled = p.op("Div", x, scale)
    squares = p.reduced("ReduceSum", p.op("Mul", scaled, scaled), axis)
    return _reshaped(p, p.op("Mul", p.op("Sqrt", squares), scale))


def _transpose(p: _Places, x: str, axes: Any) -> str:
    ndim = len(p.shape)
    order = [each % ndim for each in axes] if axes is not None else list(range(ndim))[::-1]
    return p.op("Transpose", x, perm=tuple(order)) if ndim else x


def _swapaxes(p: _Places, x: str, first: int, second: int) -> str:
    order = list(range(len(p.shape)))
    order[first], order[second] = order[second], order[first]
    return p.op("Transpose", x, perm=tuple(order))


def _index(p: _Places, x: str, index: Any) -> str:
    return p.gathered(x, counted(p.shapes[0])[index])


def _scatter(p: _Places, g: str, shape: Any, index: Any) -> str:
    return p.scattered(g, counted(shape)[index], shape)


def _take(p: _Places, x: str, index: str) -> str:
    return p.op("Gather", x, p.writer.cast(index, np.int64), axis=0)


def _put_rows(p: _Places, g: str, index: str, shape: Any) -> str:
    zeros = p.writer.constant(np.zeros(shape, p.dtype))
    rows = p.writer.reshape(p.writer.cast(index, np.int64), (*p.shapes[1], 1))
    return p.op("ScatterND", zeros, rows, g, reduction="add")


def _ranks(p: _Places, by: str, axis: int) -> str:
    """For each element how many stand before it in the order of size: those that are less, and earlier equal ones."""
    shape = p.shapes[-1]
    first, behind = shape[:axis], shape[axis + 1 :]
    by = p.op("Where", p.op("IsNaN", by), p.number(np.inf), by)
    one = p.writer.reshape(by, (*shape[: axis + 1], 1, *behind))
    other = p.writer.reshape(by, (*first, 1, *shape[axis:]))
    earlier = np.tri(shape[axis], k=-1, dtype=bool).reshape(shape[axis], shape[axis], *(1 for _ in behind))
    tied = p.op("And", p.op("Equal", other, one), p.writer.constant(earlier))
    before = p.writer.cast(p.op("Or", p.op("Less", other, one), tied), np.int64)
    return p.op("ReduceSum", before, p.whole(axis + 1), keepdims=0)


def _ordered(p: _Places, x: str, by: str, axis: int) -> str:
    return p.op("ScatterElements", x, _ranks(p, by, axis), x, axis=axis)


def _unordered(p: _Places, g: str, by: str, axis: int) -> str:
    return p.op("GatherElements", g, _ranks(p, by, axis), axis=axis)


def _diagonal(p: _Places, x: str, offset: int, axis1: int, axis2: int) -> str:
    return p.gathered(x, np.diagonal(counted(p.shapes[0]), offset, axis1, axis2))


def _trace(p: _Places, x: str, offset: int, axis1: int, axis2: int) -> str:
    places = np.diagonal(counted(p.shapes[0]), offset, axis1, axis2)
    return p.op("ReduceSum", p.gathered(x, places), p.whole(places.ndim - 1), keepdims=0)


def _on_diagonal(p: _Places, g: str, shape: Any, offset: int, axis1: int, axis2: int) -> str:
    return p.scattered(g, np.diagonal(counted(shape), offset, axis1, axis2), shape)


def _pad(p: _Places, x: str, width: Any, value: Any) -> str:
    ends = np.array(np.broadcast_to(width, (len(p.shape), 2)), np.int64).T.ravel().tolist()
    return p.op("Pad", x, p.whole(*ends), p.number(value))


def _concatenate(p: _Places, *arguments: Any) -> str:
    *operands, axis = arguments
    if axis is None:
        operands = [p.writer.reshape(x, (math.prod(shape),)) for x, shape in zip(operands, p.shapes, strict=True)]
    return p.op("Concat", *operands, axis=0 if axis is None else axis % len(p.shape))


def _stack(p: _Places, *arguments: Any) -> str:
    *operands, axis = arguments
    axis %= len(p.shape)
    shape = [1 if at == axis else length for at, length in enumerate(p.shape)]
    return p.op("Concat", *(p.writer.reshape(x, shape) for x in operands), axis=axis)


def _outer(p: _Places, x: str, y: str) -> str:
    return p.op("Mul", p.writer.reshape(x, (p.shape[0], 1)), p.writer.reshape(y, (1, p.shape[1])))


def _dot(p: _Places, x: str, y: str) -> str:
    if len(p.shapes[1]) <= 2:
        return p.op("MatMul", x, y)
    order = (len(p.shapes[1]) - 2, *range(len(p.shapes[1]) - 2), len(p.shapes[1]) - 1)
    matrix = p.writer.reshape(p.op("Transpose", y, perm=order), (p.shapes[1][-2], -1))
    return p.writer.reshape(p.op("MatMul", x, matrix), p.shape)


def _einsum(p: _Places, *arguments: Any) -> str:
    *operands, subscripts = arguments
    return p.op("Einsum", *operands, equation=subscripts)


_OPERATIONS: dict[str, Callable[..., str]] = {
    **{"sum": _reduction("ReduceSum"), "max": _reduction("ReduceMax"), "min": _reduction("ReduceMin")},
    **{"prod": _reduction("ReduceProd"), "mean": _mean, "var": _var, "others": _others, "norm": _norm},
    **{"logsumexp": _logsumexp, "softmax": _softmax, "log_softmax": _log_softmax, "cross_entropy": _cross_entropy},
    **{"reshape": _reshaped, "expand_dims": _reshaped, "squeeze": _reshaped, "transpose": _transpose},
    **{"swapaxes": _swapaxes, "index": _index, "scatter": _scatter, "take": _take, "put_rows": _put_rows},
    **{"diagonal": _diagonal, "trace": _trace, "on_diagonal": _on_diagonal, "pad": _pad},
    **{"sort": lambda p, x, axis: _ordered(p, x, x, axis), "ordered": _ordered, "unordered": _unordered},
    **{"concatenate": _concatenate, "stack": _stack, "outer": _outer, "dot": _dot, "einsum": _einsum},
    "matmul": lambda p, x, y: p.op("MatMul", x, y),
    "broadcast_to": lambda p, x, shape: p.op("Expand", x, p.whole(*p.shape)),
    "astype": lambda p, x, dtype: p.writer.cast(x, p.dtype),
    "cumsum": lambda p, x, axis: p.op("CumSum", x, p.writer.constant(np.array(axis, np.int64))),
}
