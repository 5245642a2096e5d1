"""A program of arrays as a function of JAX: each instruction becomes the operation that JAX has for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..array.cross_entropy import Labels
from ..array.operations import STRUCTURAL, rule_of
from ..array.shapes import counted
from ..array.structural import axes_of
from ..errors import InputValueError
from ..export.jax_table import JaxTable
from .tape import ArrayTape, Instruction

__all__ = ["jax_of_tape", "type_of"]


def jax_of_tape(tape: ArrayTape, table: JaxTable) -> Callable[[Sequence[Any]], list[Any]]:
    """From the arrays of the inputs to those of the outputs. Captured leaves stay at the numbers that they have now.

    Raises
    ------
    InputValueError
        If there is an operation of the user's own, which is Python and nothing else.
    """
    operations = [_operation(each, table) for each in tape.instructions]
    known = [*(np.array(each._data) for each in tape.leaves), *tape.constants]

    def function(inputs: Sequence[Any]) -> list[Any]:
        slots = [*inputs, *map(table.np.asarray, known)]
        for each, operation in zip(tape.instructions, operations, strict=True):
            given = [slots[slot] for slot in each.arguments]
            its = [slots[each.sources[at]] if at in each.sources else one for at, one in enumerate(each.options)]
            slots.append(table.np.asarray(operation(*given, *its), type_of(each.form.dtype, table)))
        return [slots[slot] for slot in tape.outputs]

    return function


def type_of(dtype: Any, table: JaxTable) -> Any:
    """The type that JAX, as it is set, has for one of NumPy's."""
    return table.jax.dtypes.canonicalize_dtype(dtype)


def _operation(each: Instruction, table: JaxTable) -> Callable[..., Any]:
    rule, name = rule_of(each.operation), each.operation.name
    if rule is not None:
        return table.function(rule) if each.form.dtype.kind == "f" else rule.kernel(table.backend)
    own = _Operations(table)
    found: Callable[..., Any] | None = getattr(own, name, None)
    if STRUCTURAL.get(name) is not each.operation or found is None:
        raise InputValueError(
            f"to_jax: the program calls {name}, a function of Python that nothing else can run; write it with "
            "operations of autograd_core, or a primitive of your own, and record again"
        )
    return found


