"""Programs of arrays as files: they come back as they were, and whatever is not one is refused, whole."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amounts import examples, trials
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from random_tensor_graphs import random_function
from scratch import table_kept
from structural_cases import CASES

import autograd_core as ac
from autograd_core import (
    ArrayProgram,
    AutogradError,
    BranchChanged,
    LeavesGraphError,
    Program,
    ProgramFileError,
    Tensor,
    primitive,
    record,
)
from autograd_core.array.cross_entropy import labels_of
from autograd_core.array.functions import apply_to_one
from autograd_core.array.tensor import array_constant
from autograd_core.array_programs.recording import record_arrays
from autograd_core.transforms.containers import leaves_in

MAGIC = b"autograd-core program\n"
#: A test may write the same file again and again.
ONE_FOLDER = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def same(one: Any, other: Any) -> None:
    """The same containers, shapes and types; the numbers to a digit, for memory may lie otherwise."""
    assert type(one) is type(other)
    for first, second in zip(leaves_in(one), leaves_in(other), strict=True):
        assert np.shape(first) == np.shape(second)
        np.testing.assert_allclose(first, second, rtol=1e-14, atol=1e-14)


def there_and_back(program: ArrayProgram, folder: Path) -> ArrayProgram:
    program.save(folder / "a.program")
    return ArrayProgram.load(folder / "a.program")


def take_apart(path: Path) -> tuple[Any, bytes]:
    line, _, body = path.read_bytes()[len(MAGIC) :].partition(b"\n")
    return json.loads(line), body


def put_together(path: Path, header: Any, body: bytes) -> None:
    if isinstance(header, dict):
        header = {**header, "checksum": zlib.crc32(body)}
    path.write_bytes(MAGIC + json.dumps(header).encode("ascii") + b"\n" + body)


@pytest.mark.parametrize("name", CASES)
def test_every_operation_comes_back(name: str, tmp_path: Path) -> None:
    @settings(max_examples=examples(10))
    @given(st.data())
    def run(data: st.DataObject) -> None:
        case = data.draw(st.sampled_from(CASES[name]))(data.draw, np.random.default_rng(data.draw(st.integers(0, 99))))
        nodes, names = list(map(Tensor, case.arrays)), [f"x{at}" for at in range(len(case.arrays))]
        try:
            program = record_arrays(lambda *xs: (case.ours(*xs) * 2.0).sum(), nodes, as_tensors=True, names=names)
        except LeavesGraphError:  # an index by a mask of the input
            assume(False)
        loaded, positions = there_and_back(program, tmp_path), tuple(range(len(nodes)))
        assert repr(loaded) == repr(program)
        same(loaded(*case.arrays), program(*case.arrays))
        same(
            loaded.value_and_grad(*case.arrays, argnums=positions),
            program.value_and_grad(*case.arrays, argnums=positions),
        )

    run()


def test_random_programs_come_back(tmp_path: Path) -> None:
    for seed in range(trials(100)):
        its = random_function(seed)
        program = record(its.f, *map(Tensor, its.arrays))
        loaded = there_and_back(program, tmp_path)
        for one, other in zip(loaded.value_and_grad(*its.arrays), program.value_and_grad(*its.arrays), strict=True):
            size = 1.0 + np.abs(other).max()
            np.testing.assert_allclose(one / size, other / size, rtol=1e-9, atol=1e-12, err_msg=its.text)


def everything(p: Any, rows: Any, v: Any, index: Any, labels: Any) -> Any:
    """All there is: containers, Values and Tensors, constants, guards, integers, labels that are an input."""
    W, b = p["layer"]
    h = ac.tanh(ac.take(W, index) * rows[0] + b) + np.array([[0.5, -0.5], [1.0, np.inf]])[:, :1]
    loss = apply_to_one("cross_entropy", h, labels_of(labels)) * v[1] + h[..., ::-1][1, None].sum()
    if rows[1] > 0.0 and loss.sum() > -100.0:
        loss = loss + ac.leaky_relu(b, 0.3).sum()
    return {"loss": loss, "rest": [(rows[0] * 2.0, v), [rows[1], rows[0]]]}


EXAMPLE = (
    {"layer": (Tensor(np.arange(6.0).reshape(3, 2) / 6.0), Tensor([0.1, -0.2]))},
    [0.5, 2.0],
    np.array([1.0, 3.0]),
    array_constant(np.array([2, 0])),
    array_constant(np.array([1, 0])),
)
POINT = (
    {"layer": (np.arange(6.0).reshape(3, 2) / 3.0, np.array([0.3, 0.2]))},
    [0.25, 1.0],
    np.array([2.0, 4.0]),
    np.array([1, 2]),
    np.array([0, 0]),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    record(everything, *EXAMPLE).save(tmp_path / "everything.program")
    return tmp_path / "everything.program"


def test_containers_values_guards_and_labels_come_back(path: Path) -> None:
    program, loaded = record(everything, *EXAMPLE), ArrayProgram.load(path)
    assert repr(loaded) == repr(program)
    same(loaded(*POINT), program(*POINT))
    with pytest.raises(BranchChanged, match=r"rows.* > 0"):
        loaded(POINT[0], [0.25, -1.0], *POINT[2:])
    tangents = [np.ones(2), np.zeros(2, int), np.zeros(2, int)]
    moving = ({"layer": (np.ones((3, 2)), np.ones(2))}, [1.0, 1.0], *tangents)
    same(loaded.jvp(POINT, moving)[1], program.jvp(POINT, moving)[1])
    again = path.with_name("again.program")
    loaded.save(again)
    assert again.read_bytes() == path.read_bytes()


def test_gradients_of_values_and_tensors_come_back(tmp_path: Path) -> None:
    def f(s: Any, W: Any, v: Any) -> Any:
        return ac.norm(ac.tanh(W) * s + v[0], axis=1).sum() * v[1]

    program = record(f, 0.5, Tensor(np.ones((2, 3))), np.ones(2))
    given = 0.7, np.arange(6.0).reshape(2, 3), np.array([0.2, 3.0])
    loaded = there_and_back(program, tmp_path)
    same(loaded.value_and_grad(*given, argnums=(0, 1, 2)), program.value_and_grad(*given, argnums=(0, 1, 2)))


def test_captured_leaves_are_saved_with_the_numbers_they_have_now(tmp_path: Path) -> None:
    w = Tensor([1.0, 2.0])
    program = record(lambda x: (x * (w * w)).sum(), Tensor([1.0, 1.0]))
    w.data = [10.0, 20.0]
    assert there_and_back(program, tmp_path)(np.ones(2)) == 500.0


def test_single_precision_and_layouts_come_back(tmp_path: Path) -> None:
    constant = np.asfortranarray(np.arange(6.0, dtype=np.float32).reshape(2, 3))
    program = record(lambda x: ac.exp(x @ constant).astype(np.float64).sum(0), Tensor(np.ones(2, np.float32)))
    loaded, x = there_and_back(program, tmp_path), np.array([0.5, -0.5], np.float32)
    assert loaded.engine.tape.constants[0].flags.f_contiguous
    assert (loaded(x), loaded.engine.tape.inputs[0].dtype) == (program(x), np.float32)


def test_a_primitive_of_the_users_own_is_needed_to_load(tmp_path: Path) -> None:
    with table_kept():
        primitive("bump_saved", "exp(-x*x)")
        program = record(lambda x: ac.apply("bump_saved", x).sum(), Tensor([1.0]))
        assert there_and_back(program, tmp_path)(np.array([0.0])) == 1.0
    with pytest.raises(ProgramFileError, match=r"it uses bump_saved, not in the table; add it with primitive\("):
        ArrayProgram.load(tmp_path / "a.program")


def test_programs_of_values_are_files_of_the_first_version_as_before(tmp_path: Path) -> None:
    record(lambda w, x: w * x + 1, 0.0, 0.0).save(tmp_path / "values")
    assert take_apart(tmp_path / "values")[0]["version"] == 1
    with pytest.raises(ProgramFileError, match=r"it holds a program of numbers; write Program\.load\("):
        ArrayProgram.load(tmp_path / "values")
    record(lambda x: x.sum(), Tensor([1.0])).save(tmp_path / "arrays")
    assert take_apart(tmp_path / "arrays")[0]["version"] == 2
    with pytest.raises(ProgramFileError, match=r"it holds a program of arrays; write ArrayProgram\.load\("):
        Program.load(tmp_path / "arrays")


def test_what_no_file_holds_is_refused(tmp_path: Path) -> None:
    @dataclasses.dataclass
    class Weights:
        w: Any

    with pytest.raises(
        ProgramFileError, match=r"there is a Weights among the arguments.*dictionaries, lists and tuples"
    ):
        record(lambda p: p.w.sum(), Weights(Tensor([1.0]))).save(tmp_path / "a")
    own = ac.custom_derivative(np.cbrt, vjp=lambda u, z, x: (u / (3 * z * z),))
    with pytest.raises(ProgramFileError, match="calls cbrt, a function of Python, which no file holds"):
        record(lambda x: own(x).sum(), Tensor([1.0])).save(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


# --- damage -----------------------------------------------------------------------------------------------------------


def refused_or_runs(path: Path) -> None:
    """A file makes a program that runs or says what it needs, or is refused with an error that names it."""
    try:
        program = ArrayProgram.load(path)
    except ProgramFileError as refusal:
        named = str(refusal).startswith(str(path))
    else:
        named = True
        with contextlib.suppress(AutogradError):
            program(*POINT)
    assert named


@given(st.data())
@settings(max_examples=300, suppress_health_check=ONE_FOLDER)
def test_a_flipped_bit_is_refused_or_harmless(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    path.with_name("damaged").write_bytes(flipped)
    refused_or_runs(path.with_name("damaged"))


def test_a_truncated_file_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(ProgramFileError):
            ArrayProgram.load(path)


WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 2**40), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(("", "w", "sum", "tensor", "<f8", "|O8")), st.just([]), st.just({}), st.just([[]]),
    st.just({"list": [0]}), st.just({"array": 10**9}), st.just({"tuple": [{"slice": [1, None, 0]}]}),
)  # fmt: skip


def changed(tree: Any, data: st.DataObject) -> Any:
    """The tree with something else in one place."""
    if isinstance(tree, list | dict) and tree and data.draw(st.integers(0, 6)):
        key = data.draw(st.sampled_from(list(tree) if isinstance(tree, dict) else range(len(tree))))
        copy = dict(tree) if isinstance(tree, dict) else list(tree)
        copy[key] = changed(copy[key], data)
        return copy
    if isinstance(tree, int) and data.draw(st.booleans()):
        return tree + data.draw(st.sampled_from((-1, 1, 2)))
    return data.draw(WRONG)


@pytest.mark.slow
@given(st.data())
@settings(max_examples=400, suppress_health_check=ONE_FOLDER)
def test_any_header_is_refused_or_makes_a_program_that_runs(path: Path, data: st.DataObject) -> None:
    header, body = take_apart(path)
    wrong = path.with_name("wrong")
    put_together(wrong, changed({**header, "version": 2}, data), body)
    refused_or_runs(wrong)


def test_a_header_that_lacks_something_is_refused(path: Path) -> None:
    header, body = take_apart(path)
    for key in [each for each in header if each != "checksum"]:
        put_together(path, {name: each for name, each in header.items() if name != key}, body)
        with pytest.raises(ProgramFileError):
            ArrayProgram.load(path)


def test_an_instruction_may_only_point_back_and_an_array_must_be_there(path: Path) -> None:
    header, body = take_apart(path)
    [first, *others] = header["instructions"]
    put_together(path, {**header, "instructions": [[first[0], [1000], first[2]], *others]}, body)
    with pytest.raises(ProgramFileError, match="points at a result that is not there yet"):
        ArrayProgram.load(path)
    put_together(path, header, body + b"\0")
    with pytest.raises(ProgramFileError, match="there is more in it than it says"):
        ArrayProgram.load(path)
    put_together(path, header, body[:-1])
    with pytest.raises(ProgramFileError, match="the length of an array is wrong"):
        ArrayProgram.load(path)
    large = [["x", "tensor", "<f8", 2**30, 2**30]]
    put_together(path, {**header, "leaves": large}, body)
    with pytest.raises(ProgramFileError, match="larger than any memory"):
        ArrayProgram.load(path)


def test_what_is_no_number_is_refused(tmp_path: Path) -> None:
    record(lambda x: x.astype(np.float32).sum(), Tensor([1.0, 2.0])).save(tmp_path / "a")
    header, body = take_apart(tmp_path / "a")
    [[name, slots, [before]], *others] = header["instructions"]
    assert before == {"dtype": "<f4"}
    for wrong, said in (({"dtype": "|O8"}, "no type of numbers"), ("object", "no numbers"), ("U3", "no numbers")):
        put_together(tmp_path / "a", {**header, "instructions": [[name, slots, [wrong]], *others]}, body)
        with pytest.raises(ProgramFileError, match=said):
            ArrayProgram.load(tmp_path / "a")
