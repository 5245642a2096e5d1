"""Ten programs that were written around a node class give with ours, unchanged, the losses of their own."""

from __future__ import annotations

import importlib
import pathlib
from typing import Any

import pytest
from own_class import Node

from autograd_core import Value

HERE = pathlib.Path(__file__).parent
PROGRAMS = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in ("own_class", "test_programs"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_losses_are_those_of_the_programs_own_class(name: str) -> None:
    program: Any = importlib.import_module(name)
    own, ours = program.train(Node), program.train(Value)
    assert ours == pytest.approx(own, rel=1e-15, abs=0)
    assert all(type(each) is float for each in ours)


def test_the_drawing_is_the_same_letter_by_letter() -> None:
    program: Any = importlib.import_module("drawer")
    own: list[str] = []
    ours: list[str] = []
    program.train(Node, drawings=own)
    program.train(Value, drawings=ours)
    assert ours == own
    assert "fillcolor=lightyellow" in own[0]


def test_each_is_a_program_as_they_are_found() -> None:
    for name in PROGRAMS:
        assert len((HERE / f"{name}.py").read_text(encoding="utf-8").splitlines()) <= 80, name
