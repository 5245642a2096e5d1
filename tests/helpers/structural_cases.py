"""Cases of every structural operation: ours and NumPy's, over shapes of all kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from tensor_checks import array_of, broadcast_partner, nonempty_shapes, shapes

import autograd_core as ac
from autograd_core.array.cross_entropy import Labels
from autograd_core.array.functions import apply_to_all, apply_to_one
from autograd_core.array.operations import STRUCTURAL
from autograd_core.array.tensor import array_constant

Draw = Callable[[Any], Any]


@dataclass(frozen=True)
class Case:
    """A function of Tensors, NumPy's function for it, and the arrays to try them on."""

    ours: Callable[..., Any]
    numpys: Callable[..., Any]
    arrays: list[np.ndarray]


def axis_of(draw: Draw, ndim: int) -> Any:
    """None, an axis from the front or the back, or several."""
    if ndim == 0:
        return draw(st.sampled_from((None, ())))
    one = st.integers(-ndim, ndim - 1)
    several = st.lists(st.integers(0, ndim - 1), unique=True, max_size=ndim).map(tuple)
    return draw(st.one_of(st.none(), one, several))


def reduction(name: str, *, empty: bool = True, numpys: Any = None, **options: Any) -> Any:
    def case(draw: Draw, generator: np.random.Generator) -> Case:
        shape = draw(shapes if empty else nonempty_shapes)
        arguments = {"axis": axis_of(draw, len(shape)), "keepdims": draw(st.booleans()), **options}
        ours, theirs = getattr(ac, name), numpys or getattr(np, name)
        return Case(lambda x: ours(x, **arguments), lambda x: theirs(x, **arguments), [array_of(generator, shape)])

    return case


def numpys_logsumexp(x: np.ndarray, axis: Any, keepdims: bool) -> Any:
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


def numpys_softmax(x: np.ndarray, axis: Any) -> Any:
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


def softmax_like(name: str, numpys: Any) -> Any:
    def case(draw: Draw, generator: np.random.Generator) -> Case:
        shape = draw(nonempty_shapes)
        axis = axis_of(draw, len(shape))
        return Case(lambda x: getattr(ac, name)(x, axis), lambda x: numpys(x, axis), [array_of(generator, shape)])

    return case


def cross_entropy(draw: Draw, generator: np.random.Generator) -> Case:
    examples, classes = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    labels = generator.integers(0, classes, examples)
    return Case(
        lambda x: apply_to_one("cross_entropy", x, Labels(labels)),
        lambda x: np.mean(-np.log(numpys_softmax(x, 1))[np.arange(examples), labels]),
        [array_of(generator, (examples, classes))],
    )


def prod_with_zeros(draw: Draw, generator: np.random.Generator) -> Case:
    shape = draw(nonempty_shapes)
    x = array_of(generator, shape)
    x[generator.uniform(size=shape) < 0.3] = 0.0
    axis = axis_of(draw, len(shape))
    return Case(lambda x: ac.prod(x, axis), lambda x: np.prod(x, axis), [x])


def cumsum(draw: Draw, generator: np.random.Generator) -> Case:
    shape = draw(shapes)
    axis = draw(st.one_of(st.none(), st.integers(-len(shape), len(shape) - 1))) if shape else None
    return Case(lambda x: ac.cumsum(x, axis), lambda x: np.cumsum(x, axis), [array_of(generator, shape)])


def sort(draw: Draw, generator: np.random.Generator) -> Case:
    shape = draw(nonempty_shapes.filter(bool))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    return Case(lambda x: np.sort(x, axis), lambda x: np.sort(x, axis), [array_of(generator, shape)])


def ordered(draw: Draw, generator: np.random.Generator) -> Case:
    """And back: the order is another operand's, which receives nothing."""
    shape = draw(nonempty_shapes.filter(bool))
    axis = draw(st.integers(0, len(shape) - 1))
    by = array_of(generator, shape)
    back = draw(st.booleans())
    name = "unordered" if back else "ordered"

    def numpys(x: Any) -> Any:
        places = np.argsort(by, axis)
        return np.take_along_axis(x, np.argsort(places, axis) if back else places, axis)

    return Case(lambda x: apply_to_all(name, (x, array_constant(by)), axis), numpys, [array_of(generator, shape)])


