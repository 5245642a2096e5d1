"""Comparisons with PyTorch, the second independent witness, and exports run by JAX and the ONNX runtime.

Without them they cannot run, and say so.
"""

from __future__ import annotations

import importlib.util
import os
import pathlib
from typing import Any

import pytest

HERE = pathlib.Path(__file__).parent
MISSING = [each for each in ("torch", "jax", "onnx", "onnxruntime") if importlib.util.find_spec(each) is None]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run these tests only when asked for by `-m oracle`; without the engines fail under CI, skip aloud elsewhere."""
    asked_for = "oracle" in (config.getoption("markexpr") or "")
    for item in items:
        if HERE not in pathlib.Path(item.path).parents:
            continue
        item.add_marker(pytest.mark.oracle)
        if not asked_for:
            item.add_marker(pytest.mark.skip(reason="runs in engines of others; run `make oracle`"))
        elif MISSING and os.environ.get("CI") != "true":
            item.add_marker(pytest.mark.skip(reason=f"{', '.join(MISSING)}: not installed; run `make oracle`"))


@pytest.fixture(scope="session")
def torch() -> Any:
    import torch

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    return torch


@pytest.fixture(scope="session")
def jax() -> Any:
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax
