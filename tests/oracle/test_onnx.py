"""Models of ONNX: the checker of ONNX takes them, and the ONNX runtime gives value and gradient of the program."""

from __future__ import annotations

import itertools
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amounts import examples
from command_line import started
from exported import Case, assert_same, long_network, primitive_cases, random_cases, shaped_cases, weighted
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from random_tensor_graphs import random_function
from scratch import table_kept
from structural_cases import CASES

import autograd_core as ac
from autograd_core import InputValueError, KinkWarning, LeavesGraphError, Tensor, grad, primitive, record
from autograd_core.array.cross_entropy import labels_of
from autograd_core.array.functions import apply_to_one
from autograd_core.array.tensor import array_constant
from autograd_core.export import onnx_program

REFUSED = {"solve", "inv", "det", "logdet", "cholesky"}


def session(program: Any, folder: Path) -> Any:
    """The program written as a model, which the checker takes, and the runtime that runs it."""
    import onnx

    path = folder / "model.onnx"
    program.to_onnx(path)
    onnx.checker.check_model(path, full_check=True)
    return runtime_of(path)


def runtime_of(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def answers(running: Any, arguments: list[Any]) -> dict[str, Any]:
    names = [each.name for each in running.get_inputs()]
    found = running.run(None, dict(zip(names, map(np.asarray, arguments), strict=True)))
    return dict(zip([each.name for each in running.get_outputs()], found, strict=True))


def check(case: Case, folder: Path) -> None:
    running = session(case.program, folder)
    for point in case.points:
        found = answers(running, [np.asarray(each, float) for each in case.arguments(point)])
        value, *slopes = found.values()
        case.agree(point, float(value), np.concatenate([each.ravel() for each in slopes]).tolist())


@pytest.mark.parametrize("at", range(6))
def test_random_programs(at: int, tmp_path: Path) -> None:
    for case in itertools.islice(random_cases(), at, None, 6):
        check(case, tmp_path)


def test_every_primitive_at_special_numbers(tmp_path: Path) -> None:
    for case in primitive_cases():
        check(case, tmp_path)


def test_arguments_of_every_shape_and_name(tmp_path: Path) -> None:
    for case in shaped_cases():
        check(case, tmp_path)


def test_a_long_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = long_network(40)
    check(case, tmp_path)
    monkeypatch.setattr(onnx_program, "_MOST_ROUNDS", 10)
    with pytest.raises(InputValueError, match=r"to_onnx: \d+ steps of the program wait for each other.*write to_c\("):
        case.program.to_onnx(tmp_path / "a.onnx")


def test_a_primitive_of_the_users_own_goes_along(tmp_path: Path) -> None:
    with table_kept():
        rule = primitive("bump_in_onnx", "exp(-x*x) * sin(y)", "-2 * x * z", "exp(-x*x) * cos(y)")
        [case] = primitive_cases([rule])
        check(case, tmp_path)
        agree(lambda x: ac.apply("bump_in_onnx", x, 2.0), [np.array([0.25, 2.0])], tmp_path)


def test_several_results_have_no_gradient(tmp_path: Path) -> None:
    program = record(lambda p, rows: [p[0] * 2.0, (p[1][0], rows @ rows[0])], (1.0, [2.0, 3.0]), np.ones((2, 2)))
    found = answers(session(program, tmp_path), [0.5, np.array([7.0, 8.0]), np.array([[1.0, 2.0], [3.0, 4.0]])])
    assert {name: each.tolist() for name, each in found.items()} == {
        "value_0": 1.0, "value_1_0": 7.0, "value_1_1": [5.0, 11.0],
    }  # fmt: skip


def test_the_same_program_gives_the_same_bytes(tmp_path: Path) -> None:
    files = []
    for _ in range(2):
        record(lambda x: (x.exp() + x.tan()) / 2.0, 1.0).to_onnx(tmp_path / "a.onnx")
        record(lambda x: ac.softmax(x).var(), Tensor([1.0, 2.0])).to_onnx(tmp_path / "b.onnx")
        files.append([(tmp_path / name).read_bytes() for name in ("a.onnx", "b.onnx")])
    assert files[0] == files[1]


# --- arrays -----------------------------------------------------------------------------------------------------------


def agree(f: Any, arrays: list[np.ndarray], folder: Path, *, of_one: bool = False) -> None:
    """Value and gradient of a weighted sum of the result are the same, and so is the result."""
    program, value, slopes = weighted(f, arrays, of_one=of_one)
    got, *found = answers(session(program, folder), arrays).values()
    assert_same(got, found, value, slopes)


@pytest.mark.parametrize("name", sorted(set(CASES) - REFUSED))
def test_every_operation_on_arrays(name: str, tmp_path: Path) -> None:
    @settings(max_examples=examples(10), suppress_health_check=list(HealthCheck))
    @given(st.data())
    def run(data: st.DataObject) -> None:
        case = data.draw(st.sampled_from(CASES[name]))(data.draw, np.random.default_rng(data.draw(st.integers(0, 99))))
        try:
            agree(case.ours, case.arrays, tmp_path)
        except LeavesGraphError:  # an index by a mask of the input
            assume(False)

    run()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_onnx_lacks_is_named(name: str, tmp_path: Path) -> None:
    x = Tensor(np.eye(2))
    f = {"logdet": lambda x: np.linalg.slogdet(x)[1], "solve": lambda x: ac.solve(x, x)}.get(name) or getattr(ac, name)
    program = record(lambda x: f(x).sum(), x)
    with pytest.raises(InputValueError, match=f"to_onnx: ONNX has no {name} of 64-bit numbers; write to_jax"):
        program.to_onnx(tmp_path / "a.onnx")


#: Of those that lose no digits on purpose, and call nothing that ONNX lacks; a lone number less its largest is 0.
TAME = [
    seed
    for seed in range(200)
    if not {"scale", "shift", "cancel", "solve", "inverse", "determinant", "cholesky"}
    & set(random_function(seed).text.split())
    and "n=1" not in random_function(seed).text.split()
]


@pytest.mark.parametrize("seed", TAME[:20])
def test_random_programs_of_arrays(seed: int, tmp_path: Path) -> None:
    its = random_function(seed)
    agree(its.f, list(its.arrays), tmp_path, of_one=True)


def test_values_and_tensors_in_containers(tmp_path: Path) -> None:
    def f(p: Any, rows: Any, v: Any) -> Any:
        return (ac.tanh(p["W"]) * p["s"] + v[0]).sum() * rows[1] + ac.sigmoid(rows[0])

    program = record(f, {"W": Tensor(np.ones((2, 3))), "s": 0.5}, [1.0, 2.0], np.ones(2))
    point = {"W": np.arange(6.0).reshape(2, 3) / 6, "s": 0.7}, [0.1, 0.2], np.array([3.0, 4.0])
    value, (by_p, by_rows, by_v) = program.value_and_grad(*point, argnums=(0, 1, 2))
    found = answers(session(program, tmp_path), [point[0]["W"], 0.7, np.array([0.1, 0.2]), point[2]])
    expected = {"value": value, "gradient_p_W": by_p["W"], "gradient_p_s": by_p["s"], "gradient_rows": by_rows}
    expected["gradient_v"] = by_v
    assert found.keys() == expected.keys()
    for name, each in expected.items():
        np.testing.assert_allclose(found[name], each, rtol=1e-12, err_msg=name)


def test_results_in_containers_and_in_single_precision(tmp_path: Path) -> None:
    program = record(
        lambda x, s, v: {"a": ac.tanh(x), "b": [s * 2.0, v]}, Tensor(np.ones(2, np.float32)), 3.0, np.ones(2)
    )
    given = np.array([0.5, 1.0], np.float32), np.array(4.0), np.array([5.0, 6.0])
    found = answers(session(program, tmp_path), list(given))
    assert found["value_a"].dtype == np.float32
    np.testing.assert_allclose(found["value_a"], np.tanh(given[0]), rtol=1e-6)
    assert (found["value_b_0"], found["value_b_1"].tolist()) == (8.0, [5.0, 6.0])
    narrow = record(lambda x: (ac.gelu(x) * x).sum(), Tensor(np.ones(3, np.float32)))
    x = np.array([0.5, -1.0, 2.0], np.float32)
    value, slope = answers(session(narrow, tmp_path), [x]).values()
    assert value.dtype == slope.dtype == np.float32
    np.testing.assert_allclose(slope, narrow.grad(x), rtol=1e-5)


def test_labels_and_rows_at_integer_inputs(tmp_path: Path) -> None:
    program = record(
        lambda table, index, labels: apply_to_one("cross_entropy", ac.take(table, index), labels_of(labels)),
        Tensor(np.ones((4, 3))), *[array_constant(np.array([0, 1]))] * 2,
    )  # fmt: skip
    running, table = session(program, tmp_path), np.random.default_rng(0).normal(size=(4, 3))
    for index, labels in (([3, 0], [1, 2]), ([1, 1], [2, 0])):
        point = table, np.array(index), np.array(labels)
        value, slope = answers(running, list(point)).values()
        np.testing.assert_allclose(value, program(*point), rtol=1e-12)
        np.testing.assert_allclose(slope, program.grad(*point), rtol=1e-12, atol=1e-15)


def test_captured_leaves_have_the_numbers_they_have_now(tmp_path: Path) -> None:
    w = Tensor([1.0, 2.0])
    program = record(lambda x: (x * (w * w)).sum(), Tensor([1.0, 1.0]))
    w.data = [10.0, 20.0]
    found = answers(session(program, tmp_path), [np.ones(2)])
    assert (found["value"], found["gradient_x"].tolist()) == (500.0, [100.0, 400.0])


# --- what is refused, and the command line ----------------------------------------------------------------------------


def test_what_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputValueError, match=r"to_onnx: the program took a branch \(x > 0 was True"):
        record(lambda x: x * x if x > 0.0 else x, 1.0).to_onnx(tmp_path / "a.onnx")
    with pytest.raises(InputValueError, match="to_onnx: the program took a branch"):
        record(lambda x: x * x if x.sum() > 0.0 else x, Tensor([1.0])).to_onnx(tmp_path / "a.onnx")
    own = ac.custom_derivative(np.cbrt, vjp=lambda u, z, x: (u / (3 * z * z),))
    with pytest.raises(InputValueError, match="calls cbrt, a function of Python that nothing else can run"):
        record(lambda x: own(x).sum(), Tensor([1.0])).to_onnx(tmp_path / "a.onnx")
    for program in (record(lambda x: x * x, 1.0), record(lambda x: x.sum(), Tensor([1.0]))):
        with pytest.raises(InputValueError, match=r"does not end in \.onnx"):
            program.to_onnx(tmp_path / "a.bin")
    with pytest.warns(KinkWarning, match="kinks"):
        record(grad(lambda x: ac.relu(x) * x * x), 1.0).to_onnx(tmp_path / "kinks.onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputValueError, match=r"needs ONNX; run: pip install 'autograd-core\[onnx\]'"):
        record(lambda x: x * x, 1.0).to_onnx(tmp_path / "a.onnx")


def test_the_command_line(tmp_path: Path) -> None:
    result = started(["export", "tanh(w*x)", "--at", "w=2", "x=0.5", "-o", "a.onnx"], tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    found = answers(runtime_of(tmp_path / "a.onnx"), [2.0, 0.25])
    np.testing.assert_allclose(found["value"], np.tanh(0.5), rtol=1e-12)


def test_the_example_of_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands there without prompts, for the quick tests leave it out."""
    monkeypatch.chdir(tmp_path)
    page = Path(__file__).parents[2] / "docs" / "guide" / "exports.md"
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    [block] = [each for each in blocks if "import onnxruntime" in each]
    names: dict[str, Any] = {}
    exec(block, names)
    np.testing.assert_allclose(names["value"], 2.0 * np.tanh(0.3), rtol=1e-12)
    np.testing.assert_allclose(names["by_W"], 1.0 / np.cosh(0.3) ** 2, rtol=1e-12)
