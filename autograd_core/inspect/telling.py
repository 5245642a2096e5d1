r"""Sentences with formulas in them, and their forms: plain text, Markdown, HTML and LaTeX. Knows nothing of graphs.

Formulas in Markdown stand between dollar signs and in HTML between ``\(`` and ``\)``, for MathJax or KaTeX to set.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from ..formulas.formula import Apply, Expression, Number
from ..formulas.printing import is_rounded, to_latex, to_text
from ..formulas.rules import OPCODES

__all__ = [
    "DIGITS",
    "Equation",
    "Line",
    "Math",
    "Part",
    "as_html",
    "as_latex",
    "as_markdown",
    "as_text",
    "counted",
    "equation",
    "listed",
    "math_of",
    "quotient",
]

#: Significant digits of the numbers that are shown.
DIGITS = 6


class Math(NamedTuple):
    """A formula in its two forms."""

    text: str
    latex: str


class Equation(NamedTuple):
    r"""Formulas that are equal, or nearly: each behind its relation to the one before; the first behind an empty text.

    >>> half = Math("1 / 2", r"\frac{1}{2}")
    >>> Equation((("", half), ("=", Math("0.5", "0.5")))).math.text
    '1 / 2 = 0.5'
    """

    sides: tuple[tuple[str, Math], ...]

    @property
    def math(self) -> Math:
        """The whole as one formula."""
        (_, first), *rest = self.sides
        text, latex = first
        for relation, side in rest:
            text += f" {relation} {side.text}"
            latex += f" {_RELATIONS[relation]} {side.latex}"
        return Math(text, latex)


Part = str | Math | Equation
_RELATIONS = {"=": "=", "≈": r"\approx"}


class Line(NamedTuple):
    """A line: what it is, its words and formulas in order, and the number of a step. Details stand below a step."""

    kind: Literal["title", "paragraph", "item", "step", "detail"]
    parts: tuple[Part, ...]
    number: int = 0

    def joined(self, around: tuple[str, str] = ("", ""), *, latex: bool) -> str:
        """The line as one text, with something around each formula."""
        pieces = []
        for part in self.parts:
            if isinstance(part, str):
                pieces.append(part)
            else:
                math = part.math if isinstance(part, Equation) else part
                pieces.append(around[0] + (math.latex if latex else math.text) + around[1])
        return "".join(pieces)


def as_text(lines: Iterable[Line]) -> str:
    """Plain text, with numbered steps.

    >>> print(as_text([Line("title", ("A title",)), Line("step", ("First ", Math("x = 1", "x = 1")), 1)]))
    A title
    1. First x = 1
    """
    starts = {"paragraph": "\n", "item": "  ", "detail": "   "}
    return "\n".join(
        (f"{line.number}. " if line.kind == "step" else starts.get(line.kind, "")) + line.joined(("", ""), latex=False)
        for line in lines
    )


def as_markdown(lines: Iterable[Line]) -> str:
    """Markdown, with formulas between dollar signs.

    >>> print(as_markdown([Line("title", ("A title",)), Line("item", ("First ", Math("x = 1", "x = 1")))]))
    #### A title
    - First $x = 1$
    """
    starts = {"title": "#### ", "paragraph": "\n", "item": "- ", "detail": "   - "}
    return "\n".join(
        (starts.get(line.kind) or f"{line.number}. ")
        + line.joined(("$", "$"), latex=True)
        + ("\n" if line.kind == "paragraph" else "")
        for line in lines
    )


_LISTS = {"item": ["ul"], "step": ["ol"], "detail": ["ol", "ul"]}


def as_html(lines: Iterable[Line]) -> str:
    r"""HTML, with formulas between ``\(`` and ``\)``.

    >>> print(as_html([Line("item", ("0 < ", Math("x", "x")))]))
    <ul>
    <li>0 &lt; <span class="math">\(x\)</span></li></ul>
    """
    shown: list[str] = []
    open_lists: list[str] = []

    def close_down_to(depth: int) -> None:
        while len(open_lists) > depth:
            shown.append(f"</li></{open_lists.pop()}>")

    for line in lines:
        lists = _LISTS.get(line.kind, [])
        close_down_to(_in_common(lists, open_lists))
        if open_lists == lists and lists:
            shown.append("</li>")
        for each in lists[len(open_lists) :]:
            open_lists.append(each)
            shown.append(f"\n<{each}>")
        tag = {"title": "h4", "paragraph": "p", "step": f'li value="{line.number}"'}.get(line.kind, "li")
        end = "" if lists else f"</{tag}>"
        content = Line(line.kind, tuple(map(_escaped, line.parts))).joined(_SPAN, latex=True)
        shown.append(f"\n<{tag}>{content}{end}")
    close_down_to(0)
    return "".join(shown).lstrip()


def _in_common(first: list[str], second: list[str]) -> int:
    """How many entries at the start of two lists are the same."""
    return next(
        (at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )


_SPAN = (r'<span class="math">\(', r"\)</span>")


def _escaped(part: Part) -> str | Math:
    if isinstance(part, str):
        return html.escape(part, quote=False)
    math = part.math if isinstance(part, Equation) else part
    return Math(html.escape(math.text, quote=False), html.escape(math.latex, quote=False))


def as_latex(lines: Iterable[Line]) -> str:
    r"""The equations alone, one below the other, as LaTeX's environment ``aligned``.

    >>> equation = Equation((("", Math("x", "x")), ("=", Math("1", "1"))))
    >>> print(as_latex([Line("title", ("A title",)), Line("item", ("First ", equation))]))
    \begin{aligned}
    x &= 1
    \end{aligned}
    """
    rows = []
    for line in lines:
        for part in line.parts:
            if isinstance(part, Equation):
                (_, first), *rest = part.sides
                sides = " ".join(f"{_RELATIONS[relation]} {side.latex}" for relation, side in rest)
                rows.append(f"{first.latex} &{sides}")
    return "\n".join([r"\begin{aligned}", " \\\\\n".join(rows), r"\end{aligned}"])


# --- formulas and enumerations --------------------------------------------------------------------------------------


def math_of(expression: Expression) -> Math:
    r"""A formula in its two forms, for a reader.

    >>> print(*math_of(Apply("exp", (Number(-0.5),))))
    exp(-0.5) e^{-0.5}
    """
    templates = {each.name: each.template for each in OPCODES}
    return Math(to_text(expression, DIGITS), to_latex(expression, templates, DIGITS))


def equation(first: Math, value: float | None, *formulas: Expression | None) -> Equation:
    """``name = formula = formula with numbers = value``, without what would be said twice.

    >>> half = Apply("div", (Number(1.0), Number(3.0)))
    >>> equation(Math("z", "z"), 1 / 3, half, half).math.text
    'z = 1 / 3 ≈ 0.333333'
    """
    sides = [("", first)]
    for formula in formulas:
        if formula is None:
            continue
        side = math_of(formula)
        if side != sides[-1][1]:
            sides.append(("≈" if any(is_rounded(each, DIGITS) for each in _numbers_in(formula)) else "=", side))
    if value is not None:
        side = math_of(Number(value))
        if side != sides[-1][1]:
            sides.append(("≈" if is_rounded(value, DIGITS) else "=", side))
    return Equation(tuple(sides))


def _numbers_in(formula: Expression) -> Iterator[float]:
    if isinstance(formula, Number):
        yield formula.value
    elif isinstance(formula, Apply):
        for argument in formula.arguments:
            yield from _numbers_in(argument)


def listed(*phrases: list[Part]) -> list[Part]:
    """Phrases as an enumeration.

    >>> "".join(listed(["a"], ["b"], ["c"]))
    'a, b and c'
    """
    parts: list[Part] = []
    for position, phrase in enumerate(phrases):
        separator = " and " if position == len(phrases) - 1 else ", "
        parts += [separator, *phrase] if position else phrase
    return parts


def counted(count: int, what: str) -> str:
    """How many of what, in the plural where that is not 1.

    >>> counted(1, "node"), counted(1200, "node")
    ('1 node', '1,200 nodes')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def quotient(d: str, d_latex: str, over: Math, under: Math) -> Math:
    r"""A derivative, written as a quotient.

    >>> quotient("d", r"\mathrm{d}", Math("L", "L"), Math("w", "w")).text
    'dL/dw'
    """

    def text(name: Math) -> str:
        return d + (f"({name.text})" if "." in name.text else name.text)

    def latex(name: Math) -> str:
        return d_latex + (r"\," if name.latex.startswith((r"\mathrm", r"\text")) else "") + name.latex

    return Math(f"{text(over)}/{text(under)}", rf"\frac{{{latex(over)}}}{{{latex(under)}}}")
