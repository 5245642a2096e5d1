"""Every line of the table: its formulas against finite differences, against each other, in every back end."""

from __future__ import annotations

import itertools
import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from amounts import some
from samples import POINTS, TABLE, function_of, holds, leaves_at, nodes_of, smooth_points

import autograd_core
from autograd_core import Value, apply, check_gradients, grad, primitive
from autograd_core.array.walks import topological_order
from autograd_core.formulas.emit import BACKENDS, FLOAT, NUMPY, lower
from autograd_core.formulas.formula import evaluate
from autograd_core.formulas.rules import PRIMITIVES, Primitive, compute, derivative, latex, parse_formula
from autograd_core.numerical.finite_differences import estimate_derivative

every_primitive = pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)


def all_arguments(rule: Primitive) -> tuple[int, ...]:
    return tuple(range(rule.arity))


@every_primitive
def test_local_derivatives_equal_finite_differences(rule: Primitive) -> None:
    for point in smooth_points(rule):
        report = check_gradients(function_of(rule, point), *point[: nodes_of(rule)])
        assert report, f"{rule.name}{point}\n{report}"


@every_primitive
def test_second_derivatives_equal_finite_differences_of_the_first(rule: Primitive) -> None:
    positions = range(nodes_of(rule))
    points = smooth_points(rule)
    for point in points if len(points) < 20 else some(points):
        f = function_of(rule, point)
        for first in positions:
            report = check_gradients(grad(f, first), *point[: nodes_of(rule)])
            # A local derivative that is constant, or does not depend on one of the arguments, has no path to it.
            allowed = {"ok", "unreliable", "does not reach the output"}
            assert {row.verdict for row in report} <= allowed, f"{rule.name}{point} d{first}\n{report}"


@every_primitive
def test_every_primitive_has_points_to_be_checked_at(rule: Primitive) -> None:
    assert len(smooth_points(rule)) >= 3


@pytest.mark.parametrize("rule", [rule for rule in TABLE if not rule.is_intrinsic], ids=lambda rule: rule.name)
def test_symbolic_derivative_of_the_formula_equals_the_written_one(rule: Primitive) -> None:
    """For the primitives made of others, the chain rule on the formula gives what the line says."""
    for position in range(nodes_of(rule)):
        derived = derivative(rule.formula, rule.arguments[position])
        for point in smooth_points(rule):
            bindings = {**dict(zip(rule.arguments, point, strict=True)), "z": compute(rule.name, list(point))}
            written = evaluate(rule.partials[position], bindings, compute)
            assert evaluate(derived, bindings, compute) == pytest.approx(written, rel=1e-12, abs=1e-15)


@every_primitive
def test_the_formula_gives_what_the_float_back_end_computes(rule: Primitive) -> None:
    """A back end may spell a primitive by itself, without its formula; they must still say the same."""
    kernel = rule.kernel()
    for point in itertools.product((-2.0, -1.0, 0.0, 0.5, 1.0), repeat=rule.arity):
        written = evaluate(rule.formula, dict(zip(rule.arguments, point, strict=True)), compute)
        assert written == pytest.approx(kernel(*point), rel=1e-15, abs=0, nan_ok=True), f"{rule.name}{point}"


@every_primitive
def test_numpy_back_end_equals_the_float_back_end(rule: Primitive) -> None:
    wanted = all_arguments(rule)
    points = smooth_points(rule)
    columns = [np.array(column) for column in zip(*points, strict=True)]
    on_arrays = rule.kernel(NUMPY, wanted)(*columns)
    on_floats = zip(*(rule.kernel(FLOAT, wanted)(*point) for point in points), strict=True)
    for array, floats in zip(on_arrays, on_floats, strict=True):
        np.testing.assert_allclose(np.broadcast_to(array, len(points)), floats, rtol=4e-16 * 4, atol=0)


@every_primitive
def test_formula_on_nodes_equals_the_kernel(rule: Primitive) -> None:
    """Higher derivatives evaluate the formulas on nodes; there they give the kernel's numbers."""
    for point in smooth_points(rule):
        numbers = nodes_of(rule)
        nodes = [*leaves_at(point[:numbers]), *map(autograd_core.constant, point[numbers:])]
        result, *derivatives = rule.kernel(FLOAT, all_arguments(rule))(*point)
        bindings = {**dict(zip(rule.arguments, nodes, strict=True)), "z": Value(result)}
        for partial, expected in zip(rule.partials, derivatives, strict=True):
            node = evaluate(partial, bindings, lambda name, arguments: apply(name, *arguments))
            number = node.data if isinstance(node, Value) else node
            assert number == pytest.approx(expected, rel=1e-15, abs=0)


