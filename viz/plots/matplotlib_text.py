r"""LaTeX for matplotlib, which reads most of it without an installed TeX, but no ``\begin{cases}``."""

from __future__ import annotations

import re

from autograd_core.formulas.printing import variable_latex

__all__ = ["mathtext", "number_text", "parameter_text"]

_INNERMOST_CASES = re.compile(
    r"\\begin\{cases\}\{?(?P<yes>(?:(?!\\begin|\\end|&).)*?)\}? & \{?\[?(?P<condition>(?:(?!\\begin|\\end|&).)*?)\]?\}?"
    r"\\\\\{?(?P<no>(?:(?!\\begin|\\end|&).)*?)\}? & \\text\{otherwise\}\\end\{cases\}"
)


def mathtext(latex: str) -> str:
    r"""A formula in the table's LaTeX as text for matplotlib; a choice is written in one line.

    >>> print(mathtext(r"\begin{cases}{1} & {[x > 0]}\\{0.01} & \text{otherwise}\end{cases}"))
    $1\;\mathrm{if}\;x > 0,\;\mathrm{else}\;0.01$
    """
    before = None
    while before != latex:
        before = latex
        latex = _INNERMOST_CASES.sub(r"\g<yes>\\;\\mathrm{if}\\;\g<condition>,\\;\\mathrm{else}\\;\g<no>", latex)
    return f"${latex}$"


def parameter_text(name: str) -> str:
    r"""The name of a parameter as matplotlib sets it.

    >>> parameter_text("w1")
    '$w_{1}$'
    """
    return f"${variable_latex(name)}$"


def number_text(number: float) -> str:
    r"""A number with two digits for a title.

    >>> print(number_text(0.0581), number_text(9.63e-6), number_text(0.0))
    0.058 $9.6\cdot 10^{-6}$ 0
    """
    mantissa, _, exponent = f"{number:.2g}".partition("e")
    return rf"${mantissa}\cdot 10^{{{int(exponent)}}}$" if exponent else mantissa
