"""The first bad number is found: who made it, of what, where; and nothing that is finite is reported."""

from __future__ import annotations

import inspect
import math
import pickle
import re
import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest
from amounts import long
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import LEAVES, Recipe, recipes
from samples import TABLE, function_of, leaves_at, nodes_of, smooth_points

import autograd_core as ac
from autograd_core import AnomalyError, Value, detect_anomaly, diagnose
from autograd_core.formulas.rules import Primitive
from autograd_core.scalar.making import neuron
from autograd_core.scalar.recording import current_state

INF, NAN = math.inf, math.nan


def caught(compute: Callable[[], object]) -> AnomalyError:
    """The error that a computation raises inside of detect_anomaly."""
    with pytest.raises(AnomalyError) as info, detect_anomaly():
        compute()
    return info.value


def line_of(function: Callable[..., object], text: str) -> int:
    """Number of the line of a function that holds a text."""
    lines, first = inspect.getsourcelines(function)
    return first + next(position for position, line in enumerate(lines) if text in line)


# --- the forward pass -------------------------------------------------------------------------------------------------

FORWARD = {
    "log of a negative": (lambda: ac.log(Value(-1.0)), "log", (-1.0,), r"log\(x\) is finite where x > 0.*x = -1:"),
    "log of zero": (lambda: ac.log(Value(0.0)), "log", (0.0,), r"where x > 0, and here x = 0:"),
    "square root of a negative": (lambda: ac.sqrt(Value(-4.0)), "sqrt", (-4.0,), r"where x > 0, and here x = -4:"),
    "overflow of exp": (lambda: ac.exp(Value(710.0)), "exp", (710.0,), r"overflow: .* larger than any float"),
    "division by zero": (lambda: 1 / Value(0.0), "div", (1.0, 0.0), r"where y != 0, and here x = 1, y = 0:"),
    "zero by zero": (lambda: Value(0.0) / 0, "div", (0.0, 0.0), r"where y != 0"),
    "overflow of a quotient": (lambda: 1 / Value(1e-320), "div", (1.0, 1e-320), "overflow"),
    "overflow of a product": (lambda: Value(1e200) * 1e200, "mul", (1e200, 1e200), "overflow"),
    "root of a negative base": (lambda: Value(-2.0) ** 0.5, "pow", (-2.0, 0.5), "where x > 0"),
    "pole of a power": (lambda: Value(0.0) ** -1, "pow", (0.0, -1.0), "where x > 0, and here x = 0, y = -1"),
    "overflow of a power": (lambda: Value(-10.0) ** 309, "pow", (-10.0, 309.0), "overflow"),
    "arcsin beyond 1": (lambda: ac.arcsin(Value(2.0)), "arcsin", (2.0,), r"where x \* x < 1"),
    "a choice among three": (
        lambda: ac.where(Value(1.0), INF, Value(2.0)),
        "where",
        (1.0, INF, 2.0),
        "look for where the number that went in came from",
    ),
}


@pytest.mark.parametrize("name", FORWARD)
def test_the_operation_that_makes_a_bad_number_is_named_with_what_helps(name: str) -> None:
    compute, op, inputs, advice = FORWARD[name]
    error = caught(compute)
    assert (error.op, error.inputs, error.phase) == (op, inputs, "forward")
    assert error.is_producer == all(map(math.isfinite, inputs))
    assert not math.isfinite(error.node.data)
    [_, _, helps] = str(error).splitlines()
    assert helps.strip().startswith("what helps: ")
    assert re.search(advice, helps)


def test_the_place_is_the_line_of_the_users_code() -> None:
    def compute() -> Value:
        x = Value(3.0, "x")
        y = x * 2
        with ac.scope("layer 1"):
            z = ac.log(y - 6)  # here
        return z

    error = caught(compute)
    expected = f"test_anomaly.py:{line_of(compute, '# here')}: z = ac.log(y - 6)  # here"
    assert error.place == error.node.place == expected
    assert f"made at: {expected}" in str(error)
    assert (error.scope, error.label) == ("layer 1", None)
    assert "node without label (log, in scope 'layer 1') made -inf out of finite numbers, x = 0.0" in str(error)


