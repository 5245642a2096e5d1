"""What is found where numbers are no longer finite: an anomaly, findings of a kind, the diagnosis of a graph."""

from __future__ import annotations

from dataclasses import dataclass

from ..array.tensor import Tensor
from ..scalar.value import Value

__all__ = ["Anomaly", "Diagnosis", "Findings"]

_SHOWN = 10  # producers of each kind that a printed diagnosis shows


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A NaN or an infinity, and the operation it came from.

    Attributes
    ----------
    phase
        ``"forward"``, ``"local derivative"`` or ``"backward"``.
    node
        The operation's node. A leaf or constant that was given as NaN or infinity is one too.
    op
        The primitive. Under ``no_grad`` the node does not tell it.
    inputs
        The numbers that went in: the operands, or in the backward pass the upstream gradient and the local derivative.
    result
        The NaN or the infinity.
    what
        What happened, in words.
    advice
        What usually helps.
    """

    phase: str
    node: Value | Tensor
    op: str
    inputs: tuple[float, ...]
    result: float
    what: str
    advice: str

    def __str__(self) -> str:
        place = self.node.place
        made_at = [] if place is None else [f"made at: {place}"]
        helps = [f"what helps: {self.advice}"] if self.advice else []
        return "\n    ".join([f"{self.phase}: {self.what}", *made_at, *helps])


@dataclass(frozen=True, slots=True)
class Findings:
    """Who made NaNs and infinities out of finite numbers, in topological order, and how many pass them on only."""

    producers: tuple[Anomaly, ...]
    passing_on: int

    def __bool__(self) -> bool:
        return bool(self.producers) or self.passing_on > 0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What :func:`diagnose` found: true if there is any NaN or infinity, a text when printed.

    Attributes
    ----------
    nodes
        How many nodes were looked at.
    data
        Findings among the numbers of the nodes.
    local_derivatives
        Findings among the recorded local derivatives. They are latent: harmless until a gradient meets them.
    gradients
        Findings among the gradients a backward pass gives.
    """

    nodes: int
    data: Findings
    local_derivatives: Findings
    gradients: Findings

    def __bool__(self) -> bool:
        return bool(self.data or self.local_derivatives or self.gradients)

    def __str__(self) -> str:
        kinds = (
            ("numbers", self.data),
            ("local derivatives", self.local_derivatives),
            ("gradients", self.gradients),
        )
        lines: list[str] = []
        for kind, findings in kinds:
            if findings:
                made = len(findings.producers)
                lines.append(f"{kind}: {made} made NaN or infinite, {findings.passing_on} pass that on")
                lines += (f"  {each}" for each in findings.producers[:_SHOWN])
                lines += [f"  ... and {made - _SHOWN} more"] if made > _SHOWN else []
        if not lines:
            return f"{self.nodes} nodes: all numbers, local derivatives and gradients are finite"
        return "\n".join(lines)
