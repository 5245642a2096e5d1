"""Programs of arrays over many examples: what the program gives for one after the other, and their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from amounts import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from structural_cases import CASES

import autograd_core as ac
from autograd_core import BranchChanged, InputTypeError, InputValueError, LeavesGraphError, Tensor, primitive, record
from autograd_core.array.cross_entropy import Labels, labels_of
from autograd_core.array.functions import apply_to_one
from autograd_core.array.tensor import array_constant
from autograd_core.array_programs.recording import record_arrays


def close(one: Any, other: Any) -> None:
    size = 1.0 + np.abs(other).max(initial=0.0)
    np.testing.assert_allclose(np.asarray(one) / size, np.asarray(other) / size, rtol=1e-11, atol=1e-13)


def check(program: Any, examples: list[list[np.ndarray]], own: list[bool]) -> None:
    """Of some examples, each a list of arrays; of those that are shared the first one's count."""
    shared = [each if its else examples[0][at] for at, (each, its) in enumerate(zip(examples[0], own, strict=True))]
    examples = [[each[at] if its else shared[at] for at, its in enumerate(own)] for each in examples]
    given = [np.stack([each[at] for each in examples]) if its else shared[at] for at, its in enumerate(own)]
    axes = tuple(0 if its else None for its in own)
    smooth = tuple(at for at, each in enumerate(shared) if each.dtype.kind == "f")
    singles = [program.value_and_grad(*each, argnums=smooth) for each in examples]
    values, count = [value for value, _ in singles], len(examples)
    by = [[slopes[at] for _, slopes in singles] for at in range(len(smooth))]
    close(program.batched(axes)(*given), values)
    for reduce, expected, factor in (
        (None, values, 1.0),
        ("sum", sum(values), 1.0),
        ("mean", np.mean(values), 1 / count),
    ):
        found, slopes = program.batched(axes, reduce).value_and_grad(*given, argnums=smooth)
        close(found, expected)
        for slope, its, at in zip(slopes, by, smooth, strict=True):
            close(slope, factor * (np.stack(its) if own[at] else sum(its)))


@pytest.mark.parametrize("name", CASES)
def test_every_operation(name: str) -> None:
    @settings(max_examples=examples(15))
    @given(st.data())
    def run(data: st.DataObject) -> None:
        case = data.draw(st.sampled_from(CASES[name]))(data.draw, np.random.default_rng(data.draw(st.integers(0, 99))))
        nodes, names = list(map(Tensor, case.arrays)), [f"x{at}" for at in range(len(case.arrays))]
        weights = np.random.default_rng(1).normal(size=case.ours(*nodes).shape)
        try:
            program = record_arrays(lambda *xs: (case.ours(*xs) * weights).sum(), nodes, as_tensors=True, names=names)
        except LeavesGraphError:  # an index by a mask of the input
            assume(False)
        examples = [[each * factor for each in case.arrays] for factor in (1.0, 1.25, 0.75)]
        own = data.draw(st.lists(st.booleans(), min_size=len(nodes), max_size=len(nodes)).filter(any))
        check(program, examples, own)

    run()


@pytest.mark.usefixtures("scratch_table")
def test_lines_of_the_table_broadcast_behind_the_examples() -> None:
    def f(x: Any, w: Any) -> Any:
        return (ac.maximum(x, w) * ac.where(w > 0.0, x, 2.0) + ac.apply("bump_batched", w)).sum()

    primitive("bump_batched", "exp(-x*x)")
    generator = np.random.default_rng(0)
    for first, second in (((3,), (2, 3)), ((2, 1), (3,)), ((), (2, 2))):
        program = record(f, Tensor(np.ones(first)), Tensor(np.ones(second)))
        examples = [[generator.normal(size=first), generator.normal(size=second)] for _ in range(3)]
        for own in ([True, True], [True, False], [False, True]):
            check(program, examples, own)


