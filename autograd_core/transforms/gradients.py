"""Functions to functions: from f to its derivatives. Results can be transformed again, to any order and in any mixture.

Arguments are numbers, Values, arrays, Tensors, and containers of these (dict, list, tuple, dataclass). Numbers and
arrays give numbers and arrays; Values and Tensors give nodes that can be differentiated again. No node's ``grad`` is
changed.

Source: A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM (2008), chapters 3 to 5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec

import numpy as np

from ..array.operations import elementwise
from ..array.tensor import Tensor, array_constant, unary
from ..errors import InputTypeError, InputValueError
from ..formulas.primitives import PRIMITIVES
from ..scalar.freezing import follows
from ..scalar.recording import current_state
from ..scalar.value import Value, constant, stopped
from .containers import is_container, leaves_beside, leaves_in, map_leaves, put_together
from .run import Node, Run, checked_function, positions_from, shape_of, size_of

P = ParamSpec("P")

__all__ = ["arguments_from", "grad", "jvp", "stop_gradient", "value_and_grad", "vjp"]


def value_and_grad(f: Callable[P, Any], argnums: int | Sequence[int] = 0) -> Callable[P, tuple[Any, Any]]:
    """Make a function that returns both ``f(*args)`` and its gradient.

    Parameters
    ----------
    f
        A function that returns a scalar: one Value, or a Tensor that holds one number (or a plain number, whose
        gradient is 0).
    argnums
        Position of the argument to differentiate by, or several positions.

    Returns
    -------
    callable
        With the arguments of `f`; it returns ``(value, gradient)``. The gradient has the structure of the argument; it
        is a tuple of such if `argnums` is a sequence.

    Raises
    ------
    InputTypeError, InputValueError
        On the call: if `f` does not return a scalar, there is no argument at a position, or something in it is not a
        real number.

    Examples
    --------
    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(3.0, 4.0)
    (12.0, (4.0, 3.0))
    >>> line = lambda p, x: p["slope"] * x + p["offset"]
    >>> grad(line)({"slope": 2.0, "offset": 1.0}, 3.0)
    {'slope': 3.0, 'offset': 1.0}
    >>> grad(lambda x: (x * x).sum())(np.array([1.0, 2.0])).tolist()
    [2.0, 4.0]
    """
    checked_function(f, "value_and_grad")

    def value_and_gradient(*args: P.args, **options: P.kwargs) -> tuple[Any, Any]:
        positions = positions_from(argnums, len(args))
        run = Run(f, args, options, positions)
        output = _only_scalar(run)
        gradients = run.in_arguments(run.pull_back(output))
        value = output if run.as_nodes else output.item() if isinstance(output, Tensor) else output.data
        return value, gradients if isinstance(argnums, Sequence) else gradients[0]

    return value_and_gradient


def grad(f: Callable[P, Any], argnums: int | Sequence[int] = 0) -> Callable[P, Any]:
    """Make the gradient function of `f`; see :func:`value_and_grad` for arguments and errors.

    Examples
    --------
    >>> import math
    >>> from autograd_core import sin
    >>> grad(grad(grad(sin)))(0.0) == -math.cos(0.0)
    True
    """
    both = value_and_grad(f, argnums)

    def gradient(*args: P.args, **options: P.kwargs) -> Any:
        return both(*args, **options)[1]

    return gradient


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., tuple[Any, ...]]]:
    """Compute ``f(*primals)``, and make the function that pulls cotangents back: u to uᵀJ.

    Parameters
    ----------
    f
        A function that returns numbers, Values, Tensors, or containers of them.
    *primals
        Where: all of its arguments.

    Returns
    -------
    value
        The result of `f`.
    pullback
        From a cotangent in the structure of the result to a tuple with the product for each argument. It can be called
        again and again; `f` has run once.

    Raises
    ------
    InputTypeError, InputValueError
        If something is not a real number; on the call, if the cotangent is not like the result.

    Examples
    --------
    >>> from autograd_core import sin
    >>> value, pullback = vjp(lambda x, y: (x * y, sin(x)), 2.0, 3.0)
    >>> value[0], pullback((1.0, 0.0)), pullback((0.0, 0.0))
    (6.0, (3.0, 2.0), (0.0, 0.0))
    """
    run = Run(checked_function(f, "vjp"), primals, {}, range(len(primals)))
    value = put_together(run.result, [run.as_given(each) for each in run.outputs])

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        upstream = _like(run.outputs, run.result, cotangent, "the cotangent", "the result")
        totals: list[Any] | None = None
        for output, each in zip(run.outputs, upstream, strict=True):
            found = run.pull_back(output, each)
            totals = found if totals is None else [one + other for one, other in zip(totals, found, strict=True)]
        return run.in_arguments(totals or [])

    return value, pullback


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Compute ``f(*primals)`` and its derivative along a direction, in forward mode: v to Jv.

    Parameters
    ----------
    f
        A function that returns numbers, Values, Tensors, or containers of them.
    primals
        Where: its arguments, as a tuple or list.
    tangents
        How fast each argument moves, in the structure of the arguments.

    Returns
    -------
    value, tangent
        The result of `f` and how fast it moves, in the same structure.

    Raises
    ------
    InputTypeError, InputValueError
        If something is not a real number, or the tangents are not like the primals.

    Examples
    --------
    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    primals, tangents = arguments_from(primals, "jvp: primals"), arguments_from(tangents, "jvp: tangents")
    run = Run(checked_function(f, "jvp"), primals, {}, range(len(primals)))
    run.as_nodes = run.as_nodes or any(isinstance(each, Value | Tensor) for each in leaves_in(tangents))
    moving = _like(run.inputs, primals, tangents, "the tangents", "the primals")
    moved = [run.push_forward(output, moving) for output in run.outputs]
    values = [run.as_given(output) for output in run.outputs]
    return put_together(run.result, values), put_together(run.result, moved)


def stop_gradient(x: Any) -> Any:
    """The same numbers as constants: no gradient flows through, of any transform and any order.

    Parameters
    ----------
    x
        A node, a number, an array, or a container of these.

    Examples
    --------
    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    return map_leaves(_stopped, x)


