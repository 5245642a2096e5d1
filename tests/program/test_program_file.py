"""Programs as files: they come back as they were, and whatever is not a program is refused, whole."""

from __future__ import annotations

import contextlib
import json
import math
import os
import pathlib
import pickle
import random
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_graphs import LEAVES, Recipe, recipes

import autograd_core as ac
from autograd_core import BranchChanged, Program, ProgramFileError, primitive, record, where
from autograd_core.formulas import rules
from autograd_core.scalar import kernels

MAGIC = b"autograd-core program\n"
KINDS = {"constants": "<f8", "opcodes": "<i2", "arguments": "<i4", "outputs": "<i4", "guards": "<i4"}
#: A test may write the same file again and again.
ONE_FOLDER = [HealthCheck.function_scoped_fixture]


def branching(w: Any, x: Any, pair: Any) -> Any:
    """A program with all there is: arrays, nests, constants, a guard, several primitives."""
    total = ac.tanh(w[0] @ x * 0.5 + w[1].sum()) + pair[0] * pair[1][0]
    return total * 2 if total > 0.25 else where(total > 0, total, -total)


EXAMPLE = ([np.array([0.5, 1.0]), np.full((2, 1), 0.25)], np.ones(2), (1.0, [2.0, 3.0]))


@pytest.fixture(scope="module")
def program() -> Program:
    return record(branching, *EXAMPLE)


@pytest.fixture
def path(program: Program, tmp_path: pathlib.Path) -> pathlib.Path:
    program.save(tmp_path / "neuron.program")
    return tmp_path / "neuron.program"


def take_apart(path: pathlib.Path) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    """Header and arrays of a file, as docs/program-file.md describes them."""
    data = path.read_bytes()
    assert data.startswith(MAGIC)
    line, _, body = data[len(MAGIC) :].partition(b"\n")
    header = json.loads(line)
    arrays, offset = {}, 0
    for name, kind in KINDS.items():
        count = header["lengths"][name]
        arrays[name] = np.frombuffer(body, kind, count, offset).copy()
        offset += arrays[name].nbytes
    assert offset == len(body)
    return header, arrays


def put_together(
    path: pathlib.Path, header: Any, arrays: dict[str, np.ndarray[Any, Any]], *, measure: bool = True
) -> None:
    """Write a file with a checksum that fits, whatever is in it."""
    body = b"".join(arrays[name].astype(kind).tobytes() for name, kind in KINDS.items())
    if isinstance(header, dict):
        header = {**header, "checksum": zlib.crc32(body)}
        if measure:
            header["lengths"] = {name: int(array.size) for name, array in arrays.items()}
    path.write_bytes(MAGIC + json.dumps(header).encode("ascii") + b"\n" + body)


def load_or_refuse(path: pathlib.Path) -> Program | None:
    """The program if it is one; every other exception than the promised one fails the test."""
    try:
        return Program.load(path)
    except ProgramFileError:
        return None


# --- there and back ---------------------------------------------------------------------------------------------------


@settings(max_examples=60, suppress_health_check=ONE_FOLDER)
@given(recipe=recipes(largest=25), seed=st.integers(0, 1000))
def test_a_saved_program_gives_the_same_results_bit_for_bit(tmp_path: pathlib.Path, recipe: Recipe, seed: int) -> None:
    program = record(recipe, *LEAVES)
    program.save(tmp_path / "recipe")
    twin = Program.load(tmp_path / "recipe")
    points = np.random.default_rng(seed).uniform(-3.0, 3.0, (10, len(LEAVES)))
    arguments = (*points.T,)
    everything = tuple(range(len(LEAVES)))
    for one, other in ((program, twin), (program.batched((0, 0, 0), "mean"), twin.batched((0, 0, 0), "mean"))):
        given = points[0].tolist() if one is program else arguments
        with np.errstate(all="ignore"):  # far from the leaves there may be infinities to add up
            np.testing.assert_array_equal(one(*given), other(*given))
            mine, its = (each.value_and_grad(*given, argnums=everything)[1] for each in (one, other))
        for by_one, by_other in zip(mine, its, strict=True):
            np.testing.assert_array_equal(by_one, by_other)


