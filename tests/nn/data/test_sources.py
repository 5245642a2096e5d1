"""Data by name, from files and made up: what comes in is what was there, or an error names the line."""

from __future__ import annotations

import contextlib
import importlib
import pickle
import random
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import AutogradError, InputTypeError, InputValueError
from nn import Data, circles, load, load_csv, moons, spirals, train_test_split, xor
from nn.data.sources import DATA_SETS, load_data

# --- by name ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", DATA_SETS)
def test_a_data_set_is_scikit_learns(name: str) -> None:
    datasets = importlib.import_module("sklearn.datasets")
    bunch = getattr(datasets, f"load_{name}")()
    data = load(name)
    assert np.array_equal(data.X, bunch.data)
    assert np.array_equal(data.y, bunch.target)
    assert list(data.feature_names) == list(bunch.feature_names)
    assert len(data.class_names) == (len(set(bunch.target.tolist())) if DATA_SETS[name] else 0)
    assert data.name == name


@pytest.mark.parametrize("name", ["irsi", "iris.csv", "", None, 3, ["iris"]])
def test_an_unknown_data_set_lists_what_there_is(name: Any) -> None:
    with pytest.raises(InputValueError, match="only breast_cancer, diabetes, digits, iris, wine"):
        load_data(name)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(InputValueError, match=r"load\('iris'\): scikit-learn.*pip install 'autograd-core\[data\]'"):
        load_data("iris")


# --- from a file ------------------------------------------------------------------------------------------------------


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=6))
def test_numbers_come_back_bit_for_bit(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    text = "a,b,goal\n" + "".join(f"{a!r},{b!r},{goal!r}\n" for a, b, goal in rows)
    path = written(tmp_path_factory.mktemp("csv"), text)
    data = load_csv(path, target="goal", task="regression")
    assert data.X.tobytes() == np.array([row[:2] for row in rows]).tobytes()
    assert data.y.tobytes() == np.array([row[2] for row in rows]).tobytes()
    assert data.feature_names == ("a", "b")


@pytest.mark.parametrize(
    ("targets", "task", "y", "classes"),
    [
        (["no", "yes", "no"], None, [0, 1, 0], ("no", "yes")),
        (["3", "7", "3", "7"], None, [0, 1, 0, 1], ("3", "7")),
        (["3", "7", "3", "7"], "regression", [3.0, 7.0, 3.0, 7.0], ()),
        (["1", "2", "3"], None, [1.0, 2.0, 3.0], ()),
        (["1", "2", "3"], "classification", [0, 1, 2], ("1", "2", "3")),
        (["0.5", "0.5", "1", "1"], None, [0.5, 0.5, 1.0, 1.0], ()),
    ],
)
def test_what_is_a_class(targets: list[str], task: Any, y: list[float], classes: Any, tmp_path: Path) -> None:
    path = written(tmp_path, "x,t\n" + "".join(f"1,{each}\n" for each in targets))
    data = load_csv(path, target="t", task=task)
    assert (data.y.tolist(), data.class_names) == (y, classes)


def test_what_spreadsheets_write_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, b'\xef\xbb\xbf"a"; b, of it;t\r\n\r\n 1 ;"2";"x"\r\n;;\r\n3;4;y\r\n')
    data = load_csv(path, target="t")
    assert (data.X.tolist(), data.feature_names) == ([[1.0, 2.0], [3.0, 4.0]], ("a", "b, of it"))
    only = load_csv(path, target="t", features=["b, of it"], delimiter=";")
    assert only.X.tolist() == [[2.0], [4.0]]
    tabs = load_csv(written(tmp_path, 'a\t"b, c"\tt\n1\t2\tx\n3\t4\ty\n'), target="t")
    assert (tabs.X.tolist(), tabs.feature_names) == ([[1.0, 2.0], [3.0, 4.0]], ("a", "b, c"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\n \n", "the file is empty"),
        ("a,t\n", "no line below the names"),
        ("a,b\n1,2\n", "there is no column 't'; there are a, b"),
        ("a,T\n1,2\n", r"there is no column 't'; did you mean T\?"),
        ("a;t\n1,5;2\n", "line 2, column 'a': '1,5' is not a number; write one such as 1.5"),
        ("1,2\n3,4\n", "line 1 holds numbers; put a line with the names of the columns above it"),
        ("a,a,t\n1,2,3\n", "line 1 names the column 'a' twice"),
        ("a,,t\n1,2,3\n", "line 1: column 2 has no name"),
        ("t\n1\n", "no column beside the target 't'"),
        ("a,t\n1,2\n3\n", r"line 3 has 1 cell\(s\), and line 1 names 2 columns"),
        ("a,t\n\n1,2\n3,4,5\n", r"line 4 has 3 cell\(s\)"),
        ("a,t\n1,2\nred,4\n", "line 3, column 'a': 'red' is not a number"),
        ("a,t\n1_0,2\n", "line 2, column 'a': '1_0' is not a number"),
        ("a,t\n1,2\n,4\n", r"line 3, column 'a': there is no number \(''\)"),
        ("a,t\nNaN,2\n", "line 2, column 'a': there is no number"),
        ("a,t\n-inf,2\n", "line 2, column 'a': '-inf' is not finite"),
        ("a,t\n1e999,2\n", "line 2, column 'a': '1e999' is not finite"),
        ("a,t\n1,2\n1,?\n", "line 3, column 't': there is no target"),
        ('a,t\n"1\n",x\n2,\n', r"line 4, column 't': there is no target"),
        ('a,t\n1,"2\n', r"line 2 cannot be read"),
        (b"a,t\n1,2\n\xff\xfe,1\n", "line 3 is not text in UTF-8"),
    ],
)
def test_what_is_wrong_names_its_line(text: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputValueError, match=f"^load_csv: .*table.csv: .*{message}"):
        load_csv(written(tmp_path, text), target="t")