def norm(draw: Draw, generator: np.random.Generator) -> Case:
    shape = draw(nonempty_shapes.filter(bool))
    order = draw(st.sampled_from((None, 1, 2, 3, np.inf, -np.inf)))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    if order is None:
        axis = draw(st.one_of(st.none(), st.just(axis))) if len(shape) != 0 else None
    keep = draw(st.booleans())
    return Case(
        lambda x: ac.norm(x, order, axis, keep),
        lambda x: np.linalg.norm(x, order, axis, keep),
        [array_of(generator, shape)],
    )


def matrix_norm(draw: Draw, generator: np.random.Generator) -> Case:
    shape = (*draw(st.lists(st.integers(1, 2), max_size=1)), draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    order = draw(st.sampled_from(("fro", 1, -1, np.inf, -np.inf)))
    axis = draw(st.sampled_from(((-2, -1), (-1, -2))))
    keep = draw(st.booleans())
    return Case(
        lambda x: ac.norm(x, order, axis, keep),
        lambda x: np.linalg.norm(x, order, axis, keep),
        [array_of(generator, shape)],
    )


def reshape(draw: Draw, generator: np.random.Generator) -> Case:
    shape = draw(shapes)
    x = array_of(generator, shape)
    target = draw(st.sampled_from(((x.size,), (1, x.size), (x.size, 1, 1), shape[::-1])))
    return Case(lambda x: ac.reshape(x, target), lambda x: np.reshape(x, target), [x])


def transpose(draw: Draw, generator: np.random.Generator) -> Case:
    shape = draw(shapes)
    axes = draw(st.one_of(st.none(), st.permutations(range(len(shape)))))
    return Case(lambda x: ac.transpose(x, axes), lambda x: np.transpose(x, axes), [array_of(generator, shape)])


def swapaxes(draw: Draw, generator: np.random.Generator) -> Case:
    shape = draw(shapes.filter(bool))
    first, second = (draw(st.integers(-len(shape), len(shape) - 1)) for _ in range(2))
    return Case(
        lambda x: ac.swapaxes(x, first, second), lambda x: np.swapaxes(x, first, second), [array_of(generator, shape)]
    )


def expand_dims(draw: Draw, generator: np.random.Generator) -> Case:
    shape = draw(shapes)
    axis = draw(st.one_of(st.integers(-len(shape) - 1, len(shape)), st.just((0, -1))))
    return Case(lambda x: ac.expand_dims(x, axis), lambda x: np.expand_dims(x, axis), [array_of(generator, shape)])


def squeeze(draw: Draw, generator: np.random.Generator) -> Case:
    shape = (1, *draw(shapes)[:2], 1)
    axis = draw(st.sampled_from((None, 0, -1, (0, -1))))
    return Case(lambda x: ac.squeeze(x, axis), lambda x: np.squeeze(x, axis), [array_of(generator, shape)])


def broadcast_to(draw: Draw, generator: np.random.Generator) -> Case:
    target = draw(shapes)
    shape = broadcast_partner(draw, target)
    return Case(
        lambda x: ac.broadcast_to(x, target), lambda x: np.broadcast_to(x, target), [array_of(generator, shape)]
    )


def astype(draw: Draw, generator: np.random.Generator) -> Case:
    return Case(lambda x: x.astype(np.float64), lambda x: x.astype(np.float64), [array_of(generator, draw(shapes))])


def index(draw: Draw, generator: np.random.Generator) -> Case:
    shape = draw(nonempty_shapes.filter(bool))
    parts: list[Any] = []
    for length in shape[: draw(st.integers(1, len(shape)))]:
        integers = st.integers(-length, length - 1)
        masks = st.lists(st.booleans(), min_size=length, max_size=length)
        slices = st.slices(length)
        kind = draw(st.sampled_from(("integer", "slice", "array", "array", "mask", "new", "dots")))
        if kind == "array":
            parts.append(np.array(draw(st.lists(integers, min_size=2, max_size=2)), dtype=int))
        elif kind == "mask" and not any(isinstance(each, np.ndarray) for each in parts):
            parts.append(np.array(draw(masks)))
            return indexed(shape, tuple(parts), generator)
        elif kind == "new":
            parts.extend((None, slice(None)))
        elif kind == "dots" and Ellipsis not in [each for each in parts if not isinstance(each, np.ndarray)]:
            parts.append(Ellipsis)
            return indexed(shape, tuple(parts), generator)
        else:
            parts.append(draw(integers if kind == "integer" else slices))
    chosen = parts[0] if len(parts) == 1 and draw(st.booleans()) else tuple(parts)
    return indexed(shape, chosen, generator)


def indexed(shape: tuple[int, ...], chosen: Any, generator: np.random.Generator) -> Case:
    return Case(lambda x: x[chosen], lambda x: x[chosen], [array_of(generator, shape)])


def mask_of_all(draw: Draw, generator: np.random.Generator) -> Case:
    x = array_of(generator, draw(shapes.filter(bool)))
    x += np.copysign(1.0, x)  # finite differences of what is flat move numbers by up to 1, and none may change its sign
    return Case(lambda x: x[x > 0], lambda x: x[x > 0], [x])


def take(draw: Draw, generator: np.random.Generator) -> Case:
    shape = draw(nonempty_shapes.filter(bool))
    at = array_constant(np.array(draw(st.lists(st.integers(-shape[0], shape[0] - 1), min_size=1, max_size=4))))
    return Case(lambda x: ac.take(x, at), lambda x: x[at.data], [array_of(generator, shape)])


def put_rows(draw: Draw, generator: np.random.Generator) -> Case:
    """The derivative of taking, which is an operation of its own; repeated rows accumulate."""
    at = np.array(draw(st.lists(st.integers(0, 2), min_size=2, max_size=2)))

    def numpys(g: np.ndarray) -> np.ndarray:
        result = np.zeros((3, 2), g.dtype)
        for row, each in zip(at, g, strict=True):
            result[row] += each
        return result

    return Case(
        lambda g: apply_to_all("put_rows", (g, array_constant(at)), (3, 2)),
        numpys,
        [array_of(generator, (2, 2))],
    )


def scatter(draw: Draw, generator: np.random.Generator) -> Case:
    """The derivative of indexing, which is an operation of its own; repeated indices accumulate."""
    rows = np.array(draw(st.lists(st.integers(0, 2), min_size=2, max_size=2)))

    def numpys(g: np.ndarray) -> np.ndarray:
        result = np.zeros((3, 2), g.dtype)
        for row, each in zip(rows, g, strict=True):
            result[row] += each
        return result

    return Case(lambda g: record("scatter", g, (3, 2), (rows,)), numpys, [array_of(generator, (2, 2))])


def record(name: str, x: Any, *options: Any) -> Any:
    from autograd_core.array.tensor import record as record_node

    return record_node(STRUCTURAL[name], (x,), *options)


def others(draw: Draw, generator: np.random.Generator) -> Case:
    """The derivative of a product."""
    x = array_of(generator, (2, draw(st.integers(1, 4))))

    def numpys(x: np.ndarray) -> np.ndarray:
        return np.stack([np.prod(np.delete(x, each, -1), -1) for each in range(x.shape[-1])], -1)

    return Case(lambda x: record("others", x), numpys, [x])


def diagonal_like(name: str) -> Any:
    def case(draw: Draw, generator: np.random.Generator) -> Case:
        shape = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4).map(tuple))
        first, second = draw(st.permutations(range(len(shape))))[:2]
        offset = draw(st.integers(-2, 2))
        arguments = (offset, first, second - len(shape))
        return Case(
            lambda x: getattr(ac, name)(x, *arguments),
            lambda x: getattr(np, name)(x, *arguments),
            [array_of(generator, shape)],
        )

    return case


