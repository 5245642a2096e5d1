"""Types of the compiled module native_replay.pyx."""

from typing import Any

from .plan import Plan

PRIMITIVES_IN_C: int

class NativePlan:
    def __init__(self, plan: Plan) -> None: ...
    def replay(
        self,
        scalars: Any,
        by_slot: Any,
        examples: Any,
        outputs: Any,
        with_gradient: bool,
        seed: float,
        by_example: Any,
    ) -> tuple[int, int]: ...
