"""A graph as it stands at a step of the backward pass: what has been passed on so far, and the node of the step."""

from __future__ import annotations

import copy
import itertools
import operator
from typing import Any

from autograd_core import Step, Value, backward_steps, topological_order
from autograd_core.errors import InputTypeError, InputValueError, shortened

__all__ = ["at_step", "of_step"]


def of_step(step: Step) -> tuple[Value, Value]:
    """The root that a step of :func:`autograd_core.backward_steps` belongs to, and its node.

    >>> x = Value(3.0, "x")
    >>> [(root.op, node.op) for root, node in map(of_step, backward_steps(x * x))]
    [('mul', 'mul'), ('mul', 'leaf')]
    """
    if step.root is None:
        raise InputValueError("draw: this step does not know its graph; draw steps that backward_steps() gives")
    return step.root, step.node


def at_step(root: Any, step: Any) -> tuple[Value, Value | None]:
    """A copy of a graph after some steps of the backward pass, and the node of the last one; the graph is as it was.

    Parameters
    ----------
    root
        A Value.
    step
        How many nodes have passed on their gradient: 0 for none.

    Raises
    ------
    InputTypeError, InputValueError
        If it is not a Value, or has fewer steps.

    Examples
    --------
    >>> x = Value(3.0, "x")
    >>> root, node = at_step(x * x, 1)
    >>> root.grad, node.op, root.parents[0].has_grad, x.has_grad
    (1.0, 'mul', True, False)
    """
    if not isinstance(root, Value):
        raise InputTypeError(
            f"step: {shortened(root)} is not one Value; draw(loss, step={shortened(step)}) shows a pass"
        )
    try:
        wanted = operator.index(step)
    except TypeError:
        raise InputTypeError(f"step: {shortened(step)} is not an integer; write for example step=3") from None
    twin = copy.deepcopy(root)
    for node in topological_order(twin):
        node.zero_grad()
    if wanted == 0:
        return twin, None
    done = list(itertools.islice(backward_steps(twin), wanted)) if wanted > 0 else []
    if len(done) != wanted:
        steps = len(done) if wanted > 0 else sum(1 for _ in backward_steps(twin))
        raise InputValueError(f"step: there is no step {wanted}; this graph has the steps 0 to {steps}")
    return twin, done[-1].node
