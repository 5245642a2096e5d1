"""Reverse mode over graphs of Tensors and Values.

No Value has a Tensor among its parents, so the pass first visits all Tensors, here, and then hands on to the scalar
pass (:mod:`autograd_core.scalar.reverse`) what the Values at their lower end have received.

A factor that is exactly 0 ends its path, as for Values (docs/decisions/0002). Whole arrays are multiplied plainly
nevertheless, and only if a nan arrives at an end of the graph, the pass is run again carefully. That loses nothing:
every rule is made of sums of products. Where a plain product differs from a careful one, it is 0 times an infinity or
nan, so it is nan; a nan in a sum or in a product stays nan, until a careful rule drops it too. So an end that receives
no nan has received what the careful pass gives.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputTypeError, InputValueError
from ..scalar import reverse
from ..scalar.conversion import real_array
from ..scalar.hooks import TENSOR
from ..scalar.recording import current_state
from ..scalar.value import Value
from ..scalar.walks import walk_lock
from .arrays import Array, quietly
from .reverse_pass import arrived_at_ends, hand_over
from .tensor import Tensor, describe

__all__ = ["backward", "seed_like", "show_to_watcher", "tensor_backward"]

#: Interior gradients of more elements than this are not kept, unless asked for.
LARGE = 2**16


def backward(root: Any) -> None:
    """Compute the gradient of a root with respect to every node it depends on.

    Gradients of interior nodes are set afresh. Gradients of leaves are added to what they hold, until ``zero_grad``;
    so several backward passes sum up, as the examples of a batch do.

    Parameters
    ----------
    root
        The node to differentiate, usually a loss: a Value, or a Tensor that holds one number.

    Raises
    ------
    InputTypeError
        If the root is not a node, or is a constant, so that there is nothing to differentiate.

    Examples
    --------
    >>> x = Value(3.0)
    >>> backward(x * x)
    >>> x.grad
    6.0
    """
    if isinstance(root, Tensor):
        tensor_backward(root)
    else:
        reverse.backward(root)


def tensor_backward(root: Tensor, gradient: Any = None, *, keep_interior: bool | None = None) -> None:
    """Compute the gradient of a Tensor with respect to every node it depends on, Values included.

    As for Values, gradients of interior nodes are set afresh, those of leaves are added to what they hold.

    Parameters
    ----------
    root
        The node to differentiate: a Tensor that holds one number, unless `gradient` is given.
    gradient
        The upstream gradient, of the root's shape.
    keep_interior
        Whether the gradients of nodes that are not leaves are kept to be looked at. By default those of up to 65,536
        elements are; larger ones are freed as the pass goes on.

    Raises
    ------
    InputTypeError
        If the root is a constant, so that there is nothing to differentiate.
    InputValueError
        If the root holds several numbers and no `gradient` is given, or one of another shape.
    DataChangedError
        If an array was changed in place after it was recorded.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0])
    >>> tensor_backward((x * x).sum())
    >>> x.grad.tolist()
    [2.0, 4.0]
    """
    if not root.differentiable:
        raise InputTypeError(
            "backward: the root is a constant (it depends on no leaf, or was computed under no_grad), "
            "so it has no gradient; compute it from Tensors, outside of no_grad"
        )
    seed = seed_like(root, gradient)
    show_to_watcher(root, seed)
    limit = LARGE if keep_interior is None else np.inf if keep_interior else -1
    with walk_lock:
        ends = quietly().run(arrived_at_ends, root, seed, limit)
    hand_over(ends)


def show_to_watcher(root: Tensor, seed: Array) -> None:
    """Show a root that is about to be differentiated to whoever watches."""
    watcher = current_state().watcher
    if watcher is not None:
        watcher.backward_begins(root, None, seed)


def seed_like(root: Tensor, gradient: Any) -> Array:
    """The upstream gradient as an array of the root's shape and type; 1 for a root that holds one number.

    >>> seed_like(Tensor([2.0, 3.0]), [1, 0]).tolist()
    [1.0, 0.0]
    """
    if gradient is None:
        if root.size != 1:
            raise InputValueError(
                f"backward: {describe(root)} holds {root.size} numbers, and only a scalar has a gradient; "
                "sum it first, or give the upstream gradient: backward(gradient=...)"
            )
        return np.array(1.0, root.dtype).reshape(root.shape)
    if isinstance(gradient, Tensor | Value):
        raise InputTypeError("backward: the upstream gradient is a plain array; write its data")
    seed = np.array(real_array(gradient, "backward: gradient"), dtype=root.dtype)
    if seed.shape != root.shape:
        raise InputValueError(f"backward: the upstream gradient has shape {seed.shape}, {describe(root)} {root.shape}")
    return seed


TENSOR.backward = tensor_backward
