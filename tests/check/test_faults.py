"""The gradient check is itself tested: faults are planted, each is caught, and the node at fault is named."""

from __future__ import annotations

import random

import pytest
from amounts import trials
from nasty_functions import nasty

import autograd_core as ac
from autograd_core import GradientReport, Value, check_gradients
from autograd_core.check import verdicts
from autograd_core.derivatives.pull_back import gradient_numbers

pytestmark = pytest.mark.usefixtures("scratch_table")


def assert_caught(report: GradientReport, op: str) -> None:
    wrong = [row for row in report if row.verdict == "wrong"]
    assert wrong, str(report)
    assert all(f"({op})" in row.note for row in wrong), str(report)


@pytest.mark.parametrize("method", verdicts.METHODS)
@pytest.mark.parametrize(
    ("formula", "partial"),
    [
        ("sin(x)", "-cos(x)"),
        ("x**2", "x"),
        ("sin(x)", "1.0005 * cos(x)"),
        ("exp(2*x)", "z"),
        ("tanh(x)", "1 - z"),
        ("log(x)", "1 / x**2"),
        ("sqrt(x)", "1 / z"),
    ],
    ids=["sign", "factor", "0.05 % off", "inner derivative left out", "square left out", "power", "factor of a root"],
)
def test_a_wrong_line_of_the_table_is_caught_by_every_method(formula: str, partial: str, method: str) -> None:
    ac.primitive("faulty", formula, partial)
    report = check_gradients(lambda x, y: ac.tanh(ac.apply("faulty", x * y)) + x, 0.5, 1.4, method=method)
    assert [row.verdict for row in report] == ["wrong", "wrong"]
    assert_caught(report, "faulty")


def test_swapped_local_derivatives_are_caught() -> None:
    ac.primitive("swapped", "x * y**2", "2 * x * y", "y**2")
    report = check_gradients(lambda x, y: x.swapped(y), 1.5, 0.5)
    assert [row.verdict for row in report] == ["wrong", "wrong"]
    assert "dz/dx = 1.5" in report.rows[0].note
    assert "finite differences of z = x * y**2 give 0.25" in report.rows[0].note
    assert "dz/dy" in report.rows[1].note


def test_a_fault_in_one_region_is_caught_there_and_only_there() -> None:
    ac.primitive("regional", "tanh(x)", "where(x > 2, 1 - z, 1 - z**2)")
    assert_caught(check_gradients(lambda x: x.regional() * 3, 2.5), "regional")
    assert check_gradients(lambda x: x.regional() * 3, 1.5)


def test_a_fault_of_second_order_only_is_caught_by_order_2() -> None:
    ac.primitive("derived", "cos(x)", "-1.0005 * sin(x)")
    ac.primitive("outer", "sin(x)", "derived(x)")
    assert check_gradients(lambda x: x.outer(), 0.7)
    report = check_gradients(lambda x: x.outer(), 0.7, order=2)
    assert [(row.name, row.verdict) for row in report] == [("x", "ok"), ("∂²/∂x²", "wrong")]
    assert_caught(report, "derived")
    assert not check_gradients(lambda x, y: x.outer() * y, 0.7, 2.0, order=2, directions=1)


def test_one_fault_among_many_nodes_is_the_one_that_is_named() -> None:
    ac.primitive("almost_tanh", "tanh(x)", "1.0005 * (1 - z**2)")

    def network(weights: list[Value]) -> Value:
        hidden = [ac.tanh(w * 0.3 + 0.1) for w in weights[:-1]]
        hidden.append(weights[-1].almost_tanh())
        return ac.sigmoid(sum(hidden[1:], hidden[0]))

    report = check_gradients(network, [0.1 * k for k in range(1, 9)])
    assert [row.verdict for row in report] == ["ok"] * 7 + ["wrong"]
    assert_caught(report, "almost_tanh")


@pytest.mark.slow
def test_the_fault_is_found_in_a_deep_chain() -> None:
    ac.primitive("almost_sin", "sin(x)", "1.0005 * cos(x)")

    def chain(x: Value, faulty: int) -> Value:
        for k in range(1500):
            x = (x.almost_sin() if k == faulty else ac.sin(x)) * 1.0001
        return x

    assert check_gradients(lambda x: chain(x, -1), 0.5)
    assert_caught(check_gradients(lambda x: chain(x, 700), 0.5), "almost_sin")