def test_no_file_a_folder_and_no_path_at_all(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.csv", "a\0b"):
        with pytest.raises(InputValueError, match="load_csv: cannot read"):
            load_csv(path, target="t")
    with pytest.raises(InputTypeError, match="is not a path"):
        load_csv(3, target="t")  # type: ignore[arg-type]
    path = written(tmp_path, "a,t\n1,2\n")
    with pytest.raises(InputValueError, match="'t' is one of the features"):
        load_csv(path, target="t", features=["a", "t"])
    with pytest.raises(InputTypeError, match="is not a list"):
        load_csv(path, target="t", features="a")
    with pytest.raises(InputValueError, match="line 1 has one column, 'a,t'; write delimiter=','"):
        load_csv(path, target="t", delimiter=";")
    with pytest.raises(InputValueError, match="one character"):
        load_csv(path, target="t", delimiter="::")
    with pytest.raises(InputValueError, match="task='classes'"):
        load_csv(path, target="t", task="classes")  # type: ignore[arg-type]


@given(st.binary(max_size=60))
def test_any_bytes_are_data_or_one_clear_error(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = written(tmp_path_factory.mktemp("csv"), b"a,t\n" + noise)
    with contextlib.suppress(AutogradError):
        assert len(load_csv(path, target="t")) >= 1


# --- made up ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("toy", [moons, circles, spirals, xor])
def test_a_toy_set_is_its_seeds(toy: Any) -> None:
    data = toy(101, seed=3)
    assert data.X.shape == (101, 2)
    assert abs(np.diff(np.bincount(data.y))).max() <= 1
    assert np.array_equal(data.X, toy(101, seed=random.Random(3)).X)
    assert not np.array_equal(data.X, toy(101, seed=4).X)
    with pytest.raises(InputValueError, match=r"n=1 points for 2 classes"):
        toy(1)
    with pytest.raises(InputValueError, match=r"noise=-1\.0 is negative"):
        toy(10, noise=-1)
    with pytest.raises(InputValueError, match="noise=nan is not finite"):
        toy(10, noise=float("nan"))


def test_without_noise_toys_lie_where_their_formulas_say() -> None:
    X, y = moons(100, noise=0.0)
    centres = np.array([[0.0, 0.0], [1.0, 0.5]])[y]
    assert np.hypot(*(X - centres).T) == pytest.approx(1.0)
    assert ((X - centres)[:, 1] * (1 - 2 * y) >= 0).all()
    X, y = spirals(99, arms=3, noise=0.0)
    radius, angle = np.hypot(*X.T), np.arctan2(X[:, 1], X[:, 0])
    turned = 2 * np.pi * (radius - 0.1) / 0.9 + 2 * np.pi * y / 3 - angle
    assert np.cos(turned) == pytest.approx(1.0)
    assert (abs(xor(100).X) <= 1).all()


# --- what Data is -----------------------------------------------------------------------------------------------------


def test_data_says_what_it_holds_and_can_be_pickled() -> None:
    data = Data([[1.0], [2.0]], [0.5, -1.0], ["size"], name="sizes")
    assert repr(data) == "<Data sizes: 2 examples of 1 feature (size); targets from -1 to 0.5>"
    assert repr(pickle.loads(pickle.dumps(data))) == repr(data)
    X, y = data
    assert (X.tolist(), y.tolist(), len(data)) == ([[1.0], [2.0]], [0.5, -1.0], 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"feature_names": ["a", "b"]}, r"2 feature_names for 1 column\(s\)"),
        ({"class_names": ["a"]}, "target 1 is 1, and the 1 classes have the numbers 0 to 0"),
        ({"class_names": ["a", "a"]}, "a name twice"),
        ({"class_names": [0, 1]}, "not all texts"),
        ({"y": [0.5, 1], "class_names": ["a", "b"]}, "target 0 is 0.5"),
        ({"y": [0, float("nan")]}, "nan"),
        ({"y": [[0], [1]]}, "one number an example"),
    ],
)
def test_names_and_targets_have_to_fit(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(AutogradError, match=message):
        Data(**{"X": [[1.0], [2.0]], "y": [0, 1], **arguments})


# --- parts ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(2, 30), min_size=1, max_size=5), st.floats(0.01, 0.99), st.integers(0, 99))
def test_a_stratified_part_has_each_class_in_its_share(counts: list[int], share: float, seed: int) -> None:
    y = np.repeat(np.arange(len(counts)), counts)
    X = np.arange(float(len(y)))[:, None]
    tested = min(max(round(len(y) * share), 1), len(y) - 1)
    if min(tested, len(y) - tested) < len(counts):
        with pytest.raises(InputValueError, match=re.escape(f"{tested} of {len(y)} examples for the test")):
            train_test_split(X, y, test_size=share, seed=seed, stratify=y)
        return
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=share, seed=seed, stratify=y)
    assert sorted([*X_train.ravel().tolist(), *X_test.ravel().tolist()]) == X.ravel().tolist()
    assert np.array_equal(y_test, y[X_test.ravel().astype(int)])
    assert np.array_equal(y_train, y[X_train.ravel().astype(int)])
    assert len(y_test) == tested
    for kind, count in enumerate(counts):
        # A share that is a whole number is one too many where another class would be missing in a part.
        assert abs((y_test == kind).sum() - count * tested / len(y)) <= 1
    labels = [f"class {kind}" for kind in y]  # labels need not be numbers
    again = train_test_split(X, y, test_size=tested, seed=seed, stratify=labels)
    assert np.array_equal(again[1], X_test)


