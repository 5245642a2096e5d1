"""A small program as formulas of SymPy, which can be simplified, printed and solved: its value and its gradient."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import InputValueError
from ..formulas.emit import Backend
from ..formulas.formula import Expression, evaluate
from .listing import Instruction, Listing

__all__ = ["LONGEST", "SymPyForm", "sympy_form"]

#: As many operations a formula may have, written out.
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class SymPyForm:
    """A program in SymPy.

    Attributes
    ----------
    symbols
        A real symbol for each number of the arguments, in order, under names such as ``w[2]``.
    value
        The result as a formula of them; a list of formulas if the program has several results.
    gradient
        For each symbol the derivative by it; a list of such lists if the program has several results.
    """

    symbols: tuple[Any, ...]
    value: Any
    gradient: list[Any]


def _functions(sympy: Any) -> dict[str, Callable[..., Any]]:
    """What SymPy has of the functions of the table; others are made of these."""
    arcs = ("sin", "cos", "tan", "sinh", "cosh", "tanh")
    return {
        **{
            name: getattr(sympy, name) for name in ("exp", "log", "sqrt", "floor", "erf", "erfc", "sign", *arcs, "sech")
        },
        **{f"arc{name}": getattr(sympy, f"a{name}") for name in arcs},
        **{"abs": sympy.Abs, "ceil": sympy.ceiling, "arctan2": sympy.atan2, "remainder": sympy.Mod},
        **{"maximum": sympy.Max, "minimum": sympy.Min},
        **{"add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y, "div": lambda x, y: x / y},
        **{"neg": lambda x: -x, "pos": lambda x: x, "pow": lambda x, y: x**y, "contribution": lambda x, y: x * y},
        **{"expm1": lambda x: sympy.exp(x) - 1, "log1p": lambda x: sympy.log(1 + x), "exp2": lambda x: 2**x},
        **{"log2": lambda x: sympy.log(x, 2), "log10": lambda x: sympy.log(x, 10)},
        "cbrt": lambda x: sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3),
        **{"gammaln": lambda x: sympy.log(sympy.Abs(sympy.gamma(x))), "digamma": sympy.digamma},
        "hurwitz_zeta": lambda x, y: sympy.zeta(y, x),
        "hypot": lambda x, y: sympy.sqrt(x**2 + y**2),
        "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
        "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
        "logaddexp": lambda x, y: sympy.log(sympy.exp(x) + sympy.exp(y)),
    }


class _Writer:
    """Evaluates formulas of the table with SymPy's numbers and functions."""

    def __init__(self, sympy: Any) -> None:
        self.sympy = sympy
        self.functions = _functions(sympy)
        self.backend = Backend("SymPy", dict.fromkeys(self.functions, ""), "", "")
        relations = (sympy.Lt, sympy.Le, sympy.Gt, sympy.Ge, sympy.Eq, sympy.Ne)
        names = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
        self.relations = dict(zip(names, relations, strict=True))
        self.conditions: dict[Any, Any] = {}  # what a number of a comparison was made of

    def number(self, number: float) -> Any:
        """A number: exact where it is short, else a float of the same bits."""
        if math.isfinite(number) and (number * 1024).is_integer() and abs(number) < 2**53:
            return self.sympy.Rational(int(number * 1024), 1024)
        return self.sympy.Float(number) if math.isfinite(number) else self.sympy.sympify(number)

    def apply(self, name: str, arguments: list[Any]) -> Any:
        given = [self.number(each) if isinstance(each, float) else each for each in arguments]
        if name in self.relations:
            condition = self.relations[name](*given)
            number = self.sympy.Piecewise((1, condition), (0, True))
            self.conditions[number] = condition
            return number
        if name == "where":
            condition = self.conditions.get(given[0], self.sympy.Ne(given[0], 0))
            return self.sympy.Piecewise((given[1], condition), (given[2], True))
        if name not in self.functions:
            raise InputValueError(f"to_sympy: SymPy has no {name}; write to_c('model.c') or to_javascript()")
        return self.functions[name](*given)

    def evaluate(self, formula: Expression, instruction: Instruction, slots: list[Any]) -> Any:
        names = instruction.rule.arguments
        bindings = {name: slots[slot] for name, slot in zip(names, instruction.arguments, strict=True)}
        if instruction.result < len(slots):
            bindings["z"] = slots[instruction.result]
        found = evaluate(formula, bindings, self.apply)
        return self.number(found) if isinstance(found, float) else found


def sympy_form(listing: Listing, names: list[str]) -> SymPyForm:
    """The program as formulas; `names` are those of the inputs."""
    try:
        import sympy
    except ImportError:
        raise InputValueError("to_sympy: needs SymPy; run: pip install 'autograd-core[sympy]'") from None
    _refuse_long(listing)
    writer = _Writer(sympy)
    symbols = tuple(sympy.Symbol(name, real=True) for name in names)
    slots: list[Any] = [*symbols, *map(writer.number, listing.constants)]
    for each in listing.instructions:
        slots.append(writer.evaluate(each.rule.results((), writer.backend)["z"], each, slots))
    gradients = [_gradient(listing, writer, slots, output) for output in listing.outputs]
    values = [slots[slot] for slot in listing.outputs]
    return SymPyForm(symbols, *(values[0], gradients[0]) if listing.is_scalar else (values, gradients))


def _gradient(listing: Listing, writer: _Writer, slots: list[Any], output: int) -> list[Any]:
    """The derivatives of one result, by the local derivatives of the table."""
    passed: dict[int, Any] = {output: writer.number(1.0)}
    for instruction, positions in listing.way_back():
        given = passed.get(instruction.result)
        if given is None:
            continue
        for position in positions:
            name = f"d{instruction.rule.arguments[position]}"
            formula = instruction.rule.results((position,), writer.backend)[name]
            slot = instruction.arguments[position]
            passed[slot] = passed.get(slot, 0) + given * writer.evaluate(formula, instruction, slots)
    return [passed.get(slot, writer.number(0.0)) for slot in range(listing.inputs)]


def _refuse_long(listing: Listing) -> None:
    """Refuse what is long written out, where every result stands as often as it is used."""
    sizes = [1] * listing.first
    for each in listing.instructions:
        sizes.append(1 + sum(sizes[slot] for slot in each.arguments))
    size = sum(sizes[slot] for slot in listing.outputs)
    if size > LONGEST:
        raise InputValueError(
            f"to_sympy: the formula has {size:,} operations written out, and more than {LONGEST:,} nobody can read; "
            "write to_c('model.c') or to_javascript(), which compute with it"
        )
