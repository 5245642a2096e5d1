"""What tests of programs share: each instruction set that this processor has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import autograd_core as ac

#: What this processor can run the compiled replay with.
INSTRUCTION_SETS: tuple[str, ...] = ("NumPy",)
if ac.compiled:
    from autograd_core.program.native_replay import INSTRUCTION_SETS, choose_instruction_set


@pytest.fixture(params=INSTRUCTION_SETS)
def _each_instruction_set(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run the test once with every instruction set there is."""
    if not ac.compiled:
        yield
        return
    assert choose_instruction_set(request.param)
    yield
    assert choose_instruction_set(INSTRUCTION_SETS[-1])
