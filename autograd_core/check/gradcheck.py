"""The gradient check: reverse mode against an independent witness, with a verdict a person can use for each input.

The numeric derivative comes with an uncertainty, and the verdict compares with that and with the rounding of reverse
mode, so that a check neither passes what it could not have failed nor raises a false alarm at a kink.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..array.tensor import Tensor
from ..errors import InputTypeError, InputValueError, shortened
from ..numerical.elements import Direction, Leaf, put_back
from ..numerical.leaf_gradients import number_of
from ..scalar.blocks import unchecked
from ..scalar.conversion import is_one_of
from ..scalar.value import Value
from .inputs import read_inputs
from .plain_functions import GivenGradient, PlainFunction
from .probes import CheckedFunction, Probe, probes_by_direction, probes_by_input, random_direction
from .report import GradientReport, GradientRow
from .verdicts import METHODS, judge

__all__ = ["assert_gradients", "check_gradients"]

#: More inputs are not checked one by one.
_MOST_INPUTS = 10_000


def check_gradients(
    f: Callable[..., Any],
    *inputs: Any,
    order: int = 1,
    method: str = "auto",
    directions: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    analytic: Any = None,
) -> GradientReport:
    """Compare the gradient of `f` by reverse mode with a numeric one that knows its own uncertainty.

    Parameters
    ----------
    f
        A function that returns one Value, or a Tensor of one number. It may also use leaves it was not given.
    *inputs
        Where to check: numbers, leaves (Values and Tensors), arrays, and lists, tuples, dictionaries and dataclasses of
        these; `f` gets them with a leaf Value in place of each number. Or objects with ``parameters()``, such as a
        network, which `f` gets as they are. Each element of a Tensor is an input. Data of leaves is changed during the
        check and always put back.
    order
        2 checks the derivative of the gradient too: each second derivative, or, where there are more than 100, the
        derivative of the gradient's component along one random direction by each input.
    method
        ``"central"``, ``"five-point"`` and ``"richardson"`` are finite differences with their best step; see
        :func:`autograd_core.numerical.finite_differences.estimate_derivative`. ``"complex-step"`` evaluates the
        recorded graph on complex numbers: without cancellation, but blind to what `f` does outside of the graph.
        ``"auto"`` extrapolates finite differences, with few calls of `f` where that is clearly enough and more where it
        is not; where they cannot judge, the complex step does, if `f` has the values of its graph around the point.
    directions
        Check along that many random directions, instead of input by input: for models with many parameters.
    sample
        Check that many inputs, chosen at random, instead of all. More than 10,000 are not checked one by one.
    seed
        Of everything that is random.
    analytic
        A gradient by hand, which is checked instead of that by reverse mode: a function of the same inputs, or its
        result at the point. `f` then computes with plain numbers and NumPy arrays (in double precision), and returns
        one number; the gradient is a number for a number and an array of the same shape for an array, and a tuple of
        these where there are several inputs.

    Returns
    -------
    GradientReport
        True if every row is ok. A row that is wrong names the nodes whose local derivatives or vjps are.

    Raises
    ------
    InputTypeError, InputValueError
        If there is no input or there are too many, an input is neither a number nor a leaf, `f` does not return a
        scalar, or an option is impossible.

    Notes
    -----
    Finite differences of `f` see everything that `f` does, within their uncertainty. The complex step is exact, but
    sees the recorded graph only: neither what was computed outside of it nor a branch of Python. So `f` itself is
    always called too, and the complex step is heard only if `f` has the values of its graph around the point.

    What was recorded in single precision is compared with finite differences of its graph in double precision, if `f`
    has the values of that graph, but for rounding, around the point. A part of `f` outside of its graph is seen there
    if it is a hundredth of the derivative.

    Rounding of Values is bounded, that of Tensors is estimated by Monte Carlo arithmetic
    (:mod:`autograd_core.numerical.rounding_samples`). Inside of ``detect_anomaly`` only what `f` computes at the point
    itself is looked at, not what it computes beside it.

    Beside the verdict a row has the rate of the Taylor remainder ``|f(x + h) - f(x) - h·g|``, at the smallest steps at
    which round-off spares it: 2 if the gradient g is right, 1 if it is wrong. It needs neither a step nor a tolerance.

    Every row that is ok could have failed: the derivative was known to one part in 10,000, or, where it is 0, to that
    part of the contributions that cancel in it, or of `f`. What each verdict means stands in
    ``autograd_core.check.report.VERDICTS``.

    Examples
    --------
    >>> from autograd_core import tanh
    >>> report = check_gradients(lambda w, x: tanh(w * x), 0.5, -1.5)
    >>> bool(report), [row.verdict for row in report]
    (True, ['ok', 'ok'])
    >>> [row.verdict for row in check_gradients(abs, 0.0)]
    ['kink']
    >>> report = check_gradients(lambda w: w[0] * w[1] ** 2, [2.0, 3.0], order=2)
    >>> [(row.name, row.analytic) for row in report][2:]
    [('∂²/∂w[0]²', 0.0), ('∂²/∂w[0]∂w[1]', 6.0), ('∂²/∂w[1]∂w[0]', 6.0), ('∂²/∂w[1]²', 4.0)]
    >>> report = check_gradients(lambda W: tanh(W @ [1.0, -2.0]).sum(), Tensor([[0.5, 0.25], [1.0, -1.0]]))
    >>> [(row.name, row.verdict) for row in report][:2]
    [('W[0, 0]', 'ok'), ('W[0, 1]', 'ok')]

    A function and a gradient by hand, without nodes; the second gradient is wrong by a thousandth:

    >>> import numpy as np
    >>> f, g, x = lambda x: np.sum(np.exp(x)), np.exp, np.array([0.5, 1.0])
    >>> [(row.verdict, round(row.rate, 1)) for row in check_gradients(f, x, analytic=g)]
    [('ok', 2.0), ('ok', 2.0)]
    >>> [(row.verdict, round(row.rate, 1)) for row in check_gradients(f, x, analytic=lambda x: 1.001 * g(x))]
    [('wrong', 1.0), ('wrong', 1.0)]
    """
    if not callable(f):
        raise InputTypeError(f"check_gradients: {f!r} is not a function; write check_gradients(f, *inputs)")
    _refuse_impossible_options(order, method, directions, sample, seed)
    if analytic is not None:
        return _check_by_hand(f, inputs, analytic, order, method, directions, sample, seed)
    checked = read_inputs(f, inputs, "check_gradients")
    function = CheckedFunction(f, checked)
    names = {each.leaf: each.name for each in checked.inputs if each.depends_on is None and each.leaf is not None}
    leaves = list(names)
    if directions is None:
        _refuse_too_many(len(leaves) if sample is None else sample)
    with put_back(leaves):
        output = function.output(recorded=True)
        with unchecked():  # the numbers at the point itself are the user's, those around it are not
            rows, probes = _judged(function, output, names, order, method, directions, sample, seed)
    for each in checked.inputs:
        if each.depends_on is not None:
            verdict, note = "depends on another checked input", f"depends on {each.depends_on}"
            rows.append(_unjudged(each.name, each.point, 1, verdict, note))
    return GradientReport(tuple(rows), _in_words(len(leaves), probes, directions), function.calls)


def assert_gradients(f: Callable[..., Any], *inputs: Any, **options: Any) -> GradientReport:
    """Check gradients in a test: fail with the table as the message unless every row is ok.

    Arguments are those of :func:`check_gradients`.

    Raises
    ------
    GradientCheckError
        An AssertionError that holds the report.

    Examples
    --------
    >>> report = assert_gradients(lambda w, x: w * x, 2.0, 3.0)
    >>> assert_gradients(lambda x: x * x.data, 3.0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    autograd_core.errors.GradientCheckError: the gradient check does not confirm every derivative
    ...
    x: every local derivative on its path is right; the function must compute something outside of the graph, ...
    """
    __tracebackhide__ = True  # pytest then shows the line of the test
    report = check_gradients(f, *inputs, **options)
    report.raise_if_wrong()
    return report


def _check_by_hand(
    f: Callable[..., Any],
    inputs: Sequence[Any],
    analytic: Any,
    order: int,
    method: str,
    directions: int | None,
    sample: int | None,
    seed: int,
) -> GradientReport:
    if order == 2 or method == "complex-step":
        raise InputValueError(
            "check_gradients: analytic= is checked by finite differences of f, which has no graph; leave out "
            + ("order=2, or check a gradient by hand as a function of its own" if order == 2 else "method=")
        )
    function = PlainFunction(f, inputs)
    leaves = list(function.names)
    if directions is None:
        _refuse_too_many(len(leaves) if sample is None else sample)
    at_point, given = function.number(), GivenGradient(function, analytic)
    lines: list[tuple[str, float, Direction]]
    if directions is None:
        chosen = set(_sampled(leaves, sample, seed))
        lines = [(name, leaf.data, {leaf: 1.0}) for leaf, name in function.names.items() if leaf in chosen]
    else:
        generator = random.Random(seed)
        lines = [(f"direction {k}", math.nan, random_direction(leaves, generator)) for k in range(1, directions + 1)]
    probes = [
        Probe(name, point, line, given, function.along(line), 0.0 if math.isnan(point) else point)
        for name, point, line in lines
    ]
    rows = [judge(probe, method) for probe in probes]
    again = function.number()
    if again != at_point and not (math.isnan(again) and math.isnan(at_point)):
        rows = [_unjudged(probe.name, probe.point, 1, "non-deterministic function") for probe in probes]
    return GradientReport(tuple(rows), _in_words(len(leaves), probes, directions), function.calls)


def _judged(
    function: CheckedFunction,
    output: Value | Tensor,
    names: dict[Leaf, str],
    order: int,
    method: str,
    directions: int | None,
    sample: int | None,
    seed: int,
) -> tuple[list[GradientRow], list[Probe]]:
    leaves = list(names)
    same_again = _same(output, function.output(recorded=False))
    if directions is None:
        chosen = _sampled(leaves, sample, seed)
        probes = list(probes_by_input(function, output, chosen, names, order, seed))
    else:
        probes = list(probes_by_direction(function, output, leaves, directions, order, seed))
    rows = [judge(probe, method) for probe in probes] if same_again else []
    if not same_again or not _same(output, function.output(recorded=False)):
        rows = [_unjudged(each.name, each.point, each.order, "non-deterministic function") for each in probes]
    return rows, probes


def _refuse_impossible_options(order: int, method: str, directions: int | None, sample: int | None, seed: int) -> None:
    if not is_one_of(order, (1, 2)):
        raise InputValueError(f"check_gradients: order={shortened(order)}; 1 checks the gradient, 2 its derivative too")
    if not is_one_of(method, METHODS):
        names = ", ".join(METHODS)
        raise InputValueError(f"check_gradients: there is no method {shortened(method)}; choose one of {names}")
    if isinstance(seed, bool | np.timedelta64) or not isinstance(seed, int | np.integer):
        raise InputTypeError(f"check_gradients: the seed {shortened(seed)} is not an integer; write seed=0")
    for name, count in (("directions", directions), ("sample", sample)):
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
            raise InputValueError(f"check_gradients: {name}={shortened(count)}; give a whole number from 1")
    if directions is not None and sample is not None:
        raise InputValueError("check_gradients: directions go through all inputs; give either directions or sample")
    if directions is not None and directions > _MOST_INPUTS:
        raise InputValueError(f"check_gradients: {shortened(directions)} directions are too many; write directions=3")


def _refuse_too_many(inputs: int) -> None:
    if inputs > _MOST_INPUTS:
        raise InputValueError(
            f"check_gradients: {inputs:,} inputs one by one take some {10 * inputs:,} calls of the function; write "
            "directions=3 to check random directions through all of them, or sample=100 to check some of them"
        )


def _sampled(leaves: Sequence[Leaf], sample: int | None, seed: int) -> list[Leaf]:
    if sample is None or sample >= len(leaves):
        return list(leaves)
    return [leaves[position] for position in sorted(random.Random(seed).sample(range(len(leaves)), sample))]


def _same(one: Value | Tensor, other: Value | Tensor) -> bool:
    first, second = number_of(one), number_of(other)
    return first == second or (math.isnan(first) and math.isnan(second))


def _unjudged(name: str, point: float, order: int, verdict: str, note: str = "") -> GradientRow:
    nan = math.nan
    return GradientRow(name, point, nan, nan, nan, nan, nan, nan, verdict, note, order=order)


def _in_words(inputs: int, probes: Sequence[Probe], directions: int | None) -> str:
    first = sum(probe.order == 1 for probe in probes)
    second = len(probes) - first
    of_inputs = "1 input" if inputs == 1 else f"{inputs} inputs"
    if directions is not None:
        words = f"{first} direction{'s' * (first > 1)} through {of_inputs}"
    else:
        words = of_inputs if first == inputs else f"{first} of {of_inputs}"
    return f"{words} and {second} second derivative{'s' * (second > 1)}" if second else words
