"""How the weights of a neuron are drawn. Each function draws the weights of one neuron, in order; biases start at 0."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

from autograd_core import InputTypeError, InputValueError
from autograd_core.errors import did_you_mean, shortened

from ..conversion import MOST_WEIGHTS, positive_integer

__all__ = ["INITIALIZERS", "RandomSource", "glorot_uniform", "he_normal", "initializer_from", "uniform"]


class RandomSource(Protocol):
    """What random numbers are drawn from: a ``random.Random``, or Python's module ``random`` itself."""

    def uniform(self, a: float, b: float) -> float:
        """A number from the uniform distribution on [a, b]."""

    def gauss(self, mu: float, sigma: float) -> float:
        """A number from the normal distribution with mean mu and standard deviation sigma."""


Initializer = Callable[[RandomSource, int, int], list[float]]


def _sizes(source: Any, nin: Any, nout: Any, what: str) -> tuple[int, int]:
    """The sizes as integers, or an error that says what belongs where."""
    if not callable(getattr(source, "uniform", None)) or not callable(getattr(source, "gauss", None)):
        raise InputTypeError(f"{what}: {shortened(source)} draws no numbers; write random.Random(1337)")
    return positive_integer(nin, f"{what}: nin", MOST_WEIGHTS), positive_integer(nout, f"{what}: nout", MOST_WEIGHTS)


def uniform(source: RandomSource, nin: int, nout: int) -> list[float]:
    """Weights from the uniform distribution on [-1, 1], whatever the sizes are, as in micrograd.

    Parameters
    ----------
    source
        Where random numbers are drawn from.
    nin
        Inputs of the neuron.
    nout
        Neurons in its layer.

    Returns
    -------
    list of float
        `nin` weights.

    Examples
    --------
    >>> import random
    >>> all(-1 <= weight <= 1 for weight in uniform(random.Random(0), 100, 1))
    True
    """
    nin, nout = _sizes(source, nin, nout, "uniform")
    return [source.uniform(-1, 1) for _ in range(nin)]


def glorot_uniform(source: RandomSource, nin: int, nout: int) -> list[float]:
    """Weights from the uniform distribution on [-r, r] with r = sqrt(6 / (nin + nout)); suits tanh and sigmoid.

    For arguments see :func:`uniform`.

    Returns
    -------
    list of float
        `nin` weights, of variance 2 / (nin + nout).

    Notes
    -----
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS 2010, equation 16.

    Examples
    --------
    >>> import random
    >>> all(abs(weight) <= 0.5 for weight in glorot_uniform(random.Random(0), 16, 8))
    True
    """
    nin, nout = _sizes(source, nin, nout, "glorot_uniform")
    limit = math.sqrt(6 / (nin + nout))
    return [source.uniform(-limit, limit) for _ in range(nin)]


def he_normal(source: RandomSource, nin: int, nout: int) -> list[float]:
    """Weights from the normal distribution with mean 0 and variance 2 / nin; suits relu.

    For arguments and result see :func:`uniform`.

    Notes
    -----
    K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers: surpassing human-level performance on ImageNet
    classification", ICCV 2015, section 2.2.

    Examples
    --------
    >>> import random
    >>> len(he_normal(random.Random(0), 3, 8))
    3
    """
    nin, nout = _sizes(source, nin, nout, "he_normal")
    deviation = math.sqrt(2 / nin)
    return [source.gauss(0.0, deviation) for _ in range(nin)]


#: The initializers by name.
INITIALIZERS: dict[str, Initializer] = {each.__name__: each for each in (uniform, glorot_uniform, he_normal)}


def initializer_from(name: str) -> Initializer:
    """The initializer of a name, or an error that lists what there is.

    >>> initializer_from("he_normal") is he_normal
    True
    """
    if not isinstance(name, str) or name not in INITIALIZERS:
        meant = did_you_mean(getattr(name, "__name__", name), INITIALIZERS)
        raise InputValueError(
            f"there is no initializer {shortened(name)}; write initializer= one of {', '.join(INITIALIZERS)}"
            f"{'; ' if meant else ''}{meant}"
        )
    return INITIALIZERS[name]
