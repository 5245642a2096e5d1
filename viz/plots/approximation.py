"""How close simple functions come to a given one: Taylor polynomials, and networks with the largest error marked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputTypeError, InputValueError, grad
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import number_from

from .height_map import evaluate_many
from .matplotlib_text import number_text
from .models import outputs_of
from .plot import Plot, new_figure
from .style import BLACK, GREY, VERMILION, colour_of, columns_of_legend

__all__ = ["plot_approximation", "plot_taylor"]

Array = NDArray[np.float64]
_FINE = 501
_HIGHEST_ORDER = 12
_MOST_PANELS = 6
_WIDEST = 2.0 * math.pi
_MOST_VARIATION = 6.0


def plot_taylor(
    f: Callable[[Any], Any],
    at: float = 0.0,
    *,
    orders: Sequence[int] = (1, 3, 5, 7),
    limits: tuple[float, float] | None = None,
    title: str | None = None,
) -> Plot:
    """Draw a function and its Taylor polynomials around a point.

    The coefficients are f⁽ᵏ⁾(at) / k!, where the engine differentiates its own derivative again and again.

    Parameters
    ----------
    f
        A function of one number.
    at
        The point around which it is developed.
    orders
        The degrees of the polynomials, each from 0 to 12.
    limits
        The ends of the horizontal axis. By default 2π on both sides of the point, and less where the function grows
        so much that nothing else would be seen, or is not defined.
    title
        What stands above.

    Returns
    -------
    Plot

    Raises
    ------
    InputTypeError, InputValueError
        If `f` is not a function of one number, a derivative at the point is not finite, or an argument is not as
        described.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.

    Notes
    -----
    B. Taylor, *Methodus incrementorum directa et inversa* (1715), proposition 7.

    Examples
    --------
    >>> from autograd_core import sin
    >>> plot_taylor(sin, orders=[1, 3])
    <Plot: Taylor polynomials of degree 1, 3 around 0>
    """
    who = "plot_taylor"
    if not isinstance(orders, list | tuple) or not orders:
        raise InputValueError(f"{who}: orders={orders!r}; give a list of degrees such as [1, 3, 5]")
    for order in orders:
        if not isinstance(order, int) or isinstance(order, bool) or not 0 <= order <= _HIGHEST_ORDER:
            raise InputValueError(f"{who}: a degree is {order!r}; write integers from 0 to {_HIGHEST_ORDER}")
    point = number_from(at, f"{who}: at")
    x = _axis(_seen_around(f, point, who) if limits is None else limits, who)
    y = _values(f, x, who)
    coefficients = taylor_coefficients(f, point, max(orders))
    if not np.isfinite(coefficients).all():
        bad = int(np.flatnonzero(~np.isfinite(coefficients))[0])
        raise InputValueError(f"{who}: the derivative of order {bad} at {point:g} is not finite; choose another point")
    with new_figure(6.4, 4.0) as figure:
        axes = figure.add_subplot()
        axes.plot(x, y, color=BLACK, linewidth=2.6, label="the function")
        for position, order in enumerate(orders):
            axes.plot(
                x,
                np.polynomial.polynomial.polyval(x - point, coefficients[: order + 1]),
                color=colour_of(position),
                linestyle=("-", (0, (5, 1.5)), (0, (3, 1, 1, 1)), (0, (1, 1)))[position % 4],
                label=f"degree {order}",
            )
        axes.plot([point], coefficients[:1], linestyle="", marker="o", markersize=6, color=BLACK, label="_point")
        low, high = float(np.nanmin(y)), float(np.nanmax(y))
        margin = 0.35 * (high - low) or 1.0
        axes.set_xlim(x[0], x[-1])
        axes.set_ylim(low - margin, high + margin)
        axes.set_xlabel("x")
        axes.grid(which="major")
        axes.set_title(title or f"Taylor polynomials around x = {point:g}")
        figure.legend(loc="outside lower center", ncols=columns_of_legend(len(orders) + 1))
    return Plot(figure, f"Taylor polynomials of degree {', '.join(map(str, orders))} around {point:g}")


def _seen_around(f: Callable[[Any], Any], point: float, who: str) -> tuple[float, float]:
    """How far a picture reaches by itself: the function varies a few times as much as close to the point."""
    x = _axis((point - _WIDEST, point + _WIDEST), who)
    y = _values(f, x, who)
    far = np.abs(x - point)
    near = 1.0
    while near > 1e-3 and not np.isfinite(y[far <= near]).all():
        near /= 2.0
    finite = np.isfinite(y)
    variation = float(np.ptp(y[finite & (far <= near)])) if (finite & (far <= near)).any() else 0.0
    if not variation:
        return point - _WIDEST, point + _WIDEST
    reach = near
    for each in np.unique(far):
        within = y[far <= each]
        if each > near and not (np.isfinite(within).all() and np.ptp(within) <= _MOST_VARIATION * variation):
            break
        reach = max(reach, float(each))
    return point - reach, point + reach


def taylor_coefficients(f: Callable[[Any], Any], at: float, order: int) -> Array:
    """f⁽ᵏ⁾(at) / k! for k from 0 to an order.

    >>> from autograd_core import exp
    >>> taylor_coefficients(exp, 0.0, 3).tolist() == [1.0, 1.0, 1 / 2, 1 / 6]
    True
    """
    coefficients = [float(evaluate_many(f, np.array([at]))[0])]
    derivative = f
    for k in range(1, order + 1):
        derivative = grad(derivative)
        coefficients.append(float(derivative(at)) / math.factorial(k))
    return np.array(coefficients)


def plot_approximation(
    f: Callable[[Any], Any],
    models: Mapping[str, Callable[[Any], Any]],
    *,
    limits: tuple[float, float],
    title: str | None = None,
) -> Plot:
    """Draw a function beside models that approach it, each with its error in the sup norm.

    The sup norm of the error, the largest ``|f(x) - model(x)|`` on the interval, is where the universal approximation
    theorem says that one hidden layer suffices: with enough neurons it becomes as small as one likes. It is taken over
    501 equally spaced points and marked by a vertical bar.

    Parameters
    ----------
    f
        A function of one number.
    models
        One to six models with a name each, from one example ``[x]`` to one number, such as an :class:`nn.MLP`.
    limits
        The ends of the interval.
    title
        What stands above.

    Returns
    -------
    Plot

    Raises
    ------
    InputTypeError, InputValueError
        If `f` is not a function of one number, a model gives something else than one number, or an argument is not as
        described.
    RenderError
        If matplotlib (the extra ``plots``) is not installed.

    Notes
    -----
    G. Cybenko, "Approximation by superpositions of a sigmoidal function", Mathematics of Control, Signals and Systems
    2 (1989); K. Hornik, M. Stinchcombe and H. White, "Multilayer feedforward networks are universal approximators",
    Neural Networks 2 (1989).

    Examples
    --------
    >>> from autograd_core import sin
    >>> plot_approximation(sin, {"a line": lambda x: x[0]}, limits=(-1.0, 1.0))
    <Plot: approximation: a line (sup-norm error 0.1585)>
    """
    who = "plot_approximation"
    if not isinstance(models, Mapping):
        raise InputTypeError(f"{who}: {shortened(models)} is not a dictionary; write {{'8 neurons': model}}")
    if not 1 <= len(models) <= _MOST_PANELS:
        raise InputValueError(f"{who}: {len(models)} models; give one to {_MOST_PANELS}")
    x = _axis(limits, who)
    y = _values(f, x, who)
    if not np.isfinite(y).all():
        raise InputValueError(f"{who}: the function is not finite everywhere on {limits}; choose other limits")
    found = {}
    for name, model in models.items():
        outputs = outputs_of(model, x[:, None], f"{who} ({name})")
        if outputs.shape[1] != 1:
            raise InputValueError(f"{who}: {name!r} gives {outputs.shape[1]} numbers for an x; one is needed")
        found[name] = outputs[:, 0]
    columns = 2 if len(found) == 4 else min(len(found), 3)
    rows = math.ceil(len(found) / columns)
    errors = {name: float(np.abs(each - y).max()) for name, each in found.items()}
    low = min(float(y.min()), *(float(each.min()) for each in found.values()))
    high = max(float(y.max()), *(float(each.max()) for each in found.values()))
    margin = 0.08 * (high - low) or 1.0
    with new_figure(max(2.45 * columns, 4.0), 2.2 * rows + 0.7) as figure:
        for position, (name, each) in enumerate(found.items(), start=1):
            axes = figure.add_subplot(rows, columns, position)
            axes.plot(x, y, color=GREY, linewidth=3.0, label="f")
            axes.plot(x, each, color=VERMILION, label="model")
            worst = int(np.abs(each - y).argmax())
            axes.plot([x[worst]] * 2, [y[worst], each[worst]], color=BLACK, linewidth=2.0, label="largest error")
            axes.set_ylim(low - margin, high + margin)
            axes.set_title(f"{name}\nlargest error {number_text(errors[name])}")
            if position > len(found) - columns:
                axes.set_xlabel("x")
        figure.legend(
            figure.axes[0].lines,
            ["function f", "model", "where the error is largest (sup norm)"],
            loc="outside lower center",
            ncols=3,
        )
        if title is not None:
            figure.suptitle(title)
    told = ", ".join(f"{name} (sup-norm error {error:.4g})" for name, error in errors.items())
    return Plot(figure, f"approximation: {told}")


def _axis(limits: Any, who: str) -> Array:
    """Points along an axis, if its ends are two finite numbers."""
    advice = f"{who}: limits={limits!r}; write the two ends of an interval such as (-3, 3)"
    try:
        low, high = limits
    except (TypeError, ValueError):
        raise InputValueError(advice) from None
    ends = number_from(low, f"{who}: limits"), number_from(high, f"{who}: limits")
    if not all(map(math.isfinite, ends)) or ends[0] >= ends[1]:
        raise InputValueError(advice)
    return np.linspace(*ends, _FINE)


def _values(f: Callable[[Any], Any], x: Array, who: str) -> Array:
    if not callable(f):
        raise InputTypeError(
            f"{who}: {shortened(f)} is not a function; give one of one number, such as autograd_core.sin"
        )
    y = evaluate_many(f, x)
    if y.shape != x.shape:
        raise InputTypeError(f"{who}: the function gives {y.shape[1:]} for one x; one number is needed")
    if not np.isfinite(y).any():
        raise InputValueError(f"{who}: the function is finite nowhere between {x[0]:g} and {x[-1]:g}")
    return np.where(np.isfinite(y), y, math.nan)
