"""Newton: steps to the minimum of the parabola that the loss looks like, for models of few parameters."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np

from autograd_core import InputTypeError, InputValueError, Tensor, Value
from autograd_core.derivatives.gradients import gradient_arrays, gradient_nodes
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import number_from

from .optimizer import Optimizer

__all__ = ["Newton"]

Array = np.ndarray[Any, Any]
_MOST = 2_000  # parameters; the matrix of second derivatives has their square, and takes a backward pass for each


class Newton(Optimizer):
    """Newton's method: ``w - η (H + λ I)⁻¹ g``, H being the second derivatives of the loss.

    It has to see the loss, as a node, before each step; :func:`nn.fit` shows it, and computes node by node.

    Parameters
    ----------
    parameters
        At most 2,000 numbers, all of Values, or of float64 Tensors.
    learning_rate
        1 for whole steps.
    damping
        What is added to the diagonal, λ, at least 0. Where H is not positive definite, as far from a minimum of a
        network, only a large one makes a step lead downhill.
    **options
        Weight decay, a schedule and clipping, as in :class:`nn.Optimizer`.

    Notes
    -----
    J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd ed., Springer (2006), sections 3.3 and 3.4.

    Examples
    --------
    >>> w = Value(3.0, "w")
    >>> optimizer = Newton([w])
    >>> loss = (w - 1) ** 2
    >>> optimizer.see(loss)
    >>> loss.backward()
    >>> optimizer.step()
    >>> w.data
    1.0
    """

    def __init__(
        self,
        parameters: Sequence[Value] | Sequence[Tensor],
        learning_rate: float = 1.0,
        *,
        damping: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(parameters, learning_rate, **options)
        self.damping = number_from(damping, "Newton: damping")
        if not 0 <= self.damping < inf:
            raise InputValueError(f"Newton: damping={self.damping} is negative or infinite; write 0.1")
        count = sum(map(len, self.leaves.read()))
        if len(self.leaves.groups) != 1 or count > _MOST:
            raise InputValueError(
                f"Newton: {count:,} numbers in {len(self.leaves.groups)} array(s); give at most {_MOST:,}, all of "
                "Values or all of float64 Tensors, or take Adam"
            )
        self._second: Array | None = None

    def see(self, loss: Any) -> None:
        """Find the second derivatives of a loss, a node, for the next step."""
        if not isinstance(loss, Value | Tensor):
            raise InputTypeError(f"Newton: the loss is {shortened(loss)}, not a Value or Tensor")
        [nodes] = self.leaves.groups
        rows = []
        for slope, node in zip(gradient_nodes(loss, nodes), nodes, strict=True):
            size = getattr(node, "size", 1)
            if not slope.differentiable:
                rows += [np.zeros(sum(getattr(each, "size", 1) for each in nodes))] * size
                continue
            for position in range(size):
                upstream = 1.0 if isinstance(slope, Value) else np.eye(size)[position].reshape(slope.shape)
                rows.append(np.concatenate([np.ravel(each) for each in gradient_arrays(slope, nodes, upstream)]))
        self._second = np.array(rows)

    def update(self, w: Array, g: Array, *memory: Array) -> Array:
        """W - η (H + λ I)⁻¹ g."""
        if self._second is None:
            raise InputValueError("Newton: it has not seen the loss; write optimizer.see(loss) before each step")
        second, self._second = self._second, None
        try:
            step = np.linalg.solve(second + self.damping * np.eye(len(w)), g)
        except np.linalg.LinAlgError:
            raise InputValueError(
                "Newton: the second derivatives have no inverse; give a damping such as 0.1"
            ) from None
        return w - self.learning_rate * step  # type: ignore[no-any-return]