def test_sizes_are_shares_or_numbers_and_the_old_name_goes_on() -> None:
    X, y = np.arange(40.0)[:, None], np.zeros(40)
    new = train_test_split(X, y, test_size=0.1, seed=1)
    old = train_test_split(X, y, test_fraction=0.1, seed=1)
    counted = train_test_split(X, y, test_size=4, seed=1)
    assert all(np.array_equal(a, b) and np.array_equal(a, c) for a, b, c in zip(new, old, counted, strict=True))
    assert len(train_test_split(X, y, seed=1)[1]) == 10
    with pytest.raises(InputValueError, match="the same thing"):
        train_test_split(X, y, test_size=0.1, test_fraction=0.1, seed=1)
    for size in (0, 40, -3):
        with pytest.raises(InputValueError, match=f"test_size={size} of 40 examples leaves a part empty"):
            train_test_split(X, y, test_size=size, seed=1)
    with pytest.raises(InputValueError, match=r"stratify has 1 label\(s\) for 40"):
        train_test_split(X, y, seed=1, stratify=[0])
    with pytest.raises(InputTypeError, match="stratify: True is not a list"):
        train_test_split(X, y, seed=1, stratify=True)
    with pytest.raises(InputValueError, match="a class has 1 example"):
        train_test_split(X, y, seed=1, stratify=[0] * 39 + [1])


def test_three_parts_share_nothing_and_are_stratified() -> None:
    y = np.repeat([0, 1, 2], [10, 20, 30])
    data = Data(np.arange(60.0)[:, None], y, class_names=["a", "b", "c"])
    parts = data.split(test_size=0.2, validation_size=12, seed=5)
    assert [np.bincount(part.y).tolist() for part in parts] == [[6, 12, 18], [2, 4, 6], [2, 4, 6]]
    assert sorted(np.concatenate([part.X.ravel() for part in parts]).tolist()) == list(range(60))
    assert all(np.array_equal(part.y, y[part.X.ravel().astype(int)]) for part in parts)
    again = data.split(test_size=0.2, validation_size=12, seed=5)
    assert all(np.array_equal(one.X, other.X) for one, other in zip(parts, again, strict=True))
    with pytest.raises(InputValueError, match="leave none of 60 for training"):
        data.split(test_size=0.5, validation_size=0.5, seed=0)


def test_parts_are_standardised_by_the_training_part_alone() -> None:
    train, test = Data([[0.0, 7.0], [2.0, 7.0]], [0.0, 1.0]), Data([[100.0, 8.0]], [0.0])
    one, other = train.standardized(test)
    assert (one.X.tolist(), other.X.tolist()) == ([[-1.0, 0.0], [1.0, 0.0]], [[99.0, 1.0]])
    assert test.X.tolist() == [[100.0, 8.0]]
    with pytest.raises(InputTypeError, match="is not Data"):
        train.standardized([[1.0]])  # type: ignore[arg-type]
