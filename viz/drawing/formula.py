"""A graph written as a formula: one equation, and one for each part that is used more than once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core import Tensor, Value, topological_order
from autograd_core.errors import InputTypeError
from autograd_core.formulas.formula import Apply, Expression, Number, Variable
from autograd_core.formulas.printing import to_latex, to_text, variable_latex, visible
from autograd_core.formulas.rules import OPCODES
from autograd_core.inspect.naming import Names
from autograd_core.inspect.telling import DIGITS
from autograd_core.scalar.conversion import positive_count

__all__ = ["Formula", "formula"]

_WORDS = {"of_values": "array"}
_LARGEST_PART = 24  # how many operations stand in one equation at most
_DEEPEST_PART = 8  # and how deep they are nested


@dataclass(frozen=True, repr=False)
class Formula:
    r"""What :func:`formula` gives: equations, the root last. Text when printed, set by LaTeX in a notebook.

    Attributes
    ----------
    equations
        Pairs of a name and the formula it stands for; parts before what is made of them.
    omitted
        How many equations in the middle are left out.
    """

    equations: tuple[tuple[str, Expression], ...]
    omitted: int = 0

    def __str__(self) -> str:
        lines = [f"{name} = {to_text(each, DIGITS)}" for name, each in self.equations]
        return "\n".join(self._with_gap(lines, f"… {self.omitted:,} more equations …"))

    def __repr__(self) -> str:
        return str(self)

    @property
    def latex(self) -> str:
        r"""The equations as LaTeX; several as an environment ``aligned``."""
        rows = [(variable_latex(name), to_latex(each, _templates(each), DIGITS)) for name, each in self.equations]
        if len(rows) == 1:
            [(name, right)] = rows
            return f"{name} = {right}"
        lines = self._with_gap([f"{name} &= {right}" for name, right in rows], r"&\;\;\vdots")
        return "\n".join([r"\begin{aligned}", " \\\\\n".join(lines), r"\end{aligned}"])

    def _with_gap(self, lines: list[str], gap: str) -> list[str]:
        half = len(lines) - len(lines) // 2
        return [*lines[:half], gap, *lines[half:]] if self.omitted else lines

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex}$"

    def _repr_markdown_(self) -> str:
        return f"$$\n{self.latex}\n$$"


def formula(root: Value | Tensor, *, max_equations: int = 40) -> Formula:
    r"""Write what a node was computed as, back to the leaves.

    A part that is used more than once, that has a label, or that would make an equation too long to be read has an
    equation of its own. Names are those of :func:`autograd_core.explain`: labels, else x1 (leaves) and z1 (computed).

    Parameters
    ----------
    root
        The node.
    max_equations
        How many equations are written. Of more of them the first and the last are.

    Returns
    -------
    Formula
        Text when printed, ``.latex`` for a document; a notebook sets it.

    Raises
    ------
    InputTypeError
        If it is not a node.
    InputValueError
        If `max_equations` is not at least 1.

    Examples
    --------
    >>> from autograd_core import sigmoid, tanh
    >>> w, x, b = Value(2.0, "w"), Value(0.5, "x"), Value(1.0, "b")
    >>> s = tanh(w * x + b)
    >>> print(formula(s))
    z1 = tanh(w * x + b)
    >>> print(formula(s * sigmoid(s)))
    z1 = tanh(w * x + b)
    z2 = z1 * sigmoid(z1)
    >>> print(formula(s * sigmoid(s)).latex)
    \begin{aligned}
    z_{1} &= \tanh(w \cdot x + b) \\
    z_{2} &= z_{1} \cdot \sigma(z_{1})
    \end{aligned}
    """
    if not isinstance(root, Value | Tensor):
        raise InputTypeError(f"formula: {root!r} is not a node; give a Value or a Tensor, as in formula(w * x)")
    limit = positive_count(max_equations, "formula: max_equations", 40)
    order = topological_order(root)
    named = _named(order, root)
    first = len(named) if len(named) <= limit else limit - limit // 2
    shown = named[:first] + named[len(named) - min(limit // 2, len(named) - first) :]
    wanted, kept = set(shown), set(named)
    names = Names([node for node in order if node in kept or not node.parents])
    parts: dict[Any, Expression] = {}
    equations = []
    for node in order:
        if node.parents or node is root:
            arguments = tuple(parts.pop(each) if each in parts and each not in kept else _operand(each, names)
                              for each in node.parents)  # fmt: skip
            written = Apply(_WORDS.get(node.op, node.op), arguments) if arguments else _number(node)
            if node not in kept:
                parts[node] = written
            elif node in wanted:
                equations.append((names[node], written))
    return Formula(tuple(equations), len(named) - len(shown))


def _named(order: Sequence[Any], root: Any) -> list[Any]:
    """The nodes with an equation of their own, in topological order."""
    uses = Counter(parent for node in order for parent in node.parents)
    size: dict[Any, tuple[int, int]] = {}  # of the formula of a node: its operations, and how deep they are nested
    named = []
    for node in order:
        inside = [size.get(parent, (0, 0)) for parent in node.parents]
        operations, depth = 1 + sum(each for each, _ in inside), 1 + max((each for _, each in inside), default=0)
        too_long = operations >= _LARGEST_PART or depth >= _DEEPEST_PART
        if node is root or (node.parents and (uses[node] > 1 or visible(node.label) is not None or too_long)):
            named.append(node)
        elif node.parents:
            size[node] = (operations, depth)
    return named


def _operand(node: Any, names: Names) -> Expression:
    if node.op == "constant" and visible(node.label) is None and np.ndim(node.data) == 0:
        return Number(float(node.data))
    return Variable(names[node])


def _number(node: Any) -> Expression:
    """The formula of a leaf: its number, if it has one."""
    return Number(float(node.data)) if np.ndim(node.data) == 0 else Variable("array")


def _templates(expression: Expression) -> dict[str, str]:
    """The LaTeX of the table, and an upright name for operations on arrays, which have no line in it."""
    templates = {each.name: each.template for each in OPCODES}
    for function, arity in _functions(expression):
        if function not in templates:
            upright = function.replace("_", r"\_")
            arguments = ", ".join(f"#{position + 1}" for position in range(arity))
            templates[function] = rf"\operatorname{{{upright}}}({arguments})"
    return templates


def _functions(expression: Expression) -> Iterator[tuple[str, int]]:
    if isinstance(expression, Apply):
        yield expression.function, len(expression.arguments)
        for argument in expression.arguments:
            yield from _functions(argument)