def test_names_structures_and_guards_come_back(program: Program, path: pathlib.Path) -> None:
    twin = Program.load(path)
    assert twin.signature == program.signature
    assert twin.tape.guards == program.tape.guards
    assert repr(twin) == repr(program)
    other = ([np.array([1.0, 1.0]), np.full((2, 1), 0.5)], np.ones(2), (0.5, [1.0, 7.0]))
    assert twin(*other) == program(*other)
    bad = ([np.array([-9.0, 0.0]), np.zeros((2, 1))], np.ones(2), (0.0, [0.0, 0.0]))
    with pytest.raises(BranchChanged) as caught:
        program(*bad)
    with pytest.raises(BranchChanged) as again:
        twin(*bad)
    assert str(again.value) == str(caught.value)
    assert "if total > 0.25" in again.value.source
    with pytest.raises(ac.InputValueError, match=r"pair\[1\]: shape \(3,\) given"):
        twin(*EXAMPLE[:2], (1.0, [2.0, 3.0, 4.0]))


@pytest.mark.parametrize(
    "results",
    [
        lambda x: x,
        lambda x: 5.0,
        lambda x: [],
        lambda x: [x, (x * 2, 3.0), [np.array([[x, x + 1]])]],
        lambda x: x / -0.0 + math.nan,
        lambda x: x * math.inf - 5e-324,
    ],
)
def test_results_of_every_structure_and_constants_of_every_kind(
    results: Callable[..., Any], tmp_path: pathlib.Path
) -> None:
    program = record(results, 1.0)
    program.save(tmp_path / "a")
    twin = Program.load(tmp_path / "a")
    assert twin.signature == program.signature
    assert twin.tape.constants.tobytes() == program.tape.constants.tobytes()
    program.save(tmp_path / "b")
    twin.save(tmp_path / "c")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()


def test_labels_may_be_any_text(tmp_path: pathlib.Path) -> None:
    node = ac.Value(1.0, 'größe\n"\\ud800 日本')
    Program.from_graph(node * 2, [node]).save(str(tmp_path / "labels"))
    assert Program.load(str(tmp_path / "labels")).signature.names == (node.label,)


def test_a_file_is_what_the_documentation_says(program: Program, path: pathlib.Path) -> None:
    header, arrays = take_apart(path)
    assert list(header) == [
        *("version", "inputs", "primitives", "lengths", "guards", "names", "arguments", "result", "checksum")
    ]
    assert header["version"] == 1
    assert header["inputs"] == 9
    assert header["names"] == ["w", "x", "pair"]
    assert header["arguments"] == [
        {"list": [["array", 2], ["array", 2, 1]]},
        ["array", 2],
        {"tuple": [["number"], ["list", 2]]},
    ]
    assert header["result"] == ["number"]
    assert header["primitives"] == ["add", "greater", "mul", "tanh"]
    [[truth, comparison, source]] = header["guards"]
    assert (truth, comparison) == (True, "<add> > 0.25")
    assert source.endswith("total * 2 if total > 0.25 else where(total > 0, total, -total)")
    assert set(arrays["constants"]) >= {0.5, 2.0, 0.25}
    assert [header["primitives"][number] for number in arrays["opcodes"]] == [
        rules.OPCODES[opcode].name for opcode in program.tape.opcodes
    ]
    text = (pathlib.Path(__file__).parents[2] / "docs" / "program-file.md").read_text(encoding="utf-8")
    for name in (*header, *KINDS, *KINDS.values(), MAGIC.decode().strip()):
        assert f"`{name}`" in text, f"{name} is not documented"


