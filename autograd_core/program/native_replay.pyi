"""Types of the compiled module native_replay.pyx."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .flatten import Tape

PRIMITIVES_IN_C: int
INSTRUCTION_SETS: tuple[str, ...]
KEPT: frozenset[int]

def choose_instruction_set(name: str) -> bool: ...
def values(opcode: int, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None: ...
def slopes(opcode: int, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None: ...

class NativePlan:
    def __init__(
        self, tape: Tape, sizes: Sequence[int], of_examples: Sequence[bool], wanted: Sequence[bool]
    ) -> None: ...
    @property
    def matrices(self) -> list[tuple[int, int, int]]: ...
    @property
    def instructions(self) -> int: ...
    def replay(
        self, arguments: list[Any], count: int, outputs: Any, seed: float, gradients: list[Any]
    ) -> tuple[float, int, int]: ...
