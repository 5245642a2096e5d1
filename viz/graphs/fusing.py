"""Sums drawn as one node, as a book draws a neuron, and what divides by one: a softmax, a layer norm.

A weighted sum ``b + w₁·x₁ + w₂·x₂`` is a tree of additions and products that nobody else uses. It is one node then,
whose arguments are those of its terms: the derivative by each is the product along the one path to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_core import PRIMITIVES, Value
from autograd_core.formulas.formula import evaluate
from autograd_core.formulas.printing import visible
from autograd_core.formulas.rules import compute

from .folding import Box

__all__ = ["FUSES", "Sum", "Term", "fused", "fused_norms", "fused_sums", "sum_text"]

#: What can be drawn as one node.
FUSES = ("sums",)
# What a sum is made of: the local derivatives of these are 1 or -1, whatever their arguments.
_SIGNS = {
    name: tuple(1 if evaluate(partial, {}, compute) == 1.0 else -1 for partial in PRIMITIVES[name].partials)
    for name in ("add", "sub", "neg")
}
_PRODUCTS = frozenset({"mul", "div"})


@dataclass(frozen=True, slots=True)
class Term:
    """What is added: a node, with its sign; of a product that is drawn inside of the sum, its factors are arguments."""

    node: Any
    sign: int
    inside: bool

    @property
    def arguments(self) -> Sequence[Any]:
        """The nodes that are drawn as arguments."""
        return self.node.parents if self.inside else (self.node,)

    def derivative(self, position: int) -> float | None:
        """Derivative of the sum by an argument of this term; None beside a constant."""
        if not self.inside:
            return float(self.sign) if self.node.differentiable else None
        local = self.node.local_derivatives[position]
        return None if local is None else self.sign * local


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum that is drawn as one node.

    Attributes
    ----------
    terms
        What is added, in order.
    inner
        The nodes that are drawn inside of it, without the sum itself.
    """

    terms: tuple[Term, ...]
    inner: tuple[Any, ...]

    def arguments(self) -> list[tuple[Any, Term, int]]:
        """Each argument with its term and its position there."""
        return [(each, term, position) for term in self.terms for position, each in enumerate(term.arguments)]


def fused(
    order: Sequence[Any], looked_at: Sequence[Any], seen: Collection[Any]
) -> tuple[dict[Any, Box], dict[Any, Sum]]:
    """What is drawn as one node: the box of each node of a norm among those looked at, and the sums besides.

    See :func:`fused_norms` and :func:`fused_sums`.
    """
    norms = fused_norms(looked_at)
    sums = fused_sums(order, [*seen, *norms])
    return norms, {node: each for node, each in sums.items() if node not in norms}


def fused_sums(order: Sequence[Any], ends: Collection[Any]) -> dict[Any, Sum]:
    """The sums of a graph of Values, each at the node that holds it.

    A node goes into a sum if it is a sum, a difference, a negative, a product or a quotient, is used there only, has no
    label, and stands in the same scope.

    Parameters
    ----------
    order
        The nodes in topological order.
    ends
        Nodes that are to be seen, such as the roots.

    Examples
    --------
    >>> from autograd_core import topological_order
    >>> w, x, b = Value(2.0, "w"), Value(3.0, "x"), Value(1.0, "b")
    >>> z = w * x - b
    >>> sums = fused_sums(topological_order(z), [z])
    >>> [(argument.label, term.derivative(position)) for argument, term, position in sums[z].arguments()]
    [('w', 3.0), ('x', 2.0), ('b', -1.0)]
    """
    child = _only_children(order)
    seen = set(ends)
    inside = {
        node
        for node, user in child.items()
        if user is not None
        and user.op in _SIGNS
        and (node.op in _SIGNS or node.op in _PRODUCTS)
        and node.scope == user.scope
        and node not in seen
        and visible(node.label) is None
    }
    fused = {node: _sum(node, inside) for node in order if node.op in _SIGNS and node not in inside}
    return {node: each for node, each in fused.items() if len(each.terms) > 1 and each.inner}


def _only_children(order: Sequence[Any]) -> dict[Any, Any]:
    """For each Value that is an argument once, and of a Value, the node that it is an argument of; None for others."""
    child: dict[Any, Any] = {}
    for node in order:
        for parent in node.parents:
            child[parent] = None if parent in child or not isinstance(node, Value) else node
    return child


def _sum(root: Any, inside: Collection[Any]) -> Sum:
    terms, inner, pending = [], [], [(root, 1)]
    while pending:
        node, sign = pending.pop()
        if node is not root and node in inside:
            inner.append(node)
        if node is root or (node in inside and node.op in _SIGNS):
            signs = _SIGNS[node.op]
            pending += [(each, sign * its) for each, its in zip(node.parents[::-1], signs[::-1], strict=True)]
        else:
            terms.append(Term(node, sign, node in inside))
    return Sum(tuple(terms), tuple(inner))


def sum_text(terms: Sequence[tuple[int, str]], longest: int = 40) -> str:
    """A sum in one line, from the signs and texts of its terms; of a long one the first and the last.

    >>> sum_text([(1, "b"), (1, "w₁·x₁"), (-1, "c")])
    'b + w₁·x₁ − c'
    >>> sum_text([(-1, "b"), *((1, f"w_{k}·x_{k}") for k in range(100))])
    '−b + w_0·x_0 + … + w_99·x_99'
    """
    signed = [(" − " if sign < 0 else " + ") + text for sign, text in terms]
    if len(signed) > 3 and sum(map(len, signed)) > longest:
        signed = [*signed[:2], " + …", signed[-1]]
    text = "".join(signed)
    return text.removeprefix(" + ") if text.startswith(" + ") else f"−{text[3:]}"