def test_a_node_keeps_its_place_with_its_label_and_outside_of_the_block_has_none() -> None:
    with detect_anomaly():
        x = Value(1.0, "x")
        y = ac.where(x > 0, x * x, 1.0)
        y.label = "y"
    assert y.place.endswith("y = ac.where(x > 0, x * x, 1.0)")
    assert x.place.endswith('x = Value(1.0, "x")')
    assert y.parents[1].place == y.place
    assert (x * x).place is None


@pytest.mark.parametrize(
    ("compute", "said"),
    [
        (lambda x: x * 0, "inf * 0 has no value"),
        (lambda x: 0 * x, "0 * inf has no value"),
        (lambda x: x - x, "inf - inf has no value"),
        (lambda x: x / x, "inf / inf has no value"),
        (ac.sin, "sin(inf) has no value"),
        (lambda x: x + 1, "look for where the number that went in came from"),
    ],
)
def test_a_number_given_as_infinite_is_named_as_the_origin(compute: Callable[[Value], Value], said: str) -> None:
    error = caught(lambda: compute(Value(INF, "x")))
    assert not error.is_producer
    assert "passes on" in str(error)
    assert "node 'x' (leaf) was given as inf\n" in str(error)
    assert said in str(error)


def test_an_infinity_made_before_the_block_is_traced_to_its_producer() -> None:
    y = ac.log(Value(0.0, "x"))
    y.label = "y"
    z = -y
    error = caught(lambda: z + 1)
    assert (error.op, error.is_producer) == ("add", False)
    assert "passes on inf, made of x = inf, y = 1.0; node 'y' (log) made -inf out of x = 0.0" in str(error)


def test_an_infinity_that_leads_to_a_finite_number_passes() -> None:
    with detect_anomaly():
        x = Value(INF, "x")
        assert (1 / x).data == 0.0
        assert ac.minimum(x, 3.0).data == 3.0
        assert ac.where(x > 0, 1.0, x).data == 1.0
        assert ac.tanh(x).data == 1.0


@pytest.mark.parametrize(
    ("compute", "op"),
    [(ac.sqrt, "sqrt"), (lambda x: x / 0, "div"), (lambda x: ac.where(x, INF, x), "where")],
    ids=["one operand", "two", "three"],
)
def test_under_no_grad_the_operation_is_named_though_the_node_is_a_constant(
    compute: Callable[[Value], Value], op: str
) -> None:
    x = Value(-1.0, "x")

    def without_recording() -> None:
        with ac.no_grad():
            assert ac.where(x > 0, x, -x * 2).data == 2.0
            compute(x)

    error = caught(without_recording)
    assert (error.op, error.node.op, error.node.parents) == (op, "constant", ())
    assert f"node without label ({op}) " in str(error)
    assert error.place.endswith("compute(x)") or "lambda" in error.place


def test_every_way_to_make_a_node_is_watched() -> None:
    x = Value(1e308)
    for compute, op in (
        (lambda: ac.weighted_sum([x], [Value(10.0)], Value(0.0)), "mul"),
        (lambda: np.multiply(x, 10.0), "mul"),
        (lambda: np.array([x, x]) @ np.array([1.0, 1.0]), "add"),
        (x.exp, "exp"),
        (lambda: ac.apply("hypot", x, 1.7e308), "hypot"),
        (lambda: neuron([x], [Value(1.0)], Value(0.0), "exp", None), "exp"),
        (lambda: -((-x) * 10), "mul"),
    ):
        assert caught(compute).op == op


@pytest.mark.usefixtures("scratch_table")
def test_of_a_users_own_primitive_the_part_of_its_formula_is_named() -> None:
    ac.primitive("entropy", "-x * log(x)")
    error = caught(lambda: Value(0.0).entropy())
    assert error.op == "entropy"
    assert "log(x), a part of its formula -x * log(x), is not finite here" in str(error)
    ac.primitive("doubled", "x + x")
    assert "overflow" in str(caught(lambda: Value(1e308).doubled()))


# --- the backward pass ------------------------------------------------------------------------------------------------