class _Operations:
    """The operations on whole arrays, under their names in :data:`autograd_core.array.operations.STRUCTURAL`."""

    def __init__(self, table: JaxTable) -> None:
        jnp = table.np
        self._jax, self._np, self._table = table.jax, jnp, table
        self.matmul, self.dot, self.outer, self.inv, self.det = (
            jnp.matmul,
            jnp.dot,
            jnp.outer,
            jnp.linalg.inv,
            jnp.linalg.det,
        )
        self.reshape, self.transpose, self.swapaxes = jnp.reshape, jnp.transpose, jnp.swapaxes
        self.expand_dims, self.squeeze, self.broadcast_to = jnp.expand_dims, jnp.squeeze, jnp.broadcast_to
        self.cumsum, self.diagonal, self.trace = jnp.cumsum, jnp.diagonal, jnp.trace

    # --- over axes ----------------------------------------------------------------------------------------------------

    def sum(self, x: Any, axis: Any, keepdims: bool) -> Any:
        return self._np.sum(x, axis, keepdims=keepdims)

    def mean(self, x: Any, axis: Any, keepdims: bool) -> Any:
        return self._np.mean(x, axis, keepdims=keepdims)

    def var(self, x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
        count = np.prod([x.shape[each] for each in axes_of(x.ndim, axis)])
        deviation = x - self._np.mean(x, axis, keepdims=True)
        return self.sum(deviation * deviation, axis, keepdims) / self._np.asarray(max(count - ddof, 0.0), x.dtype)

    def max(self, x: Any, axis: Any, keepdims: bool) -> Any:
        return self._np.max(x, axis, keepdims=keepdims)

    def min(self, x: Any, axis: Any, keepdims: bool) -> Any:
        return self._np.min(x, axis, keepdims=keepdims)

    def prod(self, x: Any, axis: Any, keepdims: bool) -> Any:
        return self._np.prod(x, axis, keepdims=keepdims)

    def others(self, x: Any) -> Any:
        ones = self._np.ones((*x.shape[:-1], 1), x.dtype)
        before = self._np.concatenate([ones, self._np.cumprod(x[..., :-1], -1)], -1)
        after = self._np.concatenate([ones, self._np.cumprod(x[..., :0:-1], -1)], -1)
        return before * after[..., ::-1]

    def logsumexp(self, x: Any, axis: Any, keepdims: bool) -> Any:
        largest = self._largest(x, axis)
        shift = self._np.where(self._np.isfinite(largest), largest, 0.0)
        found = self._log_sum(x - shift, axis) + shift
        return found if keepdims else self._np.squeeze(found, axes_of(x.ndim, axis))

    def softmax(self, x: Any, axis: Any) -> Any:
        powers = self._np.exp(x - self._largest(x, axis))
        return powers / self.sum(powers, axis, True)

    def log_softmax(self, x: Any, axis: Any) -> Any:
        shifted = x - self._largest(x, axis)
        return shifted - self._log_sum(shifted, axis)

    def cross_entropy(self, x: Any, labels: Any) -> Any:
        classes = labels.classes if isinstance(labels, Labels) else labels
        found = self._np.take_along_axis(self.log_softmax(x, 1), classes[:, None], 1, mode="fill")
        return -self.sum(found, None, False) / x.shape[0]

    def _largest(self, x: Any, axis: Any) -> Any:
        """The largest element, which is subtracted so that no exponential overflows: no derivative comes of it."""
        return self._jax.lax.stop_gradient(self._np.max(x, axis, keepdims=True, initial=-np.inf))

    def _log_sum(self, shifted: Any, axis: Any) -> Any:
        """Logarithm of the sum of exponentials of numbers whose largest is 0: what the others add to 1 is not lost."""
        largest = shifted == 0.0
        powers = self._np.where(largest, shifted, self._np.exp(shifted))
        return self._np.log1p(self.sum(powers, axis, True) + (self.sum(largest, axis, True) - 1.0))

    def norm(self, x: Any, axis: Any, keepdims: bool) -> Any:
        jnp = self._np
        largest = self._jax.lax.stop_gradient(jnp.max(abs(x), axis, keepdims=True, initial=0.0))
        scale = jnp.where(jnp.isfinite(largest) & (largest > 0.0), largest, 1.0)
        squares = self.sum((x / scale) ** 2, axis, True)
        is_zero = squares == 0.0  # where the derivative of the root has none, the norm's is taken as 0
        found = jnp.where(is_zero, 0.0, jnp.sqrt(jnp.where(is_zero, 1.0, squares))) * scale
        return found if keepdims else jnp.squeeze(found, axes_of(x.ndim, axis))

    # --- moving numbers -----------------------------------------------------------------------------------------------

    def astype(self, x: Any, dtype: Any) -> Any:
        return x.astype(type_of(dtype, self._table))

    def index(self, x: Any, index: Any) -> Any:
        return x[index]

    def scatter(self, g: Any, shape: Any, index: Any) -> Any:
        return self._np.zeros(shape, g.dtype).at[index].add(g)

    def take(self, x: Any, index: Any) -> Any:
        return self._np.take(x, index.astype(int), 0, mode="fill")  # nan where the index is out of range

    def put_rows(self, g: Any, index: Any, shape: Any) -> Any:
        return self._np.zeros(shape, g.dtype).at[index.astype(int)].add(g)

    def sort(self, x: Any, axis: int) -> Any:
        return self.ordered(x, x, axis)

    def ordered(self, x: Any, by: Any, axis: int) -> Any:
        return self._np.take_along_axis(x, self._np.argsort(by, axis), axis)  # stable

    def unordered(self, g: Any, by: Any, axis: int) -> Any:
        return self._np.take_along_axis(g, self._np.argsort(self._np.argsort(by, axis), axis), axis)

    def on_diagonal(self, g: Any, shape: Any, offset: int, axis1: int, axis2: int) -> Any:
        places = np.diagonal(counted(shape), offset, axis1, axis2)
        flat = self._np.zeros(int(np.prod(shape)), g.dtype)
        return flat.at[places].set(self._np.broadcast_to(g, places.shape)).reshape(shape)

    def pad(self, x: Any, width: Any, value: Any) -> Any:
        return self._np.pad(x, width, constant_values=value)

    def concatenate(self, *arguments: Any) -> Any:
        return self._np.concatenate(arguments[:-1], arguments[-1])

    def stack(self, *arguments: Any) -> Any:
        return self._np.stack(arguments[:-1], arguments[-1])

    # --- linear algebra -----------------------------------------------------------------------------------------------

    def einsum(self, *arguments: Any) -> Any:
        *operands, subscripts = arguments
        return self._np.einsum(subscripts, *operands)

    def solve(self, a: Any, b: Any) -> Any:
        if b.ndim == 1:
            return self._np.linalg.solve(a, self._np.broadcast_to(b[:, None], (*a.shape[:-2], b.size, 1)))[..., 0]
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        both = (self._np.broadcast_to(each, (*batch, *each.shape[-2:])) for each in (a, b))
        return self._np.linalg.solve(*both)

    def logdet(self, x: Any) -> Any:
        return self._np.linalg.slogdet(x)[1]

    def cholesky(self, x: Any) -> Any:
        """Of the lower half, as NumPy; with the derivative of a symmetric matrix, as here."""
        jnp = self._np
        lower = jnp.tril(x) + jnp.swapaxes(jnp.tril(x, -1), -1, -2)
        symmetric = (x + jnp.swapaxes(x, -1, -2)) * 0.5
        return jnp.linalg.cholesky(symmetric + self._jax.lax.stop_gradient(lower - symmetric))