@every_primitive
def test_at_a_kink_the_check_says_kink_and_the_derivative_is_finite(rule: Primitive) -> None:
    candidates = [
        (0.0,) * rule.arity,
        (0.5,) * rule.arity,
        (0.0, 1.5, 3.0)[: rule.arity],
        (0.0, 0.5, 0.0)[: rule.arity],
    ]
    kinks = [point for point in candidates if holds(rule.kink, rule, point)]
    assert bool(kinks) == (rule.kink is not None), "a kink that no sample point shows"
    for point in kinks:
        report = check_gradients(function_of(rule, point), *point[: nodes_of(rule)])
        assert {row.verdict for row in report} & {"kink"}, f"{rule.name}{point}\n{report}"
        assert all(math.isfinite(row.analytic) for row in report)


WIDE = (-3.0, -2.0, -1.0, -0.75, -0.25, 0.0, 0.3, 0.5, 1.0, 1.5, 3.0)
#: Points outside of the domain where all is finite all the same: a power of 0 has no slope to the left of it, and the
#: angle jumps.
FINITE_OUTSIDE = {
    "pow": lambda x, y: x == 0,
    "arctan2": lambda x, y: x == 0 and y < 0,
    "hurwitz_zeta": lambda x, y: x == 0,
}


@every_primitive
def test_the_domain_is_where_the_result_and_the_derivatives_are_finite(rule: Primitive) -> None:
    allowed = FINITE_OUTSIDE.get(rule.name, lambda *point: False)
    for point in itertools.product(WIDE, repeat=rule.arity):
        finite = all(map(math.isfinite, rule.kernel(FLOAT, all_arguments(rule))(*point)))
        inside = rule.domain is None or holds(rule.domain, rule, point)
        assert inside == finite or (finite and allowed(*point)), f"{rule.name}{point}"
        assert not (inside and allowed(*point)), f"{rule.name}{point}"


@every_primitive
def test_a_kink_is_exactly_where_the_check_finds_one_and_elsewhere_nothing_is_wrong(rule: Primitive) -> None:
    for point in itertools.product((-2.0, 0.0, 0.5, 1.0, 1.5), repeat=rule.arity):
        if rule.domain is None or holds(rule.domain, rule, point):
            report = check_gradients(function_of(rule, point), *point[: nodes_of(rule)])
            # The condition of where is a truth; it has derivative 0 by definition.
            verdicts = {row.verdict for row in report.rows[1 if rule.name == "where" else 0 :]}
            assert ("kink" in verdicts) == holds(rule.kink, rule, point), f"{rule.name}{point}"
            assert "wrong" not in verdicts, f"{rule.name}{point}\n{report}"


@every_primitive
def test_special_numbers_agree_between_back_ends(rule: Primitive) -> None:
    """Infinities, NaN, zeros and huge numbers: no exception, no warning, the same result in each back end."""
    special = (0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 1e-308, 800.0, -800.0)
    points = [(x,) for x in special] if rule.arity == 1 else [(x, y) for x in special for y in special]
    if rule.arity == 3:
        points = [(x, y, 2.0) for x, y in points]
    for point in points:
        with np.errstate(all="ignore"):
            on_arrays = rule.kernel(NUMPY, all_arguments(rule))(*map(np.float64, point))
        for on_float, on_array in zip(rule.kernel(FLOAT, all_arguments(rule))(*point), on_arrays, strict=True):
            np.testing.assert_allclose(
                on_float, float(on_array), rtol=1e-14, atol=1e-320, err_msg=f"{rule.name}{point}"
            )


TRUTHS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "at_kink", "where")


@every_primitive
def test_nan_in_gives_nan_out(rule: Primitive) -> None:
    """A comparison with NaN is false (``!=`` true), ``where`` takes it for true; others, not ``at_kink``, pass it."""
    nodes = nodes_of(rule) if rule.name != "prelu" else 1  # its slope does not count where x > 0
    for position in range(nodes) if rule.name not in TRUTHS else ():
        for other in (0.5, 2.5):
            point = [math.nan if each == position else other for each in range(rule.arity)]
            assert math.isnan(compute(rule.name, point)), f"{rule.name}{point}"
    if rule.name in TRUTHS[:-2]:
        assert compute(rule.name, [math.nan, 0.5]) == compute(rule.name, [0.5, math.nan]) == (rule.name == "not_equal")


@every_primitive
def test_latex_of_every_formula_is_balanced(rule: Primitive) -> None:
    for formula in (rule.formula, *rule.partials):
        text = latex(formula)
        assert "#" not in text
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")


