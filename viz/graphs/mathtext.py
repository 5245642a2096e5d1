r"""The LaTeX of our formulas set as one line of text, for where no LaTeX is at hand: ``1 - z^{2}`` becomes 1 − z².

Only what the table and the printer of formulas write is known here; of any other command its name stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograd_core.formulas.formula import Expression
from autograd_core.formulas.printing import GREEK, to_latex, variable_latex
from autograd_core.formulas.rules import OPCODES

__all__ = ["formula_text", "name_text", "set_as_text"]

_DIGITS = 4
_RAISED = dict(
    zip("0123456789+-−=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True)
)
_LOWERED = dict(zip("0123456789", "₀₁₂₃₄₅₆₇₈₉", strict=True))
_SYMBOLS = {
    **{"cdot": "·", "leq": "≤", "geq": "≥", "neq": "≠", "infty": "∞", "partial": "∂", "left": "", "right": ""},
    **GREEK,
}
_TOKEN = re.compile(r"\\([A-Za-z]+)|\\(.)|([{}^_&])|([^\\{}^_&])")
_PLAIN_ARGUMENT = ("operatorname", "mathrm", "text")
_WORD = re.compile(r"[^\W\d_]+_?\d*'*")


def formula_text(formula: Expression) -> str:
    """A formula as one line of text, numbers rounded.

    >>> from autograd_core.formulas.rules import PRIMITIVES
    >>> [formula_text(PRIMITIVES[name].partials[0]) for name in ("tanh", "sqrt", "arctan", "relu", "exp")]
    ['(sech(x))²', '0.5 / z', '1 / (1 + x²)', '[x > 0]', 'z']
    """
    return set_as_text(to_latex(formula, {each.name: each.template for each in OPCODES}, _DIGITS))


def name_text(name: str) -> str:
    """A name as it stands in formulas; what is not a word with an index stays as it is.

    >>> name_text("w12"), name_text("alpha"), name_text("bias"), name_text("a b")
    ('w₁₂', 'α', 'bias', 'a b')
    """
    return set_as_text(variable_latex(name)) if _WORD.fullmatch(name) else name


def set_as_text(latex: str) -> str:
    r"""Set LaTeX as one line of text.

    Parameters
    ----------
    latex
        LaTeX as :func:`autograd_core.formulas.printing.to_latex` writes it.

    Examples
    --------
    >>> set_as_text(r"\frac{x}{\left(1 - z\right)^{2}}")
    'x / (1 − z)²'
    >>> set_as_text(r"e^{-x} \cdot w_{12}")
    'e⁻ˣ · w₁₂'
    >>> set_as_text(r"x^{\frac{1}{2}}")
    'x^(1 / 2)'
    """
    text = re.sub(r" +", " ", _Setter(latex).group())
    text = re.sub(r" if \[([^][]*)\]", r" if \1", text.replace(" if otherwise", ""))
    return text.replace("{ ", "{").replace(" }", "}").strip()


class _Setter:
    """Reads the tokens of a formula once, from left to right."""

    def __init__(self, latex: str) -> None:
        self._tokens: Iterator[re.Match[str]] = _TOKEN.finditer(latex)

    def group(self) -> str:
        """What stands up to the closing brace, or to the end."""
        set_so_far: list[str] = []
        for token in self._tokens:
            command, escaped, special, plain = token.groups()
            if special == "}":
                break
            if special == "{":
                set_so_far.append(self.group())
            elif special in ("^", "_"):
                set_so_far.append(_shifted(self._argument(), special))
            elif special == "&" or (escaped and escaped in "\\,"):
                set_so_far.append(" if " if special else ", else " if escaped == "\\" else " ")
            elif command:
                set_so_far.append(self._command(command))
            else:
                set_so_far.append(escaped or plain.replace("-", "−"))
        return "".join(set_so_far)

    def _argument(self) -> str:
        for token in self._tokens:
            return self.group() if token[3] == "{" else token[0]
        return ""

    def _command(self, name: str) -> str:
        if name == "frac":
            above, below = self._argument(), self._argument()
            return f"{_in_brackets(above, weak='·/')} / {_in_brackets(below)}"
        if name == "sqrt":
            return f"√{_in_brackets(self._argument())}"
        if name in _PLAIN_ARGUMENT:
            return self._argument().replace("−", "-")
        if name in ("begin", "end"):
            self._argument()
            return "{ " if name == "begin" else " }"
        return _SYMBOLS.get(name, name)


def _in_brackets(text: str, weak: str = "") -> str:
    """Brackets around a text in which an operator stands outside of all brackets, unless it is one of the `weak`."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        spaced = text[position - 1 : position] == " " == text[position + 1 : position + 2]
        if depth == 0 and ((spaced and character not in weak) or (character == "−" and not weak)):
            return f"({text})"
    return text


def _shifted(text: str, where: str) -> str:
    table = _RAISED if where == "^" else _LOWERED
    if text and all(character in table for character in text):
        return "".join(map(table.__getitem__, text))
    return f"^({text})" if where == "^" and not text.isalnum() else where + text
