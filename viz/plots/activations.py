"""Activation functions and their derivatives, with the formulas of the table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import PRIMITIVES, InputValueError, Primitive, Tensor
from autograd_core.array.elementwise import function
from autograd_core.array.functions import apply_to_tensors
from autograd_core.errors import shortened
from autograd_core.formulas.formula import Apply, Expression, Number, Variable, evaluate, substitute
from autograd_core.formulas.primitives import compute, latex
from nn.layers.names import LINEAR, activation_from

from .matplotlib_text import mathtext
from .plot import Plot, new_figure, width_of_title
from .style import BLUE, VERMILION

__all__ = ["plot_activations"]

Array = NDArray[np.float64]
_NAMES = ("step", "sigmoid", "tanh", "arctan", "relu", "leaky_relu", "elu", "softplus")
_FAR = 1e4  # where the derivative of a function that saturates has died away
_LIMITS = (-4.0, 4.0)
_NARROWEST = 1.9  # inches of a panel; one whose formula is longer is wider
_WIDEST = 5.0  # and one whose formula is longer still is drawn without it
_HIGHEST = 10.0  # what is higher is left out, unless much of the function is
#: Of a second argument that is learned the number it begins with.
_LEARNED = {"prelu": 0.25}


@dataclass(frozen=True, eq=False)
class _Activation:
    """An activation function on a row of points; at a jump there is a gap.

    Attributes
    ----------
    rule
        Its line in the table.
    x, values, derivatives
        Points, and the function and its derivative there.
    kinks
        Points without a derivative, with the value the table uses there.
    """

    rule: Primitive
    x: Array
    values: Array
    derivatives: Array
    kinks: tuple[tuple[float, float], ...]

    @property
    def saturates(self) -> bool:
        """Whether the derivative dies away on both sides."""
        return bool(np.abs(_slopes(self.rule, np.array([-_FAR, _FAR]))).max() < 1.0 / _FAR)


def plot_activations(names: Sequence[str] = _NAMES, *, title: str | None = None) -> Plot:
    """Draw activation functions and their derivatives: in the upper row those that saturate, in the lower the others.

    A function saturates if its derivative dies away on both sides, so that a neuron far out learns no more. The
    derivative is computed by the engine, and its formula is that of the table; where there is none (a kink), a dot
    marks the value that the table uses.

    Parameters
    ----------
    names
        Primitives of one argument by their names in the table, yours included, and ``"prelu"`` with its first slope.
    title
        What stands above.

    Returns
    -------
    Plot

    Raises
    ------
    InputValueError
        If there is no such activation function, or none at all is named.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.

    Examples
    --------
    >>> plot_activations(["tanh", "relu"])
    <Plot: activation functions; saturating: tanh; not saturating: relu>
    """
    if not isinstance(names, list | tuple) or not names:
        raise InputValueError(f"plot_activations: names={shortened(names)}; give a list such as ['tanh', 'relu']")
    sampled = [_sample(_rule(name)) for name in names]
    rows = {
        "saturating": [each for each in sampled if each.saturates],
        "not saturating": [each for each in sampled if not each.saturates],
    }
    rows = {kind: row for kind, row in rows.items() if row}
    columns = max(map(len, rows.values()))
    with new_figure(1.0, 2.1 * len(rows) + 0.7) as figure:
        widths = [max(_width_of(row[at]) for row in rows.values() if at < len(row)) for at in range(columns)]
        figure.set_figwidth(max(sum(widths), 3.6))
        panels = figure.add_gridspec(len(rows), columns, width_ratios=widths)
        for height, (kind, row) in enumerate(rows.items()):
            for position, each in enumerate(row):
                axes = figure.add_subplot(panels[height, position])
                _draw(axes, each)
                if position == 0:
                    axes.set_ylabel(kind, fontsize=10.0)
        handles = [line for line in figure.axes[0].lines if line.get_label() in ("_function", "_derivative")]
        figure.legend(handles, ["output s", "derivative ds/dz"], loc="outside lower center", ncols=2)
        if title is not None:
            figure.suptitle(title)
    told = "; ".join(f"{kind}: {', '.join(each.rule.name for each in row)}" for kind, row in rows.items())
    return Plot(figure, f"activation functions; {told}")


def _rule(name: str) -> Primitive:
    """The line of the table; no activation is the identity."""
    if isinstance(name, str) and name in _LEARNED:
        return replace(PRIMITIVES[name], parameter=_LEARNED[name])
    known = activation_from(name, nonlin=True)
    return PRIMITIVES["pos" if known == LINEAR else known]


def _sample(rule: Primitive) -> _Activation:
    """Evaluate a primitive of one argument and its derivative, and find its kinks."""
    x = np.linspace(*_LIMITS, 401)
    at_kink = [point for point in x.tolist() if _has_kink(rule, point)]
    # Close to a kink on both sides, so that lines end at it; at it, a gap where there is a jump.
    beside = np.nextafter(np.repeat(at_kink, 2), np.tile([-np.inf, np.inf], len(at_kink)))
    x = np.unique(np.concatenate([x, beside]))
    values, derivatives = _values(rule, x), _slopes(rule, x)
    kinks = tuple((point, float(derivatives[x == point][0])) for point in at_kink)
    derivatives[~np.isfinite(values)] = math.nan  # outside of the domain
    sizes = np.abs(np.concatenate([values, derivatives]))
    highest = max(_HIGHEST, 2.0 * float(np.percentile(sizes[np.isfinite(sizes)], 80.0)))
    for row in (values, derivatives):
        row[~(np.abs(row) <= highest)] = math.nan  # beside a pole
    for point in at_kink:
        at = int(np.flatnonzero(x == point)[0])
        for row in (values, derivatives):
            if abs(row[at + 1] - row[at - 1]) > 1e-6:
                row[at] = math.nan
    return _Activation(rule, x, values, derivatives, kinks)


def _values(rule: Primitive, x: Any) -> Any:
    """The function at each point."""
    return function(rule.name)(*rule.complete((x,)))


def _slopes(rule: Primitive, x: Array) -> Array:
    """The derivative at each point, by the engine."""
    points = Tensor(x)
    apply_to_tensors(rule, points).sum().backward()
    return np.array(points.grad)


def _has_kink(rule: Primitive, x: float) -> bool:
    if rule.kink is None:
        return False
    bindings = {**dict(zip(rule.arguments, rule.complete((x,)), strict=True)), "z": _values(rule, x)}
    return evaluate(rule.kink, bindings, compute) != 0.0


def _draw(axes: Any, each: _Activation) -> None:
    axes.axhline(0.0, color="0.8", linewidth=0.7, label="_zero")
    axes.axvline(0.0, color="0.8", linewidth=0.7, label="_zero")
    lines = axes.plot(each.x, each.values, color=BLUE, label="_function")
    lines += axes.plot(each.x, each.derivatives, color=VERMILION, linestyle=(0, (4, 1.5)), label="_derivative")
    if each.kinks:
        points, slopes = zip(*each.kinks, strict=True)
        axes.plot(points, slopes, color=VERMILION, linestyle="", marker="o", markersize=4.5, label="_kinks")
    axes.set_xlim(*_LIMITS)
    axes.set_xticks([-4, 0, 4])
    top = float(np.nanmax([each.values, each.derivatives]))
    bottom = float(np.nanmin([each.values, each.derivatives]))
    margin = 0.07 * (top - bottom)
    axes.set_ylim(bottom - margin, top + margin)
    axes.set_title("\n".join((_named(each.rule), *_derivative(each.rule))))


# The argument x of the table is the linear combination z of a neuron, and the result z its activated output s.
_TEXTBOOK = {"x": Variable("z"), "z": Variable("s")}


def _named(rule: Primitive) -> str:
    parameter = () if rule.parameter is None else (Number(rule.parameter),)
    return mathtext(f"s = {latex(Apply(rule.name, (_TEXTBOOK['x'], *parameter)))}")


def _derivative(rule: Primitive) -> tuple[str, ...]:
    """The formula of the derivative in the table, with the number of the parameter in it; none that is too long."""
    given = () if rule.parameter is None else ((rule.arguments[-1], rule.parameter),)
    formula = substitute(_where_it_holds(rule.partial_given(0, given)), _TEXTBOOK)
    text = mathtext(rf"\frac{{ds}}{{dz}} = {latex(formula, 4)}")
    return (text,) if width_of_title(text) <= _WIDEST else ()


def _width_of(each: _Activation) -> float:
    """Of its panel in inches: that of its formula, or the narrowest."""
    return max([_NARROWEST, *(width_of_title(text) + 0.5 for text in _derivative(each.rule))])


def _where_it_holds(formula: Expression, negative: bool = False) -> Expression:
    """The formula without what keeps a branch finite where the other one is taken: min(x, 0) is x unless x > 0."""
    if not isinstance(formula, Apply):
        return formula
    x = Variable("x")
    if negative and formula == Apply("minimum", (x, Number(0.0))):
        return x
    if formula.function == "where" and formula.arguments[0] == Apply("greater", (x, Number(0.0))):
        condition, yes, no = formula.arguments
        return Apply("where", (condition, yes, _where_it_holds(no, negative=True)))
    return Apply(formula.function, tuple(_where_it_holds(each, negative) for each in formula.arguments))
