"""Examples shared out: which are learned from and which are kept for validation, and what each class counts."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from autograd_core import InputTypeError, InputValueError
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import number_from

from ..data.splits import size_of_part, train_test_split
from .heads import Head

__all__ = ["class_weights", "pair_from", "set_aside"]

Array = np.ndarray[Any, Any]


def pair_from(data: Any, who: str, example: str) -> tuple[Any, Any]:
    """Examples and their targets, of what holds both."""
    if hasattr(data, "X") and hasattr(data, "y"):
        return data.X, data.y
    if isinstance(data, tuple | list) and len(data) == 2:
        return data[0], data[1]
    raise InputTypeError(f"{who}: {shortened(data)} are no examples with targets; write {example}")


def set_aside(share: Any, X: Array, targets: Array, head: Head | None, generator: random.Random) -> tuple[Array, Array]:
    """Which examples to learn from, and which share of them is kept for validation.

    Each class has its share in both, where there are classes, none of one example, and room for one of each.
    """
    classes = targets if head is not None and head.metric[0] == "accuracy" and targets.ndim == 1 else None
    held_out = size_of_part(share, len(X), "fit: validation")
    if classes is not None:
        counts = np.unique(classes, return_counts=True)[1]
        if min(counts) < 2 or min(held_out, len(X) - held_out) < len(counts):
            classes = None
    *_, kept, held = train_test_split(X, np.arange(len(X)), test_size=held_out, seed=generator, stratify=classes)
    return kept.astype(int), held.astype(int)


def class_weights(class_weight: Any, targets: Array, who: str) -> Array:
    """What each example counts by its class."""
    if (targets != np.round(targets)).any():
        raise InputValueError(f"{who}: class_weight is for classes, and y holds quantities; write sample_weight")
    classes, positions, counts = np.unique(targets, return_inverse=True, return_counts=True)
    if isinstance(class_weight, str) and class_weight == "balanced" and targets.ndim == 1:
        of_class = len(targets) / (len(classes) * counts)
    elif isinstance(class_weight, dict) and set(classes.tolist()) <= set(class_weight) and targets.ndim == 1:
        of_class = np.array([number_from(class_weight[each], f"{who}: class_weight") for each in classes.tolist()])
    else:
        raise InputValueError(
            f"{who}: class_weight={shortened(class_weight)} names no weight for each of the classes "
            f"{shortened(classes.tolist())}; write a dictionary with all, or 'balanced'"
        )
    return of_class[positions]