# --- a softmax, a layer norm ------------------------------------------------------------------------------------------


def fused_norms(order: Sequence[Any]) -> dict[Any, Box]:
    """The box of each node of a softmax, a layer norm or an RMS norm of Values.

    Several numbers are divided by one, or multiplied with one, that was computed from all of them: exponentials by
    their sum; or differences from the mean, or the numbers as they are, by the root of a mean of their squares. Nothing
    on the way there may be used elsewhere.

    Parameters
    ----------
    order
        The nodes in topological order.

    Examples
    --------
    >>> from autograd_core import exp, topological_order
    >>> powers = [exp(Value(each)) for each in (1.0, 2.0)]
    >>> total = powers[0] + powers[1]
    >>> {box.name for box in fused_norms(topological_order([each / total for each in powers])).values()}
    {'softmax'}
    """
    place = {node: position for position, node in enumerate(order)}
    children: dict[Any, list[Any]] = {}
    for node in order:
        for parent in node.parents:
            children.setdefault(parent, []).append(node)
    found: dict[Any, Box] = {}
    for scale, users in children.items():
        quotients = [each for each in users if _is_scaled(each, scale)]
        if quotients and scale.parents:
            name, nodes = _norm(scale, quotients, place, children)
            if name and found.keys().isdisjoint(nodes):
                path = tuple(scale.scope.split("/")) if scale.scope else ()
                box = Box(name, path, ["/".join((*path, name))], sorted(nodes, key=place.__getitem__))
                found |= dict.fromkeys(nodes, box)
    return found


def _is_scaled(node: Any, scale: Any) -> bool:
    if not isinstance(node, Value) or node.op not in _PRODUCTS or node.parents[0] is node.parents[1]:
        return False
    return node.parents[1] is scale or (node.op == "mul" and node.parents[0] is scale)


def _norm(
    scale: Any, quotients: Sequence[Any], place: Mapping[Any, int], children: Mapping[Any, Sequence[Any]]
) -> tuple[str, set[Any]]:
    """What it is called, and its nodes; no name if it is none."""
    scaled = [next(each for each in node.parents if each is not scale) for node in quotients]
    name, nodes = _softmax(scale, scaled)
    if not name and len(scaled) > 1:
        name, nodes = _centred(scale, scaled, place)
    nodes.update(quotients)
    given = {parent for node in nodes for parent in node.parents if parent.op == "constant"}
    nodes.update(each for each in given if nodes.issuperset(children[each]))
    outside = any(child not in nodes for node in nodes.difference(quotients) for child in children[node])
    return ("" if outside or scale not in nodes else name), nodes


def _softmax(scale: Any, scaled: Sequence[Any]) -> tuple[str, set[Any]]:
    """Exponentials beside their sum. From all arguments the same may have been subtracted."""
    nodes, powers, pending = set(), [], [scale]
    while pending:
        node = pending.pop()
        if node.op == "add":
            nodes.add(node)
            pending += node.parents
        elif node.op != "constant":
            powers.append(node)
    if len(powers) < 2 or not set(powers).issuperset(scaled) or any(each.op != "exp" for each in powers):
        return "", nodes
    shifted = [each.parents[0] for each in powers]
    if all(each.op == "sub" for each in shifted) and len({_number(each.parents[1]) for each in shifted}) == 1:
        nodes.update(shifted)
    return "softmax", nodes.union(powers)


def _number(node: Any) -> Any:
    """Constants that are equal are the same; each operation with a number makes one of its own."""
    return node.data if node.op == "constant" else node


def _centred(scale: Any, scaled: Sequence[Any], place: Mapping[Any, int]) -> tuple[str, set[Any]]:
    """Numbers beside the root of a mean of their squares; if they are differences from a mean, it is a layer norm."""
    nodes = _between(scaled, scale, place)
    squared = {node.parents[0] for node in nodes if _is_square(node)}
    if not squared.issuperset(scaled) or not any(map(_is_root, nodes)) or not any(map(_is_mean, nodes)):
        return "", nodes
    means = {each.parents[1] for each in scaled if each.op == "sub"}
    if len(means) == 1 and all(each.op == "sub" for each in scaled):
        (mean,) = means
        centring = _between([each.parents[0] for each in scaled], mean, place)
        if centring and _is_mean(mean):
            return "layer norm", {*nodes, *centring, *scaled}
    return "RMS norm", nodes


def _is_square(node: Any) -> bool:
    if node.op == "mul":
        return bool(node.parents[0] is node.parents[1])
    return node.op == "pow" and bool(_constant(node.parents[1]) == 2.0)


def _is_root(node: Any) -> bool:
    return bool(node.op == "sqrt" or (node.op == "pow" and _constant(node.parents[1]) in (0.5, -0.5)))


def _is_mean(node: Any) -> bool:
    return node.op in _PRODUCTS and any(parent.op == "constant" for parent in node.parents)


def _constant(node: Any) -> Any:
    return node.data if node.op == "constant" else None


def _between(sources: Iterable[Any], target: Any, place: Mapping[Any, int]) -> set[Any]:
    """The nodes on the paths from some nodes to another one, with that and without those; none, if one has no path."""
    wanted = set(sources)
    earliest = min(place[each] for each in wanted)
    walked, pending = {target}, [target]
    while pending:
        for parent in pending.pop().parents:
            if parent not in walked and parent not in wanted and place[parent] > earliest:
                walked.add(parent)
                pending.append(parent)
    reached: set[Any] = set()
    used: set[Any] = set()
    for node in sorted(walked, key=place.__getitem__):
        used.update(wanted.intersection(node.parents))
        if any(parent in reached or parent in wanted for parent in node.parents):
            reached.add(node)
    return reached if used == wanted and target not in wanted else set()