def test_the_example_of_the_documentation_is_a_file_that_is_written(tmp_path: pathlib.Path) -> None:
    text = (pathlib.Path(__file__).parents[2] / "docs" / "program-file.md").read_text(encoding="utf-8")
    example = text.partition("```json\n")[2].partition("```")[0]
    record(lambda w, x: w * x + 1, 0.0, 0.0).save(tmp_path / "example")
    header, arrays = take_apart(tmp_path / "example")
    assert json.loads(example) == header
    for name, array in arrays.items():
        row = f"| `{name}` | {', '.join(map(str, array.tolist()))} |" if array.size else f"| `{name}` | | |"
        assert row in text


@pytest.mark.usefixtures("scratch_table")
def test_opcodes_are_saved_by_name(tmp_path: pathlib.Path) -> None:
    """A table with other positions reads the same program; one without the primitive refuses it."""
    primitive("first_added", "x + 1")
    primitive("second_added", "x * 3", "3")
    program = record(lambda x: x.second_added() + 1, 1.0)
    program.save(tmp_path / "added")
    for name in ("first_added", "second_added"):
        del ac.PRIMITIVES[name]
        rules.OPCODES.pop()
    with pytest.raises(ProgramFileError, match=r"it uses second_added, not in the table; add them with primitive\("):
        Program.load(tmp_path / "added")
    for place in [each for each in kernels._python_kernels if each >= 8 * len(rules.OPCODES)]:
        del kernels._python_kernels[place]
    primitive("second_added", "x * 3", "3")
    assert Program.load(tmp_path / "added").value_and_grad(2.0) == (7.0, 3.0)


# --- writing ----------------------------------------------------------------------------------------------------------


