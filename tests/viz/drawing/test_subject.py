"""What else may be drawn: a function at some numbers, a program, a model; or the message says what to write."""

from __future__ import annotations

import pathlib
import re
from typing import Any

import numpy as np
import pytest
from drawing_checks import texts

from autograd_core import (
    AutogradError,
    InputTypeError,
    InputValueError,
    Program,
    Tensor,
    Value,
    leaky_relu,
    leaves,
    record,
    tanh,
    where,
)
from autograd_core.program.as_graph import graph_of_program
from nn import MLP, Neuron
from viz import draw, draw_network


def neuron(w: Any, x: Any, b: Any = 0.5) -> Any:
    return tanh(w * x + b)


def test_a_model_is_drawn_as_circles() -> None:
    model = MLP(2, [3, 1], seed=0)
    assert draw(model).dot == draw_network(model).dot
    assert (
        draw(model.to_tensor(), title="a", heat="data").dot
        == draw_network(model.to_tensor(), title="a", heat="data").dot
    )
    with pytest.raises(InputValueError, match=re.escape("write") + "|" + re.escape("draw(model, at=x, depth=1)")):
        draw(model, depth=1)


@pytest.mark.parametrize("model", [MLP(2, [3, 1], seed=0), MLP(2, [3, 1], seed=0).to_tensor(), Neuron(2, seed=0)])
def test_a_model_at_numbers_is_drawn_as_the_graph_of_one_call(model: Any) -> None:
    x = np.array([1.0, -2.0]) if isinstance(model.parameters()[0], Tensor) else [1.0, -2.0]
    root = model(x)
    assert draw(model, at=x).dot == draw(root).dot
    assert not any(each.has_grad for each in model.parameters())  # which belong to the caller


@pytest.mark.parametrize("at", [(2.0, 3.0), {"w": 2.0, "x": 3.0}, {"x": 3.0, "w": 2.0}])
def test_a_function_is_called_at_numbers(at: Any) -> None:
    w, x = Value(2.0, "w"), Value(3.0, "x")
    root = neuron(w, x)
    root.backward()
    assert draw(neuron, at=at).dot == draw(root).dot
    assert draw(neuron, at=at, constants="inline").dot == draw(root, constants="inline").dot


def test_an_argument_may_be_a_container_or_hold_nodes() -> None:
    drawn = draw(lambda p, x: (p["W"] @ x).sum() + p["b"][1], at=({"W": np.eye(2), "b": [1.0, 2.0]}, np.ones(2)))
    assert {"p['W']", "p['b'][1]", "x"} <= set(texts(drawn))
    drawn = draw(lambda pair: pair[0] * pair[1], at=(4.0, 5.0))  # the only argument is the pair
    assert {"pair[0]", "pair[1]", "20"} <= set(texts(drawn))
    mine = Value(2.0, "mine")
    assert "mine" in texts(draw(lambda x, y: x * y, at=(mine, 3.0)))
    assert not mine.has_grad


def test_a_program_is_drawn_as_the_graph_that_was_recorded(tmp_path: pathlib.Path) -> None:
    program = record(neuron, 2.0, 3.0)
    assert draw(program).dot == draw(neuron, at=(2.0, 3.0)).dot
    assert draw(program, at=(0.5, -1.0)).dot == draw(program, at={"x": -1.0, "w": 0.5}).dot
    assert draw(program, at=(0.5, -1.0)).dot == draw(neuron, at=(0.5, -1.0)).dot
    a, b = Value(2.0, "a"), Value(3.0, "b")
    assert {"a", "b", "6"} <= set(texts(draw(Program.from_graph(a * b, [a, b]))))
    program.save(tmp_path / "program")
    loaded = Program.load(tmp_path / "program")
    with pytest.raises(InputValueError, match="give them for its arguments: w, x"):
        draw(loaded)
    assert draw(loaded, at=(2.0, 3.0)).dot == draw(program).dot


def test_the_graph_of_a_program_computes_what_the_program_does() -> None:
    def f(w: Any, x: Any, c: Any) -> Any:
        s = leaky_relu(w @ x, 0.1) + c[0] * 2
        return [s, where(s > c[1], s, w[0]).exp()]

    program = record(f, np.ones(2), np.ones(2), (1.0, 2.0))
    arguments = np.array([0.5, -1.0]), np.array([2.0, 3.0]), (0.25, -4.0)
    roots = graph_of_program(program, arguments)
    assert [root.data for root in roots] == pytest.approx(list(program(*arguments)), rel=1e-15)
    assert {leaf.label for leaf in leaves(roots)} == {"w[0]", "w[1]", "x[0]", "x[1]", "c[0]", "c[1]"}


@pytest.mark.parametrize(
    ("given", "at", "message"),
    [
        (neuron, None, "neuron is a function; give the numbers to call it at: draw(f, at={'w': 1.0, 'x': 1.0})"),
        (Neuron(2, seed=0), None, "Neuron is a model; give the numbers to call it at: draw(model, at=x)"),
        (MLP, None, "MLP is a class; make a model of it, and draw that: draw(model)"),
        (neuron, (1.0,), "neuron does not take at=(1.0,)"),
        (lambda x: 3.0, 1.0, "the function returned 3.0; let it return a Value or a Tensor"),
        (Value(1.0), 2.0, "at= is for a function or a model"),
        (record(neuron, 1.0, 2.0), 1.0, "1 argument(s) are given, and the program takes 2: w, x"),
        (record(neuron, 1.0, 2.0).batched((0, None)), None, "draw the one it was made of: draw(program)"),
        (42, None, "42 is not a Value or a Tensor"),
        (42, 1.0, "at= is for a function or a model"),
    ],
)
def test_what_cannot_be_drawn_is_told_what_to_write(given: Any, at: Any, message: str) -> None:
    with pytest.raises((InputTypeError, InputValueError), match=re.escape(message)) as error:
        draw(given, at=at)
    assert isinstance(error.value, AutogradError)
