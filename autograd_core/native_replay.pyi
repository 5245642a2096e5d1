"""Types of the compiled module native_replay.pyx."""

from collections.abc import Sequence
from typing import Any

from .plan import Plan

PRIMITIVES_IN_C: int
INSTRUCTION_SETS: tuple[str, ...]

def choose_instruction_set(name: str) -> bool: ...

class NativePlan:
    def __init__(self, plan: Plan, sizes: Sequence[int], of_examples: Sequence[bool], with_gradient: bool) -> None: ...
    def replay(
        self, arguments: list[Any], count: int, outputs: Any, seed: float, gradients: list[Any]
    ) -> tuple[float, int, int]: ...
