"""Paths: their products add up to the gradient, they are counted without being listed, and the heaviest come first."""

from __future__ import annotations

import itertools
import math

import pytest
from amounts import long
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import LEAVES, Recipe, recipes

from autograd_core import InputTypeError, InputValueError, Value, constant, paths, relu, sqrt, tanh
from autograd_core.inspect.between import ONE, ZERO, size_of

ALL = 10**6


def doubling_chain(length: int, factors: tuple[float, float] = (1.0, 1.0)) -> tuple[Value, Value]:
    """A chain of `length` nodes with two edges from each to the next."""
    x = Value(1.0, "x")
    node = x
    for _ in range(length):
        node = node * constant(factors[0]) + node * constant(factors[1])
    return node, x


@settings(max_examples=200)
@given(recipes(largest=12))
def test_products_over_all_paths_add_up_to_the_gradient(recipe: Recipe) -> None:
    leaves = [Value(number) for number in LEAVES]
    root = recipe(*leaves)
    root.backward()
    for leaf in leaves:
        found = paths(root, leaf, limit=ALL)
        assert found.complete
        assert len(found) == found.count
        size = math.fsum(abs(path.product) for path in found)
        assert found.total == pytest.approx(leaf.grad, rel=1e-12, abs=1e-13 * size)
        assert found.gradient == leaf.grad


@settings(max_examples=200)
@given(recipes(largest=10), st.integers(1, 6))
def test_the_heaviest_paths_come_first(recipe: Recipe, limit: int) -> None:
    leaf = Value(LEAVES[0])
    root = recipe(leaf, *(Value(number) for number in LEAVES[1:]))
    everything = [abs(path.product) for path in paths(root, leaf, limit=ALL)]
    assert everything == sorted(everything, reverse=True)
    assert [abs(path.product) for path in paths(root, leaf, limit=limit)] == pytest.approx(
        everything[:limit], rel=1e-12
    )


@settings(max_examples=100)
@given(recipes(largest=10))
def test_every_path_is_a_path_and_stands_in_the_list_once(recipe: Recipe) -> None:
    leaf = Value(LEAVES[0], "leaf")
    root = recipe(leaf, *(Value(number) for number in LEAVES[1:]))
    found = paths(root, leaf, limit=ALL)
    assert len({(path.nodes, path.positions) for path in found}) == found.count
    for path in found:
        assert path.nodes[0] is root
        assert path.nodes[-1] is leaf
        for edge in path.edges:
            assert edge.child.parents[edge.position] is edge.parent
            assert edge.child.local_derivatives[edge.position] == edge.local_derivative
        assert path.product == pytest.approx(math.prod(path.local_derivatives), rel=1e-13)


def test_a_chain_of_60_doublings_has_two_to_the_sixty_paths() -> None:
    x = Value(1.0, "x")
    node = x
    for _ in range(60):
        node = node + node
    found = paths(node, x, limit=5)
    assert found.count == found.contributing == 2**60
    assert found.gradient == 2.0**60
    assert [path.product for path in found] == [1.0] * 5
    assert not found.complete
    assert "2^60 paths" in str(found)


def test_both_edges_of_a_square_are_paths() -> None:
    a = Value(3.0, "a")
    found = paths(a * a, a)
    assert found.count == 2
    assert [path.positions for path in found] == [b"\0", b"\1"]
    assert found.total == found.gradient == 6.0


def test_equal_products_that_differ_by_rounding_do_not_stop_the_search() -> None:
    """The sizes of all 2^200 paths are equal but for rounding; each of the three takes one walk, not 2^200."""
    root, x = doubling_chain(200, (0.3, -0.3))
    found = paths(root, x, limit=3)  # else this would never end
    assert found.count == 2**200
    assert [abs(path.product) for path in found] == pytest.approx([0.3**200] * 3, rel=1e-10)


def test_the_best_paths_of_a_chain_are_those_with_fewest_light_edges() -> None:
    root, x = doubling_chain(30, (2.0, 0.5))
    products = [path.product for path in paths(root, x, limit=1 + 30 + 435 + 1)]
    by_hand = [2.0**30] + [2.0**28] * 30 + [2.0**26] * math.comb(30, 2) + [2.0**24]
    assert products == by_hand


def test_a_path_with_a_zero_factor_contributes_nothing() -> None:
    x = Value(-1.0, "x")
    found = paths(sqrt(relu(x)) + 2 * x, x)
    assert [path.product for path in found] == [2.0, 0.0]
    assert found[1].local_derivatives == (1.0, math.inf, 0.0)
    assert (found.count, found.contributing, found.total, found.gradient) == (2, 1, 2.0, 2.0)


