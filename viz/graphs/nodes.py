"""What is known of each node and of the edges into it: numbers, formulas, magnitudes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from autograd_core import PRIMITIVES, Value
from autograd_core.formulas.formula import Apply, Expression, Number, Variable, substitute
from autograd_core.formulas.printing import visible
from autograd_core.inspect.naming import Names, math_name

from .folding import Box
from .fusing import Sum, Term, sum_text
from .items import Items
from .mathtext import formula_text, name_text
from .measures import edge_derivative, largest, magnitude, number_view, symbol_of
from .view import EdgeView, NodeView

__all__ = ["edges_into", "goes_inline", "local_formula", "node_view"]


def goes_inline(node: Any) -> bool:
    """Whether a constant can stand in the formulas of the nodes it is used by."""
    return node.op == "constant" and visible(node.label) is None and (isinstance(node, Value) or node.ndim == 0)


def node_view(
    node: Any,
    own_id: str,
    names: Names,
    *,
    arguments: Sequence[Any],
    fused: Sum | None = None,
    stale: bool = False,
    unexplained: Mapping[Any, Any] = MappingProxyType({}),
    copies: Sequence[Any] = (),
    inline: bool = False,
    heat: str | None = None,
) -> NodeView:
    """Describe a node.

    Parameters
    ----------
    node, own_id, names
        The node, its id, and what nodes are called.
    arguments
        What is drawn as its parents.
    fused
        The sum that is drawn as this node, if it is one.
    stale
        Whether it is.
    unexplained
        Nodes whose gradient is not what edges pass on, and what they pass on.
    copies
        Other nodes that it stands for, and itself; their gradients add up.
    inline
        Whether constants stand in its formula.
    heat
        What is coloured.
    """
    leaf, constant, label = node.op == "leaf", node.op == "constant", visible(node.label)
    gradient = _gradient(copies or (node,))
    symbol = None if leaf or constant else symbol_of(node.op)
    if inline and node.op in PRIMITIVES and any(map(goes_inline, arguments)):
        symbol = formula_text(Apply(node.op, tuple(_operand(each, names, node.scope) for each in arguments)))
    parts: tuple[tuple[str, Any], ...] = ()
    if fused is not None:
        terms = [(term.sign, _term_text(term, names, node.scope)) for term in fused.terms]
        symbol = sum_text(terms)
        parts = tuple((text, number_view(term.node.data)) for (_, text), term in zip(terms, fused.terms, strict=True))
    return NodeView(
        id=own_id,
        name=name_text(names[node]),
        label=label,
        heading=label if label is None or names.looks_like_another(label) else name_text(math_name(node) or label),
        op=node.op,
        symbol=symbol,
        data=number_view(node.data),
        gradient=None if gradient is None else number_view(gradient),
        leaf=leaf,
        constant=constant,
        stale=stale,
        scope=tuple(node.scope.split("/")) if node.scope else (),
        arity=len(arguments),
        parts=parts,
        copies=max(1, len(copies)),
        heat=_heat(node, heat, gradient),
        passed_on=None if gradient is None else _passed_on(copies or (node,), unexplained),
    )


def _passed_on(copies: Sequence[Any], unexplained: Mapping[Any, Any]) -> Any:
    """What edges pass on to nodes that are drawn as one, if it is not their gradient."""
    if not any(each in unexplained for each in copies):
        return None
    first, *others = (unexplained.get(each, each.grad) for each in copies)
    return number_view(sum(others, start=first))


def _gradient(copies: Sequence[Any]) -> Any:
    """The gradient of nodes that are drawn as one: their sum; None if one was not computed."""
    if not all(each.has_grad for each in copies):
        return None
    return sum((each.grad for each in copies[1:]), start=copies[0].grad)


def _heat(node: Any, heat: str | None, gradient: Any) -> float | None:
    if heat == "grad":
        return None if gradient is None else largest(gradient)
    return None if heat is None else magnitude(node, heat)


def edges_into(
    node: Any,
    picture: Items,
    ids: dict[Any, str],
    names: Names,
    copies: Sequence[Any],
    *,
    derivatives: str,
    heat: str | None,
) -> list[EdgeView]:
    """Describe the edges into a node, from what is drawn as its arguments."""
    found = []
    arguments, fused = picture.arguments(node), picture.sums.get(node)
    terms = fused.arguments() if fused is not None else []
    for position, parent in enumerate(arguments):
        item = picture.item(parent)
        if item is None or item not in ids or isinstance(item, Box):
            continue
        formula, matrix = None, None
        if fused is None:
            local, matrix = edge_derivative(node, position)
            if derivatives == "formulas":
                formula = local_formula(node, position, arguments, names)
        else:
            _, term, at = terms[position]
            local = term.derivative(at)
            if derivatives == "formulas":
                formula = local_formula(term.node, at, term.arguments, names, inside=True) if term.inside else "1"
                formula = f"−{formula}" if formula and term.sign < 0 else formula
        found.append(
            EdgeView(
                parent=ids[item],
                child=ids[node],
                position=position,
                local_derivative=None if local is None else number_view(local),
                jacobian=matrix,
                differentiable=bool(parent.differentiable),
                formula=formula,
                weight=_weight(local if matrix is None else None, heat, copies or (node,)),
            )
        )
    return found


def _term_text(term: Term, names: Names, scope: str) -> str:
    operands = [_operand(each, names, scope) for each in term.arguments]
    text = formula_text(Apply(term.node.op, tuple(operands)) if term.inside else operands[0])
    return text.replace(" · ", "·")  # spaces stand between the terms


def _operand(node: Any, names: Names, scope: str) -> Expression:
    """How a node stands in a formula of a scope: its number, or its name without the scope they share."""
    if goes_inline(node):
        return Number(float(node.data))
    return Variable(names.within(node, scope))


def _weight(local: Any, heat: str | None, copies: Sequence[Any]) -> float | None:
    """The magnitude of a local derivative, or of what it passes on."""
    if heat is None or local is None:
        return None
    if heat != "grad":
        return largest(local)
    gradient = _gradient(copies)
    if gradient is None:
        return None
    factors = largest(local), largest(gradient)
    return 0.0 if 0.0 in factors else factors[0] * factors[1]  # a factor that is exactly 0 ends the path


def local_formula(
    node: Any, position: int, arguments: Sequence[Any], names: Names, *, inside: bool = False
) -> str | None:
    """The local derivative as the table has it, in the names of the nodes; of one inside of a sum, without its name."""
    if node.op not in PRIMITIVES or not node.parents[position].differentiable:
        return None
    rule = PRIMITIVES[node.op]
    operands = [_operand(each, names, node.scope) for each in arguments]
    z = Apply(node.op, tuple(operands)) if inside else Variable(names[node])
    in_names = {**dict(zip(rule.arguments, operands, strict=True)), "z": z}
    known = tuple((name, each.value) for name, each in in_names.items() if isinstance(each, Number))
    return formula_text(substitute(rule.partial_given(position, known), in_names))
