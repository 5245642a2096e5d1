"""A table of numbers in a file of comma-separated values, read strictly: what is not a number says its line."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputTypeError, InputValueError
from autograd_core.errors import did_you_mean, shortened
from autograd_core.scalar.conversion import is_one_of

from ..conversion import sequence_from
from .bunch import Data

__all__ = ["load_csv", "read_columns"]

_MOST_CLASSES = 20
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-nan", "+nan"})


_DELIMITERS = (",", ";", "\t")


def load_csv(
    path: str | os.PathLike[str],
    *,
    target: str,
    features: Sequence[str] | None = None,
    task: Literal["classification", "regression"] | None = None,
    delimiter: str | None = None,
) -> Data:
    r"""Read examples from a file of comma-separated values whose first line names the columns.

    Parameters
    ----------
    path
        The file, in UTF-8. Empty lines are passed over.
    target
        The column that is to be predicted: numbers, or the names of classes.
    features
        The columns that it is predicted from, all numbers; all others if nothing is given.
    task
        Whether the target is a class or a quantity. If nothing is given: a class if it is text, or if its numbers
        are whole and there are at most 20 different ones, each of them at least twice on the average.
    delimiter
        What stands between two cells; if nothing is given, the one of comma, semicolon and tab by which the first line
        has the most columns.

    Returns
    -------
    Data
        Classes are numbered in the order of their names, or of their numbers.

    Raises
    ------
    InputTypeError, InputValueError
        If the file cannot be read or is empty, a column is not there, a row has more or fewer cells than the first
        line, or a cell that has to be a number is none, is missing, or is not finite. The message names the line.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "plants.csv")
    ...     _ = file.write_text("height,width,kind\n1.5,2,oak\n0.5,1,elm\n1.7,3,oak\n")
    ...     load_csv(file, target="kind")
    <Data plants: 3 examples of 2 features (height, width); classes elm (1), oak (2)>
    """
    if not is_one_of(task, ("classification", "regression", None)):
        raise InputValueError(f"load_csv: task={shortened(task)}; write 'classification' or 'regression'")
    names, rows = read_table(path, delimiter)
    where = f"load_csv: {os.fspath(path)}"
    _column(names, target, where)
    if features is None:
        features = [name for name in names if name != target]
        if not features:
            raise InputValueError(f"{where}: there is no column beside the target {target!r} to predict it from")
    else:
        features = sequence_from(features, f"{where}: features", "write features=['a', 'b']")
        if not features:
            raise InputValueError(f"{where}: features=[] names no column; write features=['a', 'b']")
    places = [_column(names, name, where) for name in features]
    if target in features:
        raise InputValueError(f"{where}: the target {target!r} is one of the features, which would tell the answer")
    X = [[_number(row[place], names[place], line, where) for place in places] for line, row in rows]
    place = names.index(target)
    y, classes = _targets([(line, row[place].strip()) for line, row in rows], target, task, where)
    return Data(X, y, features, classes, Path(path).stem)  # type: ignore[arg-type]


def read_columns(
    path: str | os.PathLike[str], names: Sequence[str] | None, *, delimiter: str | None = None, who: str
) -> NDArray[np.float64]:
    """Columns of numbers by their names, or all of them; the errors are those of :func:`load_csv`."""
    there, rows = read_table(path, delimiter, who)
    where = f"{who}: {os.fspath(path)}"
    places = range(len(there)) if names is None else [_column(there, name, where) for name in names]
    return np.array([[_number(row[place], there[place], line, where) for place in places] for line, row in rows])


def read_table(
    path: str | os.PathLike[str], delimiter: str | None = None, who: str = "load_csv"
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The names of the columns, and the rows, each behind the number of its line."""
    text = _text(path, who)
    where = f"{who}: {os.fspath(path)}"
    if delimiter is None:
        delimiter = max(_DELIMITERS, key=lambda each: _columns(text, each))
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\n\r':
        raise InputValueError(f"{where}: the delimiter {delimiter!r} is not one character; write ',' or ';' or '\\t'")
    lines = list(_rows(text, delimiter, where))
    if not lines:
        raise InputValueError(f"{where}: the file is empty; its first line names the columns")
    (_, head), *rows = lines
    names = _names(head, delimiter, where)
    if not rows:
        raise InputValueError(f"{where}: there is no line below the names of the columns; give at least one example")
    for line, row in rows:
        if len(row) != len(names):
            raise InputValueError(
                f"{where}: line {line} has {len(row)} cell(s), and line 1 names {len(names)} columns; "
                "repair the line, or put a cell that holds a comma in quotation marks"
            )
    return names, rows


