"""The guards of a program: the branches that its function took, and the kinks that its derivatives may not stand at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import InputTypeError, shortened
from ..formulas.formula import Apply, Variable
from ..formulas.printing import to_text, visible
from ..kinks.corrections import AT_ITS_OWN_KINK, guards_of
from ..scalar.blocks import recording, unchecked
from ..scalar.value import Value
from .arguments import Signature

__all__ = ["Branch", "comparison_of", "guards_of_program", "refuse_other_branches"]

#: A node that decided a branch, its truth, and the place in the code or another source.
Branch = tuple[Value, bool, str]


def guards_of_program(
    inputs: list[Value], outputs: list[Value], branches: Sequence[Branch], signature: Signature
) -> list[tuple[Value, bool, str, str]]:
    """The branches and, where derivatives were computed, the kinks, each with its text in the names of the inputs."""
    if getattr(branches, "of_derivatives", False):
        with recording(True), unchecked():
            branches = [*branches, *guards_of(outputs, inputs, AT_ITS_OWN_KINK)]
    names = {node: signature.name_of_input(position) for position, node in enumerate(inputs)} if branches else {}
    return [(node, truth, comparison_of(node, names), source) for node, truth, source in branches]


def refuse_other_branches(branches: Any) -> None:
    """Raise if something is no branch as :func:`autograd_core.scalar.blocks.branches_noted` notes them."""
    for each in branches if isinstance(branches, Sequence) else [branches]:
        if not (isinstance(each, tuple) and len(each) == 3 and isinstance(each[0], Value)):
            raise InputTypeError(
                f"from_graph: {shortened(each)} is no branch; give what branches_noted gave, (node, truth, source) each"
            )


def comparison_of(node: Any, names: Mapping[Any, str]) -> str:
    """The text of a comparison of Values or Tensors, in the names of the arguments."""

    def named(each: Any) -> Variable:
        if each.op == "stop_gradient":
            return named(each.parents[0])
        is_number = not each.parents and (isinstance(each, Value) or each.size == 1)
        number = f"{float(each.data if isinstance(each, Value) else each.item()):g}" if is_number else f"<{each.op}>"
        return Variable(names.get(each) or visible(each.label) or number)

    if not node.parents:
        return f"{named(node).name} != 0"
    return to_text(Apply(node.op, tuple(map(named, node.parents))))
