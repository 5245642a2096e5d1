"""Functions to functions: from f to its gradient. Results can be transformed again, to any order.

An inner transform works on fresh nodes, so it never mixes up its own variable with one of an outer transform.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .conversion import number_from
from .errors import InputTypeError, InputValueError
from .graph import topological_order
from .recording import current_state, recording
from .reverse import gradient_graph, gradient_numbers
from .tensor import Tensor
from .tensor_reverse import gradient_arrays, gradient_nodes
from .value import Value, constant

__all__ = ["grad", "value_and_grad"]


class _Outer(threading.local):
    """The variables of the transforms that are under way in this thread, outermost first."""

    variables: tuple[Value | Tensor, ...] = ()


_outer = _Outer()


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., tuple[Any, Any]]:
    """Make a function that returns both ``f(*args)`` and its gradient.

    Parameters
    ----------
    f
        A function of numbers, Values, arrays or Tensors that returns one Value or a Tensor that holds one number (or a
        plain number, whose gradient is 0).
    argnums
        Position of the argument to differentiate by, or several positions.

    Returns
    -------
    callable
        With the arguments of `f`; it returns ``(value, gradient)``. The gradient is a tuple if `argnums` is a
        sequence. For numbers in, numbers come out, and arrays of floats for arrays of floats; if an argument is a
        Value or Tensor, nodes come out and can be differentiated again. No node's ``grad`` is changed.

    Raises
    ------
    InputTypeError, InputValueError
        On the call: if `f` does not return a scalar, or there is no argument at a position.

    Examples
    --------
    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(3.0, 4.0)
    (12.0, (4.0, 3.0))
    >>> import numpy as np
    >>> grad(lambda x: (x * x).sum())(np.array([1.0, 2.0])).tolist()
    [2.0, 4.0]
    """
    if not callable(f):
        raise InputTypeError(f"value_and_grad: {f!r} is not a function; write value_and_grad(lambda x: x * x)")
    several = not isinstance(argnums, int)
    positions = tuple(argnums) if isinstance(argnums, Sequence) else (argnums,)

    def value_and_gradient(*args: Any, **options: Any) -> tuple[Any, Any]:
        for position in positions:
            if not 0 <= position < len(args):
                raise InputValueError(
                    f"argnums={argnums!r}: there is no argument {position}, for {len(args)} were given"
                )
        as_graph = current_state().enabled and any(isinstance(args[position], Value | Tensor) for position in positions)
        with recording(True):
            inputs = {position: _fresh(args[position], position) for position in positions}
            with _under_way(tuple(inputs.values())):
                result = f(*(inputs.get(position, each) for position, each in enumerate(args)), **options)
            output = _scalar(result)
            if as_graph or _depends_on_outer(output):
                gradients: Sequence[Any] = _nodes(output, list(inputs.values()))
                value: Any = output
            else:
                gradients = _numbers(output, list(inputs.values()))
                value = output.item() if isinstance(output, Tensor) else output.data
        return value, tuple(gradients) if several else gradients[0]

    return value_and_gradient


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Make the gradient function of `f`; see :func:`value_and_grad` for arguments and errors.

    Examples
    --------
    >>> import math
    >>> from autograd_core import sin
    >>> grad(grad(grad(sin)))(0.0) == -math.cos(0.0)
    True
    """
    both = value_and_grad(f, argnums)

    def gradient(*args: Any, **options: Any) -> Any:
        return both(*args, **options)[1]

    return gradient


@contextmanager
def _under_way(variables: tuple[Value | Tensor, ...]) -> Iterator[None]:
    before = _outer.variables
    _outer.variables = before + variables
    try:
        yield
    finally:
        _outer.variables = before


def _nodes(output: Value | Tensor, inputs: list[Any]) -> list[Any]:
    if isinstance(output, Value) and all(isinstance(each, Value) for each in inputs):
        return list(gradient_graph(output, inputs))
    return gradient_nodes(output, inputs)


def _numbers(output: Value | Tensor, inputs: list[Any]) -> list[Any]:
    if isinstance(output, Value) and all(isinstance(each, Value) for each in inputs):
        return list(gradient_numbers(output, inputs))
    return gradient_arrays(output, inputs)


def _fresh(argument: Any, position: int) -> Value | Tensor:
    if isinstance(argument, Value | Tensor):
        return +argument
    if isinstance(argument, np.ndarray) and argument.ndim:
        return Tensor(argument)
    return Value(number_from(argument, f"argument {position}"))


def _scalar(result: Any) -> Value | Tensor:
    if isinstance(result, Value) or (isinstance(result, Tensor) and result.size == 1):
        return result
    try:
        return constant(result)
    except InputTypeError:
        raise InputTypeError(
            f"the function returned {result!r}, and only a scalar has a gradient; return one number, such as a sum"
        ) from None


def _depends_on_outer(output: Value | Tensor) -> bool:
    return bool(_outer.variables) and not set(_outer.variables).isdisjoint(topological_order(output))