def test_a_file_is_written_whole_or_not_at_all(
    program: Program, path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()
    other = record(lambda x: x * 2, 1.0)

    def fail(*_: Any) -> None:
        raise OSError(28, "the disk is full")

    for owner, function in ((pathlib.Path, "replace"), (os, "fsync")):
        with monkeypatch.context() as patched:
            patched.setattr(owner, function, fail)
            with pytest.raises(ProgramFileError, match=r"cannot be written \(the disk is full\); nothing was changed"):
                other.save(path)
        assert path.read_bytes() == before
        assert list(path.parent.iterdir()) == [path]
    other.save(path)
    assert list(path.parent.iterdir()) == [path]
    assert Program.load(path)(2.0) == 4.0


def test_a_missing_folder_is_named(program: Program, tmp_path: pathlib.Path) -> None:
    with pytest.raises(ProgramFileError, match=r"there is no folder .*nowhere.* create it first"):
        program.save(tmp_path / "nowhere" / "a")
    with pytest.raises(ProgramFileError, match=r"cannot read .*nothing: No such file"):
        Program.load(tmp_path / "nothing")
    with pytest.raises(ProgramFileError, match="cannot read"):
        Program.load(tmp_path)


def test_others_may_read_a_saved_program_as_any_file(program: Program, tmp_path: pathlib.Path) -> None:
    program.save(tmp_path / "a")
    (tmp_path / "b").write_bytes(b"")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_flipped_bit_is_refused_or_harmless(program: Program, path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """Numbers are protected by the checksum; a flip in a name or a text of a guard changes nothing that is computed."""
    data = path.read_bytes()
    header_ends = data.index(b"\n", len(MAGIC))
    generator = random.Random(0)
    damaged = tmp_path / "damaged"
    expected = program.value_and_grad(*EXAMPLE)
    harmless = 0
    for position in range(len(data)):
        flipped = bytearray(data)
        flipped[position] ^= 1 << generator.randrange(8)
        damaged.write_bytes(flipped)
        loaded = load_or_refuse(damaged)
        if loaded is not None:
            assert position < header_ends
            harmless += 1
            value, gradient = loaded.value_and_grad(*EXAMPLE)
            assert value == expected[0]
            for mine, its in zip(gradient, expected[1], strict=True):
                np.testing.assert_array_equal(mine, its)
    assert harmless < header_ends / 2


@pytest.mark.parametrize("damage", ["zeroed", "cut", "grown"])
def test_damage_of_larger_pieces_is_refused(path: pathlib.Path, damage: str) -> None:
    data = path.read_bytes()
    header_ends = data.index(b"\n", len(MAGIC))
    for start in range(header_ends + 1, len(data) - 8, 7):
        piece = {"zeroed": b"\x00" * 8 if data[start : start + 8].strip(b"\x00") else b"\x01" * 8, "cut": b""}
        path.write_bytes(data[:start] + piece.get(damage, data[start : start + 8] + b"\x00") + data[start + 8 :])
        with pytest.raises(ProgramFileError):
            Program.load(path)


def test_a_truncated_file_is_refused(path: pathlib.Path) -> None:
    data = path.read_bytes()
    header_ends = data.index(b"\n", len(MAGIC))
    lengths = {*range(0, len(data), 9), *range(header_ends - 2, header_ends + 4), len(data) - 1}
    for length in sorted(lengths):
        path.write_bytes(data[:length])
        with pytest.raises(ProgramFileError):
            Program.load(path)
    path.write_bytes(data[: header_ends - 5])
    with pytest.raises(ProgramFileError, match="cut short in its header"):
        Program.load(path)
    path.write_bytes(data[:-3])
    with pytest.raises(ProgramFileError, match="damaged or cut short; save the program again"):
        Program.load(path)


def test_a_newer_version_is_refused(path: pathlib.Path) -> None:
    header, arrays = take_apart(path)
    for version in (3, 99, 10**30):
        put_together(path, {**header, "version": version}, arrays)
        with pytest.raises(ProgramFileError, match=rf"version {version}, and .* reads up to 2; install a newer one"):
            Program.load(path)
    for version in ("1", 1.5, None, [1]):
        put_together(path, {**header, "version": version}, arrays)
        with pytest.raises(ProgramFileError):
            Program.load(path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\x89PNG\r\n\x1a\n",
        pickle.dumps({"a": 1}),
        b"autograd-core program",
        MAGIC,
        MAGIC + b"\n",
        MAGIC + b"{}\n",
        MAGIC + b"[]\n",
        MAGIC + b"null\n",
        MAGIC + b"[" * 100_000 + b"\n",
        MAGIC + b'{"version": 1' + b"0" * 5000 + b"}\n",
        MAGIC + b"\xff\xfe\x00\n",
        MAGIC.replace(b"\n", b"\r\n") + b"{}\n",
    ],
    ids=range(14),
)
def test_another_file_is_refused(data: bytes, tmp_path: pathlib.Path) -> None:
    (tmp_path / "other").write_bytes(data)
    with pytest.raises(ProgramFileError, match="other: "):
        Program.load(tmp_path / "other")


@settings(max_examples=150, suppress_health_check=ONE_FOLDER)
@given(data=st.binary(max_size=300))
def test_random_bytes_are_refused(tmp_path: pathlib.Path, data: bytes) -> None:
    for start in (b"", MAGIC, MAGIC + b'{"version": 1, '):
        (tmp_path / "random").write_bytes(start + data)
        assert load_or_refuse(tmp_path / "random") is None


# --- indices out of range, with a checksum that fits ------------------------------------------------------------------


def test_the_tools_of_these_tests_write_files_that_load(path: pathlib.Path) -> None:
    before = path.read_bytes()
    put_together(path, *take_apart(path))
    assert path.read_bytes() == before


@pytest.mark.parametrize("number", [-1, -(2**31), 2**31 - 1, 10_000], ids=str)
@pytest.mark.parametrize("name", ["opcodes", "arguments", "outputs", "guards"])
def test_an_index_out_of_range_is_refused(path: pathlib.Path, name: str, number: int) -> None:
    header, arrays = take_apart(path)
    number = max(min(number, np.iinfo(KINDS[name]).max), np.iinfo(KINDS[name]).min)
    for position in range(arrays[name].size):
        crafted = {**arrays, name: arrays[name].copy()}
        crafted[name][position] = number
        put_together(path, header, crafted)
        with pytest.raises(ProgramFileError, match="save the program again"):
            Program.load(path)


def test_an_instruction_may_only_point_back(path: pathlib.Path) -> None:
    header, arrays = take_apart(path)
    first = header["inputs"] + len(arrays["constants"])
    for index in range(len(arrays["opcodes"])):
        for column in range(3):
            for target in (first + index, first + index + 1):
                crafted = {**arrays, "arguments": arrays["arguments"].copy()}
                crafted["arguments"][3 * index + column] = target
                put_together(path, header, crafted)
                with pytest.raises(ProgramFileError, match="points at a result that is not there yet"):
                    Program.load(path)
    last = first + len(arrays["opcodes"])
    for name in ("outputs", "guards"):
        put_together(path, header, {**arrays, name: np.full_like(arrays[name], last)})
        with pytest.raises(ProgramFileError, match="an output or a guard points at nothing"):
            Program.load(path)


def without(name: str, where_at: int = -1) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda arrays: {**arrays, name: np.delete(arrays[name], where_at)}


@pytest.mark.parametrize("name", KINDS)
def test_arrays_of_a_wrong_length_are_refused(path: pathlib.Path, name: str) -> None:
    header, arrays = take_apart(path)
    for crafted in (
        {**arrays, name: arrays[name][:-1]},
        {**arrays, name: arrays[name][:0]},
        {**arrays, name: np.append(arrays[name], arrays[name][0])},
    ):
        put_together(path, header, crafted)
        load_or_refuse(path)  # a constant more or less may go unnoticed, never an index out of range
        if name != "constants":
            assert load_or_refuse(path) is None
    for length in (-1, 10**9, 2**63, 10**30, 1.0, "3", None):
        put_together(path, {**header, "lengths": {**header["lengths"], name: length}}, arrays, measure=False)
        assert load_or_refuse(path) is None


def test_a_program_of_nothing_cannot_point_anywhere(path: pathlib.Path) -> None:
    """Without inputs and constants even slot 0 is not there yet."""
    header, arrays = take_apart(path)
    nothing = {name: array[:0] for name, array in arrays.items()}
    empty = {**header, "inputs": 0, "guards": [], "names": [], "arguments": []}
    for crafted in (
        {**nothing, "outputs": np.array([0])},
        {**nothing, "outputs": np.array([0]), "opcodes": np.array([0]), "arguments": np.zeros(3)},
    ):
        put_together(path, empty, crafted)
        assert load_or_refuse(path) is None


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        *(("inputs", each) for each in (8, 10, -1, 2**31, 2**62, True, 9.0, "9", None, [])),
        *(("primitives", each) for each in (["tanh"], [], ["no_such"], "add", None, [[1]], [None], {"add": 1}, 3)),
        *(("names", each) for each in ([], ["w"], ["w", "x", 3], None, ["w", "x", "pair", "more"])),
        *(("arguments", each) for each in ([], [["number"]] * 3, [["number"]] * 9, None, [[]], [{}], [None] * 3)),
        *(("result", each) for each in (["list", 2], ["array", 0], [], {}, None, ["set", 1], {"dict": []}, "number")),
        ("result", {"list": [["number"], ["number"]]}),
        ("result", ["number", 1]),
        ("result", ["list"]),
        ("result", ["list", 1, 1]),
        ("result", ["array", -1, -1]),
        ("result", ["array", 1.0]),
        ("result", ["array", True]),
        ("result", {"list": [["number"]], "tuple": []}),
        *(("guards", each) for each in ([], [[1, "a", "b"]], [[True, "a"]], [[True, 1, "b"]], None, "abc", [None])),
        ("guards", [[True, "a", "b"]] * 2),
    ],
    ids=str,
)
def test_a_header_that_does_not_fit_is_refused(path: pathlib.Path, key: str, wrong: Any) -> None:
    header, arrays = take_apart(path)
    put_together(path, {**header, key: wrong}, arrays)
    with pytest.raises(ProgramFileError):
        Program.load(path)


