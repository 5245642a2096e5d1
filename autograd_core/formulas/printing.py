"""Formulas printed as text that can be read back, and as LaTeX. Both put parentheses where they are needed only.

With a number of digits, text is printed for a reader: rounded, and in the notation of mathematics. How a function looks
in LaTeX is a template of the table, handed in as an argument.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from .formula import Apply, Expression, Number, Variable

__all__ = [
    "GREEK",
    "MathName",
    "is_rounded",
    "number_text",
    "operator_of",
    "to_latex",
    "to_text",
    "variable_latex",
    "visible",
]

# Precedence levels are Python's, so that what is printed can be read back.

_COMPARE, _SUM, _PRODUCT, _UNARY, _POWER, _CALL, _ATOM = range(40, 110, 10)


@dataclass(frozen=True, slots=True)
class _Operator:
    token: str
    level: int
    operand_levels: tuple[int, ...]  # the loosest level each operand may have without parentheses


_OPERATORS = {
    "add": _Operator(" + ", _SUM, (_SUM, _SUM + 1)),
    "sub": _Operator(" - ", _SUM, (_SUM, _SUM + 1)),
    "mul": _Operator(" * ", _PRODUCT, (_PRODUCT, _PRODUCT + 1)),
    "div": _Operator(" / ", _PRODUCT, (_PRODUCT, _PRODUCT + 1)),
    "pow": _Operator("**", _POWER, (_POWER + 1, _UNARY)),
    "neg": _Operator("-", _UNARY, (_UNARY,)),
    "pos": _Operator("+", _UNARY, (_UNARY,)),
    "less": _Operator(" < ", _COMPARE, (_COMPARE + 1, _COMPARE + 1)),
    "less_equal": _Operator(" <= ", _COMPARE, (_COMPARE + 1, _COMPARE + 1)),
    "greater": _Operator(" > ", _COMPARE, (_COMPARE + 1, _COMPARE + 1)),
    "greater_equal": _Operator(" >= ", _COMPARE, (_COMPARE + 1, _COMPARE + 1)),
    "equal": _Operator(" == ", _COMPARE, (_COMPARE + 1, _COMPARE + 1)),
    "not_equal": _Operator(" != ", _COMPARE, (_COMPARE + 1, _COMPARE + 1)),
}


def operator_of(function: str) -> str:
    """How Python writes an operator of the table; empty for what is no operator.

    >>> operator_of("mul"), operator_of("tanh")
    ('*', '')
    """
    return _OPERATORS[function].token.strip() if function in _OPERATORS else ""


def to_text(expression: Expression, digits: int | None = None) -> str:
    """Print a formula in Python's notation, with the parentheses it needs and no others.

    Parameters
    ----------
    expression
        The formula.
    digits
        None prints what can be read back. A number prints for a reader: numbers have so many significant digits,
        a sign never stands behind an operator, and a condition stands in Iverson's brackets, ``[x > 0]``, which are 1
        where it holds and 0 elsewhere.

    Examples
    --------
    >>> from autograd_core.formulas.formula import parse
    >>> to_text(parse("-(x + 1)**2 / (3 * y)", {}))
    '-(x + 1)**2 / (3 * y)'
    >>> to_text(parse("2 * -0.6666666666 * (x > 0)", {}), digits=4)
    '2 * (-0.6667) * [x > 0]'
    """
    return _text(expression, digits)[0]


def _text(expression: Expression, digits: int | None) -> tuple[str, int]:
    match expression:
        case Number(value):
            return number_text(value, digits), _ATOM if math.copysign(1.0, value) > 0 else _UNARY
        case Variable(name):
            return name, _SUM if isinstance(name, MathName) and name.is_sum else _ATOM
        case Apply(function, arguments):
            printed = [_text(argument, digits) for argument in arguments]
            operator = _OPERATORS.get(function)
            if operator is None:
                return f"{function}({', '.join(text for text, _ in printed)})", _CALL
            operands = []
            for position, ((text, level), loosest) in enumerate(zip(printed, operator.operand_levels, strict=True)):
                behind = position > 0 or len(printed) == 1
                signed = digits is not None and behind and level == _UNARY and operator.level != _COMPARE
                operands.append(f"({text})" if level < loosest or signed else text)
            if len(operands) == 1:
                return operator.token + operands[0], operator.level
            joined = operator.token.join(operands)
            if digits is not None and operator.level == _COMPARE:
                return f"[{joined}]", _ATOM
            return joined, operator.level


def number_text(value: float, digits: int | None = None) -> str:
    """Print a number so that it can be read back exactly, or with so many significant digits.

    >>> number_text(2.0), number_text(1 / 3), number_text(1 / 3, 4), number_text(-1e-10 / 3, 4)
    ('2', '0.3333333333333333', '0.3333', '-3.333e-11')
    """
    if value.is_integer() and abs(value) < 1e15:
        return f"{value:.0f}"
    return repr(value) if digits is None else f"{value:.{digits}g}"


def is_rounded(value: float, digits: int) -> bool:
    """Whether a number with so many significant digits is another number, by more than the rounding of floats.

    >>> is_rounded(0.1 + 0.2, 4), is_rounded(1 / 3, 4)
    (False, True)
    """
    return math.isfinite(value) and abs(float(number_text(value, digits)) - value) > 4.0 * math.ulp(value)


def to_latex(expression: Expression, templates: Mapping[str, str], digits: int | None = None) -> str:
    r"""Print a formula as LaTeX.

    Parameters
    ----------
    expression
        The formula.
    templates
        For each function its LaTeX with ``#1``, ``#2``, ... where the arguments go. An argument that stands alone
        between brackets of any kind gets no parentheses of its own.
    digits
        How many significant digits numbers have; all of them if None.

    Examples
    --------
    >>> from autograd_core.formulas.formula import parse
    >>> to_latex(parse("x / (1 - z)**2", {}), {"div": r"\frac{#1}{#2}", "sub": "#1 - #2", "pow": "#1^{#2}"})
    '\\frac{x}{\\left(1 - z\\right)^{2}}'
    >>> chosen = Apply("where", (Variable("x"), Variable("y"), Number(math.pi)))
    >>> print(to_latex(Apply("where", (Variable("x"), Variable("z"), chosen)), {"where": "[#1, #2, #3]"}))
    [x, z, \pi]
    """
    return _latex(_with_choices_made(expression, {}), templates, digits)[0]


def _with_choices_made(expression: Expression, made: Mapping[Expression, bool]) -> Expression:
    """Without a ``where`` inside of a branch of one with the same condition, which keeps what is not taken finite."""
    if not isinstance(expression, Apply):
        return expression
    if expression.function == "where":
        condition, yes, no = expression.arguments
        if condition in made:
            return _with_choices_made(yes if made[condition] else no, made)
        branches = (_with_choices_made(each, {**made, condition: truth}) for each, truth in ((yes, True), (no, False)))
        return Apply("where", (_with_choices_made(condition, made), *branches))
    return Apply(expression.function, tuple(_with_choices_made(each, made) for each in expression.arguments))


_PLACEHOLDER = re.compile(r"#(\d)")


def _is_enclosed(template: str, match: re.Match[str]) -> bool:
    """Whether brackets or commas stand on both sides of a placeholder, so that it needs no parentheses."""
    before = template[: match.start()].rstrip()[-1:]
    after = template[match.end() :].lstrip()[:1]
    return before in tuple("{([|,") and after in tuple("})]|,\\")


def _latex(expression: Expression, templates: Mapping[str, str], digits: int | None) -> tuple[str, int]:
    match expression:
        case Number(value):
            return _number_latex(value, digits)
        case Variable(name):
            latex = variable_latex(name)
            if not isinstance(name, MathName):
                return latex, _ATOM
            return latex, _SUM if name.is_sum else _POWER if "^" in latex else _ATOM  # no symbol has two superscripts
        case Apply(function, arguments):
            printed = [_latex(argument, templates, digits) for argument in arguments]
            return _latex_call(function, printed, templates[function])


def _latex_call(function: str, printed: list[tuple[str, int]], template: str) -> tuple[str, int]:
    operator = _OPERATORS.get(function)
    level = _CALL

    def fill(match: re.Match[str]) -> str:
        nonlocal level
        position = int(match[1]) - 1
        text, own_level = printed[position]
        if _is_enclosed(template, match):
            return text
        # A LaTeX superscript binds to one symbol, so the base of a power must be an atom.
        loosest = operator.operand_levels[position] if operator and function != "pow" else _ATOM
        # Two signs never stand side by side: x - (-2).
        signed = match.start() > 0 and text.startswith("-") and not (operator and operator.level == _COMPARE)
        if operator:
            level = operator.level
        return rf"\left({text}\right)" if own_level < loosest or signed else text

    return _PLACEHOLDER.sub(fill, template), level


def _number_latex(value: float, digits: int | None) -> tuple[str, int]:
    sign, level = ("", _ATOM) if math.copysign(1.0, value) > 0 else ("-", _UNARY)
    if not math.isfinite(value):
        return (r"\mathrm{NaN}", _ATOM) if math.isnan(value) else (rf"{sign}\infty", level)
    if abs(value) == math.pi:
        return rf"{sign}\pi", level
    mantissa, _, exponent = number_text(value, digits).partition("e")
    if not exponent:
        return mantissa, level
    power = f"10^{{{int(exponent)}}}"
    if mantissa in ("1", "-1"):
        return sign + power, min(level, _POWER)
    return rf"{mantissa} \cdot {power}", _PRODUCT


class MathName(str):
    r"""A name that is more than a word: text with all its letters, that knows its LaTeX.

    >>> name = MathName("w⁽¹⁾₁₂", "w^{(1)}_{12}")
    >>> print(name, variable_latex(name), to_latex(Apply("pow", (Variable(name), Number(2.0))), {"pow": "#1^{#2}"}))
    w⁽¹⁾₁₂ w^{(1)}_{12} \left(w^{(1)}_{12}\right)^{2}
    """

    latex: str

    def __new__(cls, text: str, latex: str) -> Self:
        """Make it of its two forms."""
        name = super().__new__(cls, text)
        name.latex = latex
        return name

    def __reduce__(self) -> tuple[type[MathName], tuple[str, str]]:
        return MathName, (str(self), self.latex)

    @property
    def is_sum(self) -> bool:
        """Whether it needs parentheses beside an operator, for there is one in it."""
        return bool(re.search(r"[-+=/* ]", re.sub(r"\{[^{}]*\}", "", self.latex)))


#: Greek letters by their names in LaTeX.
GREEK = {
    **{"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η"},
    **{"theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ"},
    **{"pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ"},
    **{"omega": "ω"},
}


def variable_latex(name: str) -> str:
    r"""LaTeX of a name: ``w1`` and ``w_1`` get a subscript, ``alpha`` is a Greek letter, words stand upright.

    >>> print(variable_latex("w12"), variable_latex("alpha'"), variable_latex("bias"), variable_latex("x^2"))
    w_{12} \alpha' \mathrm{bias} \mathrm{x^{2}}
    """
    if isinstance(name, MathName):
        return name.latex
    power = re.fullmatch(r"([^\W_]+)\^([^\W_]+)", name)
    if power is not None:  # upright, for it is one name and no power of x
        return rf"\mathrm{{{power[1]}^{{{power[2]}}}}}"
    match = re.fullmatch(r"([^\W\d_]+)_?(\d*)('*)", name)
    if match is None:
        return _upright(name)
    letters, index, primes = match.groups()
    if letters in GREEK:
        letters = "\\" + letters
    elif len(letters) > 1:
        letters = _upright(letters)
    return f"{letters}_{{{index}}}{primes}" if index else letters + primes


def _upright(name: str) -> str:
    """A word, upright: as text where it has letters that mathematics does not know, such as é."""
    command = r"\mathrm" if name.isascii() else r"\text"
    return f"{command}{{{name.replace('_', chr(92) + '_').replace('^', chr(92) + 'wedge ')}}}"


#: What shows nothing: spaces, joiners, marks of direction, fillers, soft hyphens, selectors of variants.
_INVISIBLE = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]*"
)


def visible(label: str | None) -> str | None:
    r"""A label that shows something; None for one that does not, which is as good as none.

    >>> visible("w"), visible(" "), visible("\u200b"), visible(None)
    ('w', None, None, None)
    """
    return None if label is None or _INVISIBLE.fullmatch(label) else label
