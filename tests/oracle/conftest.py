"""Comparisons with PyTorch, the second independent witness. Without it they cannot run, and say so."""

from __future__ import annotations

import importlib.util
import os
import pathlib
from typing import Any

import pytest

HERE = pathlib.Path(__file__).parent
HAS_TORCH = importlib.util.find_spec("torch") is not None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run these tests when asked for by `-m oracle` only; without PyTorch fail under CI and skip aloud elsewhere."""
    asked_for = "oracle" in (config.getoption("markexpr") or "")
    for item in items:
        if HERE not in pathlib.Path(item.path).parents:
            continue
        item.add_marker(pytest.mark.oracle)
        if not asked_for:
            item.add_marker(pytest.mark.skip(reason="compares with PyTorch; run `make oracle`"))
        elif not HAS_TORCH and os.environ.get("CI") != "true":
            item.add_marker(pytest.mark.skip(reason="PyTorch is not installed; run `make oracle`"))


@pytest.fixture(scope="session")
def torch() -> Any:
    import torch

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    return torch