@pytest.mark.parametrize(
    "key", ["version", "inputs", "primitives", "guards", "names", "arguments", "result", "lengths"]
)
def test_a_header_that_lacks_something_is_refused(path: pathlib.Path, key: str) -> None:
    header, arrays = take_apart(path)
    header.pop(key)
    put_together(path, header, arrays, measure=False)
    with pytest.raises(ProgramFileError):
        Program.load(path)


@pytest.mark.parametrize("depth", [100, 300, 600, 900, 100_000])
def test_deep_structures_are_refused_or_read(path: pathlib.Path, depth: int) -> None:
    before = b'"result": ["number"]'
    deep = b'"result": ' + b'{"list": [' * depth + b'["number"]' + b"]}" * depth
    data = path.read_bytes()
    assert before in data
    path.write_bytes(data.replace(before, deep))
    run_if_loaded(path)


def test_a_structure_of_more_numbers_than_can_be_counted_is_refused(path: pathlib.Path) -> None:
    """2^16 in four axes are 2^64 numbers, which 64 bits take for 0."""
    header, arrays = take_apart(path)
    huge = ["array", *[2**16] * 4]
    put_together(path, {**header, "names": [*header["names"], "h"], "arguments": [*header["arguments"], huge]}, arrays)
    assert load_or_refuse(path) is None


