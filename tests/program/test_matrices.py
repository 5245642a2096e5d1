"""Matrices that are found among scalars, at one place or at several, and instructions in a row: as the graph computes.

What may be computed together must not change what is computed: layers that look at what another place made of the same
weights stay apart, weights may be looked at, and a number may be looked at several times.
"""

from __future__ import annotations

import math
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amounts import long, some
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import Value, record
from autograd_core.program.engine import Engine

Array = np.ndarray[Any, Any]

PLACES, WIDTH = 4, 3
each_instruction_set = pytest.mark.usefixtures("_each_instruction_set")
compiled_only = pytest.mark.skipif(not ac.compiled, reason="tells of the compiled replay; this run is uncompiled")

#: Layers applied to a vector: of a matrix, its lines in another order, its columns, a part of it, of constants.
LAYERS: dict[str, Callable[[Array, Array, Array], Array]] = {
    "a matrix": lambda W, b, x: W @ x,
    "and biases": lambda W, b, x: W @ x + b,
    "and a residual": lambda W, b, x: x + W @ x,
    "its lines backwards": lambda W, b, x: W[::-1] @ x,
    "its columns": lambda W, b, x: x @ W,
    "its columns and biases": lambda W, b, x: b + x @ W,
    "a line and others": lambda W, b, x: np.array([W[1] @ x, x[0], W[2] @ x]),
    "beside another": lambda W, b, x: W @ x - np.array([b @ x, x[1], W[0] @ x]),
    "of constants": lambda W, b, x: np.arange(9.0).reshape(3, 3) @ x / 9,
}
#: What places may look at of each other, one after the other.
BETWEEN: dict[str, Callable[[list[Array]], list[Array]]] = {
    "nothing": lambda rows: rows,
    "all before": lambda rows: [sum(rows[1 : place + 1], rows[0]) / (place + 1) for place in range(len(rows))],
    "the first alone": lambda rows: [rows[0] * row for row in rows],
    "a number several times": lambda rows: [np.array([row[0], row[0], row[-1]]) for row in rows],
    "attention": lambda rows: [sum((row @ other) * other for other in rows[: at + 1]) for at, row in enumerate(rows)],
}
FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "relu": ac.relu,
    "sin": np.sin,
    "halves": lambda z: z * 0.5,
    "itself": lambda z: z,
}
#: Whether the next place looks at what this one has made of the same layer.
ONE_AFTER_ANOTHER = st.booleans()
STEPS = st.tuples(
    *(st.sampled_from(sorted(kind)) for kind in (LAYERS, FUNCTIONS, BETWEEN)), st.integers(0, 1), ONE_AFTER_ANOTHER
)


def network(steps: list[tuple[str, str, str, int, bool]]) -> Callable[..., Any]:
    """Layers over places, each step of all places; weights and what is looked at are arguments."""

    def f(U: Array, V: Array, b: Array, X: Array) -> Any:
        rows = [X[0], *(X[1:-1]), V[0]]  # the last place looks at weights
        for layer, function, between, which, one_after_another in steps:
            made: list[Array] = []
            for row in rows:
                x = row + 0.5 * made[-1] if one_after_another and made else row
                made.append(FUNCTIONS[function](LAYERS[layer]((U, V)[which], b, x)))
            rows = BETWEEN[between](made)
        return sum(np.sin(row).sum() for row in rows)

    return f


def answers_of_graph(f: Callable[..., Any], *arrays: Array) -> list[Array]:
    """The value, then the gradient by each array."""
    nodes = [np.vectorize(Value, otypes=[object])(each) for each in arrays]
    root = f(*nodes)
    root.backward()
    return [np.array(root.data), *(np.vectorize(lambda node: node.grad, otypes=[float])(each) for each in nodes)]


def check(f: Callable[..., Any], *arrays: Array) -> None:
    """Value and gradient of the program against those of the graph, relative to the greatest of an array.

    Another order of sums rounds otherwise, and layers magnify that as they magnify what inputs differ by: beside the
    1e-12, as much is allowed as the graph's own answers move when each input moves by 1e-13 of itself.
    """
    program = record(f, *arrays)
    value, slopes = program.value_and_grad(*arrays, argnums=tuple(range(len(arrays))))
    moved = answers_of_graph(
        f, *(each * (1.0 + 1e-13 * (-1.0) ** np.arange(each.size).reshape(each.shape)) for each in arrays)
    )
    np.testing.assert_allclose(program(*arrays), value, rtol=1e-12, atol=1e-13)
    for found, expected, beside in zip([value, *slopes], answers_of_graph(f, *arrays), moved, strict=True):
        finite = np.isfinite(expected) & np.isfinite(beside)
        greatest = np.abs(expected[finite]).max(initial=1.0)
        magnified = np.abs(beside - expected)[finite].max(initial=0.0)
        if magnified > 1e-3 * greatest:
            continue  # a sine of numbers so large that their last digits turn it round: any answer is as right
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * greatest + magnified)


