"""Instructions spelled for one back end: short formulas where they stand, longer ones as functions before them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ..formulas.emit import Backend, emit_statements
from ..formulas.formula import Apply, Expression, Number, Variable, substitute, variables
from ..formulas.primitives import ARGUMENTS, Primitive
from .listing import Listing
from .names import identifiers

__all__ = ["Spelling", "operand", "without_parentheses"]

#: As many operations stand where they are used; more become a function.
_SHORT = 2


class Spelling:
    """How a back end spells the primitives of a program and their derivatives.

    Parameters
    ----------
    backend
        The back end.
    listing
        The program.
    call
        Spells the call of a function by its name and its arguments.

    Attributes
    ----------
    functions
        The functions that were needed so far: the name, the names of the arguments, the statements and the result.
    """

    def __init__(
        self, backend: Backend, listing: Listing, call: Callable[[str, Sequence[str]], str] | None = None
    ) -> None:
        self.backend = backend
        self._call = call or _call
        self._forms: dict[tuple[Primitive, int | None], str | tuple[str, list[str]]] = {}
        self.functions: dict[str, tuple[list[str], list[tuple[str, str]]]] = {}
        rules = listing.rules
        self._names = dict(zip(rules, identifiers((rule.name for rule in rules), ()), strict=True))

    def names(self) -> list[str]:
        """Names of functions that may be needed."""
        return [f"{kind}_{name}" for name in self._names.values() for kind in ("f", "dx", "dy", "dw")]

    def value(self, rule: Primitive, arguments: Sequence[str]) -> str:
        """The result of a primitive; the arguments are spelled already."""
        return self._spell(rule, None, arguments, "")

    def partial(self, rule: Primitive, position: int, arguments: Sequence[str], result: str) -> str:
        """Its derivative by one argument."""
        return self._spell(rule, position, arguments, result)

    def contribution(self, upstream: str, rule: Primitive, position: int, arguments: Sequence[str], result: str) -> str:
        """What is passed on to an argument: upstream times derivative, where a factor that is exactly 0 wins."""
        known = rule.partials[position]
        if known == Number(1.0):
            return upstream
        if known == Number(-1.0):
            return self.backend.spellings["neg"].format(upstream)
        return self._call("times", [upstream, self.partial(rule, position, arguments, result)])

    def _spell(self, rule: Primitive, position: int | None, arguments: Sequence[str], result: str) -> str:
        form = self._forms.get((rule, position))
        if form is None:
            form = self._forms[rule, position] = self._form(rule, position)
        texts = dict(zip(ARGUMENTS, arguments, strict=False), z=result)
        if isinstance(form, str):
            return form.format_map(texts)
        name, used = form
        return self._call(name, [texts[each] for each in used])

    def _form(self, rule: Primitive, position: int | None) -> str | tuple[str, list[str]]:
        """A text with places for the arguments; or a function, and which of them it takes."""
        result = "z" if position is None else f"d{rule.arguments[position]}"
        formula = rule.results(() if position is None else (position,), self.backend)[result]
        if _operations(formula) <= _SHORT:
            places = {each: Variable(f"{{{each}}}") for each in (*rule.arguments, "z")}
            [(_, text)] = emit_statements(self.backend, {"": substitute(formula, places)})
            return text
        name = f"{'f' if position is None else result}_{self._names[rule]}"
        used = [each for each in (*rule.arguments, "z") if each in variables(formula)]
        self.functions[name] = used, emit_statements(self.backend, {"": formula})
        return name, used

    def in_functions(self, write: Callable[[str, list[str], list[str], str], str], assign: str) -> list[str]:
        """The functions as text, each with what comes before its result."""
        texts = []
        for name, (arguments, statements) in self.functions.items():
            *before, (_, result) = statements
            lines = [assign.format(*each) for each in before]
            texts.append(write(name, arguments, lines, without_parentheses(result)))
        return texts


def operand(number: float, infinity: str, nan: str) -> str:
    """A constant as it stands in a formula.

    >>> operand(-2.0, "INFINITY", "NAN"), operand(1e300 * 1e10, "INFINITY", "NAN")
    ('(-2.0)', 'INFINITY')
    """
    if math.isnan(number):
        return nan
    text = infinity if math.isinf(number) else repr(abs(number))
    return text if math.copysign(1.0, number) > 0 else f"(-{text})"


def _call(name: str, arguments: Sequence[str]) -> str:
    return f"{name}({', '.join(map(without_parentheses, arguments))})"


def _operations(formula: Expression) -> int:
    if not isinstance(formula, Apply):
        return 0
    return 1 + sum(map(_operations, formula.arguments))


def without_parentheses(text: str) -> str:
    """Leave out the parentheses around the whole."""
    if not text.startswith("("):
        return text
    depth = 0
    for place, each in enumerate(text):
        depth += (each == "(") - (each == ")")
        if depth == 0:
            return text[1:-1] if place == len(text) - 1 else text
    return text