@every_primitive
def test_is_a_function_and_a_method_under_its_numpy_name(rule: Primitive) -> None:
    point = smooth_points(rule)[0]
    function = getattr(autograd_core, rule.numpy_name)
    node = Value(point[0])
    expected = compute(rule.name, list(point))
    assert function(node, *point[1:]).data == expected
    assert getattr(node, rule.numpy_name)(*point[1:]).data == expected
    assert function(*point) == expected
    assert function.__doc__ is not None
    assert rule.describe().splitlines()[0] in function.__doc__


EXACT = {  # to 17 digits, computed with 50-digit arithmetic
    ("sigmoid", -800.0): 0.0,
    ("sigmoid", -40.0): 4.2483542552915889953e-18,
    ("sigmoid", -700.0): 9.8596765437597708567e-305,
    ("sigmoid", 800.0): 1.0,
    ("softplus", 800.0): 800.0,
    ("softplus", -40.0): 4.2483542552915889863e-18,
    ("softplus", -700.0): 9.8596765437597708567e-305,
    ("tanh", 1e6): 1.0,
    ("tanh", 1e-9): 9.9999999999999999967e-10,
    ("expm1", 1e-12): 1.0000000000005000000e-12,
    ("log1p", 1e-12): 9.9999999999950000000e-13,
    ("logaddexp", 1000.0, 1000.0): 1000.6931471805599453,
    ("logaddexp", -1000.0, -1000.0): -999.30685281944005469,
    ("logaddexp", 0.0, 800.0): 800.0,
    ("hypot", 1e200, 1e200): 1.4142135623730950488e200,
    ("hypot", 3e-200, 4e-200): 5e-200,
    ("elu", 800.0, 1.0): 800.0,
    ("elu", -800.0, 1.0): -1.0,
}


@pytest.mark.parametrize(("call", "exact"), EXACT.items(), ids=str)
@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.name)
def test_is_accurate_over_the_whole_range_of_floats(backend: object, call: tuple, exact: float) -> None:
    name, *point = call
    assert float(PRIMITIVES[name].kernel(backend)(*point)) == pytest.approx(exact, rel=4.5e-16, abs=0)


PLAIN = {
    "step": {(-2.0,): 0.0, (0.0,): 0.0, (0.5,): 1.0, (math.inf,): 1.0},
    "sign": {(-2.0,): -1.0, (0.0,): 0.0, (0.5,): 1.0, (-math.inf,): -1.0},
    "maximum": {(1.0, 2.0): 2.0, (2.0, 1.0): 2.0, (-1.0, -1.0): -1.0, (math.inf, 1.0): math.inf},
    "minimum": {(1.0, 2.0): 1.0, (2.0, 1.0): 1.0, (-1.0, -1.0): -1.0, (-math.inf, 1.0): -math.inf},
    "logaddexp": {(math.inf, math.inf): math.inf, (-math.inf, -math.inf): -math.inf, (0.0, -math.inf): 0.0},
    "less": {(1.0, 2.0): 1.0, (2.0, 2.0): 0.0, (3.0, 2.0): 0.0},
    "less_equal": {(1.0, 2.0): 1.0, (2.0, 2.0): 1.0, (3.0, 2.0): 0.0},
    "greater": {(1.0, 2.0): 0.0, (2.0, 2.0): 0.0, (3.0, 2.0): 1.0},
    "greater_equal": {(1.0, 2.0): 0.0, (2.0, 2.0): 1.0, (3.0, 2.0): 1.0},
    "equal": {(1.0, 2.0): 0.0, (2.0, 2.0): 1.0},
    "not_equal": {(1.0, 2.0): 1.0, (2.0, 2.0): 0.0},
    "where": {(1.0, 5.0, 7.0): 5.0, (0.0, 5.0, 7.0): 7.0, (-0.5, 5.0, 7.0): 5.0},
}


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.name)
def test_piecewise_functions_have_their_plain_values(backend: object, name: str) -> None:
    for point, expected in PLAIN[name].items():
        assert float(PRIMITIVES[name].kernel(backend)(*point)) == expected, f"{name}{point}"


def test_parameters_have_their_usual_defaults() -> None:
    assert autograd_core.leaky_relu(-2.0) == -0.02
    assert autograd_core.elu(-2.0) == math.expm1(-2.0)


def test_a_partial_of_a_constant_is_never_evaluated() -> None:
    square = Value(-2.0) ** 2
    assert square.data == 4.0
    assert square.local_derivatives == (-4.0, None)
    assert grad(lambda x: x**2)(-2.0) == -4.0
    assert grad(grad(lambda x: x**2))(-2.0) == 2.0