def _text(path: str | os.PathLike[str], who: str) -> str:
    try:
        return Path(os.fsdecode(path)).read_bytes().decode("utf-8-sig")
    except TypeError:
        raise InputTypeError(f"{who}: {shortened(path)} is not a path; write {who}('file.csv', ...)") from None
    except UnicodeDecodeError as error:
        line = bytes(error.object[: error.start]).count(b"\n") + 1
        raise InputValueError(
            f"{who}: {path}: line {line} is not text in UTF-8; save it as 'CSV UTF-8', and not as a workbook"
        ) from None
    except (OSError, ValueError) as error:
        raise InputValueError(f"{who}: cannot read {path} ({getattr(error, 'strerror', error)})") from None


def _names(head: list[str], delimiter: str, where: str) -> list[str]:
    names = [name.strip() for name in head]
    if len(names) == 1:
        for other in _DELIMITERS:
            if other != delimiter and other in names[0]:
                raise InputValueError(f"{where}: line 1 has one column, {names[0]!r}; write delimiter={other!r}")
    for position, name in enumerate(names):
        if not name:
            raise InputValueError(f"{where}: line 1: column {position + 1} has no name; give it one")
        if name in names[:position]:
            raise InputValueError(f"{where}: line 1 names the column {name!r} twice; rename one of them")
    return names


def _rows(text: str, delimiter: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, behind the number of the line on which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputValueError(f"{where}: line {line} cannot be read ({error}); repair it") from None


def _columns(text: str, delimiter: str) -> int:
    """How many columns the first line has that is not empty, or 0."""
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return next((len(row) for row in rows if any(cell.strip() for cell in row)), 0)
    except csv.Error:
        return 0


def _column(names: list[str], name: str, where: str) -> int:
    if not isinstance(name, str) or name not in names:
        if all(_is_number(each) for each in names):
            raise InputValueError(f"{where}: line 1 holds numbers; put a line with the names of the columns above it")
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        raise InputValueError(
            f"{where}: there is no column {shortened(name)}; {did_you_mean(name, names) or f'there are {shown}'}"
        )
    return names.index(name)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _number(cell: str, column: str, line: int, where: str) -> float:
    text = cell.strip()
    if text.lower() in _MISSING:
        raise InputValueError(
            f"{where}: line {line}, column {column!r}: there is no number ({text!r}); leave out the line, or fill it in"
        )
    try:
        number = float(text) if "_" not in text else math.nan
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise InputValueError(
            f"{where}: line {line}, column {column!r}: {shortened(text)} is not a number; write one such as 1.5, or "
            "leave the column out: features=[...]"
        )
    if math.isinf(number):
        raise InputValueError(f"{where}: line {line}, column {column!r}: {text!r} is not finite; repair it")
    return number


def _targets(
    cells: Iterable[tuple[int, str]], target: str, task: str | None, where: str
) -> tuple[list[float], list[str]]:
    """The targets as numbers, and the names of the classes, none for a quantity."""
    cells = list(cells)
    for line, text in cells:
        if text.lower() in _MISSING:
            raise InputValueError(
                f"{where}: line {line}, column {target!r}: there is no target ({text!r}); leave out the line"
            )
    texts = [text for _, text in cells]
    numbers = None
    if task == "regression" or all(map(_looks_like_a_number, texts)):
        numbers = [_number(text, target, line, where) for line, text in cells]
        if task is None:
            different = set(numbers)
            whole = all(number.is_integer() for number in different)
            few = len(different) <= min(_MOST_CLASSES, len(numbers) // 2)
            task = "classification" if whole and few else "regression"
        if task == "regression":
            return numbers, []
    if numbers is None:
        classes, codes = np.unique(texts, return_inverse=True)
        return codes.tolist(), classes.tolist()
    classes, codes = np.unique(numbers, return_inverse=True)
    return codes.tolist(), [f"{number:.17g}" for number in classes.tolist()]


def _looks_like_a_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