def test_a_nest_of_nothing_is_refused(path: pathlib.Path) -> None:
    """structure_of makes none: an empty list is a list of 0 numbers."""
    header, arrays = take_apart(path)
    nest = {**header, "names": ["a", *header["names"]], "arguments": [{"list": []}, *header["arguments"]]}
    put_together(path, nest, arrays)
    assert load_or_refuse(path) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 12) | st.floats() | st.sampled_from(["add", "mul", "list", "number"]),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.sampled_from(["list", "tuple", "x"]), children)
    ),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=200, suppress_health_check=ONE_FOLDER)
@given(data=st.data())
def test_any_header_is_refused_or_makes_a_program_that_runs(path: pathlib.Path, data: st.DataObject) -> None:
    original = path.read_bytes()
    header, arrays = take_apart(path)
    for key in data.draw(st.sets(st.sampled_from(sorted(header)), min_size=1, max_size=2)):
        header[key] = data.draw(JSON)
    put_together(path, header, arrays)
    run_if_loaded(path)
    path.write_bytes(original)


@settings(max_examples=200, suppress_health_check=ONE_FOLDER)
@given(data=st.data())
def test_any_arrays_are_refused_or_make_a_program_that_runs(path: pathlib.Path, data: st.DataObject) -> None:
    """With small indices most of these are valid programs of other functions; none may read beyond its slots."""
    original = path.read_bytes()
    header, arrays = take_apart(path)
    slots = header["inputs"] + len(arrays["constants"]) + len(arrays["opcodes"])
    for name in data.draw(st.sets(st.sampled_from(["opcodes", "arguments", "outputs", "guards"]), min_size=1)):
        bound = len(header["primitives"]) if name == "opcodes" else slots
        for _ in range(data.draw(st.integers(1, 4))):
            arrays[name][data.draw(st.integers(0, arrays[name].size - 1))] = data.draw(st.integers(-1, bound))
    put_together(path, header, arrays)
    run_if_loaded(path)
    path.write_bytes(original)


def run_if_loaded(path: pathlib.Path) -> None:
    loaded = load_or_refuse(path)
    if loaded is None:
        return
    batch = ([np.ones((9, 2)), np.ones((9, 2, 1))], np.ones((9, 2)), (np.ones(9), np.ones((9, 2))))
    for run in (lambda: loaded.value_and_grad(*EXAMPLE), lambda: loaded.batched((0, 0, 0)).value_and_grad(*batch)):
        with contextlib.suppress(ac.AutogradError):
            run()