def on_diagonal(draw: Draw, generator: np.random.Generator) -> Case:
    offset = draw(st.integers(-1, 1))
    return Case(
        lambda g: record("on_diagonal", g, (2 + max(-offset, 0), 2 + max(offset, 0)), offset, 0, 1),
        lambda g: np.diag(g, offset)[: 2 + max(-offset, 0), : 2 + max(offset, 0)],
        [array_of(generator, (2,))],
    )


def pad(draw: Draw, generator: np.random.Generator) -> Case:
    shape = draw(shapes.filter(bool))
    pair = st.tuples(st.integers(0, 2), st.integers(0, 2))
    width = draw(st.one_of(st.integers(0, 2), pair, st.lists(pair, min_size=len(shape), max_size=len(shape))))
    return Case(
        lambda x: ac.pad(x, width, 7.0), lambda x: np.pad(x, width, constant_values=7.0), [array_of(generator, shape)]
    )


def concatenate(draw: Draw, generator: np.random.Generator) -> Case:
    shape = list(draw(shapes.filter(bool)))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    arrays = []
    for _ in range(draw(st.integers(1, 3))):
        shape[axis] = draw(st.integers(0, 3))
        arrays.append(array_of(generator, tuple(shape)))
    axis = draw(st.sampled_from((axis, None)))
    return Case(lambda *xs: ac.concatenate(xs, axis), lambda *xs: np.concatenate(xs, axis), arrays)


