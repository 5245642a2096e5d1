"""Random functions of two square matrices: chains of operations on Tensors, some of which lose digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd_core as ac


@dataclass(frozen=True)
class RandomFunction:
    """A scalar function of x and w, the arrays to try it on, and a text from which the trial can be repeated."""

    f: Callable[[Any, Any], Any]
    arrays: tuple[np.ndarray, np.ndarray]
    text: str


def random_function(seed: int, dtype: Any = np.float64) -> RandomFunction:
    """A chain of two to six operations, summed with weights."""
    generator = np.random.default_rng(seed)
    n = int(generator.integers(1, 4))
    scale, large = 10.0 ** generator.uniform(-6, 6), 10.0 ** generator.uniform(0, 12)
    constant, x, w = (generator.normal(size=(n, n)).astype(dtype) for _ in range(3))
    identity = np.eye(n, dtype=dtype)

    def factor(x: Any) -> Any:
        bounded = ac.tanh(x)
        return ac.cholesky(bounded @ bounded.T + identity)

    steps: dict[str, Callable[[Any, Any], Any]] = {
        **{
            name: lambda x, w, name=name: ac.apply(name, x) for name in ("tanh", "sin", "exp", "sigmoid", "relu", "abs")
        },
        "root": lambda x, w: ac.sqrt(abs(x) + 1e-3),
        "logarithm": lambda x, w: ac.log(abs(x) + 1e-6),
        "softmax": lambda x, w: ac.softmax(x, 0) * w,
        "log_softmax": lambda x, w: ac.log_softmax(x),
        "cumsum": lambda x, w: ac.cumsum(x, 1),
        "transpose": lambda x, w: x.T @ w,
        "direction": lambda x, w: x / ac.norm(x, axis=1, keepdims=True),
        "solve": lambda x, w: ac.solve(w + 3 * identity, x),
        "inverse": lambda x, w: ac.inv(ac.tanh(x) + 4 * identity),
        "maximum": lambda x, w: x - ac.max(x, axis=1, keepdims=True),
        "minimum": lambda x, w: x * ac.min(x),
        "variance": lambda x, w: x * ac.var(x + w),
        "product": lambda x, w: x + ac.prod(x, axis=0),
        "logsumexp": lambda x, w: x * ac.logsumexp(x, axis=1, keepdims=True),
        "index": lambda x, w: x[np.arange(n)[::-1]] * w,
        "pad": lambda x, w: ac.pad(x, 1)[1:-1, :-2] + constant,
        "matmul": lambda x, w: x @ constant @ w,
        "determinant": lambda x, w: x * ac.det(w),
        "cholesky": lambda x, w: factor(x),
        "scale": lambda x, w: x * scale,
        "shift": lambda x, w: x + large,
        "cancel": lambda x, w: (x + large) - large,
    }
    chosen = [str(each) for each in generator.choice(list(steps), int(generator.integers(2, 7)))]

    def f(x: Any, w: Any) -> Any:
        for name in chosen:
            x = steps[name](x, w)
        return (x * constant).sum()

    return RandomFunction(f, (x, w), f"{seed=}: {' '.join(chosen)} with {n=} {scale=} {large=}")
