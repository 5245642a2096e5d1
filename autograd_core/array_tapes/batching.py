"""What each operation on arrays becomes where operands have a leading axis, of examples, more."""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..array.cross_entropy import Labels
from ..array.linear_algebra import dot_labels
from ..array.operations import STRUCTURAL, rule_of
from ..array.shapes import counted
from ..array.structural import axes_of
from ..array.tensor import Tensor, array_constant
from ..errors import InputValueError
from .blank import Blanks
from .tape import Instruction

__all__ = ["Batch"]


class Batch:
    """An instruction for examples.

    Parameters
    ----------
    blank
        Makes nodes.
    each
        The instruction.
    operands
        Its operands, some of them with the axis of the examples first.
    own
        Which have it.
    count
        How many examples there are.
    """

    def __init__(
        self, blank: Blanks, each: Instruction, operands: Sequence[Tensor], own: Sequence[bool], count: int
    ) -> None:
        self.blank = blank
        self.each, self.operands, self.own, self.count = each, list(operands), list(own), count
        self.shapes = [one.shape[1:] if its else one.shape for one, its in zip(operands, own, strict=True)]
        self.shape = each.form.shape

    def node(self, source: Tensor | None, source_is_own: bool) -> Tensor:
        """The node of it, with the axis of the examples first; `source` is what its labels follow.

        Raises
        ------
        InputValueError
            If the operation allows no such axis.
        """
        each = self.each
        if rule_of(each.operation) is not None:
            return self.blank(
                each.operation, tuple(self.with_axes(at, len(self.shape)) for at in range(len(self.operands)))
            )
        name = each.operation.name
        write = _BATCHED.get(name) if STRUCTURAL.get(name) is each.operation else None
        if name == "cross_entropy":
            return self._cross_entropy(source, source_is_own)
        if write is None:
            raise self.refusal("it has no rule for one")
        return write(self, *each.options)

    def refusal(self, why: str) -> InputValueError:
        """The error of an operation without such an axis."""
        place = f" ({self.each.place})" if self.each.place else ""
        return InputValueError(
            f"batched: {self.each.operation.name}{place} allows no axis of examples more: {why}; call the program for "
            "each example, or write the function for whole batches"
        )

    # --- operands -----------------------------------------------------------------------------------------------------

    def with_axes(self, at: int, ndim: int) -> Tensor:
        """An operand with axes of length 1 behind that of the examples, as many as broadcasting would put before it."""
        one, missing = self.operands[at], ndim - len(self.shapes[at])
        if not self.own[at] or missing == 0:
            return one
        return self.blank("reshape", (one,), (self.count, *[1] * missing, *self.shapes[at]))

    def spread(self, at: int) -> Tensor:
        """An operand that has the axis of the examples, repeated if it was shared."""
        one = self.operands[at]
        return one if self.own[at] else self.blank("broadcast_to", (one,), (self.count, *one.shape))

    def in_shape(self, node: Tensor) -> Tensor:
        """The result in its shape, behind the axis of the examples."""
        shape = (self.count, *self.shape)
        return node if node.shape == shape else self.blank("reshape", (node,), shape)

    def operate(self, *options: Any, name: str | None = None) -> Tensor:
        """The operation, of operands that all have the axis."""
        return self.blank(
            name or self.each.operation.name, tuple(map(self.spread, range(len(self.operands)))), *options
        )

    def _cross_entropy(self, source: Tensor | None, source_is_own: bool) -> Tensor:
        [labels] = self.each.options
        known = source if source is not None else array_constant(np.array(labels.classes))
        if not source_is_own:
            known = self.blank("broadcast_to", (known,), (self.count, *known.shape))
        assert isinstance(labels, Labels)
        return self.blank.cross_entropy(self.spread(0), known)


def _over_axes(b: Batch, axis: Any, *others: Any) -> Tensor:
    axes = tuple(each + 1 for each in axes_of(len(b.shapes[0]), axis))
    return b.operate(axes, *others)


def _norm(b: Batch, axis: Any, keepdims: bool) -> Tensor:
    if axis is not None:
        return _over_axes(b, axis, keepdims)
    flat = b.blank("reshape", (b.operands[0],), (b.count, -1))
    return b.in_shape(b.blank("norm", (flat,), (1,), False))


def _along_axis(b: Batch, axis: int, *others: Any) -> Tensor:
    return b.operate(axis % len(b.shapes[0]) + 1, *others)


def _as_it_is(b: Batch, *options: Any) -> Tensor:
    return b.operate(*options)


def _reshaped(b: Batch, *_: Any) -> Tensor:
    return b.in_shape(b.operands[0])


def _transpose(b: Batch, axes: Any) -> Tensor:
    ndim = len(b.shapes[0])
    order = range(ndim)[::-1] if axes is None else (each % ndim for each in axes)
    return b.operate((0, *(each + 1 for each in order)))


def _swapaxes(b: Batch, first: int, second: int) -> Tensor:
    ndim = len(b.shapes[0])
    return b.operate(first % ndim + 1, second % ndim + 1)


def _broadcast_to(b: Batch, shape: Any) -> Tensor:
    return b.blank("broadcast_to", (b.with_axes(0, len(shape)),), (b.count, *shape))


def _index(b: Batch, index: Any) -> Tensor:
    """At places counted through the whole array: axes of indices are where they are then, whatever the index is."""
    flat = b.blank("reshape", (b.operands[0],), (b.count, math.prod(b.shapes[0])))
    return b.blank("index", (flat,), (slice(None), np.asarray(counted(b.shapes[0])[index])))


