"""From an expression typed by a person, and numbers for its names, to a graph. Nothing typed is ever executed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from autograd_core import InputValueError, Value, apply
from autograd_core.formulas.formula import Expression, evaluate, variables
from autograd_core.formulas.rules import parse_formula

__all__ = ["TypedExpression", "read_bindings", "read_expression"]


@dataclass(frozen=True, slots=True)
class TypedExpression:
    """An expression together with a number for each of its names.

    Examples
    --------
    >>> typed = read_expression("tanh(w*x + b)", ["w=2", "x=0.5", "b=1"])
    >>> typed.names
    ('w', 'x', 'b')
    >>> round(typed.graph().data, 4)
    0.964
    """

    text: str
    formula: Expression
    numbers: dict[str, float]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables, in the order in which they are read."""
        return variables(self.formula)

    def of(self, *leaves: Value) -> Value:
        """The expression as a function of its variables, in the order of `names`."""
        bindings = dict(zip(self.names, leaves, strict=True))
        result = evaluate(self.formula, bindings, lambda name, arguments: apply(name, *arguments))
        return result if isinstance(result, Value) else Value(result)

    def leaves(self) -> list[Value]:
        """A fresh leaf for each variable, labelled with its name."""
        return [Value(self.numbers[name], name) for name in self.names]

    def graph(self) -> Value:
        """The root of a fresh graph of the expression."""
        return self.of(*self.leaves())


def read_bindings(texts: Iterable[str]) -> dict[str, float]:
    """Read ``name=number`` texts.

    Raises
    ------
    InputValueError
        If a text has another form, a name is given twice, or a number is not finite.

    Examples
    --------
    >>> read_bindings(["w=2", "x=-0.5"])
    {'w': 2.0, 'x': -0.5}
    """
    numbers: dict[str, float] = {}
    for text in texts:
        name, separator, number = (part.strip() for part in text.partition("="))
        if not separator or not name.isidentifier():
            raise InputValueError(f"{text!r} is not of the form name=number; write for example w=2")
        if name in numbers:
            raise InputValueError(f"{name!r} is given twice; give it once")
        try:
            numbers[name] = float(number)
        except ValueError:
            raise InputValueError(f"{text!r}: {number!r} is not a number; write for example {name}=2") from None
        if not math.isfinite(numbers[name]):
            raise InputValueError(f"{text!r}: {number} is not a finite number; write for example {name}=2")
    return numbers


def read_expression(text: str, bindings: Iterable[str]) -> TypedExpression:
    """Read an expression and the numbers of its names, each name exactly once.

    Raises
    ------
    FormulaError, InputValueError
        If the text is no formula, a name has no number, or a number belongs to no name.
    """
    numbers = read_bindings(bindings)
    formula = parse_formula(text)
    names = variables(formula)
    missing = [name for name in names if name not in numbers]
    if missing:
        wanted = " ".join(f"{name}=..." for name in missing)
        raise InputValueError(f"no number for {', '.join(missing)} in {text!r}; add --at {wanted}")
    unused = [name for name in numbers if name not in names]
    if unused:
        raise InputValueError(
            f"{', '.join(unused)} does not stand in {text!r}; its names are: {', '.join(names) or 'none'}"
        )
    if not names:
        raise InputValueError(f"{text!r} has no variable, so there is nothing to differentiate; write for example 2*x")
    return TypedExpression(text, formula, numbers)