def test_a_labelled_node_is_named_by_its_label() -> None:
    ac.primitive("half_square", "x**2 / 2", "2 * x")

    def f(x: Value) -> Value:
        energy = x.half_square()
        energy.label = "energy"
        return energy + 1

    [row] = check_gradients(f, 3.0)
    assert row.note.startswith("node 'energy' (half_square) has the local derivative dz/dx = 6 at x = 3, but")


def test_what_left_the_graph_is_caught_and_told_from_a_wrong_rule() -> None:
    [row] = check_gradients(lambda x: x * x.data, 3.0)
    assert row.verdict == "wrong"
    assert "outside of the graph" in row.note
    [row] = check_gradients(lambda x: Value(x.data) * 2, 3.0)
    assert row.verdict == "wrong"
    assert "no path of the graph leads there" in row.note
    [row] = check_gradients(lambda x: x * 5 if x.data == 0.0 else x * 3, 0.0)
    assert row.verdict == "wrong"
    assert "branch at this very point" in row.note
    # A part of one in a thousand outside of the graph.
    [row] = check_gradients(lambda x: ac.sin(x) + 1e-3 * x.data, 1.0)
    assert row.verdict == "wrong"


def test_a_missing_accumulation_is_caught_and_told_from_a_wrong_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backward pass that keeps the last contribution of a node instead of their sum."""

    def overwriting(root: Value, inputs: list[Value]) -> list[float]:
        received = {root: 1.0}
        for node in reversed(ac.topological_order(root)):
            for parent, local in zip(node.parents, node.local_derivatives, strict=True):
                if local is not None and node in received:
                    received[parent] = received[node] * local
        return [received.get(each, 0.0) for each in inputs]

    monkeypatch.setattr("autograd_core.check.recorded.leaf_gradients", overwriting)
    assert check_gradients(lambda x, y: ac.sin(x) * y, 0.5, 2.0)
    [row] = check_gradients(lambda x: ac.sin(x) + x * x, 0.5)
    assert row.verdict == "wrong"
    assert "forward mode gives" in row.note
    assert "lost or doubled a contribution" in row.note
    monkeypatch.setattr("autograd_core.check.recorded.leaf_gradients", gradient_numbers)
    assert check_gradients(lambda x: ac.sin(x) + x * x, 0.5)


@pytest.mark.parametrize("place", ["inside", "outside"])
def test_no_fault_of_a_twentieth_of_a_percent_passes_in_1000_hard_functions(place: str) -> None:
    """A factor 1.0005 in the chain rule of the nasty functions: never ok, unless their terms cancel to nothing."""
    ac.primitive("faulty", "x", "1.0005")
    caught = 0
    for seed in range(trials(1000)):
        function = nasty(seed).f
        faulty = (lambda x, f=function: f(x.faulty())) if place == "inside" else (lambda x, f=function: f(x).faulty())
        [row] = check_gradients(faulty, nasty(seed).point)
        if row.verdict == "ok":
            assert row.analytic == 0.0 or "cancel to within their rounding" in row.note, f"{nasty(seed).text}\n{row}"
        if row.verdict == "wrong":
            caught += 1
            assert "(faulty)" in row.note, f"{nasty(seed).text}\n{row}"
    assert caught > trials(700)


@pytest.mark.slow
def test_directions_catch_a_fault_in_any_parameter() -> None:
    ac.primitive("almost_tanh", "tanh(x)", "1.0005 * (1 - z**2)")
    generator = random.Random(1)
    point = [generator.uniform(-1, 1) for _ in range(200)]
    for faulty in (0, 77, 199):

        def f(w: list[Value], position: int = faulty) -> Value:
            terms = [each.almost_tanh() if k == position else ac.tanh(each) for k, each in enumerate(w)]
            return sum(terms[1:], terms[0])

        report = check_gradients(f, point, directions=2)
        assert "wrong" in {row.verdict for row in report}, str(report)
        assert report.calls < 150  # what is wrong is measured twice