def test_an_infinite_local_derivative_raises_in_the_backward_pass_only() -> None:
    with detect_anomaly():
        x = Value(0.0, "x")
        y = ac.sqrt(x)
        assert y.data == 0.0
    error = caught(y.backward)
    assert (error.phase, error.op, error.node, error.inputs) == ("backward", "sqrt", y, (1.0, INF))
    assert error.is_producer
    assert error.place == y.place
    assert "passes inf to node 'x' (leaf): upstream gradient 1.0 times local derivative inf at x = 0.0" in str(error)
    assert "dz/dx = 0.5 / z with z = 0; sqrt(x) is differentiable where x > 0, and here x = 0:" in str(error)


@pytest.mark.parametrize("begin", [ac.backward, lambda root: next(ac.backward_steps(root))], ids=["backward", "steps"])
def test_a_backward_pass_that_raises_has_changed_no_gradient(begin: Callable[[Value], object]) -> None:
    x, y = Value(0.0, "x"), Value(2.0, "y")
    root = ac.sqrt(x) * y + y
    root.backward()
    before = (root.grad, root.parents[0].grad, y.grad)
    assert caught(lambda: begin(root)).op == "sqrt"
    assert (root.grad, root.parents[0].grad, y.grad) == before


def test_a_factor_that_is_exactly_zero_ends_the_path() -> None:
    with detect_anomaly():
        x = Value(0.0, "x")
        (ac.sqrt(x) * 0 + x).backward()
        assert x.grad == 1.0
        y = Value(0.0)
        ac.where(y > 0, ac.sqrt(y), y * 2).backward()
        assert y.grad == 2.0
        assert ac.grad(lambda x: ac.sqrt(x) * 0 + x)(0.0) == 1.0


def test_gradients_that_explode_are_found() -> None:
    x, y = Value(1e-300, "x"), Value(1e-300, "y")
    error = caught(((x * 1e200) * 1e100 * 1e100).backward)
    assert (error.phase, error.op, error.inputs) == ("backward", "mul", (1e200, 1e200))
    assert "gradients explode" in str(error)
    error = caught((y * 1e308 + y * 1e308).backward)
    assert error.node is y
    assert "gradient of node 'y' (leaf) becomes inf: 1e+308 + 1e+308" in str(error)


def test_a_leaf_that_overflows_over_several_passes_is_found() -> None:
    x = Value(1e-300, "x")
    with detect_anomaly():
        (x * 1e308).backward()
        assert x.grad == 1e308
    assert "becomes inf" in str(caught((x * 1e308).backward))
    assert x.grad == 1e308
    with detect_anomaly():
        assert ac.grad(lambda x: x * 1e308)(x.data) == 1e308


def test_a_leaf_may_be_the_root() -> None:
    leaf = Value(1.0)
    leaf.grad = 1.0
    with detect_anomaly():
        leaf.backward()
    assert leaf.grad == 2.0


def test_a_backward_pass_over_bad_numbers_names_their_origin() -> None:
    z = ac.tanh(ac.log(Value(-1.0, "x")) * 2)
    error = caught(z.backward)
    assert (error.op, error.is_producer) == ("tanh", False)
    assert "(log) made nan out of x = -1.0" in str(error)


def test_gradients_of_functions_are_checked_to_any_order() -> None:
    for transform in (ac.grad, ac.value_and_grad, lambda f: ac.grad(ac.grad(f))):
        assert caught(lambda transform=transform: transform(ac.sqrt)(0.0)).phase == "backward"
    assert caught(lambda: ac.grad(ac.grad(lambda x: x**1.5))(0.0)).phase == "backward"
    assert caught(lambda: ac.grad(ac.sqrt)(Value(0.0))).phase == "backward"
    with detect_anomaly():
        assert ac.grad(ac.grad(ac.grad(ac.sin)))(0.0) == -1.0
        assert ac.grad(lambda x: x**1.5)(0.0) == 0.0


def test_only_paths_to_what_is_differentiated_count() -> None:
    c = Value(0.0)
    with detect_anomaly():
        assert ac.grad(lambda x: x * 3 + ac.sqrt(c))(1.0) == 3.0
        assert ac.grad(lambda x: x * 3 + ac.sqrt(c))(Value(1.0)).data == 3.0
    assert caught(lambda: ac.grad(lambda x, y: x * 3 + ac.sqrt(y), 1)(1.0, 0.0)).op == "sqrt"


