"""What may stand in the brackets of ``t[...]``: integers, slices, masks and integer arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputTypeError, InputValueError, shortened
from ..formulas.emit import COMPARISONS
from ..scalar.hooks import TENSOR
from .tensor import Tensor, describe

__all__ = ["frozen_index"]


def frozen_index(index: Any) -> tuple[Any, ...]:
    """An index that nobody can change: arrays are copied, Tensors are constants or comparisons.

    >>> frozen_index((slice(2), [0, 1]))
    (slice(None, 2, None), array([0, 1]))
    """
    return tuple(map(_frozen, index if isinstance(index, tuple) else (index,)))


def _frozen(index: Any) -> Any:
    if isinstance(index, Tensor):
        if index.data.dtype.kind == "f" and not _is_comparison(index):
            raise InputTypeError(f"index: {describe(index)} is not an index; write integers, slices or a comparison")
        index = index.data != 0.0 if index.data.dtype.kind == "f" else index.data
    if isinstance(index, list | np.ndarray):
        try:
            return np.array(index, dtype=int) if isinstance(index, list) and not index else np.array(index)
        except ValueError as error:
            raise InputValueError(f"index: {shortened(index)}: {error}; write rows of equal lengths") from None
    if isinstance(index, int | np.integer | slice) or index is None or index is Ellipsis or isinstance(index, np.bool_):
        return index
    raise InputTypeError(f"index: {index!r} cannot stand in brackets; write integers, slices, masks or integer arrays")


def _is_comparison(index: Tensor) -> bool:
    """Whether it holds the truth of a comparison; one that was computed under ``no_grad`` does not tell its op."""
    return index.op in COMPARISONS or (index.op == "constant" and bool(np.isin(index.data, (0.0, 1.0)).all()))


TENSOR.index = frozen_index