def plan(f: Callable[..., Any], *arrays: Array) -> Any:
    """How a program of one point is replayed."""
    tape = record(f, *arrays).tape
    found = Engine(tape, [tape.inputs], [False], [True]).native
    assert found is not None
    return found


@settings(max_examples=150)
@given(st.lists(STEPS, min_size=1, max_size=3), st.integers(0, 1000))
def test_layers_at_several_places(steps: list[tuple[str, str, str, int, bool]], seed: int) -> None:
    draw = np.random.default_rng(seed).normal
    W, b, X = draw(size=(2, WIDTH, WIDTH)) / 2, draw(size=WIDTH), draw(size=(PLACES, WIDTH))
    with np.errstate(over="ignore"):  # NumPy sees that 1 / cosh of a large number, a slope, goes through infinity
        check(network(steps), W[0], W[1], b, X)


@each_instruction_set
@pytest.mark.parametrize("one_after_another", [False, True])
@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_at_several_places(layer: str, one_after_another: bool) -> None:
    draw = np.random.default_rng(1).normal
    steps = [
        (layer, "tanh", "all before", 0, one_after_another),
        ("a matrix", "relu", "attention", 1, False),
        (layer, "itself", "nothing", 0, False),
    ]
    check(network(steps), draw(size=(WIDTH, WIDTH)), draw(size=(WIDTH, WIDTH)), draw(size=WIDTH), draw(size=(4, WIDTH)))


@each_instruction_set
@pytest.mark.parametrize("places", [1, 2, 3, 4, 5, 9, long(150)])
@pytest.mark.parametrize(("lines", "terms"), [(1, 2), (1, 16), (2, 1), (3, 3), (5, 17), (9, 8), (16, 5)])
def test_a_matrix_at_several_places_is_a_product_of_matrices(lines: int, terms: int, places: int) -> None:
    """Whatever the sizes; all of them are run in tiles of a few."""
    generator = np.random.default_rng(lines + 20 * terms + 400 * places)
    W, b = (
        generator.normal(size=(lines, terms + 2)),
        generator.normal(size=lines),
    )  # what lies between lines is not theirs
    X = generator.normal(size=(places, terms))

    def f(W: Array, b: Array, X: Array) -> Any:
        return sum(np.sin(W[:, :-2] @ np.exp(x) + b).sum() for x in X)

    value, slopes = record(f, W, b, X).value_and_grad(W, b, X, argnums=(0, 1, 2))
    E = np.exp(X)
    Z = E @ W[:, :-2].T + b
    expected = [np.pad(np.cos(Z).T @ E, [(0, 0), (0, 2)]), np.cos(Z).sum(axis=0), np.cos(Z) @ W[:, :-2] * E]
    np.testing.assert_allclose(value, np.sin(Z).sum(), rtol=1e-11)
    for slope, each in zip(slopes, expected, strict=True):
        np.testing.assert_allclose(slope, each, rtol=1e-11, atol=1e-11)
    if ac.compiled:
        assert plan(f, W, b, X).matrices == ([(lines, terms, places)] if lines > 1 or places > 1 else [])