def test_a_list_cut_short_is_complete_if_only_dead_paths_are_missing() -> None:
    x = Value(-1.0, "x")
    found = paths(relu(x) + relu(2 * x) + x * 3, x, limit=1)
    assert found.complete
    assert found.total == found.gradient == 3.0
    assert "exactly 0" in str(found)
    longer = paths(tanh(x) + x, x, limit=1)
    assert not longer.complete
    assert "the sum of these, and 1 path not listed" in str(longer)


def test_products_do_not_overflow_or_vanish_on_the_way() -> None:
    x = Value(1.0, "x")
    node = x
    for factor in [1e200, 1e200, 1e-200, 1e-200, 3.0]:
        node = node * factor
    [path] = paths(node, x)
    assert path.product == pytest.approx(3.0, rel=1e-12)


def test_infinite_and_undefined_factors_come_first() -> None:
    x = Value(0.0, "x")
    found = paths(5 * x + sqrt(x) + x * math.nan, x)
    assert [str(path.product) for path in found] == ["nan", "inf", "5.0"]
    assert math.isnan(found.total)
    assert math.isnan(found.gradient)


def test_from_a_node_to_itself_there_is_one_path_without_edges() -> None:
    a = Value(3.0, "a")
    [path] = paths(a, a)
    assert (len(path), path.product) == (0, 1.0)


def test_interior_nodes_can_be_asked_for_and_paths_end_there() -> None:
    a = Value(3.0, "a")
    square = a * a
    found = paths(square.exp() + square + a, square)
    assert found.count == 2
    assert found.gradient == pytest.approx(math.exp(9.0) + 1.0)


def test_no_path_is_no_gradient() -> None:
    a, b = Value(1.0, "a"), Value(2.0, "b")
    found = paths(a * 2, b)
    assert (found.count, len(found), found.gradient, found.complete) == (0, 0, 0.0, True)
    assert str(found) == "There is no path from z1 to b, so dz1/db = 0."


def test_nothing_is_changed() -> None:
    a = Value(3.0, "a")
    square = a * a
    paths(square + a, a)
    assert not a.has_grad
    assert not square.has_grad


@pytest.mark.slow
def test_a_chain_of_a_hundred_thousand_nodes_has_its_paths() -> None:
    length = long(33_333)  # of three nodes each
    root, x = doubling_chain(length, (1.0, 0.5))
    found = paths(root, x, limit=2)
    assert found.count == 2**length
    assert [path.product for path in found] == [1.0, 0.5]
    assert f"{2 * length - 11:,} more" in str(found)
    assert f"2^{length} paths" in str(found)
    assert f"more than 2^{length - 1} paths not listed" in str(found)


@pytest.mark.parametrize("limit", [0, -1, True, 2.5, "all"])
def test_a_wrong_limit_is_refused(limit: object) -> None:
    a = Value(1.0)
    with pytest.raises((InputTypeError, InputValueError), match="limit"):
        paths(a * 2, a, limit=limit)


def test_what_has_no_gradient_is_refused() -> None:
    a = Value(1.0)
    with pytest.raises(InputTypeError, match="not a node"):
        paths(a * 2, 1.0)
    with pytest.raises(InputValueError, match="no gradient flows into node 'c'"):
        paths(a * 2, constant(2.0, "c"))
    with pytest.raises(InputValueError, match="no gradient flows"):
        paths(constant(2.0) * 2, a)


@given(st.lists(st.floats(-4, 4), min_size=2, max_size=2), st.floats(-4, 4))
def test_sizes_compare_as_absolute_values_do(numbers: list[float], factor: float) -> None:
    first, second = numbers
    assert (size_of(first) < size_of(second)) == (abs(first) < abs(second))
    # A subnormal product is rounded twice: to 53 bits, and to the digits that are left there.
    product = float(size_of(first).times(size_of(factor)))
    assert product == pytest.approx(abs(first * factor), rel=1e-15, abs=math.ulp(0.0))


def test_zero_times_anything_is_zero() -> None:
    for number in (0.0, 1.0, math.inf, math.nan):
        assert size_of(number).times(ZERO) == ZERO.times(size_of(number)) == ZERO
    for smaller, larger in itertools.pairwise([0.0, 5e-324, 1.0, 1e308, math.inf, math.nan]):
        assert size_of(smaller) < size_of(larger)
    assert size_of(math.inf).times(ONE) == size_of(math.inf)
