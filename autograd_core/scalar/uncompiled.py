"""The operators of Value where nothing is compiled: a call costs more there than what it does, so these make none.

They record what those of the class record, and leave to them what is rare: operands that are neither Values nor plain
numbers, ``no_grad``, suspended generators, whoever watches.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from ..formulas.rules import PRIMITIVES, Primitive
from .kernels import python_kernel, python_kernels
from .recording import any_state
from .value import CONSTANT, LEAF, Value

__all__ = ["make_operators_quick"]

new_value = object.__new__
_EXACT = 2**53  # up to here every integer is a float


def make_operators_quick(with_methods: Iterable[Primitive]) -> None:
    """Replace the constructor, operators and methods of the class."""
    for rule in with_methods:
        for name in {rule.name, rule.numpy_name}:
            usual = getattr(Value, name)
            setattr(Value, name, _like(usual, _unary(rule.opcode, usual)))
    for name, primitive in {"add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "pow": "pow"}.items():
        for side in ("", "r"):
            usual = getattr(Value, f"__{side}{name}__")
            setattr(Value, usual.__name__, _like(usual, _binary(PRIMITIVES[primitive].opcode, usual, bool(side))))
    setattr(Value, "__neg__", _like(Value.__neg__, _unary(PRIMITIVES["neg"].opcode, Value.__neg__)))  # noqa: B010
    setattr(Value, "__init__", _like(Value.__init__, _constructor(Value.__init__)))  # noqa: B010 (mypy knows no better)


def _like(usual: Callable[..., Any], quick: Callable[..., Any]) -> Callable[..., Any]:
    return functools.wraps(usual)(quick)


def _constructor(usual: Callable[..., None]) -> Callable[..., None]:
    opcode_of = Value._opcode.__get__  # type: ignore[attr-defined]  # of the slot, past __getattr__

    def init(self: Value, data: Any, *rest: Any, **named: Any) -> None:
        state = any_state.of_context  # type: ignore[attr-defined]
        if rest or named or type(data) is not float or state.watcher is not None or state.held_by_generators:
            return usual(self, data, *rest, **named)
        try:
            opcode_of(self)
        except AttributeError:
            self._data = data
            self._left = self._right = None
            self._by_left = self._by_right = self._grad = 0.0
            self._notes = state.notes
            self._opcode = LEAF
            self._differentiable = True
            self._mark = 0
            self._has_grad = False
            return None
        return usual(self, data)  # made before

    return init


def _binary(opcode: int, usual: Callable[..., Any], reflected: bool) -> Callable[..., Any]:
    first_kernel = opcode << 3

    def operator(self: Value, other: Any, *modulus: Any) -> Any:
        state = any_state.of_context  # type: ignore[attr-defined]
        if modulus or not state.enabled or state.watcher is not None or state.held_by_generators:
            return usual(self, other, *modulus)
        kind = type(other)
        if kind is not Value:
            if kind is not float and (kind is not int or not -_EXACT < other < _EXACT):
                return usual(self, other)
            number, other = float(other), new_value(Value)
            other._data = number
            other._left = other._right = None
            other._by_left = other._by_right = other._grad = 0.0
            other._notes = state.notes
            other._opcode = CONSTANT
            other._mark = 0
            other._differentiable = other._has_grad = False
        if reflected:
            self, other = other, self
        position = first_kernel | self._differentiable | other._differentiable << 1
        try:
            kernel = python_kernels[position]
        except KeyError:
            kernel = python_kernel(opcode, position & 7)
        node = new_value(Value)
        node._data, node._by_left, node._by_right, _ = kernel(self._data, other._data, 0.0)
        node._left = self
        node._right = other
        node._notes = state.notes
        node._opcode = opcode
        node._differentiable = position != first_kernel
        node._grad = 0.0
        node._mark = 0
        node._has_grad = False
        return node

    return operator


def _unary(opcode: int, usual: Callable[..., Any]) -> Callable[..., Any]:
    """The method of a primitive of one argument."""
    first_kernel = opcode << 3

    def method(self: Value, *others: Any) -> Any:
        state = any_state.of_context  # type: ignore[attr-defined]
        if others or not state.enabled or state.watcher is not None or state.held_by_generators:
            return usual(self, *others)
        differentiable = self._differentiable
        try:
            kernel = python_kernels[first_kernel | differentiable]
        except KeyError:
            kernel = python_kernel(opcode, int(differentiable))
        node = new_value(Value)
        node._data, node._by_left, _, _ = kernel(self._data, 0.0, 0.0)
        node._left = self
        node._right = None
        node._notes = state.notes
        node._opcode = opcode
        node._differentiable = differentiable
        node._by_right = node._grad = 0.0
        node._mark = 0
        node._has_grad = False
        return node

    return method