def test_infinities_inside_of_a_formula_in_a_branch_not_chosen_pass() -> None:
    """The formula of pow's derivative is evaluated on nodes; at 0**0 it passes through 0**-1."""
    with detect_anomaly():
        assert ac.grad(lambda x, y: x**y)(Value(0.0), Value(0.0)).data == 0.0
        assert ac.grad(ac.hypot)(Value(0.0), Value(0.0)).data == 0.0


SMOOTH_ZEROS = {
    "the slope of a square": lambda x: ac.sqrt(x) ** 2,
    "another factor": lambda x: ac.sqrt(x) * ac.sqrt(x),
    "a result that is 0": lambda x: ac.exp(-1 / x) * 0.5 + 1,
    "a slope behind": lambda x: x * 2 + ac.sin(ac.sqrt(x)) ** 3,
}
GUARDS: dict[str, tuple[Callable[..., object], float]] = {
    "where": (lambda x: ac.where(x > 0, ac.sqrt(x), 0.0), 0.0),
    "where, of a product": (lambda x: ac.where(x > 0, ac.sqrt(x) * x, x), 0.0),
    "a mask": (lambda x: (x > 0) * ac.sqrt(x) + x, 0.0),
    "a constant factor": (lambda x: 0.0 * ac.sqrt(x) + x, 0.0),
    "double where": (lambda x: ac.where(x > 0, ac.sqrt(ac.where(x > 0, x, 1.0)), 0.0), 0.0),
}


@pytest.mark.parametrize("name", SMOOTH_ZEROS)
def test_a_path_that_a_smooth_zero_cuts_off_beside_an_infinity_is_named(name: str) -> None:
    f = SMOOTH_ZEROS[name]
    x = Value(0.0, "x")
    found, *_ = diagnose(f(x)).gradients.producers
    assert "the gradient lacks this path" in found.what
    assert found.op in ("sqrt", "div")
    if name == "a result that is 0":
        return  # its forward pass has an infinity, which raises first
    for compute in (
        lambda: f(Value(0.0, "x")).backward(),  # type: ignore[attr-defined]
        lambda: f(ac.Tensor([1.0, 0.0], "x")).sum().backward(),  # type: ignore[attr-defined]
        lambda: ac.record(f, 0.5).value_and_grad(0.0),
        lambda: ac.record(f, 0.5).batched((0,)).value_and_grad(np.array([0.5, 0.0])),
    ):
        error = caught(compute)
        assert error.op == "sqrt"
        assert "passes nothing to" in str(error)
    assert not ac.check_gradients(f, 0.0)


@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_may_cut_an_infinity_off(name: str) -> None:
    f, at = GUARDS[name]
    assert not diagnose(f(Value(at))).gradients
    with detect_anomaly():
        f(Value(at)).backward()  # type: ignore[attr-defined]
        f(ac.Tensor([at, 0.5])).sum().backward()  # type: ignore[attr-defined]
        ac.record(f, 0.5).value_and_grad(at)
        ac.record(f, 0.5).batched((0,)).value_and_grad(np.array([0.5, at]))


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)
def test_no_false_alarm_where_the_table_is_smooth(rule: Primitive) -> None:
    for point in smooth_points(rule):
        f, arguments = function_of(rule, point), point[: nodes_of(rule)]
        with detect_anomaly():
            root = f(*leaves_at(arguments))
            root.backward()
            for position in range(len(arguments)):
                ac.grad(ac.grad(f, position), position)(*arguments)
        assert not diagnose(root)


@settings(max_examples=50)
@given(recipes())
def test_watching_changes_no_number(recipe: Recipe) -> None:
    plain, watched = ([Value(number) for number in LEAVES] for _ in range(2))
    root = recipe(*plain)
    root.backward()
    with detect_anomaly():
        again = recipe(*watched)
        again.backward()
    assert again.data == root.data
    assert [leaf.grad for leaf in watched] == [leaf.grad for leaf in plain]
    assert not diagnose(again)


