"""Types of the compiled module native_rows.pyx."""

from typing import Any

import numpy as np

def cross_entropy(
    x: np.ndarray[Any, Any], classes: np.ndarray[Any, Any], slope: np.ndarray[Any, Any], out: np.ndarray[Any, Any]
) -> int: ...
def sum_of_rows(x: np.ndarray[Any, Any], out: np.ndarray[Any, Any]) -> None: ...
def holds_nan(arrays: list[np.ndarray[Any, Any]]) -> bool: ...