def _scatter(b: Batch, shape: Any, index: Any) -> Tensor:
    its = slice(None), np.asarray(counted(shape)[index])
    return b.in_shape(b.blank("scatter", (b.operands[0],), (b.count, math.prod(shape)), its))


def _take(b: Batch, *_: Any) -> Tensor:
    rows, index = b.operands
    if b.own == [False, True]:
        return b.blank("take", (rows, index))
    if b.own[1]:
        raise b.refusal("rows and index differ from example to example")
    ndim, before = rows.ndim, index.ndim
    moved = b.blank("take", (b.blank("swapaxes", (rows,), 0, 1), index))
    others = (each for each in range(ndim - 1 + before) if each != before)
    return b.blank("transpose", (moved,), (before, *others))


def _put_rows(b: Batch, shape: Any) -> Tensor:
    g, index = b.operands
    if b.own[1]:
        raise b.refusal("the index differs from example to example")
    before = index.ndim
    order = (*range(1, before + 1), 0, *range(before + 1, g.ndim))
    put = b.blank("put_rows", (b.blank("transpose", (g,), order), index), (shape[0], b.count, *shape[1:]))
    return b.blank("swapaxes", (put,), 0, 1)


def _diagonal(b: Batch, offset: int, axis1: int, axis2: int) -> Tensor:
    ndim = len(b.shapes[0])
    return b.operate(offset, axis1 % ndim + 1, axis2 % ndim + 1)


def _on_diagonal(b: Batch, shape: Any, offset: int, axis1: int, axis2: int) -> Tensor:
    ndim = len(shape)
    return b.operate((b.count, *shape), offset, axis1 % ndim + 1, axis2 % ndim + 1)


def _pad(b: Batch, width: Any, value: Any) -> Tensor:
    ends = np.broadcast_to(width, (len(b.shape), 2)).tolist()
    return b.operate(((0, 0), *map(tuple, ends)), value)


def _concatenate(b: Batch, axis: Any) -> Tensor:
    if axis is not None:
        return b.operate(axis % len(b.shape) + 1)
    rows = [b.blank("reshape", (b.spread(at),), (b.count, -1)) for at in range(len(b.operands))]
    return b.blank("concatenate", tuple(rows), 1)


def _stack(b: Batch, axis: int) -> Tensor:
    return b.operate(axis % len(b.shape) + 1)


def _matmul(b: Batch, *_: Any) -> Tensor:
    ndim = max(2, *map(len, b.shapes))
    x, y = (
        one
        if len(shape) > 1
        else b.blank("reshape", (one,), (*one.shape[: int(own)], *((1, -1) if at == 0 else (-1, 1))))
        for at, (one, shape, own) in enumerate(zip(b.operands, b.shapes, b.own, strict=True))
    )
    b = Batch(b.blank, b.each, (x, y), b.own, b.count)
    return b.in_shape(b.blank("matmul", (b.with_axes(0, ndim), b.with_axes(1, ndim))))


def _solve(b: Batch, *_: Any) -> Tensor:
    a, right = b.operands
    if len(b.shapes[1]) == 1:
        right = b.blank("reshape", (right,), (*right.shape, 1))
    b = Batch(b.blank, b.each, (a, right), b.own, b.count)
    ndim = max(map(len, b.shapes))
    return b.in_shape(b.blank("solve", (b.with_axes(0, ndim), b.with_axes(1, ndim))))


def _einsum(b: Batch, subscripts: str) -> Tensor:
    left, _, out = subscripts.partition("->")
    free = next(each for each in string.ascii_letters if each not in subscripts)
    terms = [free + term if own else term for term, own in zip(left.split(","), b.own, strict=True)]
    return b.in_shape(b.blank("einsum", tuple(b.operands), f"{','.join(terms)}->{free}{out}"))


def _dot(b: Batch, *_: Any) -> Tensor:
    left, right, out = dot_labels(*map(len, b.shapes))
    return _einsum(b, f"{left},{right}->{out}")


def _outer(b: Batch, *_: Any) -> Tensor:
    flat = [b.blank("reshape", (b.spread(at),), (b.count, -1)) for at in range(2)]
    return b.blank("einsum", tuple(flat), "ai,aj->aij")


_BATCHED: dict[str, Callable[..., Tensor]] = {
    **dict.fromkeys(("sum", "mean", "var", "max", "min", "prod", "logsumexp", "softmax", "log_softmax"), _over_axes),
    **dict.fromkeys(("inv", "det", "logdet", "cholesky", "others", "astype"), _as_it_is),
    **dict.fromkeys(("cumsum", "sort", "ordered", "unordered"), _along_axis),
    **dict.fromkeys(("reshape", "expand_dims", "squeeze"), _reshaped),
    **{"norm": _norm, "transpose": _transpose, "swapaxes": _swapaxes},
    **{"broadcast_to": _broadcast_to, "index": _index, "scatter": _scatter, "take": _take, "put_rows": _put_rows},
    **{"diagonal": _diagonal, "trace": _diagonal, "on_diagonal": _on_diagonal, "pad": _pad},
    **{"concatenate": _concatenate, "stack": _stack, "matmul": _matmul, "solve": _solve, "einsum": _einsum},
    **{"dot": _dot, "outer": _outer},
}