@settings(max_examples=200)
@given(recipes(), st.lists(st.sampled_from((0.0, -1.0, 1e200, INF, NAN)), min_size=3, max_size=3))
def test_diagnose_finds_something_exactly_where_numbers_or_gradients_are_bad(recipe: Recipe, point: list) -> None:
    """Or where 0 met an infinity on the way, and the path ended."""
    root = recipe(*map(Value, point))
    order = ac.topological_order(root)
    diagnosis = diagnose(root)
    bad = [node for node in order if not math.isfinite(node.data)]
    assert len(diagnosis.data.producers) + diagnosis.data.passing_on == len(bad)
    assert bool(diagnosis.data.producers) == bool(bad)
    root.backward()
    bad_gradients = [node for node in order if node.differentiable and not math.isfinite(node.grad)]
    factors = [
        {node.grad, local} for node in order if node.has_grad for local in node.local_derivatives if local is not None
    ]
    cut = any(0.0 in pair and not all(map(math.isfinite, pair)) for pair in factors)
    assert bool(diagnosis.gradients) or not bad_gradients
    assert bool(bad_gradients) or cut or not diagnosis.gradients
    if diagnosis.gradients:
        for leaf in ac.leaves(root):
            leaf.zero_grad()
        assert caught(root.backward).phase == "backward"


# --- diagnose ---------------------------------------------------------------------------------------------------------


def test_diagnose_lists_producers_in_topological_order_and_counts_what_passes_them_on() -> None:
    x, m = Value(0.0, "x"), Value(-1.0, "m")
    a, b = ac.log(x), ac.sqrt(m)
    a.label, b.label = "a", "b"
    diagnosis = diagnose((a + b) * 2)
    assert [each.node for each in diagnosis.data.producers] == [a, b]
    assert diagnosis.data.passing_on == 2
    assert [each.node for each in diagnosis.local_derivatives.producers] == [a, b]
    assert [each.node for each in diagnosis.gradients.producers] == [a, b]
    text = str(diagnosis)
    assert text.startswith("numbers: 2 made NaN or infinite, 2 pass that on\n  forward: node 'a' (log) made -inf")
    assert "dz/dx = 1 / x with z = -inf" in text
    assert not any(node.has_grad for node in (x, m, a, b))


def test_diagnose_lists_a_latent_local_derivative_that_no_gradient_meets() -> None:
    x = Value(0.0, "x")
    diagnosis = diagnose(ac.sqrt(x) * 0)
    assert diagnosis
    assert not diagnosis.data
    assert not diagnosis.gradients
    [latent] = diagnosis.local_derivatives.producers
    assert (latent.phase, latent.op, latent.result, latent.inputs) == ("local derivative", "sqrt", INF, (0.0,))
    assert "harmless until a gradient meets it" in str(latent)
    met = diagnose(ac.sqrt(x) * 3)
    assert [each.inputs for each in met.gradients.producers] == [(3.0, INF)]


def test_diagnose_says_that_all_is_finite() -> None:
    x = Value(2.0)
    diagnosis = diagnose(ac.log(x) * x)
    assert not diagnosis
    assert str(diagnosis) == "3 nodes: all numbers, local derivatives and gradients are finite"
    assert not diagnose(ac.constant(1.0))


def test_diagnose_names_what_was_given() -> None:
    x, c = Value(NAN, "x"), ac.constant(INF)
    diagnosis = diagnose(x * c)
    assert [each.node for each in diagnosis.data.producers] == [x, c]
    assert "node 'x' (leaf) was given as nan" in str(diagnosis)
    assert diagnosis.data.passing_on == 1
    assert (diagnosis.local_derivatives.producers, diagnosis.local_derivatives.passing_on) == ((), 1)
    assert (diagnosis.gradients.producers, diagnosis.gradients.passing_on) == ((), 1)


def test_diagnose_says_where_a_leaf_was_set_since() -> None:
    x = Value(-1.0, "x")
    y = ac.log(x)
    assert "a leaf was set" not in str(diagnose(y))
    x.data = 2.0
    assert "a leaf was set after this was recorded" in str(diagnose(y))


