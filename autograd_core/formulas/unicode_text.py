r"""LaTeX set as one line of text, for where no LaTeX is at hand: ``1 - z^{2}`` becomes 1 − z².

Known is what the table and the printer of formulas write, and what stands in a label between dollar signs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from .printing import GREEK

__all__ = ["is_set_whole", "set_as_text"]

_RAISED = dict(
    zip("0123456789+-−=()abcdefghijklmnoprstuvwxyz*'", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ*′", strict=True)
)
_LOWERED = dict(zip("0123456789+-−=()aehijklmnoprstuvx,", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ,", strict=True))
_SYMBOLS = {
    **{"cdot": "·", "leq": "≤", "geq": "≥", "neq": "≠", "infty": "∞", "partial": "∂", "left": "", "right": ""},
    **{"times": "×", "le": "≤", "ge": "≥", "ne": "≠", "approx": "≈", "pm": "±", "to": "→", "nabla": "∇", "ell": "ℓ"},
    **{"sum": "∑", "prod": "∏", "int": "∫", "top": "ᵀ", "star": "⋆", "ast": "∗", "circ": "∘", "odot": "⊙", "in": "∈"},
    **{"ldots": "…", "dots": "…", "cdots": "⋯", "quad": " ", "prime": "′", "hbar": "ℏ", "mid": "|", "varphi": "φ"},
    **{"varepsilon": "ε", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ"},
    **{"Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω"},
    **{each: each for each in ("sin", "cos", "tan", "tanh", "exp", "log", "ln", "max", "min")},
    **GREEK,
}
_ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "bar": "\u0304",
            "overline": "\u0304", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7", "check": "\u030c"}  # fmt: skip
_TOKEN = re.compile(r"\\([A-Za-z]+)|\\(.)|([{}^_&])|([^\\{}^_&])")
_PLAIN_ARGUMENT = ("operatorname", "mathrm", "text")
_OTHER_LETTERS = ("mathbf", "boldsymbol", "mathit", "mathsf", "mathcal", "mathbb")
_LABEL = re.compile(r"(?:\\[A-Za-z]+|\\[,; |{}]|[\w\s{}^+\-*/=()\[\]|.,:;!'])+")


def is_set_whole(latex: str) -> bool:
    r"""Whether all of it is known: the commands, and that each brace and script has its partner.

    >>> [is_set_whole(each) for each in (r"\hat{y}_1", r"x^{2", r"\input{secret}", "")]
    [True, False, False, False]
    """
    if not _LABEL.fullmatch(latex) or re.search(r"[\^_](?![^\W_]|[{\\])", latex):
        return False
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", latex):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    known = {*_SYMBOLS, *_ACCENTS, *_PLAIN_ARGUMENT, *_OTHER_LETTERS, "frac", "sqrt"}
    return depth == 0 and set(re.findall(r"\\([A-Za-z]+)", latex)) <= known


def set_as_text(latex: str) -> str:
    r"""Set LaTeX as one line of text.

    Parameters
    ----------
    latex
        LaTeX as :func:`autograd_core.formulas.printing.to_latex` writes it, or a person.

    Examples
    --------
    >>> set_as_text(r"\frac{x}{\left(1 - z\right)^{2}}")
    'x / (1 − z)²'
    >>> set_as_text(r"e^{-x} \cdot w_{12}"), set_as_text(r"\hat{y}^{(1)}_j")
    ('e⁻ˣ · w₁₂', 'ŷ⁽¹⁾ⱼ')
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
        if name in _OTHER_LETTERS:
            return self._argument()
        if name in _ACCENTS:
            return unicodedata.normalize("NFC", self._argument() + _ACCENTS[name])
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
