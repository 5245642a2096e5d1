"""How the weights of a neuron are drawn. Each function draws the weights of one neuron, in order; biases start at 0."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable
from typing import Any, Protocol

from autograd_core import InputTypeError, InputValueError, SymmetryWarning
from autograd_core.errors import did_you_mean, shortened
from autograd_core.scalar.conversion import number_from

from ..conversion import MOST_WEIGHTS, positive_integer

__all__ = [
    "INITIALIZERS",
    "MATCHED",
    "RandomSource",
    "constant_weights",
    "default_initializer",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "initializer_from",
    "normal",
    "uniform",
    "uniform_between",
    "warn_if_equal",
    "zeros",
]


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


def glorot_normal(source: RandomSource, nin: int, nout: int) -> list[float]:
    """Weights from the normal distribution with mean 0 and variance 2 / (nin + nout); suits tanh and sigmoid.

    For arguments and result see :func:`uniform`, for the source :func:`glorot_uniform`.

    Examples
    --------
    >>> import random
    >>> len(glorot_normal(random.Random(0), 3, 8))
    3
    """
    nin, nout = _sizes(source, nin, nout, "glorot_normal")
    deviation = math.sqrt(2 / (nin + nout))
    return [source.gauss(0.0, deviation) for _ in range(nin)]


def he_uniform(source: RandomSource, nin: int, nout: int) -> list[float]:
    """Weights from the uniform distribution on [-r, r] with r = sqrt(6 / nin); suits relu.

    For arguments and result see :func:`uniform`, for the source :func:`he_normal`.

    Examples
    --------
    >>> import random
    >>> all(abs(weight) <= 1.0 for weight in he_uniform(random.Random(0), 6, 8))
    True
    """
    nin, nout = _sizes(source, nin, nout, "he_uniform")
    limit = math.sqrt(6 / nin)
    return [source.uniform(-limit, limit) for _ in range(nin)]


def zeros(source: RandomSource, nin: int, nout: int) -> list[float]:
    """Weights that are all 0: of a hidden layer all neurons then stay equal; see :func:`constant_weights`.

    Examples
    --------
    >>> import random
    >>> zeros(random.Random(0), 2, 1)
    [0.0, 0.0]
    """
    return [0.0] * _sizes(source, nin, nout, "zeros")[0]


def constant_weights(number: float) -> Initializer:
    """An initialiser by which all weights are one number.

    A layer of several neurons with equal weights warns: they compute the same, so they get the same gradient and stay
    equal for ever, as if there were one.

    Parameters
    ----------
    number
        The weight, finite.

    Returns
    -------
    callable
        To give as ``initializer=``.

    Examples
    --------
    >>> import random
    >>> constant_weights(0.5)(random.Random(0), 2, 1)
    [0.5, 0.5]
    """
    number = _finite(number, "constant_weights")
    return lambda source, nin, nout: [number] * _sizes(source, nin, nout, "constant_weights")[0]


def uniform_between(a: float, b: float) -> Initializer:
    """An initialiser that draws from the uniform distribution on [a, b].

    Examples
    --------
    >>> import random
    >>> all(2.0 <= weight <= 3.0 for weight in uniform_between(2.0, 3.0)(random.Random(0), 9, 1))
    True
    """
    a, b = _finite(a, "uniform_between: a"), _finite(b, "uniform_between: b")
    if a > b:
        raise InputValueError(f"uniform_between: a={a} is above b={b}; give the smaller one first")
    return lambda source, nin, nout: [
        source.uniform(a, b) for _ in range(_sizes(source, nin, nout, "uniform_between")[0])
    ]


def normal(mean: float = 0.0, deviation: float = 1.0) -> Initializer:
    """An initialiser that draws from the normal distribution with this mean and standard deviation.

    Examples
    --------
    >>> import random
    >>> normal(3.0, 0.0)(random.Random(0), 2, 1)
    [3.0, 3.0]
    """
    mean, deviation = _finite(mean, "normal: mean"), _finite(deviation, "normal: deviation")
    if deviation < 0:
        raise InputValueError(f"normal: deviation={deviation} is negative; write 1.0")
    return lambda source, nin, nout: [
        source.gauss(mean, deviation) for _ in range(_sizes(source, nin, nout, "normal")[0])
    ]


def _finite(number: Any, what: str) -> float:
    converted = number_from(number, what)
    if not math.isfinite(converted):
        raise InputValueError(f"{what}: {converted} is not finite; write 0.1, for example")
    return converted


#: The initializers by name.
INITIALIZERS: dict[str, Initializer] = {
    each.__name__: each for each in (uniform, glorot_uniform, he_normal, glorot_normal, he_uniform, zeros)
}
#: What follows the activation: he_normal for those that are 0 or small on one side, glorot_uniform for all others.
MATCHED = "matched"
#: As micrograd draws.
_AS_MICROGRAD = "uniform"
_RECTIFIERS = {"relu", "leaky_relu", "prelu", "elu", "softplus", "silu", "gelu"}


def default_initializer(initializer: Any, activation: Any, seed: Any) -> Any:
    """The initializer that was given; if none was, micrograd's for the call that micrograd knows, else the matched one.

    >>> default_initializer(None, None, None), default_initializer(None, None, 1), default_initializer("zeros", None, 1)
    ('uniform', 'matched', 'zeros')
    """
    if initializer is not None:
        return initializer
    return _AS_MICROGRAD if activation is None and seed is None else MATCHED


def initializer_from(name: str | Initializer, activation: str = "") -> Initializer:
    """The initializer of a name, one that was made (such as ``normal(0, 0.1)``), or an error that lists what there is.

    >>> initializer_from("he_normal") is he_normal, initializer_from("matched", "tanh") is glorot_uniform
    (True, True)
    """
    if isinstance(name, str) and name == MATCHED:
        return he_normal if activation in _RECTIFIERS else glorot_uniform
    made_here = callable(name) and not isinstance(name, type) and getattr(name, "__module__", None) == __name__
    if made_here and (name in INITIALIZERS.values() or getattr(name, "__name__", "") == "<lambda>"):
        return name  # type: ignore[return-value]
    if not isinstance(name, str) or name not in INITIALIZERS:
        meant = did_you_mean(getattr(name, "__name__", name), INITIALIZERS)
        raise InputValueError(
            f"there is no initializer {shortened(name)}; write initializer= one of {', '.join(INITIALIZERS)}, or "
            f"{MATCHED} to the activation{'; ' if meant else ''}{meant}"
        )
    return INITIALIZERS[name]


def warn_if_equal(rows: list[list[float]], who: str) -> None:
    """Warn of several neurons with the same weights."""
    if len(rows) > 1 and all(row == rows[0] for row in rows):
        kind = "0" if not any(rows[0]) else "equal"
        warnings.warn(
            f"{who}: all {len(rows)} neurons have the same weights ({kind}), so they compute the same, get the same "
            "gradient and stay the same for ever (symmetry); draw the weights at random, as glorot_uniform does",
            SymmetryWarning,
            stacklevel=_level_of_users_line(),
        )


def _level_of_users_line() -> int:
    """How many frames above its caller the code is that is not of this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(f"{__name__.partition('.')[0]}."):
        level, frame = level + 1, frame.f_back
    return level
