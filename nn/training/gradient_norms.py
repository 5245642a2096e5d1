"""How long the gradient of each layer is."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..optim.clipping import norm
from .steps import Steps

__all__ = ["Layers"]


class Layers:
    """Which numbers of a gradient belong to which layer."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        names: dict[str, int] = {}
        self._places = []
        for group in steps.leaves.groups:
            layers = [names.setdefault(_layer_of(each), len(names)) for each in group]
            self._places.append(np.repeat(layers, [getattr(each, "size", 1) for each in group]))
        self.names = list(names)

    def norms(self) -> dict[str, float]:
        """The length of the last gradient of each layer."""
        gradients = self._steps.gradients
        if not gradients:
            return {}
        if len(self.names) == 1:
            return {self.names[0]: norm(gradients)}
        squares = sum(
            np.bincount(places, weights=each * each, minlength=len(self.names))
            for places, each in zip(self._places, gradients, strict=True)
        )
        return dict(zip(self.names, np.sqrt(squares).tolist(), strict=True))


def _layer_of(parameter: Any) -> str:
    scope, _, last = parameter.scope.rpartition("/")
    array = (parameter.label or "parameters").partition("[")[0]  # of a Value its place in an array is left out
    return (scope if last.startswith("neuron ") else parameter.scope) or array
