"""Derivatives of graphs of derivatives at a kink: what the graph is along rays that leave the point, to either side.

At a kink the table uses a value between the one-sided ones, and the mean of a product is not the product of means: the
chain rule makes 0 of the second derivative of ``abs(x)**2`` at 0, which is 2. Along a ray t -> x + t d, t > 0, each
such primitive is one smooth function, or a quotient that has a limit. So the gradient is expanded there, and along -d,
in Laurent series (:mod:`autograd_core.kinks.laurent`). If both begin with the same number and go on with the same
slope, that slope is the derivative along d. If not there is none, and what the chain rule makes of the table's values
stays.

Sources: S. M. Kakade and J. D. Lee, "Provably correct automatic subdifferentiation for qualified programs", NeurIPS
(2018); A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM (2008), chapter 14.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..array.operations import rule_of
from ..array.tensor import OF_VALUES, Tensor, describe
from ..errors import KinkWarning
from ..scalar.messages import warn_at_users_line
from ..scalar.value import Value
from .expansions import apply_to_series
from .laurent import TERMS, Series, chosen
from .points import between
from .series import moved, operation_on_series

__all__ = ["agree", "derivative_along"]

#: Numbers of the two sides that differ by this part of their size agree.
_ROUNDING = 1e-9


def derivative_along(root: Any, speeds: Mapping[Any, Array], *, warn: bool = True) -> tuple[Array, Array] | None:
    """The derivatives of a root when some nodes move along straight lines.

    Parameters
    ----------
    root
        A node of a graph of derivatives.
    speeds
        For each node that moves an array of its shape and a last axis that counts directions.
    warn
        Whether the caller should hear that nobody knows a series for an operation.

    Returns
    -------
    derivatives, exists : ndarray, of the root's shape and the axis of directions
        Where both sides agree, `exists` is true. None where nobody knows a series for an operation.

    Examples
    --------
    >>> x = Value(0.0)
    >>> derivatives, exists = derivative_along(abs(x) * x.sign(), {x: np.array([3.0])})
    >>> derivatives.tolist(), exists.tolist()
    ([3.0], [True])
    """
    try:
        with np.errstate(all="ignore"):
            found, exists = _from_both_sides(root, speeds, 0.0)
            if not all(speed.all() for speed in speeds.values()):
                # What stands still may stand at a kink all along the ray, where the table's values are no derivatives.
                beside = [_from_both_sides(root, speeds, sign) for sign in (1.0, -1.0)]
                known = beside[0][1] & beside[1][1] & agree(beside[0][0], beside[1][0])
                found, exists = np.where(known, beside[0][0], found), known | exists
            return found, exists
    except _NoSeriesError as error:
        if warn:
            warn_at_users_line(
                f"a derivative of derivatives at a kink goes through {error}, which has no series; it is what the "
                "chain rule makes of the values that the table uses there",
                KinkWarning,
            )
        return None


def _from_both_sides(root: Any, speeds: Mapping[Any, Array], bend: float) -> tuple[Array, Array]:
    """The slope at the beginning of rays, and whether it is that of the opposite ones; rays may bend, as t³ does."""
    generator = np.random.default_rng(0)
    both = {}
    for node, speed in speeds.items():
        rays = Series.of_rays(np.asarray(node.data)[..., None], np.concatenate([speed, -speed], -1))
        if bend:
            aside = bend * generator.standard_normal((*np.shape(node.data), 1))
            rays = rays + Series.of_rays(np.zeros(1), aside).times_power(2)
        both[node] = rays
    coefficients, known = _series_of(root, both).taylor()
    half = next(iter(speeds.values())).shape[-1]
    coefficients = np.broadcast_to(coefficients, (*np.shape(root.data), 2 * half, TERMS))
    known = np.broadcast_to(known, (*np.shape(root.data), 2 * half))
    here, there = coefficients[..., :half, :], coefficients[..., half:, :]
    slope, other = here[..., 1], -there[..., 1]
    exists = (known[..., :half] > 1) & (known[..., half:] > 1)
    exists &= agree(here[..., 0], there[..., 0]) & agree(slope, other)
    return np.where(slope == other, slope, 0.5 * (slope + other)), exists


def agree(one: Any, other: Any) -> Array:
    """Whether numbers are the same but for rounding."""
    found: Array = np.isfinite(one) & np.isfinite(other) & (abs(one - other) <= _ROUNDING * (abs(one) + abs(other)))
    return found


# --- series of a graph ------------------------------------------------------------------------------------------------


class _NoSeriesError(Exception):
    """An operation whose series nobody knows; it names the node."""


def _series_of(root: Any, moving: Mapping[Any, Series]) -> Series:
    """A root where some nodes move along rays, which the last axis of their series counts."""
    series = dict(moving)
    for node in between([root], set(moving)):
        operands = [
            series[each] if each in series else Series.of_numbers(np.asarray(each.data)[..., None])
            for each in node.parents
        ]
        series[node] = _as_recorded(_computed(node, operands), node, operands)
    return series[root] if root in series else Series.of_numbers(np.asarray(root.data)[..., None])


def _computed(node: Any, operands: list[Series]) -> Series:
    if isinstance(node, Value) or rule_of(node._operation) is not None:
        return apply_to_series(node.op, operands)
    if node._operation is OF_VALUES:
        return moved(lambda *each: np.array(each).reshape(node.shape), operands)
    found = operation_on_series(node._operation, operands, node._options)
    if found is None:
        raise _NoSeriesError(describe(node))
    return found


def _as_recorded(series: Series, node: Any, operands: Sequence[Series]) -> Series:
    """With the very number that was recorded at t = 0 where it differs by rounding only, for it decides at a kink."""
    data = np.asarray(node.data)[..., None]
    coefficients, known = series.taylor()
    wrong = (known > 0) & (coefficients[..., 0] != data)
    if not wrong.any():
        return series
    sums = isinstance(node, Tensor) or node.op in ("add", "sub")
    parts = [abs(each.taylor()[0][..., 0]).max(initial=0.0) for each in operands] if sums else [0.0]
    precision = float(np.finfo(data.dtype).eps)
    rounding = 64.0 * precision * (abs(coefficients[..., 0]) + abs(data) + np.max(parts))
    rounded = wrong & (abs(coefficients[..., 0] - data) <= rounding)
    exact = np.zeros((*np.broadcast_shapes(data.shape, coefficients.shape[:-1]), TERMS)) + coefficients
    exact[..., 0] = data
    return chosen(rounded, Series(0, exact, known), series)
