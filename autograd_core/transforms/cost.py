"""What derivatives of a graph cost, counted in multiplications and additions: one interpretation more of its rules.

Counted is the chain rule: every product of a local derivative with what arrives along an edge, and every sum of such
products. What it takes to evaluate the function and the local derivatives is not; it is the same for all modes. Nor is
what NumPy's linear algebra does inside, of solve or cholesky for example.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..array.linear_algebra import letters_of
from ..array.operations import PLAIN
from ..array.tensor import Tensor
from ..array.walks import leaves, topological_order
from ..errors import InputTypeError
from ..formulas.formula import Number
from ..formulas.rules import PRIMITIVES
from ..scalar.value import Value
from .run import size_of

__all__ = ["Cost", "Operations", "cost"]


@dataclass(frozen=True, slots=True)
class Operations:
    """Numbers of multiplications (divisions are among them) and additions."""

    multiplications: int = 0
    additions: int = 0

    @property
    def total(self) -> int:
        """Both together."""
        return self.multiplications + self.additions

    def __add__(self, other: Operations) -> Operations:
        return Operations(self.multiplications + other.multiplications, self.additions + other.additions)

    def __mul__(self, times: int) -> Operations:
        return Operations(self.multiplications * times, self.additions * times)

    def __str__(self) -> str:
        return f"{self.multiplications:,} × and {self.additions:,} +"


@dataclass(frozen=True, slots=True)
class Cost:
    """What derivatives of a graph cost.

    Attributes
    ----------
    inputs, outputs
        How many numbers the leaves and the roots hold.
    reverse
        One backward pass: the derivatives of one output by all inputs.
    forward
        One forward pass: the derivatives of all outputs along one direction.
    """

    inputs: int
    outputs: int
    reverse: Operations
    forward: Operations

    @property
    def jacobian_by_reverse(self) -> Operations:
        """The whole Jacobian by a backward pass an output."""
        return self.reverse * self.outputs

    @property
    def jacobian_by_forward(self) -> Operations:
        """The whole Jacobian by a forward pass an input."""
        return self.forward * self.inputs

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{self.inputs:,} inputs, {self.outputs:,} outputs",
                f"one backward pass: {self.reverse}",
                f"one forward pass:  {self.forward}",
                f"the whole Jacobian by {self.outputs:,} backward passes: {self.jacobian_by_reverse}",
                f"the whole Jacobian by {self.inputs:,} forward passes:   {self.jacobian_by_forward}",
            ]
        )


def cost(root: Any) -> Cost:
    """Count what derivatives of a graph cost.

    Parameters
    ----------
    root
        A Value or Tensor, or several.

    Returns
    -------
    Cost

    Raises
    ------
    InputTypeError
        If something is not a node.

    Examples
    --------
    One output and a thousand inputs: reverse mode needs one pass, forward mode a thousand.

    >>> w, x = Tensor(np.ones(1000)), np.ones(1000)
    >>> found = cost((w * x).sum())
    >>> found.jacobian_by_reverse.total, found.jacobian_by_forward.total
    (1000, 1999000)

    In which order matrices are multiplied matters as much: A (B v) against (A B) v.

    >>> A, B, v = (Tensor(np.ones(shape)) for shape in [(100, 100), (100, 100), 100])
    >>> cost(A @ (B @ v)).forward.multiplications, cost((A @ B) @ v).forward.multiplications
    (40000, 2020000)
    """
    roots = [root] if isinstance(root, Value | Tensor) else list(root) if isinstance(root, Iterable) else [root]
    for each in roots:
        if not isinstance(each, Value | Tensor):
            raise InputTypeError(f"cost: {each!r} is not a node; give the Value or Tensor that is differentiated")
    reverse, forward = Operations(), Operations()
    children: dict[Any, int] = {}
    for node in topological_order(roots):
        if not node.differentiable:
            continue
        moving = [position for position, parent in enumerate(node.parents) if parent.differentiable]
        for position in moving:
            back, forth = _along_edge(node, position)
            reverse, forward = reverse + back, forward + forth
            parent = node.parents[position]
            children[parent] = children.get(parent, 0) + 1
        if not (isinstance(node, Tensor) and node.op == "of_values"):  # which puts numbers together and adds nothing
            forward += Operations(0, max(len(moving) - 1, 0) * size_of(node))
    for node, count in children.items():
        reverse += Operations(0, (count - 1) * size_of(node))
    return Cost(sum(map(size_of, leaves(roots))), sum(map(size_of, roots)), reverse, forward)


def _along_edge(node: Any, position: int) -> tuple[Operations, Operations]:
    """What an edge costs on the way back and on the way forth."""
    if node.op == "of_values":
        return Operations(), Operations()
    if node.op in PRIMITIVES:
        is_sign = PRIMITIVES[node.op].partials[position] in (Number(1.0), Number(-1.0), Number(0.0))
        elements = size_of(node)
        summed = elements - size_of(node.parents[position])  # of an operand that was broadcast
        products = 0 if is_sign else elements
        return Operations(products, summed), Operations(products, 0)
    operation, inputs, options = node._operation, node._inputs, node._options
    counts = []
    for rules, like in ((operation.vjps, node._data), (operation.jvps, inputs[position])):
        counter = _Counter()
        z, arriving, *watched = (counter.watch(each) for each in (node._data, np.ones_like(like), *inputs))
        passed_on = rules[position](PLAIN, arriving, z, *watched, *options)
        if rules is operation.vjps and passed_on is not None:  # and summed, if the operand was broadcast
            counter.found += Operations(0, max(passed_on.size - size_of(node.parents[position]), 0))
        counts.append(counter.found)
    return counts[0], counts[1]


class _Counter:
    """Counts what is done to the arrays it watches."""

    def __init__(self) -> None:
        self.found = Operations()

    def watch(self, array: Any) -> _Watched:
        watched = np.asarray(array).view(_Watched)
        watched.counter = self
        return watched


class _Watched(np.ndarray):
    """An array that tells its counter of every multiplication and addition."""

    counter: _Counter | None = None

    def __array_finalize__(self, source: Any) -> None:
        self.counter = getattr(source, "counter", None)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        plain = tuple(map(_plain, inputs))
        if "out" in options:
            options["out"] = tuple(map(_plain, options["out"]))
        result = getattr(ufunc, method)(*plain, **options)
        size, counter = np.size(result), self._counter_of((*inputs, self))
        if method == "reduce":
            size = np.size(plain[0]) - size
        elif method == "accumulate" and size:
            size -= size // plain[0].shape[options.get("axis", 0)]
        if ufunc is np.matmul:
            length = plain[0].shape[-1]
            done = Operations(size * length, size * (length - 1))
        elif ufunc in (np.multiply, np.divide):
            done = Operations(size, 0)
        else:
            done = Operations(0, size if ufunc in (np.add, np.subtract) else 0)
        counter.found += done
        return counter.watch(result)

    def __array_function__(self, function: Any, kinds: Any, args: Any, options: Any) -> Any:
        flat = [each for each in args if isinstance(each, np.ndarray)]
        counter = self._counter_of(flat)
        result = function(*map(_plain_inside, args), **options)
        if function is np.einsum:
            counter.found += _of_einsum(args[0], flat, np.size(result))
        return counter.watch(result)

    def _counter_of(self, arrays: Iterable[Any]) -> _Counter:
        return next(each.counter for each in arrays if isinstance(each, _Watched) and each.counter is not None)


def _plain(each: Any) -> Any:
    return np.asarray(each) if isinstance(each, _Watched) else each


def _plain_inside(each: Any) -> Any:
    return type(each)(map(_plain_inside, each)) if isinstance(each, list | tuple) else _plain(each)


def _of_einsum(subscripts: str, operands: list[Any], size: int) -> Operations:
    inputs = letters_of(subscripts, [each.ndim for each in operands]).split("->")[0].split(",")
    lengths: dict[str, int] = {}
    for term, each in zip(inputs, operands, strict=True):
        lengths.update(zip(term, each.shape, strict=True))
    terms = math.prod(lengths.values())
    return Operations((len(operands) - 1) * terms, terms - size)