def test_powers_at_zero_have_the_derivatives_of_calculus() -> None:
    for exponent, expected in ((0, 0.0), (1, 1.0), (2, 0.0), (3, 0.0)):
        assert grad(lambda x, n=exponent: x**n)(0.0) == expected
    assert grad(lambda y: Value(0.0) ** y)(2.0) == 0.0


@pytest.mark.slow
@pytest.mark.parametrize("x", [23.0, 1.0, 0.5, 1e-3])
def test_powers_have_all_second_derivatives_where_the_exponent_is_zero(x: float) -> None:
    """d²/dx² = 0, d²/dxdy = 1/x and d²/dy² = log(x)², whichever way they are computed."""
    at = np.array([x, 0.0])
    expected = [[0.0, 1 / x], [1 / x, math.log(x) ** 2]]

    def powers(p: Any) -> Any:
        return p[0] ** p[1]

    def of_tensors(p: Any) -> Any:
        return (p[:1] ** p[1:]).sum()

    for f in (powers, of_tensors):
        np.testing.assert_allclose(autograd_core.hessian(f)(at), expected, rtol=1e-15)
        for direction, column in zip(np.eye(2), expected, strict=True):
            np.testing.assert_allclose(autograd_core.hvp(f, (at,), (direction,))[0], column, rtol=1e-15)
    np.testing.assert_allclose(
        autograd_core.record(autograd_core.hessian(powers), [2.0, 1.0])(at), expected, rtol=1e-15
    )
    assert grad(grad(lambda a, b: a**b, 0), 1)(x, 0.0) == grad(grad(lambda a, b: a**b, 1), 0)(x, 0.0) == 1 / x
    third = grad(grad(grad(lambda a, b: a**b, 0), 1), 1)(x, 0.0)
    assert third == pytest.approx(2 * math.log(x) / x, rel=1e-15)


@pytest.mark.parametrize("x", [1e-3, 1.0, 8.0, 9.0, 20.0, 40.0, 300.0, -20.0, -40.0])
def test_slopes_of_saturating_functions_do_not_cancel_in_the_tails(x: float) -> None:
    """Nodes, Tensors in both precisions, programs on one example and on a batch against mpmath."""
    with mp.workdps(60):
        sigmoid_slope = 1 / (4 * mp.cosh(mp.mpf(x) / 2) ** 2)
        exact = {
            "tanh": (mp.sech(x) ** 2, -2 * mp.tanh(x) * mp.sech(x) ** 2),
            "sigmoid": (sigmoid_slope, -sigmoid_slope * mp.tanh(mp.mpf(x) / 2)),
            "softplus": (1 / (1 + mp.exp(-x)), sigmoid_slope),
        }
    for name, (first, second) in exact.items():
        f = getattr(autograd_core, name)
        program = autograd_core.record(f, 0.5)
        loose = 1e-12 if name == "sigmoid" else 2e-15  # its second derivative is 0 at 0, as a difference
        assert grad(f)(x) == pytest.approx(float(first), rel=2e-15)
        assert grad(grad(f))(x) == pytest.approx(float(second), rel=loose)
        assert program.value_and_grad(x)[1] == pytest.approx(float(first), rel=2e-15)
        _, slopes = program.batched((0,)).value_and_grad(np.array([x, -x, 0.5]))
        assert slopes[0] == pytest.approx(float(first), rel=2e-15)
        assert autograd_core.record(grad(f), 0.5).value_and_grad(x)[1] == pytest.approx(float(second), rel=loose)
        for kind in (np.float64, np.float32):
            at = np.array([x, 0.5], kind)
            slope = grad(lambda t, f=f: f(t).sum())
            eps = float(np.finfo(kind).eps)
            tiny = float(np.finfo(kind).tiny)
            exactly = float(kind(x))
            with mp.workdps(60):
                moved = float(first + (mp.mpf(exactly) - mp.mpf(x)) * second)
            assert slope(at)[0] == pytest.approx(moved, rel=8 * eps, abs=tiny)


def test_the_second_derivatives_of_a_sum_in_log_space_are_symmetric() -> None:
    with mp.workdps(60):
        slope = float(1 / (4 * mp.cosh(mp.mpf(20)) ** 2))
    found = autograd_core.hessian(lambda p: autograd_core.logaddexp(p[0], p[1]))(np.array([40.0, 0.0]))
    np.testing.assert_allclose(found, [[slope, -slope], [-slope, slope]], rtol=1e-15)


