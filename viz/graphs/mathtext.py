"""Formulas and names as one line of text, as a picture shows them."""

from __future__ import annotations

import functools
import re

from autograd_core.formulas.formula import Expression
from autograd_core.formulas.printing import MathName, to_latex, variable_latex
from autograd_core.formulas.rules import OPCODES
from autograd_core.formulas.unicode_text import set_as_text

__all__ = ["formula_text", "name_text"]

_DIGITS = 4
_WORD = re.compile(r"[^\W\d_]+_?\d*'*")


def formula_text(formula: Expression) -> str:
    """A formula as one line of text, numbers rounded.

    >>> from autograd_core.formulas.rules import PRIMITIVES
    >>> [formula_text(PRIMITIVES[name].partials[0]) for name in ("tanh", "sqrt", "arctan", "relu", "exp")]
    ['(sech(x))²', '0.5 / z', '1 / (1 + x²)', '[x > 0]', 'z']
    """
    return set_as_text(to_latex(formula, {each.name: each.template for each in OPCODES}, _DIGITS))


@functools.lru_cache(maxsize=4_096, typed=True)  # the names of nodes come again in every picture
def name_text(name: str) -> str:
    """A name as it stands in formulas; what is not a word with an index stays as it is.

    >>> name_text("w12"), name_text("alpha"), name_text("bias"), name_text("a b")
    ('w₁₂', 'α', 'bias', 'a b')
    """
    return set_as_text(variable_latex(name)) if isinstance(name, MathName) or _WORD.fullmatch(name) else name
