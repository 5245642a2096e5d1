"""Checks of a function of Tensors: NumPy's numbers, and its derivatives, in both modes, by finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd_core import Tensor
from autograd_core.derivatives.gradients import gradient_arrays, gradient_nodes
from autograd_core.derivatives.push_forward import push_forward, push_forward_nodes
from autograd_core.numerical.finite_differences import estimate_derivative

Arrays = Sequence[np.ndarray]

#: 0-d, empty, size-1 axes, up to four dimensions.
shapes = st.lists(st.integers(0, 3), max_size=4).map(tuple)
nonempty_shapes = st.lists(st.integers(1, 3), max_size=4).map(tuple)
seeds = st.integers(0, 2**32 - 1)


def array_of(
    generator: np.random.Generator, shape: tuple[int, ...], low: float = -2.0, high: float = 2.0
) -> np.ndarray:
    """Numbers apart from each other and from 0, in memory that is contiguous only sometimes."""
    size = int(np.prod(shape))
    grid = np.linspace(low, high, 2 * size + 2)[1:-1]
    spacing = (high - low) / (2 * size + 1)
    # Moved one by one, for sums of numbers on a grid are often equal, which is a kink of their maximum.
    numbers = generator.permutation(grid)[:size] + generator.uniform(-0.3, 0.3, size) * spacing
    array = numbers.reshape(shape)
    match generator.integers(3):
        case 0:
            return array
        case 1:
            return np.array(array, order="F")
        case _:
            wide = np.zeros((*shape[:-1], 2 * shape[-1])) if shape else np.zeros(())
            view = wide[..., ::2] if shape else wide
            view[...] = array
            return view


def broadcast_partner(draw: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape that can be broadcast with another one."""
    kept = shape[draw(st.integers(0, len(shape))) :]
    return tuple(1 if draw(st.booleans()) else length for length in kept)


def weighted(f: Callable[..., Any], weights: np.ndarray, arrays: Arrays) -> float:
    return float(np.sum(weights * f(*map(Tensor, arrays)).data))


def moved(arrays: Arrays, directions: Arrays, by: float) -> list[np.ndarray]:
    return [each + by * direction for each, direction in zip(arrays, directions, strict=True)]


def inner(first: Arrays, second: Arrays) -> float:
    return float(sum(np.sum(one * other) for one, other in zip(first, second, strict=True)))


def assert_close(ours: float, numeric: Any, scale: float) -> None:
    assert abs(ours - numeric.value) <= 10 * numeric.uncertainty + 1e-7 * (scale + abs(numeric.value)), (ours, numeric)


def check_forward(f: Callable[..., Any], reference: Callable[..., Any], arrays: Arrays) -> None:
    """The same values, shape and type as NumPy's, in float64 and float32."""
    for dtype in (np.float64, np.float32):
        given = [each.astype(dtype) for each in arrays]
        with np.errstate(all="ignore"):
            expected = np.asarray(reference(*given))
        result = f(*map(Tensor, given))
        assert result.shape == expected.shape
        assert result.dtype == expected.dtype
        tolerance = 1e-12 if dtype == np.float64 else 2e-5
        np.testing.assert_allclose(result.data, expected, rtol=tolerance, atol=tolerance)


def check_derivatives(f: Callable[..., Any], arrays: Arrays, generator: np.random.Generator, order: int = 2) -> None:
    """First derivatives in both modes, and second ones by reverse and forward over reverse, along random directions."""
    leaves = list(map(Tensor, arrays))
    result = f(*leaves)
    weights = generator.uniform(0.5, 1.5, result.shape)
    directions = [generator.uniform(-1.0, 1.0, each.shape) for each in arrays]
    gradients = gradient_arrays(result, leaves, weights)
    assert [each.shape for each in gradients] == [each.shape for each in arrays]
    along = inner(gradients, directions)
    numeric = estimate_derivative(lambda s: weighted(f, weights, moved(arrays, directions, s)), 0.0)
    scale = 1.0 + inner(list(map(np.abs, gradients)), list(map(np.abs, directions)))
    assert_close(along, numeric, scale)
    tangent = push_forward(result, dict(zip(leaves, directions, strict=True)))
    assert tangent.shape == result.shape
    assert abs(inner([weights], [tangent]) - along) <= 1e-9 * scale, "forward and reverse mode differ"
    if order == 2:
        check_second(f, arrays, weights, directions, generator)


def check_second(
    f: Callable[..., Any], arrays: Arrays, weights: np.ndarray, directions: Arrays, generator: np.random.Generator
) -> None:
    """The gradient of a directional derivative against finite differences of it."""
    others = [generator.uniform(-1.0, 1.0, each.shape) for each in arrays]

    def slope(given: Arrays) -> tuple[list[Tensor], Any, Any]:
        leaves = list(map(Tensor, given))
        result = f(*leaves)
        gradients = gradient_nodes(result, leaves, Tensor(weights))
        by_reverse = sum(((g * d).sum() for g, d in zip(gradients, directions, strict=True)), Tensor(0.0))
        tangent = push_forward_nodes(result, dict(zip(leaves, directions, strict=True)))
        return leaves, by_reverse, (tangent * weights).sum()

    def number(s: float) -> float:
        leaves = list(map(Tensor, moved(arrays, others, s)))
        return inner(gradient_arrays(f(*leaves), leaves, weights), directions)

    leaves, by_reverse, by_forward = slope(arrays)
    second = gradient_arrays(by_reverse, leaves)
    scale = 1.0 + inner(list(map(np.abs, second)), list(map(np.abs, others)))
    assert_close(inner(second, others), estimate_derivative(number, 0.0), scale)
    if by_forward.differentiable:
        forward_over_reverse = gradient_arrays(by_forward, leaves)
        assert abs(inner(forward_over_reverse, others) - inner(second, others)) <= 1e-7 * scale