@pytest.mark.parametrize(
    ("x", "y", "slopes"),
    [
        (-math.inf, -math.inf, (0.0, 0.0)),
        (math.inf, math.inf, (0.5, 0.5)),
        (-math.inf, 3.0, (0.0, 1.0)),
        (math.inf, 3.0, (1.0, 0.0)),
    ],
)
def test_a_sum_in_log_space_of_nothing_or_of_infinities_has_finite_slopes(
    x: float, y: float, slopes: tuple[float, float]
) -> None:
    """The sum of two zeros, whose logarithms are -inf, stays 0 whatever is added to those."""
    assert grad(autograd_core.logaddexp, (0, 1))(x, y) == slopes
    assert autograd_core.record(autograd_core.logaddexp, 0.0, 1.0).value_and_grad(x, y, argnums=(0, 1))[1] == slopes
    assert grad(lambda t: autograd_core.logaddexp(x, y + t), 0)(1.0) == slopes[1]


def test_where_a_power_underflows_its_derivatives_need_not() -> None:
    """x**2 is 0 at 1e-300, and d²/dxdy = x**(y - 1) * (1 + y * log(x)) is not."""
    both = [grad(grad(lambda a, b: a**b, first), 1 - first)(1e-300, 2.0) for first in (0, 1)]
    assert both == pytest.approx([1e-300 * (1 + 2 * math.log(1e-300))] * 2, rel=1e-14)


def test_lowered_formulas_hold_intrinsic_functions_only() -> None:
    definitions = {each.name: (each.arguments, each.formula) for each in TABLE if not each.is_intrinsic}
    for rule in TABLE:
        for partial in rule.partials:
            once = lower(partial, definitions)
            assert lower(once, definitions) == once


# --- a user's own primitive -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("scratch_table")
def test_a_user_adds_a_primitive_in_one_call() -> None:
    primitive("gauss", "exp(-x**2)", "-2 * x * z", symbol="G", latex=r"\mathcal{G}(#1)")
    node = Value(0.5, "x").gauss()
    node.backward()
    assert node.parents[0].grad == pytest.approx(-math.exp(-0.25))
    assert check_gradients(lambda x: x.gauss(), 0.5)
    assert check_gradients(grad(lambda x: x.gauss()), 0.5)
    assert latex(parse_formula("gauss(x) + 1")) == r"\mathcal{G}(x) + 1"
    np.testing.assert_allclose(PRIMITIVES["gauss"].kernel(NUMPY)(np.array(POINTS)), np.exp(-(np.array(POINTS) ** 2)))


@pytest.mark.usefixtures("scratch_table")
def test_derivatives_left_out_are_derived() -> None:
    primitive("swish", "x * sigmoid(y * x)")
    for point in ((0.5, 1.5), (-2.0, 0.3)):
        assert check_gradients(lambda x, y: x.swish(y), *point)


@pytest.mark.usefixtures("scratch_table")
@pytest.mark.parametrize("factor", [1.0005, 0.9995, -1.0, 2.0])
def test_a_planted_wrong_rule_is_caught(factor: float) -> None:
    primitive("wrong", "tanh(x)", f"{factor} * (1 - z**2)")
    [row] = check_gradients(lambda x: 3 * x.wrong() + 1, 0.5)
    assert row.verdict == "wrong"


@pytest.mark.usefixtures("scratch_table")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tanh", "x"), "already has 'tanh'"),
        (("two words", "x"), "cannot be called"),
        (("z", "x"), "cannot be called"),
        (("seven", "7"), "has no argument"),
        (("halves", "x * y", "y"), r"1 local derivative\(s\) for 2 argument\(s\)"),
        (("other", "x * u"), "the name 'u' has no value"),
        (("import_os", "__import__('os')"), "there is no function '__import__'"),
    ],
)
def test_a_wrong_line_is_refused_and_leaves_the_table_as_it_was(arguments: tuple, message: str) -> None:
    before = dict(PRIMITIVES)
    with pytest.raises(autograd_core.InputValueError, match=message):
        primitive(*arguments)
    assert before == PRIMITIVES


def test_the_derivative_graph_of_a_deep_chain_is_built_without_recursion() -> None:
    def chain(x: Value) -> Value:
        for _ in range(2_000):
            x = (x * 1.0001).sigmoid()
        return x

    slope = grad(chain)(Value(0.3))
    assert len(topological_order(slope)) > 4_000
    assert estimate_derivative(lambda x: chain(Value(x)).data, 0.3).value == pytest.approx(slope.data, abs=1e-9)
