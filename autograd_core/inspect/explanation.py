"""What is told of a derivative: the steps of the chain rule, and the sentences that say them.

What stands here are sentences that fit any primitive; no operation is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..array.walks import topological_order
from ..formulas.formula import Apply, Expression, Number, Variable
from ..formulas.printing import number_text, to_text, variable_latex, visible
from ..scalar.value import Value
from .naming import Names
from .telling import (
    DIGITS,
    Equation,
    Line,
    Math,
    Part,
    as_html,
    as_latex,
    as_markdown,
    as_text,
    counted,
    equation,
    listed,
    math_of,
    quotient,
)

__all__ = ["MOST_SUMMANDS", "ExplainedEdge", "ExplainedStep", "Explanation"]

#: Of a sum of more contributions these are written out.
MOST_SUMMANDS = 6
_BRACKETS = (" A condition in brackets is 1 where it holds and 0 elsewhere.",)


@dataclass(frozen=True, slots=True)
class ExplainedEdge:
    """What a node passes on to one of its arguments.

    Attributes
    ----------
    parent
        The argument.
    name
        What it is called.
    position
        Which argument it is, counted from 0.
    formula, numbers
        The local derivative from the table, in the names of the nodes, and with their numbers in place of the names.
    local_derivative
        The local derivative that was recorded.
    contribution
        Upstream gradient times local derivative; 0 if either is exactly 0.
    kink
        The table's condition for a point without derivative, in the names of the nodes, if it holds here.
    outside
        The table's condition for a point of the domain, if it does not hold here and the derivative is not finite.
    """

    parent: Value
    name: str
    position: int
    formula: Expression
    numbers: Expression
    local_derivative: float
    contribution: float
    kink: Expression | None
    outside: Expression | None


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One node on the way back from the root.

    Attributes
    ----------
    node
        The node.
    name
        What it is called.
    formula, numbers
        What it was computed as, in the names of its arguments, and with their numbers in place of the names; None for
        a node that was not computed, and for the one that is differentiated by.
    gradient
        The derivative of the root by it.
    received
        What adds up to the gradient: nodes that passed something on, and how much; empty for the root.
    edges
        What it passes on, to arguments on the way to the leaf.
    """

    node: Value
    name: str
    formula: Expression | None
    numbers: Expression | None
    gradient: float
    received: tuple[tuple[Value, float], ...]
    edges: tuple[ExplainedEdge, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """What :func:`explain` tells: plain text when printed, formulas in a notebook.

    Attributes
    ----------
    root, leaf
        The ends.
    gradient
        The derivative of the root by the leaf.
    steps
        From the root back to the leaf. The first has nothing received and the last, the leaf, passes nothing on.
    omitted
        How many steps in the middle are left out.
    names
        What the nodes are called.
    held
        The gradient that the leaf holds, if it is another one; else None.
    """

    root: Value
    leaf: Value
    gradient: float
    steps: tuple[ExplainedStep, ...]
    omitted: int
    names: Names
    held: float | None = None

    def __repr__(self) -> str:
        return f"<explanation of {self._derivative(self.leaf).text} = {self.gradient!r} in {len(self.steps)} steps>"

    def __str__(self) -> str:
        return as_text(self._lines())

    def to_markdown(self) -> str:
        """The explanation as Markdown, with LaTeX between dollar signs."""
        return as_markdown(self._lines())

    def to_html(self) -> str:
        r"""The explanation as HTML, with LaTeX between ``\(`` and ``\)``."""
        return as_html(self._lines())

    def to_latex(self) -> str:
        """The equations without the words, as LaTeX to stand in an equation."""
        return as_latex(self._lines())

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    # --- sentences --------------------------------------------------------------------------------------------------

    def _lines(self) -> Iterator[Line]:
        root, leaf = self._name(self.root), self._name(self.leaf)
        result = equation(self._derivative(self.leaf), self.gradient)
        if not self.steps:
            yield Line("title", ("How ", root, " changes with ", leaf, ": not at all"))
            yield Line("paragraph", ("No path leads from ", root, " to ", leaf, ", so ", result, "."))
            yield from self._other_gradient()
            return
        yield Line("title", ("How ", root, " changes with ", leaf, ": ", result))
        yield from self._other_gradient()
        yield Line("paragraph", ("The numbers:",))
        yield from self._numbers()
        yield Line(
            "paragraph",
            (
                "The chain rule, from ",
                root,
                " back to ",
                leaf,
                ". ∂ is the derivative of a node by one of its arguments, d that of ",
                root,
                " by a node.",
                *(_BRACKETS if any(_has_condition(edge) for step in self.steps for edge in step.edges) else ()),
            ),
        )
        first = len(self.steps) - len(self.steps) // 2
        for position, step in enumerate(self.steps):
            if self.omitted and position == first:
                yield Line("paragraph", (f"… {counted(self.omitted, 'more step')} in between …",))
            yield from self._step(step, position + 1 + (self.omitted if position >= first else 0))

    def _other_gradient(self) -> Iterator[Line]:
        if self.held is not None:
            grad = Math(f"{self._name(self.leaf).text}.grad", rf"{self._name(self.leaf).latex}.\mathrm{{grad}}")
            yield Line(
                "paragraph",
                (
                    "This is not ",
                    equation(grad, self.held).math,
                    ", which other passes or graphs have left, or which was set; zero_grad() before backward() "
                    "forgets it.",
                ),
            )

    def _numbers(self) -> Iterator[Line]:
        """The nodes that are mentioned, with their numbers: first what was given, then what was computed."""
        shown = {step.node for step in self.steps}
        mentioned = {parent for node in shown for parent in node.parents} | shown
        order = [node for node in topological_order([self.leaf, self.root]) if node in mentioned]
        computed = {step.node: step for step in self.steps if step.formula is not None}
        for node in order:
            if node not in computed and not (node.op == "constant" and visible(node.label) is None):
                note = {"leaf": "", "constant": ", a constant"}.get(node.op, ", computed before")
                yield Line("item", (equation(self._name(node), node.data), note))
        for node in order:
            if node in computed:
                step = computed[node]
                yield Line("item", (equation(self._name(node), node.data, step.formula, step.numbers),))

    def _step(self, step: ExplainedStep, number: int) -> Iterator[Line]:
        yield Line("step", tuple(self._arrival(step)), number)
        if step.edges:
            yield Line("detail", tuple(self._local_derivatives(step)))
        for edge in step.edges:
            yield from self._edge(step, edge)

    def _arrival(self, step: ExplainedStep) -> list[Part]:
        name, derivative = self._name(step.node), self._derivative(step.node)
        if step.node is self.root:
            return ["We start at ", name, ", with ", equation(derivative, 1.0), "."]
        if len(step.received) == 1:
            [(giver, _)] = step.received
            return [name, " receives ", equation(derivative, step.gradient), " from ", self._name(giver), "."]
        times = counted(len(step.received), "time")
        total = self._sum(derivative, step)
        givers: list[Part] = [self._name(giver) for giver, _ in step.received[:MOST_SUMMANDS]]
        rest = len(step.received) - len(givers)
        givers += [f"{rest:,} more"] * bool(rest)
        return [
            name,
            f" is used {times}, and what it receives adds up: ",
            total,
            ", from ",
            *listed(*([each] for each in givers)),
            ".",
        ]

    def _local_derivatives(self, step: ExplainedStep) -> list[Part]:
        derivatives: list[list[Part]] = []
        for edge in step.edges:
            again = sum(each.parent is edge.parent for each in step.edges) > 1
            which: list[Part] = [f"by argument {edge.position + 1} "] * again
            told = equation(self._partial(step, edge), edge.local_derivative, edge.formula, edge.numbers)
            derivatives.append([*which, told])
        return [equation(self._name(step.node), None, step.formula), ", so ", *listed(*derivatives), "."]

    def _sum(self, derivative: Math, step: ExplainedStep) -> Equation:
        contributions = [contribution for _, contribution in step.received]
        total: Expression = Number(contributions[0])
        for each in contributions[1:MOST_SUMMANDS]:
            total = Apply("add", (total, Number(each)))
        if len(contributions) > MOST_SUMMANDS:
            total = Apply("add", (total, Variable("…")))
        return equation(derivative, step.gradient, total)

    def _edge(self, step: ExplainedStep, edge: ExplainedEdge) -> Iterator[Line]:
        if edge.kink is not None:
            value = number_text(edge.local_derivative, DIGITS)
            yield Line(
                "detail",
                ("There is a kink here, for ", math_of(edge.kink), f" is 1: no derivative; the table uses {value}."),
            )
        elif edge.outside is not None:
            yield Line("detail", ("This is outside of the domain, for ", math_of(edge.outside), " is 0."))
        upstream, local = self._derivative(step.node), self._partial(step, edge)
        product = Math(f"{upstream.text} * {local.text}", rf"{upstream.latex} \cdot {local.latex}")
        factors = Apply("mul", (Number(step.gradient), Number(edge.local_derivative)))
        passed_on = equation(product, edge.contribution, factors)
        ending = " A factor that is exactly 0 ends the path." if 0.0 in (step.gradient, edge.local_derivative) else ""
        yield Line("detail", ("It passes ", passed_on, " on to ", self._name(edge.parent), "." + ending))

    def _partial(self, step: ExplainedStep, edge: ExplainedEdge) -> Math:
        return quotient("∂", r"\partial ", self._name(step.node), self._name(edge.parent))

    def _name(self, node: Value) -> Math:
        name = self.names[node]
        return Math(name, variable_latex(name))

    def _derivative(self, node: Value) -> Math:
        return quotient("d", r"\mathrm{d}", self._name(self.root), self._name(node))


def _has_condition(edge: ExplainedEdge) -> bool:
    return "[" in to_text(edge.formula, DIGITS) or edge.kink is not None or edge.outside is not None
