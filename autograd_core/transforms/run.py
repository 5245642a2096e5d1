"""One run of a function on fresh nodes, and what can be asked of its graph: pull back, push forward.

The transforms (:mod:`autograd_core.transforms.gradients`) are made of these. A run works on fresh nodes, so an inner
transform never mixes up its own variable with one of an outer transform. Whether its results are numbers or nodes
depends on whether the caller, or an outer transform, holds nodes that they depend on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..array.arrays import floating_array
from ..array.tensor import Tensor, array_constant, as_tensor
from ..derivatives.gradients import gradient_arrays, gradient_nodes
from ..derivatives.pull_back import gradient_graph, gradient_numbers
from ..derivatives.push_forward import push_forward, push_forward_nodes
from ..errors import InputTypeError, InputValueError, shortened
from ..kinks.corrections import (
    corrected,
    gradient_beside_kinks,
    guard_kinks,
    tangent_beside_kinks,
    to_be_differentiated,
)
from ..kinks.points import irregular
from ..scalar.blocks import differentiating, recording
from ..scalar.conversion import number_from, real_array
from ..scalar.freezing import follows
from ..scalar.recording import current_state
from ..scalar.value import Value, constant
from .containers import leaves_in, named_leaves, put_together

__all__ = ["Node", "Run", "checked_function", "fresh", "positions_from", "shape_of", "size_of"]

Node: TypeAlias = Value | Tensor


def shape_of(node: Node) -> tuple[int, ...]:
    """Length of each axis of a node; a Value has none."""
    return () if isinstance(node, Value) else node.shape


def size_of(node: Node) -> int:
    """How many numbers a node holds."""
    return 1 if isinstance(node, Value) else node.size


def checked_function(f: Any, transform: str) -> Callable[..., Any]:
    """The function, or an error that says how the transform is written."""
    if not callable(f):
        raise InputTypeError(f"{transform}: {f!r} is not a function; write {transform}(lambda x: x * x)")
    return f  # type: ignore[no-any-return]


def positions_from(argnums: int | Sequence[int], count: int) -> tuple[int, ...]:
    """The positions of the arguments to differentiate by, all of which there are."""
    positions = tuple(argnums) if isinstance(argnums, Sequence) else (argnums,)
    for position in positions:
        if not isinstance(position, int | np.integer) or not 0 <= position < count:
            raise InputValueError(f"argnums={argnums!r}: there is no argument {position!r}, for {count} were given")
    return tuple(map(int, positions))


def fresh(given: Any, what: str) -> Node:
    """A node of its own for an argument: a leaf for a number or an array, else a copy that stays in the graph."""
    if isinstance(given, Value | Tensor):
        return +given
    if isinstance(given, np.ndarray) and given.ndim:
        return Tensor(floating_array(given, what))
    return Value(number_from(given, what))


class Run:
    """A function called once on fresh nodes.

    Parameters
    ----------
    f
        The function.
    args, options
        What it is called with. An argument may be a container: see :mod:`autograd_core.transforms.containers`.
    positions
        The arguments to differentiate by.

    Attributes
    ----------
    inputs
        The fresh nodes, in order.
    result
        What the function returned.
    outputs
        The leaves of that, as nodes.
    as_nodes
        Whether derivatives are wanted as nodes, because someone may differentiate them again.
    of_derivatives
        Whether the function computed derivatives, so that those of the run are of higher order and look at kinks; see
        :mod:`autograd_core.kinks.rays`.
    """

    def __init__(
        self, f: Callable[..., Any], args: Sequence[Any], options: dict[str, Any], positions: Sequence[int]
    ) -> None:
        self._positions = positions
        self._once = {position: args[position] for position in positions}  # one may be asked for twice
        named = [pair for position, each in self._once.items() for pair in named_leaves(each, f"argument {position}")]
        enabled = current_state().enabled
        self.of_derivatives = False
        self._irregular: dict[Node, bool] = {}
        with recording(True):
            self.inputs = [fresh(leaf, name) for name, leaf in named]
            new = dict(zip(positions, self.in_arguments(self.inputs), strict=True))
            with differentiating((self, *self.inputs)):
                self.result = f(*(new.get(position, each) for position, each in enumerate(args)), **options)
            self.outputs = [_as_node(leaf, name) for name, leaf in named_leaves(self.result, "the function's result")]
        given_nodes = any(isinstance(leaf, Value | Tensor) for _, leaf in named)
        self.enabled = enabled
        self.as_nodes = enabled and (given_nodes or _depends_on_outer(self.outputs))

    def pull_back(self, output: Node, upstream: Any = None) -> list[Any]:
        """The derivative by each input of an output that has an upstream gradient (1 if there is none)."""
        as_nodes = self.as_nodes
        if isinstance(upstream, Value | Tensor):
            as_nodes = self.enabled  # someone may differentiate by the upstream gradient
            upstream = _upstream_like(output, upstream) if as_nodes else upstream.data
        with recording(True):
            values = [each for each in self.inputs if isinstance(each, Value)]
            if upstream is None and isinstance(output, Value) and len(values) == len(self.inputs):
                found: list[Any] = list((gradient_graph if as_nodes else gradient_numbers)(output, values))
            else:
                found = (gradient_nodes if as_nodes else gradient_arrays)(output, self.inputs, upstream)
            if self._looks_at_kinks(output, as_nodes):
                numbers = [each.data for each in found] if as_nodes else found
                seed = upstream.data if isinstance(upstream, Value | Tensor) else upstream
                right = gradient_beside_kinks(output, self.inputs, numbers, seed)
                found = list(map(corrected, found, right)) if as_nodes else right
            return self._as_result(found) if as_nodes else found

    def push_forward(self, output: Node, tangents: Sequence[Any]) -> Any:
        """The derivative of an output when the inputs move along tangents."""
        direction = dict(zip(self.inputs, tangents, strict=True))
        with recording(True):
            found = push_forward_nodes(output, direction) if self.as_nodes else push_forward(output, direction)
            if self._looks_at_kinks(output, self.as_nodes):
                right = tangent_beside_kinks(output, direction, found.data if self.as_nodes else found)
                found = corrected(found, right) if self.as_nodes else right
            return self._as_result([found])[0] if self.as_nodes else found

    def _looks_at_kinks(self, output: Node, as_nodes: bool) -> bool:
        """Whether a derivative of an output is one of derivatives at a kink. A program looks where it is replayed."""
        if not self.of_derivatives:
            return False
        if as_nodes and follows([output], current_state().inputs):
            guard_kinks(output, self.inputs)
            return False
        if output not in self._irregular:
            self._irregular[output] = bool(irregular([output], self.inputs))
        return self._irregular[output]

    def _as_result(self, derivatives: list[Any]) -> list[Any]:
        """Derivatives that someone may differentiate again: a transform that is under way, or the caller by hand."""
        state = current_state()
        for each in state.variables:
            if isinstance(each, Run):
                each.of_derivatives = True
        noted = state.branches
        if noted is not None and not noted.of_derivatives:
            noted.of_derivatives = follows(derivatives, state.inputs)
        if state.variables or state.inputs:
            return derivatives
        return [to_be_differentiated(each, self.inputs) for each in derivatives]

    def in_arguments(self, of_inputs: Sequence[Any]) -> tuple[Any, ...]:
        """Something an input, in the structure of the arguments."""
        remaining = iter(of_inputs)
        found = {at: put_together(each, [next(remaining) for _ in leaves_in(each)]) for at, each in self._once.items()}
        return tuple([found[position] for position in self._positions])

    def as_given(self, output: Node) -> Any:
        """An output as the caller sees it: a node, or the number or array it holds."""
        if self.as_nodes:
            return output
        return output.data if isinstance(output, Value) else np.array(output.data)[()]


def _upstream_like(output: Node, upstream: Node) -> Node:
    """The upstream gradient as a node of the output's kind."""
    if isinstance(output, Tensor):
        found: Node = as_tensor(upstream, "the cotangent")
        return found
    if isinstance(upstream, Tensor):
        raise InputTypeError("the cotangent of a Value is a number or a Value, not a Tensor; write Value(t.item())")
    return upstream


def _as_node(leaf: Any, name: str) -> Node:
    if isinstance(leaf, Value | Tensor):
        return leaf
    if isinstance(leaf, np.ndarray) and leaf.ndim:
        return array_constant(real_array(leaf, name).astype(float))
    try:
        return constant(leaf)
    except InputTypeError:
        raise InputTypeError(
            f"{name} is {shortened(leaf)}, which has no derivative; "
            "return numbers, Values, Tensors, or containers of them"
        ) from None


def _depends_on_outer(outputs: Sequence[Node]) -> bool:
    """Whether an outer transform, or a program that is being recorded, has a variable that an output depends on."""
    state = current_state()
    variables = {id(each): each for each in state.variables if not isinstance(each, Run)}
    return follows(outputs, {**state.inputs, **variables})
