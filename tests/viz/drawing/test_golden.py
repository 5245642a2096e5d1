"""The DOT text of one picture of each kind, byte by byte. If a change is meant: ``pytest --overwrite-golden``."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import numpy as np
import pytest
from drawing_checks import assert_nothing_injected, texts

from autograd_core import Tensor, Value, ancestors, relu, scope, stack
from nn import MLP, mean_squared_error
from viz import Drawing, compare, draw, draw_network

FOLDER = pathlib.Path(__file__).parent / "golden"


# All numbers here are exact in binary, so that no library of another machine rounds them otherwise.
def neuron(offset: float = 0.25, *, squared: bool = True) -> Value:
    w, x, b = Value(2.0, "w1"), Value(0.5, "x1"), Value(offset, "b")
    with scope("neuron"):
        z = relu(w * x + b)
    root = z**2 if squared else z
    root.backward()
    return root


def network() -> MLP:
    model = MLP(2, [4, 1], activation="relu", seed=0)
    for position, parameter in enumerate(model.parameters(), start=1):
        parameter.data = position / 16.0
    return model


def loss() -> Value:
    model = network()
    root = mean_squared_error([model([1.0, 0.5])], [2.0])
    root.label = "loss"
    root.backward()
    return root


def arrays() -> Tensor:
    W, x = Tensor([[1.0, 2.0, -1.5], [3.0, 4.0, 0.25]], "W"), Tensor([0.5, -1.0, 2.0], "x")
    large = Tensor(np.arange(64.0).reshape(8, 8), "large")
    root = (relu(W @ x) ** 2).sum() + large.mean()
    root.backward()
    return root


def mixed() -> Tensor:
    a, b = Value(2.0, "a"), Value(-1.0, "b")
    root = (Tensor([[1.0, 2.0], [3.0, 4.0]], "W") @ stack([a * b, 1.0])).sum()
    root.backward()
    return root


def first_weight(root: Value) -> Value:
    return next(node for node in ancestors(root) if node.label == "w1")


def part(choice: str) -> Drawing:
    root = loss()
    leaf = first_weight(root)
    return draw(root, path=(leaf, root)) if choice == "path" else draw(root, around=leaf, radius=2)


def duplicates() -> Value:
    a, b = Value(3.0, "a"), Value(2.0, "b")
    root = relu(a * b) + (a * b) * 0.5
    root.backward()
    return root


PICTURES: dict[str, Callable[[], Drawing]] = {
    "neuron": lambda: draw(neuron(), title="A neuron"),
    "formulas": lambda: draw(neuron(), derivatives="formulas", constants="inline"),
    "arrays": lambda: draw(arrays(), derivatives="formulas"),
    "mixed": lambda: draw(mixed()),
    "layers": lambda: draw(loss(), depth=1),
    "neurons": lambda: draw(loss(), depth=2),
    "focus": lambda: draw(loss(), focus="layer 1/neuron 2"),
    "around": lambda: part("around"),
    "path": lambda: part("path"),
    "heat-grad": lambda: draw(neuron(), heat="grad"),
    "heat-data": lambda: draw(arrays(), heat="data"),
    "heat-local": lambda: draw(loss(), heat="local", depth=1),
    "duplicates": lambda: draw(duplicates(), merge_duplicates=True),
    "folded": lambda: draw(loss(), max_nodes=20),
    "compare": lambda: compare(neuron(), neuron(0.75, squared=False), title="Two neurons"),
    "network": lambda: draw_network(network(), title="2-4-1"),
    "network-heat": lambda: draw_network(network(), heat="data"),
}


@pytest.mark.digits
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_it_was(name: str, request: pytest.FixtureRequest) -> None:
    file = FOLDER / f"{name}.dot"
    drawing = PICTURES[name]()
    if request.config.getoption("--overwrite-golden"):
        file.write_text(drawing.dot, encoding="utf-8")
    assert drawing.dot == file.read_text(encoding="utf-8"), "if the change is meant: pytest --overwrite-golden"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_xml_with_text_in_it(name: str) -> None:
    drawing = PICTURES[name]()
    assert_nothing_injected(drawing)
    assert len([text for text in texts(drawing) if text]) >= 10


def test_every_golden_file_has_a_picture() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(PICTURES)
