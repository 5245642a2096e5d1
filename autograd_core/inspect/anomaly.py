"""The first bad number: which operation made a NaN or an infinity, of what, and where in the user's code.

Nothing here changes a graph. A local derivative that is infinite, as that of sqrt at 0, is an anomaly of the backward
pass only if a gradient other than 0 meets it: a factor that is exactly 0 ends the path (see
docs/decisions/0002-a-path-with-a-zero-factor-ends.md). :func:`diagnose` lists it in any case.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from ..array.arrays import all_finite
from ..array.operations import Operation
from ..array.tensor import Tensor
from ..array.walks import topological_order
from ..errors import AnomalyError, InputTypeError
from ..formulas.rules import OPCODES
from ..program.replay import Replay
from ..scalar.blocks import watched_by
from ..scalar.recording import Watcher
from ..scalar.value import Value
from .anomalies import Diagnosis, Findings
from .checked_replay import check_replay
from .first_bad import Found, backward_anomalies, forward_anomaly, latent_anomalies

__all__ = ["detect_anomaly", "diagnose"]


def detect_anomaly() -> AbstractContextManager[None]:
    """Raise at the first operation that makes a NaN or an infinity, in the forward or in the backward pass.

    Inside the block every node notes where in the user's code it was made (``node.place``), and every result, every
    backward pass and every replay of a program in this thread is checked. A backward pass is checked before it begins,
    so one that raises has changed no gradient. Blocks can be nested.

    A result counts also if ``where`` does not choose it afterwards; what reaches the root, :func:`diagnose` tells.

    Raises
    ------
    AnomalyError
        From the operation, inside the block.

    Notes
    -----
    A local derivative that is infinite where the value is finite (sqrt at 0) passes in the forward pass, and raises in
    the backward pass if a gradient meets it. If what goes in is NaN or infinite already, the error names where that
    came from. The numbers a program is recorded with are examples, and are not checked; those it is replayed on are.

    Examples
    --------
    >>> from autograd_core import log
    >>> x = Value(-1.0, "x")
    >>> try:
    ...     with detect_anomaly():
    ...         log(x * 2)
    ... except AnomalyError as error:
    ...     print(str(error).splitlines()[0])
    ...     print(error.op, error.inputs)
    forward: node without label (log) made nan out of finite numbers, x = -2.0
    log (-2.0,)
    """
    return watched_by(_Checker())


class _Checker(Watcher):
    """Lets nothing pass that is not finite."""

    def node_made(self, node: Value, opcode: int, inputs: tuple[Value, ...]) -> None:
        if not math.isfinite(node.data):
            _raise(forward_anomaly(node, OPCODES[opcode], inputs))

    def tensor_made(self, node: Tensor, operation: Operation, parents: tuple[Tensor, ...]) -> None:
        if not all_finite(node._data):
            _raise(forward_anomaly(node, operation, parents))

    def backward_begins(self, root: Any, inputs: Sequence[Value] | None, seed: Any = 1.0) -> None:
        _raise(next(backward_anomalies(root, seed, inputs=inputs, held=inputs is None), None))

    def replay_begins(self, replay: Replay) -> None:
        check_replay(replay)


def _raise(found: Found | None) -> None:
    if found is not None:
        is_producer, tell = found
        anomaly = tell()
        node = anomaly.node
        names, numbers = (anomaly.op, node.label, node.scope), (anomaly.inputs, node.place)
        raise AnomalyError(str(anomaly), node, *names, *numbers, anomaly.phase, is_producer)


def diagnose(root: Value | Tensor) -> Diagnosis:
    """Look for NaNs and infinities in a graph that is already there, and tell where they came from.

    Looks at the numbers, the local derivatives, and the gradients that a backward pass from this root gives; no node
    is changed, and no backward pass need have been made.

    Parameters
    ----------
    root
        The node to differentiate, usually a loss; of a Tensor that holds several numbers, their sum is.

    Returns
    -------
    Diagnosis

    Raises
    ------
    InputTypeError
        If the root is not a node.

    Notes
    -----
    A node does not remember the numbers of its leaves. If the data of a leaf was set after the graph was recorded, the
    diagnosis says so beside the node, for the numbers it shows are the present ones.

    Examples
    --------
    >>> from autograd_core import sqrt
    >>> x = Value(0.0, "x")
    >>> diagnosis = diagnose(sqrt(x) + 1)
    >>> bool(diagnosis), bool(diagnosis.data), [each.op for each in diagnosis.gradients.producers]
    (True, False, ['sqrt'])
    """
    if not isinstance(root, Value | Tensor):
        raise InputTypeError(f"diagnose: {root!r} is not a node; give the Value or Tensor that you computed")
    order = topological_order(root)
    made = [found for node in order if (found := forward_anomaly(node)) is not None]
    seed = 1.0 if isinstance(root, Value) else np.ones(root.shape, root.dtype)
    gradients = list(backward_anomalies(root, seed, held=False)) if root.differentiable else []
    return Diagnosis(len(order), _findings(made), _findings(list(latent_anomalies(order))), _findings(gradients[::-1]))


def _findings(found: list[Found]) -> Findings:
    producers = tuple(tell() for is_producer, tell in found if is_producer)
    return Findings(producers, len(found) - len(producers))
