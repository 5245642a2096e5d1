"""The gradient check on random graphs of Tensors: no false alarm, and no fault passes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from amounts import FULL, trials
from random_tensor_graphs import random_function

import autograd_core as ac
from autograd_core import Tensor, check_gradients


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"order": 2, "directions": 1}], ids=str)
@pytest.mark.parametrize(("dtype", "count", "judged"), [(np.float64, trials(40), 0.8), (np.float32, trials(10), 0.5)])
def test_no_false_alarm(dtype: Any, count: int, judged: float, options: dict[str, int]) -> None:
    """Most elements are judged; in single precision the functions that cancel have no digits left to judge by."""
    counts: Counter[str] = Counter()
    for seed in range(count):
        drawn = random_function(seed, dtype)
        report = check_gradients(drawn.f, *map(Tensor, drawn.arrays), **options)
        assert not {row.verdict for row in report} & {"wrong", "kink"}, f"{drawn.text}\n{report}"
        counts.update(row.verdict for row in report if row.verdict != "does not reach the output")
    if FULL:  # a few functions are no measure of how many are judged
        assert counts["ok"] > judged * counts.total(), counts


@pytest.mark.slow
@pytest.mark.usefixtures("scratch_table")
@pytest.mark.parametrize(("dtype", "count"), [(np.float64, trials(25)), (np.float32, trials(8))])
def test_no_fault_of_a_twentieth_of_a_percent_passes(dtype: Any, count: int) -> None:
    """It is found in every element that it concerns and in which there are digits enough, and the node is named."""
    ac.primitive("faulty", "x", "1.0005")
    caught = 0
    for seed in range(count):
        drawn = random_function(seed, dtype)
        x, w = map(Tensor, drawn.arrays)
        report = check_gradients(lambda x, w, f=drawn.f: f(x.faulty(), w), x, w)
        for row in report.rows[: x.size]:
            if row.verdict == "ok":
                assert row.analytic == 0.0 or "cancel to within their rounding" in row.note, f"{drawn.text}\n{row}"
            if row.verdict == "wrong":
                caught += 1
                assert "(faulty, shape" in row.note, f"{drawn.text}\n{row}"
    assert caught > 2 * count
