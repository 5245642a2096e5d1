"""What is known of a scope: where it is folded its size, its parameters, what goes in and out; else its frame."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from autograd_core import Tensor, Value
from autograd_core.formulas.printing import visible

from .folding import Box
from .measures import largest, magnitude, symbol_of
from .view import BoxView, ClusterView, NodeView

__all__ = ["box_view", "clusters_of"]

_MOST_SYMBOLS = 7
# Frames inside frames past this depth help no reader, and are joined into one name.
_DEEPEST_SCOPE = 12


def box_view(
    box: Box,
    own_id: str,
    inputs: Collection[Any],
    outputs: Collection[Any],
    stale: Collection[Any],
    heat: str | None,
    unexplained: Collection[Any] = (),
) -> BoxView:
    """Describe a box.

    Parameters
    ----------
    box
        The box.
    own_id
        Its id.
    inputs, outputs
        The nodes that go in, and the nodes in it that are used outside.
    stale
        All stale nodes of the graph.
    heat
        What is coloured.
    unexplained
        All nodes of the graph whose gradient is not what edges pass on.
    """
    leaves = [node for node in box.nodes if node.op == "leaf"]
    gradients = _magnitudes([node.grad for node in box.nodes if node.has_grad])
    data = _magnitudes([node.data for node in box.nodes])
    shapes = dict.fromkeys((visible(leaf.label) or "leaf", leaf.shape) for leaf in leaves if isinstance(leaf, Tensor))
    return BoxView(
        id=own_id,
        name=box.name,
        members=tuple(box.members),
        scope=box.path,
        nodes=len(box.nodes),
        parameters=sum(leaf.size if isinstance(leaf, Tensor) else 1 for leaf in leaves),
        shapes=tuple(shapes),
        inputs=_port([*inputs, *filter(_is_data, box.nodes)] if Tensor in set(map(type, box.nodes)) else inputs),
        outputs=_port(outputs),
        symbols=_symbols(box.nodes),
        gradient=(float(gradients.min()), float(gradients.max())) if gradients.size else None,
        stale=bool(stale) and any(node in stale for node in box.nodes),
        finite=bool(np.isfinite(data).all() and np.isfinite(gradients).all()),
        heat=_heat(box, heat, data, gradients),
        unexplained=sum(node in unexplained for node in box.nodes) if unexplained else 0,
    )


def _magnitudes(numbers: list[Any]) -> Any:
    """The largest absolute value of each; at once for plain numbers, for of these there may be a million."""
    if set(map(type, numbers)) <= {float}:
        found = np.abs(np.array(numbers, dtype=float))
        return np.where(np.isnan(found), np.inf, found)
    return np.array([largest(each) for each in numbers])


def _heat(box: Box, heat: str | None, data: Any, gradients: Any) -> float | None:
    if heat is None:
        return None
    if heat == "local":
        return max((each for node in box.nodes if (each := magnitude(node, heat)) is not None), default=None)
    found = data if heat == "data" else gradients
    return float(found.max()) if found.size else None


def _is_data(node: Any) -> bool:
    """Whether a node is an array that was given to the computation; it is recorded where it was used first."""
    return isinstance(node, Tensor) and node.op == "constant" and node.ndim > 0


def _port(nodes: Collection[Any]) -> str:
    """How many numbers pass: a count for Values, a shape for one Tensor, a count of arrays for several."""
    tensors = [node for node in nodes if isinstance(node, Tensor)]
    values = sum(isinstance(node, Value) for node in nodes)
    texts = [f"{values:,}"] if values or not tensors else []
    if len(tensors) == 1:
        texts.append(str(tensors[0].shape))
    elif tensors:
        texts.append(f"{len(tensors)} arrays")
    return " + ".join(texts)


def _symbols(nodes: Collection[Any]) -> tuple[str, ...]:
    ops = dict.fromkeys([node.op for node in nodes])
    symbols = [symbol_of(op) for op in ops if op not in ("leaf", "constant")]
    return (*symbols[:_MOST_SYMBOLS], "…") if len(symbols) > _MOST_SYMBOLS else tuple(symbols)


def clusters_of(nodes: Sequence[NodeView | BoxView]) -> tuple[ClusterView, ...]:
    """The scopes of some nodes and boxes as frames inside frames."""
    members: dict[tuple[str, ...], list[str]] = {}
    for node in nodes:
        path = _as_frames(node.scope)
        for depth in range(1, len(path) + 1):
            members.setdefault(path[:depth], [])
        if path:
            members[path].append(node.id)
    ids = {path: f"c{position}" for position, path in enumerate(members)}
    return tuple(
        ClusterView(ids[path], path[-1], ids.get(path[:-1]), tuple(inside)) for path, inside in members.items()
    )


def _as_frames(scope: tuple[str, ...]) -> tuple[str, ...]:
    if len(scope) <= _DEEPEST_SCOPE:
        return scope
    return (*scope[: _DEEPEST_SCOPE - 1], "/".join(scope[_DEEPEST_SCOPE - 1 :]))
