"""The small GPT on a tape of scalars in C++, compiled for this processor."""

from __future__ import annotations

import ctypes
import itertools
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def compiled(folder: Path) -> Callable[[Any, list[list[int]]], Any]:
    """A function of all numbers, which it changes, and of names as letters, the ends included: trains, gives losses."""
    library = folder / "small_gpt.so"
    source = Path(__file__).with_name("small_gpt.cpp")
    command = ["g++", "-O3", "-march=native", "-shared", "-fPIC", "-o", str(library), str(source)]
    subprocess.run(command, check=True)
    of_cpp = ctypes.CDLL(str(library)).train

    def train(numbers: Any, names: list[list[int]]) -> Any:
        letters = np.array(list(itertools.zip_longest(*names, fillvalue=0)), dtype=np.int32).T.copy()
        lengths, losses = np.array([len(each) for each in names], dtype=np.int32), np.empty(len(names))
        pointers = [ctypes.c_void_p(each.ctypes.data) for each in (letters, lengths, numbers, losses)]
        of_cpp(*pointers[:2], len(names), letters.shape[1], *pointers[2:])
        return losses

    return train
