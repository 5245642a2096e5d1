"""The operators of Value where nothing is compiled: a call costs more there than what it does, so these make none.

They record what those of the class record, and leave to them what is rare: operands that are neither Values nor plain
numbers, constants, ``no_grad``, suspended generators, whoever watches. The formulas stand inside of them, put there
from the table.
"""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..errors import ELSEWHERE
from ..formulas.emit import FLOAT, emit_statements
from ..formulas.primitives import TOLD
from ..formulas.rules import PRIMITIVES, Primitive
from .conversion import EXACT
from .recording import State, any_state, state_of
from .value import CONSTANT, LEAF, Value

__all__ = ["make_operators_quick"]

_OPERATORS = {"add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "pow": "pow"}

#: Every field of a node, one by one: Python has no quicker way. What is in braces differs from operator to operator.
_BINARY = """
def operator({parameters}):
    state = state_of(fresh)
    if {rare}not self._differentiable or (state is not fresh and is_rare(state)):
        return usual({arguments})
    kind = type(other)
    if kind is Value or (kind is not float and isinstance(other, Value)):
        if not other._differentiable:
            return usual({arguments})
        left, right = {pair}
        x = left._data
        y = right._data
        {both}
    elif kind is float or (kind is int and -{exact} < other < {exact}):
        {constant} = new_value(Value)
        {constant}._data = {number} = float(other)
        {constant}._left = {constant}._right = None
        {constant}._by_left = {constant}._by_right = {constant}._grad = 0.0
        {constant}._notes = state.notes
        {constant}._opcode = {opcode_of_constants}
        {constant}._mark = 0
        {constant}._differentiable = {constant}._has_grad = False
        {node} = self
        {variable} = self._data
        {one}
        d{number} = 0.0
    else:
        return usual({arguments})
"""
_UNARY = """
def operator(self, *others):
    state = state_of(fresh)
    if others or not self._differentiable or (state is not fresh and is_rare(state)):
        return usual(self, *others)
    left, right = self, None
    x = self._data
    {one}
    dy = 0.0
"""
_NODE = """
    node = new_value(Value)
    node._data = z
    node._left = left
    node._right = right
    node._by_left = dx
    node._by_right = dy
    node._notes = state.notes
    node._opcode = {opcode}
    node._differentiable = True
    node._grad = 0.0
    node._mark = 0
    node._has_grad = False
    return node
"""


def make_operators_quick(with_methods: Iterable[Primitive]) -> None:
    """Replace the constructor, operators and methods of the class."""
    for rule in with_methods:
        for name in {rule.name, rule.numpy_name}:
            _replace(name, rule, _UNARY)
    _replace("__neg__", PRIMITIVES["neg"], _UNARY)
    for name, primitive in _OPERATORS.items():
        _replace(f"__{name}__", PRIMITIVES[primitive], _BINARY)
        _replace(f"__r{name}__", PRIMITIVES[primitive], _BINARY, reflected=True)
    setattr(Value, "__init__", functools.wraps(Value.__init__)(_constructor(Value.__init__)))  # noqa: B010 (for mypy)
    if sys.version_info < (3, 12) and "__getattr__" in vars(Value):  # or this module was loaded again
        _let_fields_be_read_quickly()


def _is_rare(state: State) -> bool:
    return not state.enabled or state.watcher is not None or state.held_by_generators


def _replace(name: str, rule: Primitive, template: str, reflected: bool = False) -> None:
    number, node, constant = ("x", "right", "left") if reflected else ("y", "left", "right")
    of_node = int(reflected)  # the position of the node beside a number
    modulus = name in {"__pow__", "__rpow__"}  # which Python hands on as a third argument
    source = (template + _NODE).format(
        parameters="self, other, modulus=None" if modulus else "self, other",
        arguments="self, other, modulus" if modulus else "self, other",
        rare="modulus is not None or " if modulus else "",
        pair="other, self" if reflected else "self, other",
        both=_statements(rule, (0, 1)[: rule.arity]),
        one=_statements(rule, (of_node,)),
        constant=constant,
        number=number,
        node=node,
        variable=rule.arguments[of_node],
        opcode=rule.opcode,
        opcode_of_constants=CONSTANT,
        exact=EXACT,
    )
    usual: Callable[..., Any] = getattr(Value, name)
    module = types.ModuleType(f"{__name__}.{rule.name}")
    module.__dict__.update(
        FLOAT.namespace,
        Value=Value,
        new_value=object.__new__,
        state_of=state_of,
        fresh=any_state,
        is_rare=_is_rare,
        usual=usual,
    )
    exec(compile(source, f"<{name} of Values>", "exec"), module.__dict__)
    quick: Callable[..., Any] = module.__dict__["operator"]
    setattr(Value, name, functools.wraps(usual)(quick))


def _statements(rule: Primitive, wanted: tuple[int, ...]) -> str:
    return "; ".join(f"{name} = {text}" for name, text in emit_statements(FLOAT, rule.results(wanted)))


def _constructor(usual: Callable[..., None]) -> Callable[..., None]:
    def init(self: Value, data: Any, *rest: Any, **named: Any) -> None:
        state = state_of(any_state)
        if (
            rest
            or named
            or type(data) is not float
            or self._notes is not None
            or (state is not any_state and _is_rare(state))
        ):
            return usual(self, data, *rest, **named)
        self._data = data
        self._notes = state.notes
        self._opcode = LEAF
        self._differentiable = True
        return None

    return init


class _Absent:
    """A name that the class has not: asked for it, a node says what to write instead."""

    def __init__(self, name: str, advice: Callable[[Value, str], Any]) -> None:
        self.name, self.advice = name, advice

    def __get__(self, node: Value | None, kind: type) -> Any:
        if node is None:
            raise AttributeError(self.name)
        return self.advice(node, self.name)


def _let_fields_be_read_quickly() -> None:
    """Let no method be asked for attributes that are not there: up to 3.11, Python reads the others slowly if there is.

    Names that arrays and other libraries have, and primitives of a user's own, are answered as before. What else a
    node has not, Python says by itself.
    """
    answer = Value.__getattr__

    def ask(name: str) -> None:
        if name not in dir(Value):
            setattr(Value, name, _Absent(name, answer))

    for name in ("_mask", "deg2rad", "conjugate", *ELSEWHERE, *dir(np.ndarray)):
        if name[:2] != "__":
            ask(name)
    TOLD.append(lambda rule: ask(rule.name))
    del Value.__getattr__

    def names(node: Value) -> list[str]:
        """What there is, and not what is only answered."""
        return [each for each in object.__dir__(node) if not isinstance(vars(Value).get(each), _Absent)]

    setattr(Value, "__dir__", names)  # noqa: B010 (for mypy)
