"""Types of the compiled module native_rows.pyx."""

from typing import Any

import numpy as np

def cross_entropy(
    x: np.ndarray[Any, Any], classes: np.ndarray[Any, Any], surplus: np.ndarray[Any, Any], out: np.ndarray[Any, Any]
) -> int: ...
def holds_nan(arrays: list[np.ndarray[Any, Any]]) -> bool: ...
