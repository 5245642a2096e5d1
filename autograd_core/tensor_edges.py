"""The local derivative along an edge between two Tensors, where there is one number for each element."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import quietly
from .operations import CAREFUL, rule_of
from .tensor import Tensor

__all__ = ["local_derivatives"]


def local_derivatives(node: Tensor, position: int) -> Any:
    """The derivative of each element of a Tensor by the element of an argument it was computed from.

    Parameters
    ----------
    node
        A Tensor.
    position
        Which of its arguments, counted from 0.

    Returns
    -------
    ndarray or None
        Of the node's shape, at the recorded point. None where an element is computed from several elements of the
        argument, as by ``matmul`` and ``sum``, so that one number does not say it; and for an argument without
        gradient.

    Examples
    --------
    >>> x = Tensor([0.0, 3.0])
    >>> local_derivatives(x * x, 0).tolist(), local_derivatives(x.sum(), 0)
    ([0.0, 3.0], None)
    """
    if rule_of(node._operation) is None or not node.parents[position].differentiable:
        return None
    ones = np.ones(node.shape, node.dtype)
    found = quietly().run(node._operation.vjps[position], CAREFUL, ones, node._data, *node._inputs)
    return np.broadcast_to(found, node.shape)
