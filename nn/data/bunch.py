"""Data: a table of examples, their targets, and what both are called."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from autograd_core import InputTypeError, InputValueError
from autograd_core.errors import shortened

from ..conversion import examples_from, generator_from, sequence_from, targets_from
from .splits import size_of_part, train_test_split
from .standardizer import Standardizer

__all__ = ["Data"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Data:
    """Examples and their targets, with their names; ``X, y = data`` takes the two out.

    Parameters
    ----------
    X
        Finite numbers of shape (n, d).
    y
        Targets of shape (n,): of a classification the number of each class, from 0 on; else finite numbers.
    feature_names
        What the d columns are called; ``x1``, ``x2``, ... if nothing is given.
    class_names
        What the classes are called; empty for a regression.
    name
        What the whole is called.

    Raises
    ------
    InputTypeError, InputValueError
        If X and y are not examples and their targets, or there are not as many names as columns or classes.

    Examples
    --------
    >>> data = Data([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1], class_names=["no", "yes"], name="toy")
    >>> data
    <Data toy: 3 examples of 2 features (x1, x2); classes no (1), yes (2)>
    >>> X, y = data
    >>> X.shape, y.tolist()
    ((3, 2), [0, 1, 1])
    """

    X: Array
    y: NDArray[Any]
    feature_names: Sequence[str] = ()
    class_names: Sequence[str] = ()
    name: str = "data"

    def __post_init__(self) -> None:
        X = examples_from(self.X)
        y: NDArray[Any] = targets_from(self.y, len(X))
        features = _names(self.feature_names, "feature_names") or tuple(f"x{k}" for k in range(1, X.shape[1] + 1))
        classes = _names(self.class_names, "class_names")
        if len(features) != X.shape[1]:
            raise InputValueError(f"Data: {len(features)} feature_names for {X.shape[1]} column(s); give one for each")
        if classes:
            bad = np.flatnonzero((y != np.floor(y)) | (y < 0) | (y >= len(classes)))
            if bad.size:
                raise InputValueError(
                    f"Data: target {bad[0]} is {float(y[bad[0]]):g}, and the {len(classes)} classes have the numbers 0 "
                    f"to {len(classes) - 1}; write np.unique(labels, return_inverse=True)[1], or leave out class_names"
                )
            y = y.astype(np.int64)
        for field, value in (("X", X), ("y", y), ("feature_names", features), ("class_names", classes)):
            object.__setattr__(self, field, value)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return iter((self.X, self.y))

    def __len__(self) -> int:
        return len(self.X)

    def split(
        self,
        *,
        test_size: float = 0.25,
        validation_size: float | None = None,
        seed: SupportsIndex | random.Random,
        stratify: bool = True,
    ) -> tuple[Data, ...]:
        """Divide the examples at random into a training, a validation and a test part.

        Parameters
        ----------
        test_size, validation_size
            The share of the examples, or their number, as in :func:`nn.train_test_split`; both of the whole. Without a
            validation_size there is no validation part.
        seed
            An integer, for the same division on each run, or a ``random.Random``.
        stratify
            Whether each part has the classes in the same shares; without effect on a regression.

        Returns
        -------
        tuple of Data
            ``train, test``, or ``train, validation, test``.

        Raises
        ------
        InputTypeError, InputValueError
            As in :func:`nn.train_test_split`.

        Examples
        --------
        >>> data = Data(np.arange(20.0).reshape(10, 2), [0, 1] * 5, class_names=["a", "b"])
        >>> [len(part) for part in data.split(test_size=2, validation_size=0.2, seed=0)]
        [6, 2, 2]
        """
        generator = generator_from(seed, "split")
        tested = size_of_part(test_size, len(self), "split: test_size")
        if validation_size is None:
            return self._divided(tested, generator, stratify)
        validated = size_of_part(validation_size, len(self), "split: validation_size")
        if tested + validated >= len(self):
            raise InputValueError(
                f"split: {tested} examples for the test and {validated} for validation leave none of {len(self)} for "
                "training; write test_size=0.2, validation_size=0.2"
            )
        rest, test = self._divided(tested, generator, stratify)
        return (*rest._divided(validated, generator, stratify), test)

    def standardized(self, *others: Data) -> tuple[Data, ...]:
        """Shift and scale this part, the one for training, and others, by mean and spread of the columns of this one.

        Examples
        --------
        >>> train, test = Data([[1.0], [3.0]], [0.0, 1.0]), Data([[5.0]], [2.0])
        >>> [part.X.ravel().tolist() for part in train.standardized(test)]
        [[-1.0, 1.0], [3.0]]
        """
        scale = Standardizer.fit(self.X)
        for other in others:
            if not isinstance(other, Data):
                raise InputTypeError(f"standardized: {shortened(other)} is not Data; write train.standardized(test)")
        return tuple(replace(part, X=scale.transform(part.X)) for part in (self, *others))

    def _divided(self, size: int, generator: random.Random, stratify: bool) -> tuple[Data, Data]:
        places = np.arange(len(self))
        classes = self.y if stratify and self.class_names else None
        *_, kept, taken = train_test_split(self.X, places, test_size=size, seed=generator, stratify=classes)
        return self._part(kept.astype(np.int64)), self._part(taken.astype(np.int64))

    def _part(self, places: NDArray[np.int64]) -> Data:
        return replace(self, X=self.X[places], y=self.y[places])

    def __repr__(self) -> str:
        names = ", ".join(self.feature_names[:3]) + (", ..." if len(self.feature_names) > 3 else "")
        count, width = self.X.shape
        start = f"<Data {self.name}: {_some(count, 'example')} of {_some(width, 'feature')} ({names}); "
        if not self.class_names:
            return f"{start}targets from {self.y.min():.6g} to {self.y.max():.6g}>"
        counts = np.bincount(self.y, minlength=len(self.class_names))
        listed = [f"{name} ({number})" for name, number in zip(self.class_names, counts, strict=True)]
        return f"{start}class{'es' if len(listed) > 1 else ''} {', '.join(listed)}>"


def _some(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _names(given: Any, what: str) -> tuple[str, ...]:
    names = sequence_from(given, f"Data: {what}", f'write {what}=["a", "b"]')
    if not all(isinstance(each, str) for each in names):
        raise InputTypeError(f"Data: {what}={shortened(given)} are not all texts; write {what}=[str(x) for x in ...]")
    if len(set(names)) != len(names):
        raise InputValueError(f"Data: {what}={shortened(given)} has a name twice; give each once")
    return tuple(names)