@each_instruction_set
@pytest.mark.parametrize("special", [0.0, -0.0, math.inf, -math.inf, math.nan])
def test_zeros_infinities_and_nans_at_several_places(special: float) -> None:
    """A factor that is exactly 0 ends the path here too: beside it, 0 * inf is no nan."""
    generator = np.random.default_rng(4)
    for at in some(range(12)):
        W, X = generator.normal(size=(3, 4)).round(), generator.normal(size=(3, 4)).round()
        W.flat[at] = X.flat[at // 2] = special
        for g in (ac.relu, ac.sqrt, lambda z: ac.sqrt(ac.relu(z)), lambda z: ac.log(abs(z)) * 0.0):
            with np.errstate(all="ignore"):
                check(lambda W, X, g=g: sum(g(z) for x in X for z in W @ np.array([*x[:3], ac.relu(x[3])])), W, X)


#: Functions of as many arguments as there are of x, of y and of single numbers in a row.
IN_A_ROW: dict[str, Callable[..., Any]] = {
    "of one argument": lambda x, y: np.exp(np.sin(x)),
    "whose slopes are kept": lambda x, y: np.tanh(x) * ac.sigmoid(y) + ac.tanh(x[0]),
    "with a number": lambda x, y: (x * y[0] + x / 3.0 - y[1] * y) ** 2,
    "with itself": lambda x, y: x * x / (x + 4.0),
    "with what is a step ahead": lambda x, y: x[1:] * x[:-1] + np.sin(y[1:] - y[:-1]),
    "with a number of its own": lambda x, y: x * x[3] + y * x[3],
    "on its own results": lambda x, y: np.array([*np.cumsum(x), *np.cumprod(y / 4)]),
    "backwards": lambda x, y: np.sin(x[::-1]) * y,
    "of which some get no gradient": lambda x, y: np.sin(np.array([ac.stop_gradient(x[0]), *x[1:]])) * y,
    "that choose": lambda x, y: np.array([ac.where(a > b, a * b, ac.sin(b)) for a, b in zip(x, y, strict=True)]),
    "with kinks": lambda x, y: ac.maximum(x, y) + ac.relu(x) - abs(y),
}


@each_instruction_set
@pytest.mark.parametrize("size", [4, 7, 129])
@pytest.mark.parametrize("name", IN_A_ROW)
def test_instructions_in_a_row(name: str, size: int) -> None:
    draw = np.random.default_rng(size).normal
    check(lambda x, y: IN_A_ROW[name](x, y).sum(), draw(size=size), draw(size=size))
    check(lambda x, y: (IN_A_ROW[name](x, np.cos(y)) ** 2).sum(), draw(size=size), draw(size=size))


@each_instruction_set
def test_a_zero_slope_ends_the_path_in_a_row() -> None:
    with np.errstate(divide="ignore"):
        check(lambda x: np.sqrt(ac.relu(x)).sum(), np.array([-1.0, 0.0, 4.0, -0.0, 1.0, -3.0, 2.0, 9.0, 0.0]))


# --- what is found ----------------------------------------------------------------------------------------------------


@compiled_only
def test_the_matrices_of_the_small_gpt_are_found_over_all_of_its_places() -> None:
    """Queries, keys and values look at the same and lie one after another: they are one matrix."""
    gpt = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "small_gpt.py"))
    W = gpt["matrices"](gpt["weights"]())
    inner = [W[key] for key in ("q", "k", "v", "o", "up", "down", "head")]
    rows, targets = gpt["embedded"](W, [0, 13, 9, 1]), np.eye(27)[[13, 9, 1, 0]]

    def loss(*given: Any) -> Any:
        return gpt["loss"](
            dict(zip(("q", "k", "v", "o", "up", "down", "head"), given[:-1], strict=True)), given[-1], targets
        )

    found = plan(loss, *inner, rows)
    assert sorted(found.matrices) == [(16, 16, 4), (16, 64, 4), (27, 16, 4), (48, 16, 4), (64, 16, 4)]
    nodes = len(record(loss, *inner, rows).tape.opcodes)
    assert found.instructions < nodes / 50
    draw = np.random.default_rng(0).normal
    check(loss, *(draw(size=each.shape) / 4 for each in (*inner, rows)))


@compiled_only
def test_the_matrices_of_a_loss_over_several_examples_are_found() -> None:
    """Of a network whose weights and biases lie neuron by neuron, on examples that are constants."""
    X = np.random.default_rng(0).normal(size=(7, 2))

    def loss(U: Array, V: Array, w: Array) -> Any:
        made = [w @ ac.relu(V[:, :-1] @ np.tanh(U[:, :-1] @ x + U[:, -1]) + V[:, -1]) for x in X]
        return sum(ac.relu(1 - each) for each in made) / len(made)

    draw = np.random.default_rng(1).normal
    given = draw(size=(8, 3)), draw(size=(5, 9)), draw(size=5)
    found = plan(loss, *given)
    assert sorted(found.matrices) == [(1, 5, 7), (5, 8, 7), (8, 2, 7)]
    assert found.instructions < 30
    check(loss, *given)


@compiled_only
def test_places_that_look_at_each_other_stay_apart() -> None:
    """What a step looks at is together, what it hands on is not; nor are layers at different depths."""
    draw = np.random.default_rng(0).normal

    def recurrent(W: Array, U: Array, X: Array) -> Any:
        state = np.tanh(U @ X[0])
        for x in X[1:]:
            state = np.tanh(W @ state + U @ x)
        return state.sum()

    given = draw(size=(3, 3)), draw(size=(3, 2)), draw(size=(4, 2))
    assert sorted(plan(recurrent, *given).matrices) == [(3, 2, 4), (3, 3, 1), (3, 3, 1), (3, 3, 1)]
    check(recurrent, *given)
    assert plan(lambda W, x: (W @ np.tanh(W @ np.tanh(W @ x))).sum(), draw(size=(3, 3)), draw(size=3)).matrices == [
        (3, 3, 1),
        (3, 3, 1),
        (3, 3, 1),
    ]


@compiled_only
def test_lines_that_overlap_are_no_matrix() -> None:
    """Those of a convolution share weights; each is a sum of products of its own."""
    draw = np.random.default_rng(0).normal

    def convolved(w: Array, x: Array) -> Any:
        return sum(ac.sin(w[at : at + 3] @ np.exp(x)) for at in range(4))

    given = draw(size=6), draw(size=3)
    assert all(lines <= 2 for lines, _, _ in plan(convolved, *given).matrices)
    check(convolved, *given)