def _stopped(leaf: Any) -> Any:
    if isinstance(leaf, Value):
        if follows([leaf], current_state().inputs):  # a program computes it anew
            return stopped(leaf)
        return constant(leaf.data, leaf.label)
    if isinstance(leaf, Tensor):
        if follows([leaf], current_state().inputs):
            return unary(elementwise(PRIMITIVES["stop_gradient"]), leaf)
        return array_constant(leaf.data, leaf.label)
    return leaf


# --- pieces ---------------------------------------------------------------------------------------------------------


def _only_scalar(run: Run) -> Node:
    """The one output, if it is one number."""
    if not is_container(run.result) and len(run.outputs) == 1 and size_of(run.outputs[0]) == 1:
        return run.outputs[0]
    raise InputTypeError(
        f"the function returned {run.result!r}, and only a scalar has a gradient; return one number, such as a sum"
    )


def arguments_from(given: Any, what: str) -> tuple[Any, ...]:
    """The arguments of a function, given as a tuple or list."""
    if not isinstance(given, list | tuple):
        raise InputTypeError(f"{what}: {given!r}; give a tuple with something for each argument, such as (x,)")
    return tuple(given)


def _like(nodes: Sequence[Node], tree: Any, given: Any, what: str, of: str) -> list[Any]:
    """The leaves of a container that must be like another one, as upstream gradients or tangents of its nodes."""
    try:
        placed: list[tuple[Node, Any]] = list(zip(nodes, leaves_beside(tree, given), strict=True))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputValueError(f"{what} {given!r} does not have the structure of {of}, {tree!r}") from None
    leaves = []
    for node, leaf in placed:
        shape = shape_of(node)
        if np.shape(leaf.data if isinstance(leaf, Value | Tensor) else leaf) != shape:
            raise InputValueError(f"{what}: {leaf!r} stands where shape {shape} is needed; give numbers like {of}")
        leaves.append(leaf)
    return leaves
