"""record: a function as a program, of Values alone, or of Tensors too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..array.tensor import Tensor
from ..array_tapes.arguments import Arguments, input_like, is_row, node_for
from ..kinks.corrections import AT_ITS_OWN_KINK, guards_of
from ..program.guards import comparison_of
from ..program.program import Program
from ..program.recording import TensorsReturnedError, names_of_arguments, run_on_nodes
from ..program.recording import record as record_values
from ..scalar.blocks import recording, unchecked
from ..scalar.value import Value
from ..transforms.containers import leaves_in, map_leaves, named_leaves
from .program import ArrayProgram

__all__ = ["record", "record_arrays"]


def record(f: Callable[..., Any], *example_args: Any) -> Program | ArrayProgram:
    """Record a function as a program.

    `f` runs once, on nodes in the place of numbers. What it computes from other numbers or Values than its arguments
    is part of the program as a constant. What depends on the arguments is recorded as what it is (``stop_gradient(x)``,
    also ``x.data`` of a Value), guarded (a Python ``if``), or refused.

    Parameters
    ----------
    f
        A function that returns nodes, or containers of nodes.
    *example_args
        Arguments of the kind the program will be given: for a number `f` gets a Value, for a NumPy array an array of
        Values, for a Tensor a Tensor; lists and tuples of these. Their numbers matter only where `f` branches.

    Returns
    -------
    Program, or ArrayProgram if there are Tensors among the arguments or in the result
        Arguments of either are numbers and arrays.

    Raises
    ------
    InputTypeError
        If an argument or the result is something else.
    LeavesGraphError
        If `f` would freeze a number that depends on the arguments: by ``==``, ``in``, as a key, by ``backward()``, in a
        copy, by ``data`` of a Tensor.

    Examples
    --------
    >>> from autograd_core import Tensor, tanh
    >>> neuron = record(lambda w, x, b: tanh(w @ x + b), np.ones(2), np.ones(2), 0.0)
    >>> round(neuron(np.array([0.5, -1.0]), np.array([2.0, 0.25]), 0.5), 6)
    0.848284
    >>> layer = record(lambda W, x: tanh(W @ x), Tensor(np.ones((2, 3))), Tensor(np.ones(3)))
    >>> layer(np.zeros((2, 3)), np.ones(3)).tolist()
    [0.0, 0.0]
    """
    if any(isinstance(leaf, Tensor) for each in example_args for leaf in leaves_in(each)):
        return record_arrays(f, example_args, as_tensors=False)
    try:
        return record_values(f, *example_args)
    except TensorsReturnedError:
        return record_arrays(f, example_args, as_tensors=False)


def record_arrays(
    f: Callable[..., Any], example_args: Sequence[Any], *, as_tensors: bool, names: Sequence[str] | None = None,
    noting_lines: bool = False, parameters: Sequence[Any] | None = None,
) -> ArrayProgram:  # fmt: skip
    """Record a function of Tensors (and of Values); `as_tensors` says whether it gets Tensors for arrays.

    With `parameters`, leaves around the function, the program has a list of numbers for them as its first argument.
    """
    names = names_of_arguments(f, example_args) if names is None else names
    named = [pair for name, each in zip(names, example_args, strict=True) for pair in named_leaves(each, name, is_row)]
    inputs = [input_like(leaf, name, as_tensors) for name, leaf in named]
    nodes = [node_for(each, leaf) for each, (_, leaf) in zip(inputs, named, strict=True)]
    remaining = iter(nodes)
    given = [map_leaves(lambda _: _to_be_changed(next(remaining)), each, is_row) for each in example_args]
    if parameters is not None:
        of_leaves = [each if isinstance(each, Tensor) else each.data for each in parameters]
        names, example_args = ["parameters", *names], [of_leaves, *example_args]
        found = [input_like(leaf, name, as_tensors) for name, leaf in named_leaves(of_leaves, "parameters", is_row)]
        inputs, nodes = [*found, *inputs], [*([parameters] if is_row(of_leaves) else parameters), *nodes]
    flat = [one for each in nodes for one in (np.ravel(each).tolist() if not isinstance(each, Tensor) else [each])]
    result, branches = run_on_nodes(f, given, flat, noting_lines=noting_lines)
    noted = list(branches)
    if branches.of_derivatives:  # those of the program are of higher order then, and may not stand at a kink
        outputs = [each for each in leaves_in(result) if isinstance(each, Tensor | Value)]
        with recording(True), unchecked():
            noted += guards_of(outputs, flat, AT_ITS_OWN_KINK)
    texts: dict[Any, Any] = {each: each.label for each in flat}
    guards = [(node, truth, comparison_of(node, texts), source) for node, truth, source in noted]
    program = ArrayProgram(Arguments(names, example_args, inputs), nodes, result, guards)
    if noting_lines:
        program.noted = [each for each in leaves_in(result) if isinstance(each, Tensor | Value)]
    return program


def _to_be_changed(nodes: Any) -> Any:
    """What a function gets for the nodes of an input, of which it may sort the list, or write into the array."""
    return nodes.copy() if isinstance(nodes, list | np.ndarray) else nodes