def stack(draw: Draw, generator: np.random.Generator) -> Case:
    shape = draw(shapes)[:3]
    axis = draw(st.integers(-len(shape) - 1, len(shape)))
    arrays = [array_of(generator, shape) for _ in range(draw(st.integers(1, 3)))]
    return Case(lambda *xs: ac.stack(xs, axis), lambda *xs: np.stack(xs, axis), arrays)


def matmul(draw: Draw, generator: np.random.Generator) -> Case:
    m, k, n = (draw(st.integers(0, 3)) for _ in range(3))
    batch = draw(st.lists(st.integers(1, 2), max_size=2).map(tuple))
    left: tuple[int, ...] = (*broadcast_partner(draw, batch), m, k)
    right: tuple[int, ...] = (*broadcast_partner(draw, batch), k, n)
    left = draw(st.sampled_from((left, (k,))))
    right = draw(st.sampled_from((right, (k,))))
    return Case(lambda x, y: x @ y, np.matmul, [array_of(generator, left), array_of(generator, right)])


def dot(draw: Draw, generator: np.random.Generator) -> Case:
    k = draw(st.integers(1, 3))
    left = (*draw(nonempty_shapes)[:2], k)
    right = draw(st.sampled_from(((k,), (k, 2), (2, k, 3), ())))
    return Case(ac.dot, np.dot, [array_of(generator, left), array_of(generator, right)])


def outer(draw: Draw, generator: np.random.Generator) -> Case:
    arrays = [array_of(generator, draw(shapes)[:2]) for _ in range(2)]
    return Case(ac.outer, np.outer, arrays)


