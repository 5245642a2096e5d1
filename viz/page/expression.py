"""From an expression typed by a person, and numbers for its names, to a graph. Nothing typed is ever executed."""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from autograd_core import PRIMITIVES, FormulaError, InputValueError, Value, apply
from autograd_core.formulas.formula import Expression, Number, evaluate, parse, variables
from autograd_core.formulas.primitives import signatures

__all__ = ["TypedExpression", "read_bindings", "read_expression", "read_parts"]

_NOT_TYPED = ("given", "given_slope")  # how Value(data, children, local_grads) is recorded


@dataclass(frozen=True, slots=True)
class TypedExpression:
    """An expression together with a number for each of its names.

    Attributes
    ----------
    text
        What was typed.
    parts
        What was given a name before, in order.
    formula
        What the result is computed as.
    label
        The name of the result, if it was given one.
    numbers
        The numbers of names.

    Examples
    --------
    >>> typed = read_expression("tanh(w*x + b)", ["w=2", "x=0.5", "b=1"])
    >>> typed.names
    ('w', 'x', 'b')
    >>> round(typed.graph().data, 4)
    0.964
    """

    text: str
    parts: tuple[tuple[str, Expression], ...]
    formula: Expression
    label: str | None
    numbers: Mapping[str, float]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables, in the order in which they are read."""
        read = [name for _, formula in self.parts for name in variables(formula)] + list(variables(self.formula))
        made = {name for name, _ in self.parts}
        return tuple(dict.fromkeys(name for name in read if name not in made))

    def of(self, *leaves: Value) -> Value:
        """The expression as a function of its variables, in the order of `names`."""
        bindings = dict(zip(self.names, leaves, strict=True))
        for name, formula in (*self.parts, (self.label, self.formula)):
            node = evaluate(formula, bindings, lambda function, arguments: apply(function, *arguments))
            made = node if isinstance(node, Value) else Value(node)
            if name is not None:
                bindings[name] = made
                made.label = made.label or name
        return made

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
    typed = read_parts(text)
    given = read_bindings(bindings)
    twice = [name for name in given if name in typed.numbers]
    if twice:
        raise InputValueError(f"{twice[0]!r} is given twice; give it once")
    numbers = {**typed.numbers, **given}
    names = typed.names
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
    return replace(typed, numbers=numbers)


def read_parts(text: str) -> TypedExpression:
    """Read an expression, or several parts of one with a name each; the last part is the result.

    Parts stand in lines of their own or behind a semicolon; a line goes on where a bracket is open. A part that is only
    a number, such as ``w = 2``, gives the variable of this name its number.

    Raises
    ------
    FormulaError
        With the place in the text, if a part is no formula or has no name, or a name is used before its part, given
        twice, or that of a function.

    Examples
    --------
    >>> typed = read_parts("h = tanh(w*x); w = 2; h**2 + h")
    >>> typed.names, typed.numbers, [name for name, _ in typed.parts]
    (('w', 'x'), {'w': 2.0}, ['h'])
    """
    pieces = list(_pieces(text))
    if not any(_NAMED.match(piece) for _, piece in pieces):  # a formula alone may run over several lines
        return TypedExpression(text, (), _formula(text, 0, text), None, {})
    parts: list[tuple[str | None, Expression]] = []
    numbers: dict[str, float] = {}
    used: set[str] = set()
    known: set[str] = set()
    last = (0, 0)
    for start, piece in pieces:
        named = _NAMED.match(piece)
        name = unicodedata.normalize("NFKC", named[1]) if named else None  # as Python reads names
        behind = named.end() if named else 0
        formula = _formula(text, start + behind, piece[behind:])
        if named is not None and name is not None:
            at = (start + named.start(1), start + named.end(1))
            if name in known:
                raise FormulaError(f"{name!r} is given twice; give it once").at(*at)
            if keyword.iskeyword(name) or name in PRIMITIVES:
                raise FormulaError(f"{name!r} has a meaning already; write another name").at(*at)
            known.add(name)
            if isinstance(formula, Number):
                numbers[name] = formula.value
                continue
            if name in used or name in variables(formula):
                raise FormulaError(f"{name!r} is used before it is made; write {name} = ... above").at(*at)
        if parts and parts[-1][0] is None:
            raise FormulaError("only the last part may stand without a name; write for example z = w*x").at(*last)
        last = (start, start + len(piece.rstrip()))
        used.update(variables(formula))
        parts.append((name, formula))
    if not parts or isinstance(parts[-1][1], Number):
        raise FormulaError("the result is only a number; write last what is to be computed, for example 2*x")
    *before, (label, result) = parts
    return TypedExpression(text, tuple((name or "", each) for name, each in before), result, label, numbers)


_NAMED = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)")


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """The parts of a text that are not empty, and where each begins."""
    depth = start = 0
    for place, character in enumerate(text + ";"):
        depth += (character in "([{") - (character in ")]}")
        if place == len(text) or (depth <= 0 and character in ";\r\n"):
            if text[start:place].strip():
                yield start, text[start:place]
            start, depth = place + 1, 0


def _formula(text: str, start: int, part: str) -> Expression:
    try:
        return parse(part, {name: each for name, each in signatures().items() if name not in _NOT_TYPED})
    except FormulaError as error:
        if error.place is not None:
            raise error.at(*(min(start + each, len(text) + 1) for each in error.place)) from None
        raise
