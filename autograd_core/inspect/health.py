"""Where a gradient dies and where it grows: layers and edges of a recorded graph, judged by what was recorded on them.

Nothing here knows an operation. Whether a node is switched off or saturated is told by its recorded local derivative
beside the range that the table's formula has (:mod:`autograd_core.inspect.flatness`).

Sources: X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS
2010, for the gradient's size layer by layer; R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training
recurrent neural networks", ICML 2013, for the product of local derivatives along a path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from ..errors import InputTypeError
from ..formulas.printing import number_text, to_text
from ..formulas.rules import PRIMITIVES
from ..scalar.value import Value
from .between import ZERO, Edge, require_differentiable
from .health_report import EdgeHealth, GradientHealth, LayerHealth, Trouble
from .survey import EdgeName, EdgeRecords, Survey
from .telling import counted

__all__ = ["gradient_health", "judge_models_by"]

#: From one layer to the next, from the last to the first, and along a path of a graph without layers: a gradient that
#: changes by more than this factor grows or shrinks too much.
_STEP, _WHOLE, _PATH = 10.0, 1e3, 1e6
_MOSTLY = 0.5  # an edge that is flat in at least this part of the examples is saturated


def gradient_health(
    root: Any, X: Any = None, y: Any = None, *, loss: Callable[..., Any] | None = None
) -> GradientHealth:
    """Look for places where the gradient of a root, or of a model on some examples, dies, vanishes or explodes.

    Parameters
    ----------
    root
        A loss, computed from several examples so that a unit can be told from an example: a Value, or a Tensor that
        holds one number. Layers are the scopes around the innermost scopes: a node in ``"layer 1/neuron 2"`` belongs to
        ``"layer 1"``. Where there are scopes, what was recorded outside of them, such as the loss itself, is listed but
        not judged. Of a Tensor an edge stands for all elements of an operation, and each element counts as an example;
        to have units named, compute with Values. Or a model: from one example, a list of d numbers, to one prediction,
        a node. Of an :class:`nn.Sequential` the network of Values with the same parameters is judged.
    X, y, loss
        Beside a model the examples, finite numbers of shape (n, d); their targets, of shape (n,); and the loss, from
        predictions and targets to their mean loss, such as :func:`nn.mean_squared_error`. A few dozen examples
        tell a dead unit from one that is only at rest.

    Returns
    -------
    GradientHealth
        With an edge in trouble where

        - the gradient becomes infinite or NaN (*not finite*);
        - a node is switched off in every example (*dead*): its local derivative is 0, as it is on a whole stretch of
          inputs;
        - a node is in its flat part in at least half of the examples (*saturated*): its local derivative is less than
          1 % of the largest it can have;
        - the median gradient changes more than 10-fold from one layer to the next, or 1000-fold from the last to the
          first (*growing*, *shrinking*); named are the edges with the largest or smallest factors on the heaviest path.
          In a graph without scopes the product along a path is judged instead: more than 10^6, or less than 10^-6.
          Along Tensors no product is that of a path: in its place stands the largest number passed on to its end, and
          a factor is the ratio of the largest numbers behind and before an operation.

    Raises
    ------
    InputTypeError, InputValueError
        If the root is not a node or has no gradient, or the examples of a model are not as described.

    Notes
    -----
    Time is proportional to the size of the graph. No node's gradient is changed.

    Examples
    --------
    >>> from autograd_core import scope
    >>> w = Value(9.0, "w")
    >>> with scope("layer 1/neuron 1"):
    ...     outputs = [(w * x).tanh() for x in (1.0, -2.0, 0.1, 3.0)]
    >>> health = gradient_health(sum(outputs) / 4)
    >>> bool(health), [(trouble.kind, trouble.edge.name, trouble.edge.saturated) for trouble in health.worst]
    (False, [('saturated', 'layer 1/neuron 1: mul → tanh', 0.75)])
    >>> print(health.worst[0].evidence)
    tanh is flat in 3 of 4 examples: its local derivative is typically 3.05e-08, where it can be 1.
    """
    if not (X is None and y is None and loss is None):
        return _of_model(root, X, y, loss)
    if callable(root):
        raise InputTypeError(
            f"gradient_health: {root!r} is a model, not a node; write gradient_health(model, X, y, loss=...), with "
            "examples, their targets and a loss"
        )
    require_differentiable(root, "gradient_health")
    survey = Survey(root)
    edges = {name: _edge_health(records) for name, records in survey.edges.items()}
    layers = tuple(_layer_health(survey, name) for name in survey.layers)
    troubles = (
        *_not_finite(survey, edges),
        *_growing(survey, edges),
        *_flat(survey, edges),
        *_shrinking(survey, edges),
    )
    return GradientHealth(layers, tuple(edges.values()), troubles)


def _of_model(model: Any, X: Any, y: Any, loss: Any) -> GradientHealth:
    raise InputTypeError("gradient_health: models are judged by the package nn; write import nn first")


def judge_models_by(function: Callable[..., GradientHealth]) -> None:
    """Let a package above this one judge models on examples."""
    global _of_model  # noqa: PLW0603 (set once, when nn is imported)
    _of_model = function


def _edge_health(records: EdgeRecords) -> EdgeHealth:
    op, count = records.edge.child.op, len(records.local)
    return EdgeHealth(
        name=records.name,
        layer=records.layer,
        op=op,
        symbol=PRIMITIVES[op].symbol if op in PRIMITIVES else op,
        count=count,
        dead=records.dead / count,
        saturated=records.saturated / count,
        local_derivative=median(records.local),
        smallest=records.smallest,
        largest=records.largest,
    )


def _layer_health(survey: Survey, name: str) -> LayerHealth:
    layer = survey.layers[name]
    count = max(layer.activations, 1)
    heaviest = ZERO if layer.heaviest is None else survey.weights[layer.heaviest]
    return LayerHealth(
        name=name,
        activations=layer.activations,
        dead=layer.dead / count,
        saturated=layer.saturated / count,
        gradient=layer.gradient,
        growth=survey.growth(name, layer.following),
        heaviest_path=float(heaviest),
    )


# --- troubles -------------------------------------------------------------------------------------------------------

_Edges = dict[EdgeName, EdgeHealth]


def _not_finite(survey: Survey, edges: _Edges) -> Iterator[Trouble]:
    for name, records in survey.edges.items():
        if records.origin:
            op = records.edge.child.op
            rule = PRIMITIVES.get(op)
            what = "what is passed on is not: " + (
                f"{op} works on whole arrays"
                if rule is None
                else f"{op} has the local derivative {to_text(rule.partials[records.edge.position])}"
            )
            yield Trouble(
                "not finite",
                edges[name],
                f"What came from above was finite, {what}.",
                "find the argument that is infinite or NaN."
                if rule is None or rule.domain is None
                else f"keep the arguments of {rule.name} where {to_text(rule.domain)}.",
            )


def _flat(survey: Survey, edges: _Edges) -> Iterator[Trouble]:
    """Dead edges, then saturated ones. Layers that are dead altogether come first, then edges where most is lost."""
    judged = [(name, records) for name, records in survey.edges.items() if records.layer in survey.judged]
    gone = {name for name, layer in survey.layers.items() if layer.dead == layer.activations > 0}
    judged.sort(key=lambda each: (each[1].layer not in gone, 0.0 if each[1].layer in gone else -each[1].lost))
    for name, records in judged:
        # What is 0 everywhere, as a comparison's derivative is, loses something only if something came from above.
        if records.dead == len(records.local) and (records.lost or records.largest_possible):
            yield Trouble(
                "dead",
                edges[name],
                f"{_called(edges[name])} is switched off in {_all(records)}: its local derivative is exactly 0.",
                "an activation with a slope on both sides, such as leaky_relu, so that it can come back.",
            )
    for name, records in judged:
        count, flat = len(records.local), records.dead + records.saturated
        if records.dead < count and flat >= _MOSTLY * count and records.saturated > records.dead:
            typical = number_text(edges[name].local_derivative, 3)
            first = records.layer == next(iter(survey.layers))
            yield Trouble(
                "saturated",
                edges[name],
                f"{_called(edges[name])} is flat in {flat} of {_examples(records)}: its local derivative is typically "
                f"{typical}, where it can be {number_text(records.largest_possible, 3)}.",
                "standardise the inputs, to mean 0 and variance 1." if first else f"{_SMALLER_WEIGHTS}.",
            )


_SMALLER_WEIGHTS = "smaller initial weights, such as those of Glorot or He"


def _growing(survey: Survey, edges: _Edges) -> Iterator[Trouble]:
    for path, factor, where in survey.changes(_STEP, _WHOLE, _PATH):
        yield from _on_path(
            "growing", f"The gradient grows {number_text(factor, 3)} times {where}", path, survey, edges
        )


def _shrinking(survey: Survey, edges: _Edges) -> Iterator[Trouble]:
    for path, factor, where in survey.changes(1.0 / _STEP, 1.0 / _WHOLE, 1.0 / _PATH):
        evidence = f"The gradient shrinks to {number_text(factor, 3)} of its size {where}"
        yield from _on_path("shrinking", evidence, path, survey, edges)


_CHANGES = {
    "growing": f"{_SMALLER_WEIGHTS}; or limit the gradient before each step.",
    "shrinking": "initial weights as large as those of Glorot or He, or an activation whose slope comes closer to 1.",
}


def _on_path(kind: str, evidence: str, path: list[Edge], survey: Survey, edges: _Edges) -> Iterator[Trouble]:
    """The edges of a path that do most of it: up to three names."""
    sign = -1.0 if kind == "growing" else 1.0
    chosen: dict[EdgeName, Edge] = {}
    for edge in sorted(path, key=lambda each: sign * abs(each.local_derivative)):
        if (abs(edge.local_derivative) > 1.0) == (kind == "growing") and abs(edge.local_derivative) != 1.0:
            chosen.setdefault(survey.name_of(edge), edge)
    for name, edge in list(chosen.items())[:3]:
        factor = number_text(abs(edge.local_derivative), 3)
        yield Trouble(
            kind, edges[name], f"{evidence}; on the heaviest path, this is a factor of {factor}.", _CHANGES[kind]
        )


def _called(edge: EdgeHealth) -> str:
    return edge.op if edge.symbol == edge.op else f"{edge.op} ({edge.symbol})"


def _examples(records: EdgeRecords) -> str:
    return counted(len(records.local), "example" if isinstance(records.edge.child, Value) else "element")


def _all(records: EdgeRecords) -> str:
    examples = _examples(records)
    return f"all {examples}" if len(records.local) > 1 else examples.replace("1", "the only")