def einsum(draw: Draw, generator: np.random.Generator) -> Case:
    subscripts, *given = draw(
        st.sampled_from(
            (
                ("ij,jk->ik", (2, 3), (3, 2)),
                ("ij,jk", (2, 3), (3, 1)),
                ("ii->i", (3, 3)),
                ("ii", (3, 3)),
                ("iij->j", (2, 2, 3)),
                ("ij->", (2, 3)),
                ("ij->j", (2, 3)),
                ("i,j,k->kji", (2,), (3,), (2,)),
                ("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
                ("...i,...i", (2, 3), (1, 3)),
                ("bij,bjk->bik", (2, 2, 2), (1, 2, 3)),
                ("i,i,i->i", (3,), (3,), (3,)),
                ("ij,ij->ji", (2, 3), (2, 3)),
                ("iji,k->jk", (2, 3, 2), (2,)),
                ("ij , j -> i", (0, 3), (3,)),
                ("ij,ij->i", (2, 1), (2, 3)),
                ("ij,kj->", (2, 1), (2, 3)),
            )
        )
    )
    return Case(
        lambda *xs: ac.einsum(subscripts, *xs),
        lambda *xs: np.einsum(subscripts, *xs),
        [array_of(generator, shape) for shape in given],
    )


def matrix(draw: Draw, generator: np.random.Generator, batch: tuple[int, ...], n: int) -> np.ndarray:
    return array_of(generator, (*batch, n, n), -1.0, 1.0) + 2.5 * np.eye(n)


def solve(draw: Draw, generator: np.random.Generator) -> Case:
    n = draw(st.integers(1, 3))
    batch = draw(st.lists(st.integers(1, 2), max_size=1).map(tuple))
    right = draw(st.sampled_from(((n,), (n, 2), (*batch, n, 1), (2, 1, n, 2))))
    arrays = [matrix(draw, generator, batch, n), array_of(generator, right)]
    return Case(ac.solve, np.linalg.solve, arrays)


def of_matrices(name: str) -> Any:
    def case(draw: Draw, generator: np.random.Generator) -> Case:
        batch = draw(st.lists(st.integers(1, 2), max_size=2).map(tuple))
        x = matrix(draw, generator, batch, draw(st.integers(1, 3)))
        return Case(getattr(ac, name), getattr(np.linalg, name), [x])

    return case


def cholesky(draw: Draw, generator: np.random.Generator) -> Case:
    """Of a symmetric matrix made from any one, so that a finite difference moves inside the symmetric matrices."""
    batch = draw(st.lists(st.integers(1, 2), max_size=1).map(tuple))
    x = array_of(generator, (*batch, 3, 3), -1.0, 1.0)

    def symmetric(x: Any) -> Any:
        return x @ x.swapaxes(-1, -2) + np.eye(3, dtype=x.dtype)

    return Case(lambda x: ac.cholesky(symmetric(x)), lambda x: np.linalg.cholesky(symmetric(x)), [x])


def logdet(draw: Draw, generator: np.random.Generator) -> Case:
    """Of a matrix that is surely regular, near the identity."""
    batch = draw(st.lists(st.integers(1, 2), max_size=1).map(tuple))
    x = array_of(generator, (*batch, 3, 3), -0.25, 0.25)
    return Case(lambda x: np.linalg.slogdet(x + np.eye(3))[1], lambda x: np.linalg.slogdet(x + np.eye(3))[1], [x])


CASES = {
    "sum": [reduction("sum")],
    "mean": [reduction("mean", empty=False)],
    "var": [reduction("var", empty=False), reduction("var", empty=False, ddof=0.5)],
    "max": [reduction("max", empty=False)],
    "min": [reduction("min", empty=False)],
    "prod": [reduction("prod"), prod_with_zeros],
    "others": [others],
    "logsumexp": [reduction("logsumexp", empty=False, numpys=numpys_logsumexp)],
    "softmax": [softmax_like("softmax", numpys_softmax)],
    "log_softmax": [softmax_like("log_softmax", lambda x, axis: np.log(numpys_softmax(x, axis)))],
    "cross_entropy": [cross_entropy],
    "logdet": [logdet],
    "take": [take],
    "put_rows": [put_rows],
    "cumsum": [cumsum],
    "sort": [sort],
    "ordered": [ordered],
    "unordered": [ordered],
    "norm": [norm, matrix_norm],
    "reshape": [reshape],
    "transpose": [transpose],
    "swapaxes": [swapaxes],
    "expand_dims": [expand_dims],
    "squeeze": [squeeze],
    "broadcast_to": [broadcast_to],
    "astype": [astype],
    "index": [index, mask_of_all],
    "scatter": [scatter],
    "diagonal": [diagonal_like("diagonal")],
    "trace": [diagonal_like("trace")],
    "on_diagonal": [on_diagonal],
    "pad": [pad],
    "concatenate": [concatenate],
    "stack": [stack],
    "matmul": [matmul],
    "dot": [dot],
    "outer": [outer],
    "einsum": [einsum],
    "solve": [solve],
    "inv": [of_matrices("inv")],
    "det": [of_matrices("det")],
    "cholesky": [cholesky],
}
