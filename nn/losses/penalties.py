"""Penalties: what large weights cost. They hold weights only, never biases.

They need no node: a penalty says what it adds to a gradient, and where a step by itself leads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import InputTypeError, InputValueError
from autograd_core.errors import shortened
from autograd_core.scalar.conversion import number_from, real_array

__all__ = ["Penalty", "closed_form_ridge", "elastic_net", "lasso", "penalty_from", "ridge"]

Array = np.ndarray[Any, Any]


class Penalty:
    """``l2 * sum(w²) + l1 * sum(|w|)`` over the weights w of a model. Make one with ridge, lasso or elastic_net.

    Attributes
    ----------
    l1, l2
        The factors, at least 0.
    proximal
        Whether the sum of ``|w|`` is not differentiated, but its step made by itself after the optimiser's: each weight
        moves towards 0 by the learning rate times l1, and those that would pass it become exactly 0.

    Examples
    --------
    >>> elastic_net(0.1, gamma=0.25)
    Penalty(l1=0.075, l2=0.025, proximal=False)
    """

    def __init__(self, l1: float, l2: float, proximal: bool) -> None:
        self.l1, self.l2, self.proximal = l1, l2, proximal

    def __call__(self, w: Any) -> float:
        """What weights cost.

        >>> ridge(0.5)(np.array([1.0, -2.0]))
        2.5
        """
        w = np.asarray(w)
        return float(self.l2 * np.sum(w * w) + self.l1 * np.sum(np.abs(w)))

    def gradient(self, w: Array) -> Array:
        """What it adds to the gradient by weights w; of ``|w|`` at 0 the subgradient 0.

        >>> lasso(0.5).gradient(np.array([3.0, 0.0, -3.0])).tolist()
        [0.5, 0.0, -0.5]
        """
        of_squares: Array = 2 * self.l2 * w
        return of_squares if self.proximal or not self.l1 else of_squares + self.l1 * np.sign(w)

    def after(self, w: Array, learning_rate: float) -> Array:
        """Where weights w go after a step of the optimiser: soft thresholding if it is proximal.

        >>> lasso(0.5, proximal=True).after(np.array([3.0, 0.01, -3.0]), 0.1).tolist()
        [2.95, 0.0, -2.95]
        """
        if not self.proximal:
            return w
        return np.sign(w) * np.maximum(np.abs(w) - learning_rate * self.l1, 0.0)

    def __repr__(self) -> str:
        return f"Penalty(l1={self.l1:.6g}, l2={self.l2:.6g}, proximal={self.proximal})"


def ridge(alpha: float) -> Penalty:
    """``alpha * sum(w²)``, which pulls all weights towards 0.

    Parameters
    ----------
    alpha
        At least 0.

    Raises
    ------
    InputTypeError, InputValueError
        If alpha is no such number.

    Notes
    -----
    A. E. Hoerl and R. W. Kennard, "Ridge regression: biased estimation for nonorthogonal problems", Technometrics 12
    (1970).

    Examples
    --------
    >>> from nn import MLP, fit, mean_squared_error
    >>> model = MLP(1, [1], seed=0)
    >>> history = fit(model, [[0.0], [1.0]], [0.0, 1.0], loss=mean_squared_error, penalty=ridge(0.1), epochs=2)
    """
    return elastic_net(alpha, gamma=1.0)


def lasso(alpha: float, *, proximal: bool = False) -> Penalty:
    """``alpha * sum(|w|)``, which makes weights 0 that are of little use.

    Parameters
    ----------
    alpha
        At least 0.
    proximal
        Whether to step by soft thresholding, so that such weights become exactly 0; see :class:`Penalty`. It is meant
        for :class:`nn.SGD`, whose learning rate is that of every weight.

    Notes
    -----
    R. Tibshirani, "Regression shrinkage and selection via the lasso", Journal of the Royal Statistical Society B 58
    (1996); I. Daubechies, M. Defrise and C. De Mol, "An iterative thresholding algorithm for linear inverse problems
    with a sparsity constraint", Communications on Pure and Applied Mathematics 57 (2004), for the proximal step.

    Examples
    --------
    >>> lasso(0.1, proximal=True)
    Penalty(l1=0.1, l2=0, proximal=True)
    """
    return elastic_net(alpha, gamma=0.0, proximal=proximal)


def elastic_net(alpha: float, *, gamma: float, proximal: bool = False) -> Penalty:
    """``gamma * alpha * sum(w²) + (1 - gamma) * alpha * sum(|w|)``.

    Parameters
    ----------
    alpha
        At least 0.
    gamma
        The share of the squares, from 0 to 1.
    proximal
        As in :func:`lasso`.

    Notes
    -----
    H. Zou and T. Hastie, "Regularization and variable selection via the elastic net", Journal of the Royal Statistical
    Society B 67 (2005).

    Examples
    --------
    >>> elastic_net(1.0, gamma=0.5)(np.array([3.0]))
    6.0
    """
    alpha, gamma = number_from(alpha, "penalty: alpha"), number_from(gamma, "penalty: gamma")
    if not 0 <= alpha < np.inf:
        raise InputValueError(f"penalty: alpha={alpha} is negative or not finite; write 1e-4")
    if not 0 <= gamma <= 1:
        raise InputValueError(f"penalty: gamma={gamma} is not from 0 to 1; write 0.5")
    if not isinstance(proximal, bool | np.bool_):
        raise InputTypeError(f"penalty: proximal={shortened(proximal)}; write True or False")
    return Penalty((1 - gamma) * alpha, gamma * alpha, bool(proximal))


def penalty_from(penalty: Any, who: str) -> Penalty:
    """A penalty, or an error that says how one is made."""
    if not isinstance(penalty, Penalty):
        raise InputTypeError(f"{who}: penalty: {shortened(penalty)} is none; write penalty=ridge(1e-4)")
    return penalty


def closed_form_ridge(X: Any, y: Any, alpha: float) -> tuple[Array, float]:
    """The weights and the bias that minimise ``sum((X w + omega_0 - y)²) + alpha * sum(w²)``, in one line.

    With a column of ones before X it is ``(X'X + alpha B)^-1 X'y``, where B is the identity with a 0 for the bias, that
    is not held. A training with :func:`nn.mean_squared_error` and ``ridge(alpha / n)`` has the same minimum.

    Parameters
    ----------
    X
        Examples, shape (n, d).
    y
        Targets, shape (n,).
    alpha
        At least 0.

    Returns
    -------
    w, omega_0
        The weights, shape (d,), and the bias.

    Raises
    ------
    InputTypeError, InputValueError
        If something is not of that shape, or the matrix has no inverse.

    Examples
    --------
    >>> w, omega_0 = closed_form_ridge([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], alpha=0.0)
    >>> w.round(12).tolist(), round(omega_0, 12)
    ([2.0], 1.0)
    """
    examples, targets = real_array(X, "X").astype(float), real_array(y, "y").astype(float)
    if examples.ndim != 2 or targets.shape != examples.shape[:1]:
        raise InputValueError(
            f"closed_form_ridge: X of shape {examples.shape} and y of shape {targets.shape}; give (n, d) and (n,)"
        )
    factor = elastic_net(alpha, gamma=1.0).l2
    ones = np.column_stack([np.ones(len(examples)), examples])
    B = np.diag([0.0] + [1.0] * examples.shape[1])
    try:
        omega_0, *w = np.linalg.solve(ones.T @ ones + factor * B, ones.T @ targets).tolist()
    except np.linalg.LinAlgError:
        raise InputValueError(
            "closed_form_ridge: the columns of X depend on each other; leave out one, or give a larger alpha"
        ) from None
    return np.array(w), omega_0