def test_rows_and_labels_at_indices_of_the_examples() -> None:
    table = np.random.default_rng(0).normal(size=(4, 3))
    index = array_constant(np.array([0, 1]))

    def f(table: Any, index: Any, labels: Any) -> Any:
        return apply_to_one("cross_entropy", ac.take(table, index), labels_of(labels))

    program = record(f, Tensor(table), index, index)
    examples = [[table, np.array(index), np.array(labels)] for index, labels in (([3, 0], [1, 2]), ([1, 1], [2, 0]))]
    check(program, examples, [False, True, True])
    check(program, examples, [False, True, False])
    check(program, examples, [False, False, True])
    fixed = record(lambda x: apply_to_one("cross_entropy", x, Labels(np.array([0, 2]))), Tensor(np.ones((2, 3))))
    check(fixed, [[table[:2]], [table[1:3]]], [True])
    with pytest.raises(InputValueError, match=r"batched: take allows no axis of examples more: rows and index differ"):
        program.batched((0, 0, 0))(np.stack([table, table]), np.array([[0, 1], [1, 2]]), np.array([[0, 1], [1, 2]]))


def test_containers_results_and_captured_leaves() -> None:
    w = Tensor([1.0, 2.0])

    def f(p: Any, x: Any) -> Any:
        both = ac.concatenate([ac.tanh(p["W"] @ x), w * w, np.array([3.0])])
        return {"y": both, "shared": p["W"].sum()}

    program = record(f, {"W": Tensor(np.ones((2, 3)))}, Tensor(np.ones(3)))
    given = {"W": np.arange(6.0).reshape(2, 3) / 6.0}, np.random.default_rng(1).normal(size=(4, 3))
    found = program.batched((None, 0))(*given)
    close(found["y"], [program(given[0], x)["y"] for x in given[1]])
    assert found["shared"].tolist() == [2.5] * 4
    w.data = [10.0, 20.0]
    close(
        program.batched((None, 0), reduce="mean")(*given)["y"],
        np.mean([program(given[0], x)["y"] for x in given[1]], 0),
    )
    assert program.batched((None, None))(given[0], given[1][0])["shared"] == 2.5


def test_a_branch_must_be_that_of_every_example() -> None:
    batch = record(lambda x: (x * x if x.sum() > 0.0 else x).sum(), Tensor([1.0, 2.0])).batched((0,), reduce="sum")
    assert batch(np.array([[1.0, 2.0], [3.0, 4.0]])) == 30.0
    with pytest.raises(BranchChanged, match="> 0"):
        batch(np.array([[1.0, 2.0], [-3.0, 1.0]]))


def test_what_is_refused() -> None:
    program = record(lambda w, x: (w * x).sum(), Tensor([1.0]), Tensor([1.0]))
    with pytest.raises(InputTypeError, match="give a tuple with None or 0 for each argument"):
        program.batched(0)  # type: ignore[arg-type]
    with pytest.raises(InputValueError, match="has 1 entries for 2 arguments"):
        program.batched((0,))
    with pytest.raises(InputValueError, match="write 'mean', 'sum' or None"):
        program.batched((0, None), reduce="max")
    with pytest.raises(InputValueError, match=r"x: shape \(0, 1\) has no examples"):
        program.batched((None, 0))(np.ones(1), np.ones((0, 1)))
    with pytest.raises(InputValueError, match=r"x: shape \(3, 2\) given where"):
        program.batched((None, 0))(np.ones(1), np.ones((3, 2)))
    mixed = record(lambda s, x: (x * s).sum(), 2.0, Tensor([1.0]))
    with pytest.raises(InputValueError, match="batched: the program computes with Values too; record it with Tensors"):
        mixed.batched((None, 0))
    own = ac.custom_derivative(np.cbrt, vjp=lambda u, z, x: (u / (3 * z * z),))
    with pytest.raises(
        InputValueError, match=r"batched: cbrt allows no axis of examples more: .*call the program for each"
    ):
        record(lambda x: own(x).sum(), Tensor([1.0])).batched((0,))(np.ones((2, 1)))
