"""Every public function and method with something wrong in place of each argument: a result, or an error of ours."""

from __future__ import annotations

import os
import re
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wrong_things
from amounts import IN_CI
from wrong_things import DOORS, PLOTS, WRONG, Door

import autograd_core as ac
import nn
import viz
from autograd_core import Tensor, Value
from autograd_core.scalar.recording import current_state

PACKAGES = Path(ac.__file__).parent, Path(nn.__file__).parent, Path(viz.__file__).parent
#: On a desk, and of pictures, which take a while: as wrong as the others.
FEW = (
    "None",
    "text",
    "dict",
    "ragged",
    "nan",
    "huge",
    "object",
    "masked array",
    "array of objects",
    "function of five",
)


def is_clear(error: Exception) -> bool:
    """Whether it is an error of ours, or Python's own about a call, or of a function that the test gave."""
    if isinstance(error, ac.AutogradError):
        return True
    if isinstance(error, TypeError) and re.match(r"(.*<lambda>|_\w+|Anything)\(\) (takes|missing) ", str(error)):
        return True  # Python says what the function that was given does not take
    frames = [Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__)]
    inside = any(package in frame.parents for frame in frames for package in PACKAGES)
    if isinstance(error, TypeError) and not inside:
        return True
    return frames[-1].parent == Path(wrong_things.__file__).parent


def state() -> tuple[Any, ...]:
    """What no call may change."""
    now = current_state()
    return now.enabled, now.watcher, np.geterr(), len(warnings.filters), set(ac.PRIMITIVES)


def seen(call: Callable[[], Any]) -> str:
    """What is unclear about the error that a call raises; empty if nothing is."""
    before = state()
    try:
        call()
    except Exception as error:
        if not is_clear(error):
            return f"{type(error).__name__}: {error}"
        if not str(error):
            return f"{type(error).__name__} without a message"
    return "" if state() == before else "it left recording or a setting changed"


@pytest.mark.parametrize(
    "door",
    [
        pytest.param(door, id=name, marks=[pytest.mark.slow] * (name in ("load", "widget")))  # their libraries are
        for name, door in [*DOORS.items(), *PLOTS.items()]
    ],
)
def test_what_is_wrong_is_refused_with_an_error_of_ours(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        door.call(*door.args(), **door.kwargs())
        files = {each: Path(each).read_bytes() for each in os.listdir()}
        wrong = {name: WRONG[name] for name in (WRONG if IN_CI and door not in PLOTS.values() else FEW)}
        unclear = [
            f"{what} as argument {where}: {raw}"
            for where in door.places()
            for what, make in wrong.items()
            if (raw := seen(door.with_wrong(where, make())))
        ]
        unclear += [f"nothing at all: {raw}" for raw in [seen(door.call)] if raw]
    assert not unclear, "\n".join(unclear)
    assert not [each for each in os.listdir() if each not in files and Path(each).suffix == ".tmp"]
    assert all(Path(each).read_bytes() for each in os.listdir() if Path(each).is_file())


def test_every_public_name_is_tried() -> None:
    """A function that is not among the doors is a record that the library makes, or a context manager."""
    tried = {name.split(".")[0].split("(")[0].split(" ")[0].split(",")[0] for name in [*DOORS, *PLOTS]}
    for package in (ac, nn, viz):
        for name in package.__all__:
            each = getattr(package, name)
            if isinstance(each, type) and (
                hasattr(each, "__dataclass_fields__") or issubclass(each, Exception | Warning)
            ):
                continue
            if callable(each) and name not in tried:
                records = {"ConfusionMatrix", "Epoch", "Importance", "Penalty", "Table"}
                bases = {
                    "ArrayProgram",
                    "BatchedProgram",
                    "Jitted",
                    "Module",
                    "Optimizer",
                    "Plot",
                    "Schedule",
                    "detect_anomaly",
                    "no_grad",
                }
                assert name in records | bases, name


def test_after_all_of_this_nodes_are_recorded() -> None:
    x, t = Value(2.0), Tensor([1.0, 2.0])
    (x * x).backward()
    (t * t).sum().backward()
    assert (x.grad, t.grad.tolist()) == (4.0, [2.0, 4.0])
