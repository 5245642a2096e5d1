"""The study of benchmarks/gradient_checks.py, a part of it: no false ok, no false wrong, no crash."""

from __future__ import annotations

import importlib.util
import pathlib
import warnings
from collections import Counter

import pytest
from amounts import trials
from study_functions import FAMILIES, family, study

PATH = pathlib.Path(__file__).parents[2] / "benchmarks" / "gradient_checks.py"
SPEC = importlib.util.spec_from_file_location("gradient_checks", PATH)
assert SPEC is not None
assert SPEC.loader is not None
STUDY = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(STUDY)

#: f rounds to one number at every step; a staircase under a slope, symmetric by chance; a narrow bump.
HARD = (628, 703, 880, 1223, 5405)


@pytest.mark.parametrize("check", ["ours", "by_hand"])
def test_no_false_ok_no_false_wrong_no_crash(check: str, scratch_table: None) -> None:
    counts: Counter[str] = Counter()
    right: Counter[str] = Counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in (*range(trials(140)), *HARD):
            case = study(seed)
            truth = case.derivative()
            if STUDY.is_fair(case, truth):
                for factor in STUDY.FACTORS if truth else STUDY.FACTORS[:1]:
                    found = STUDY.outcome(case, factor, getattr(STUDY, check), truth)
                    assert found in ("right", "undecided"), f"seed {seed}, factor {factor}: {found}, {case.text}"
                    counts[found] += 1
                    right[family(seed)] += found == "right"
    assert counts["right"] > 0.75 * counts.total(), counts
    assert len(right) == len(FAMILIES), right