def test_diagnose_shows_the_places_of_a_graph_recorded_under_detect_anomaly() -> None:
    with detect_anomaly():
        y = ac.sqrt(Value(0.0))  # here
    assert f"made at: {y.place}" in str(diagnose(y))
    assert y.place.endswith("# here")


def test_a_long_diagnosis_is_shortened() -> None:
    diagnosis = diagnose(sum(ac.log(Value(0.0)) for _ in range(25)))
    assert len(diagnosis.data.producers) == 25
    assert str(diagnosis).count("made -inf") == 10
    assert "... and 15 more" in str(diagnosis)


def test_what_is_no_node_cannot_be_diagnosed() -> None:
    with pytest.raises(ac.InputTypeError, match=r"diagnose: 3\.0 is not a node"):
        diagnose(3.0)


@pytest.mark.slow
def test_a_chain_of_a_million_nodes_is_diagnosed() -> None:
    node = ac.sqrt(Value(0.0, "x"))
    for _ in range(long(1_000_000)):
        node = -node
    diagnosis = diagnose(node)
    assert [each.op for each in diagnosis.gradients.producers] == ["sqrt"]
    assert not diagnosis.data


def test_the_origin_is_found_at_the_end_of_a_deep_chain() -> None:
    node = ac.log(Value(0.0, "x"))
    for _ in range(long(100_000)):
        node = -node
    assert "(log) made -inf out of x = 0.0" in str(caught(lambda: node + 1))


def test_every_domain_of_the_table_is_told_where_it_is_left() -> None:
    told = set()
    for rule in TABLE:
        for x in (-2.0, -1.0, -0.5, 0.0, 1.0, 2.0) if rule.domain is not None else ():
            for y in (-2.0, 0.0, 0.5) if rule.arity == 2 else (None,):
                second = () if y is None else (y if rule.parameter is not None else Value(y),)
                diagnosis = diagnose(ac.apply(rule.name, Value(x), *second))
                call = f"{rule.name}({', '.join(rule.arguments)})"
                for each in diagnosis.data.producers:
                    assert f"{call} is finite where" in each.advice
                    told.add(rule.name)
                for each in diagnosis.local_derivatives.producers:
                    assert f"{call} is differentiable where" in each.advice
                    told.add(rule.name)
    assert told == {rule.name for rule in TABLE if rule.domain is not None}


# --- the mode ---------------------------------------------------------------------------------------------------------


def test_the_mode_is_put_back_after_errors_and_nests() -> None:
    with pytest.raises(ZeroDivisionError), detect_anomaly():
        raise ZeroDivisionError
    assert ac.log(Value(0.0)).data == -INF
    with detect_anomaly():
        with pytest.raises(AnomalyError), detect_anomaly():
            ac.log(Value(0.0))
        with pytest.raises(AnomalyError):
            ac.log(Value(0.0))
    assert ac.log(Value(0.0)).data == -INF
    assert current_state().watcher is None


def test_the_mode_holds_for_its_own_thread_only() -> None:
    seen: list[float] = []
    with detect_anomaly():
        thread = threading.Thread(target=lambda: seen.append(ac.log(Value(0.0)).data))
        thread.start()
        thread.join()
        with pytest.raises(AnomalyError):
            ac.log(Value(0.0))
    assert seen == [-INF]


def test_the_error_is_pickled_with_its_graph() -> None:
    error = caught(lambda: ac.log(Value(0.0, "x")))
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert (again.op, again.label, again.scope, again.inputs) == (error.op, error.label, error.scope, error.inputs)
    assert (again.place, again.phase, again.is_producer) == (error.place, error.phase, error.is_producer)
    assert again.node.parents[0].label == "x"
    assert isinstance(error, ArithmeticError)


def test_nodes_of_a_block_are_given_up_with_their_graph() -> None:
    """A training loop may stand in the block: nothing keeps the graphs of earlier steps."""
    with detect_anomaly():
        leaf = Value(1.0)
        count = sys.getrefcount(leaf)
        for _ in range(100):
            (leaf * 2).backward()
        assert sys.getrefcount(leaf) == count


# --- programs ---------------------------------------------------------------------------------------------------------


