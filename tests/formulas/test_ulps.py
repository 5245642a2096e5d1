"""How many units in the last place every primitive may be off; `docs/accuracy.md` has what was measured."""

from __future__ import annotations

import pathlib

import pytest
from amounts import FULL
from samples import TABLE
from ulps import EXACT, worst

#: Twice what was measured, and one more: other C libraries and other versions of NumPy round otherwise.
BOUND = 9.0
SINGLE_BOUND = 12.0
#: Made of comparisons, which round nothing.
CHOICES = {
    *("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "where", "sign", "step", "maximum"),
    *("minimum", "clip", "leaky_relu", "prelu", "at_kink", "floor", "ceil", "rint", "remainder"),
}
#: A rounded operation, which another line of the table has.
SAME = {"sub", "neg", "pos", "contribution"}


def test_every_primitive_that_rounds_is_measured() -> None:
    assert {rule.name for rule in TABLE} == set(EXACT) | CHOICES | SAME


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in ("digamma", "hurwitz_zeta"))) for name in EXACT]
)
@pytest.mark.parametrize(
    ("single", "bound"),
    [
        pytest.param(False, BOUND, id="double"),
        pytest.param(True, SINGLE_BOUND, id="single", marks=pytest.mark.slow),
    ],
)
def test_values_and_derivatives_are_right_to_a_few_units_in_the_last_place(
    name: str, single: bool, bound: float
) -> None:
    errors, places = worst(name, 24 if FULL else 4, single)
    assert max(errors) <= bound, f"{name}: value, first and second derivatives off by {errors} ulp at {places}"


def test_the_table_in_the_docs_has_every_measured_primitive() -> None:
    text = (pathlib.Path(__file__).parents[2] / "docs" / "accuracy.md").read_text(encoding="utf-8")
    assert [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")] == list(EXACT)
