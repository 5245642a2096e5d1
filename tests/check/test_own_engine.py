"""A learner's engine beside ours: right ones pass, and each classic mistake is named."""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from typing import Any

import micrograd.engine
import pytest

from autograd_core import InputTypeError, Value, check_own_engine, no_grad


class Node:
    """A small engine, with a place for each mistake."""

    ordered, accumulates = True, True

    def __init__(
        self, data: float, parents: tuple[Any, ...] = (), slopes: tuple[Callable[[], float], ...] = ()
    ) -> None:
        self.data, self.grad, self.parents, self.slopes = float(data), 0.0, parents, slopes

    def made(self, data: float, *pairs: tuple[Any, Callable[[], float]]) -> Any:
        return type(self)(data, tuple(each for each, _ in pairs), tuple(slope for _, slope in pairs))

    def of(self, other: Any) -> Any:
        return other if isinstance(other, Node) else type(self)(other)

    def __add__(self, other: Any) -> Any:
        other = self.of(other)
        return self.made(self.data + other.data, (self, lambda: 1.0), (other, lambda: 1.0))

    def __mul__(self, other: Any) -> Any:
        other = self.of(other)
        return self.made(self.data * other.data, (self, lambda: other.data), (other, lambda: self.data))

    def __pow__(self, power: float) -> Any:
        return self.made(self.data**power, (self, lambda: power * self.data ** (power - 1)))

    def tanh(self) -> Any:
        z = math.tanh(self.data)
        return self.made(z, (self, lambda: 1 - z * z))

    def exp(self) -> Any:
        z = math.exp(self.data)
        return self.made(z, (self, lambda: z))

    def __neg__(self) -> Any:
        return self * -1

    def __sub__(self, other: Any) -> Any:
        return self + (-self.of(other))

    def __rsub__(self, other: Any) -> Any:
        return self.of(other) - self

    def __truediv__(self, other: Any) -> Any:
        return self * self.of(other) ** -1

    def __rtruediv__(self, other: Any) -> Any:
        return self.of(other) / self

    __radd__ = __add__

    def __rmul__(self, other: Any) -> Any:
        return self * other

    def passes(self) -> None:
        for parent, slope in zip(self.parents, self.slopes, strict=True):
            passed = slope() * self.grad
            parent.grad = parent.grad + passed if self.accumulates else passed

    def backward(self) -> None:
        order: list[Any] = []

        def visit(node: Any) -> None:
            if node not in order:
                for parent in node.parents:
                    visit(parent)
                order.append(node)

        self.grad = 1.0
        if self.ordered:
            visit(self)
            for node in reversed(order):
                node.passes()
        else:
            self.descend()

    def descend(self) -> None:
        for parent, slope in zip(self.parents, self.slopes, strict=True):
            parent.grad += slope() * self.grad
            parent.descend()


class Overwrites(Node):
    accumulates = False


class Recurses(Node):
    ordered = False


class Swaps(Node):
    def __mul__(self, other: Any) -> Any:
        other = self.of(other)
        return self.made(self.data * other.data, (self, lambda: self.data), (other, lambda: other.data))


class AtTheResult(Node):
    def tanh(self) -> Any:
        z = math.tanh(self.data)
        return self.made(z, (self, lambda: 1 - math.tanh(z) ** 2))


class WrongSign(Node):
    def __pow__(self, power: float) -> Any:
        return self.made(self.data**power, (self, lambda: -power * self.data ** (power - 1)))


class ForgetsWhatComesIn(Node):
    def exp(self) -> Any:
        z = math.exp(self.data)
        made = self.made(z, (self, lambda: z))
        made.slopes = (lambda: z / made.grad,)
        return made


class PassesNothing(Node):
    def exp(self) -> Any:
        return self.made(math.exp(self.data))


class WrongValue(Node):
    def exp(self) -> Any:
        return self.made(2.0**self.data, (self, lambda: 2.0**self.data))


class Crashes(Node):
    def __rtruediv__(self, other: Any) -> Any:
        raise NotImplementedError("later")


def wrong(engine: Any) -> dict[str, str]:
    report = check_own_engine(engine)
    assert bool(report) == (not any(row.verdict in ("wrong", "raises") for row in report))
    return {row.graph: row.note for row in report if row.verdict in ("wrong", "raises")}


@pytest.mark.parametrize("engine", [Value, micrograd.engine, micrograd.engine.Value, Node], ids=str)
def test_right_engines_pass(engine: Any) -> None:
    assert wrong(engine) == {}
    assert "x * y " in str(check_own_engine(engine))


@pytest.mark.parametrize(
    ("engine", "graph", "note"),
    [
        (
            Overwrites,
            "x + x",
            "the derivative by x is 1, and should be 2: where a node is used twice its gradients add up",
        ),
        (Recurses, "b = x + x; b + b", "is 6, and should be 4: a node passes on before its sum is complete, or more"),
        (Swaps, "x * y", "the derivatives by x and y are swapped"),
        (AtTheResult, "tanh(x)", "it is taken at the result instead of at x"),
        (WrongSign, "x ** 2", "the derivative by x is -3.5, and should be 3.5: the sign is wrong"),
        (ForgetsWhatComesIn, "exp(x)", "what comes in is forgotten: with 3 from above it passes on the same as with 1"),
        (PassesNothing, "exp(x)", "nothing is passed on"),
        (WrongValue, "exp(x)", "the result is 3.36359, and should be 5.7546"),
        (Crashes, "2 / x", "NotImplementedError: later"),
    ],
)
def test_each_classic_mistake_is_named(engine: Any, graph: str, note: str) -> None:
    assert note in wrong(engine)[graph]


def test_functions_of_a_module_are_found_and_what_is_not_there_is_said() -> None:
    module = types.ModuleType("theirs")
    module.Value, module.log = Node, lambda x: x.made(math.log(x.data), (x, lambda: 1 / x.data))
    verdicts = {row.graph: row.verdict for row in check_own_engine(module)}
    assert (verdicts["log(x)"], verdicts["exp(x)"], verdicts["sin(x)"]) == ("ok", "ok", "not there")
    assert str(check_own_engine(module)).splitlines()[-1] == "25 ok, 5 not there"


def test_it_records_where_recording_is_off() -> None:
    with no_grad():
        assert wrong(Value) == {}


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        (3, "3 is not a class of nodes, and has none called Value"),
        (types.ModuleType("empty"), "is not a class of nodes"),
        (dict, "does not make a leaf with data"),
        (type("Half", (), {"__init__": lambda self, data: setattr(self, "data", data / 2)}), "holds data = 0.875"),
    ],
)
def test_what_is_no_engine_is_refused(engine: Any, message: str) -> None:
    with pytest.raises(InputTypeError, match=message):
        check_own_engine(engine)