def test_a_replay_is_checked_and_the_numbers_it_is_recorded_with_are_not() -> None:
    def compute() -> None:
        program = ac.record(lambda w, x: ac.log(w * x) + 1, 0.0, 0.0)
        assert program(1.0, 1.0) == 1.0
        program(0.0, 1.0)  # here

    error = caught(compute)
    assert (error.op, error.inputs, error.phase, error.node) == ("log", (0.0,), "forward", None)
    assert error.is_producer
    assert error.place == f"test_anomaly.py:{line_of(compute, '# here')}: program(0.0, 1.0)  # here"
    assert "instruction 1 (log) made -inf, of x = 0.0\n" in str(error)
    assert "where x > 0, and here x = 0" in str(error)


def test_the_gradient_of_a_replay_is_checked() -> None:
    program = ac.record(lambda w, x: ac.sqrt(w * x), 1.0, 1.0)
    with detect_anomaly():
        assert program(0.0, 1.0) == 0.0
        assert program.value_and_grad(4.0, 1.0) == (2.0, 0.25)
    error = caught(lambda: program.value_and_grad(0.0, 1.0))
    assert (error.phase, error.op, error.inputs) == ("backward", "sqrt", (1.0, INF))
    exploding = ac.record(lambda x: x * 1e200 * 1e200, 1.0)
    assert "gradients explode" in str(caught(lambda: exploding.value_and_grad(1e-300)))


def test_the_example_of_a_batch_is_named() -> None:
    program = ac.record(lambda w, x: ac.sqrt(w * x), 1.0, 1.0).batched((None, 0), reduce="mean")
    numbers = np.array([1.0, 4.0, 0.0, 9.0])
    with detect_anomaly():
        assert program(1.0, numbers) == 1.5
    error = caught(lambda: program.value_and_grad(1.0, numbers))
    assert error.inputs == (0.25, INF)
    assert "at x = 0.0, for example 2" in str(error)
    assert "made nan, of x = -1.0, for example 0" in str(caught(lambda: program(1.0, -numbers)))


def test_a_number_given_to_a_replay_as_nan_is_named() -> None:
    program = ac.record(lambda w, x: w * x + INF, 1.0, 1.0)
    assert "passes on nan, made of x = 1.0, y = nan; x was given as nan" in str(caught(lambda: program(1.0, NAN)))
    error = caught(lambda: program(1.0, 1.0))
    assert not error.is_producer
    assert "a constant of the program was given as inf" in str(error)


def test_contributions_that_overflow_over_the_examples_are_found() -> None:
    program = ac.record(lambda w, x: w * x, 1.0, 1.0).batched((None, 0), reduce="sum")
    numbers = np.array([1e308, 1e308])
    with detect_anomaly():
        assert program(0.0, numbers) == 0.0
    assert "whose sum is not finite" in str(caught(lambda: program.value_and_grad(0.0, numbers)))
    twice = ac.record(lambda w: w * 1e308 + w * 1.1e308, 1.0)
    assert "whose sum is not finite" in str(caught(lambda: twice.value_and_grad(1e-300)))


def test_watching_a_replay_changes_no_result() -> None:
    loss = ac.record(lambda w, x, y: (w @ x - y) ** 2, np.zeros(2), np.zeros(2), 0.0)
    mean_loss = loss.batched((None, 0, 0), reduce="mean")
    arguments = np.array([1.0, -2.0]), np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([1.0, 2.0])
    value, gradient = mean_loss.value_and_grad(*arguments)
    with detect_anomaly():
        watched, its_gradient = mean_loss.value_and_grad(*arguments)
    assert watched == value
    np.testing.assert_array_equal(its_gradient, gradient)


@pytest.mark.parametrize("replay", [True, False])
def test_a_network_that_diverges_is_stopped(replay: bool) -> None:
    from nn import MLP, SGD, mean_squared_error, train

    model = MLP(1, [1], activation="linear", seed=0)
    optimizer = SGD(model.parameters(), learning_rate=1e100)
    options = {"epochs": 20, "batch_size": 2, "seed": 0, "replay": replay}
    with pytest.raises(AnomalyError, match="overflow"), detect_anomaly():
        train(model, [[1.0], [2.0]], [1.0, -1.0], loss=mean_squared_error, optimizer=optimizer, **options)
