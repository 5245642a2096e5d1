"""Whole matrices of derivatives, and products with them: Jacobian, Hessian, Hessian and Gauss-Newton times a vector.

Source: A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM (2008), chapters 3 and 5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from ..array.functions import stack
from ..array.tensor import Tensor, array_constant
from ..errors import InputValueError, shortened
from ..scalar.conversion import is_one_of
from ..scalar.value import Value
from .containers import put_together
from .gradients import arguments_from, grad, jvp, vjp
from .run import Node, Run, checked_function, positions_from, shape_of, size_of

__all__ = ["gauss_newton_vp", "hessian", "hvp", "jacobian"]

Mode: TypeAlias = Literal["auto", "forward", "reverse"]


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, *, mode: Mode = "auto") -> Callable[..., Any]:
    """Make the function that computes the Jacobian of `f`: the derivative of each result by each number.

    Parameters
    ----------
    f
        A function that returns numbers, Values, Tensors, or containers of them.
    argnums
        Position of the argument to differentiate by, or several positions.
    mode
        ``"reverse"`` takes one backward pass a result, ``"forward"`` one forward pass a number of the arguments;
        ``"auto"`` takes whichever is less.

    Returns
    -------
    callable
        With the arguments of `f`. For an array of shape (a, b) in and one of shape (c,) out it returns an array of
        shape (c, a, b); numbers have shape (). For containers it returns, in the structure of the result, containers in
        the structure of the argument.

    Raises
    ------
    InputTypeError, InputValueError
        If there is no such mode; on the call as for :func:`value_and_grad`.

    Examples
    --------
    >>> jacobian(lambda x: np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]) @ x)(np.array([1.0, 1.0])).tolist()
    [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    >>> jacobian(lambda x, y: {"sum": x + y, "product": x * y}, argnums=(0, 1))(2.0, 3.0)
    {'sum': (1.0, 1.0), 'product': (3.0, 2.0)}
    """
    checked_function(f, "jacobian")
    if not is_one_of(mode, ("auto", "forward", "reverse")):
        raise InputValueError(f"jacobian: mode={shortened(mode)}; write 'auto', 'forward' or 'reverse'")

    def jacobian_of(*args: Any, **options: Any) -> Any:
        run = Run(f, args, options, positions_from(argnums, len(args)))
        forward = mode == "forward" or (
            mode == "auto" and sum(map(size_of, run.inputs)) < sum(map(size_of, run.outputs))
        )
        blocks = (_by_columns if forward else _by_rows)(run)
        by_output = [run.in_arguments(row) for row in blocks]
        if not isinstance(argnums, Sequence):
            by_output = [row[0] for row in by_output]
        return put_together(run.result, by_output)

    return jacobian_of


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Make the function that computes the matrix of second derivatives of a scalar function, forward over reverse.

    Parameters
    ----------
    f
        As in :func:`value_and_grad`.
    argnums
        Position of the argument to differentiate by, or several positions.

    Returns
    -------
    callable
        With the arguments of `f`. For an array of shape s it returns an array of shape s + s; for containers, in the
        structure of the gradient, containers in its structure.

    Notes
    -----
    One forward pass over the graph of the gradient for each of n numbers: about n times the cost of the gradient.
    ``jacobian(grad(f), mode="reverse")`` is the same by reverse over reverse.

    Examples
    --------
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0])).tolist()
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(checked_function(f, "hessian"), argnums), argnums, mode="forward")


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, ...]:
    """Multiply the Hessian of a scalar function with a vector without forming it, forward over reverse.

    Parameters
    ----------
    f
        As in :func:`value_and_grad`.
    primals
        Where: its arguments, as a tuple or list.
    tangents
        The vector, in the structure of the arguments.

    Returns
    -------
    tuple
        The product, in the structure of the arguments. It costs a few times what the gradient costs.

    Notes
    -----
    B. A. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994).

    Examples
    --------
    >>> hvp(lambda x, y: x**2 * y, (3.0, 5.0), (1.0, 0.0))
    (10.0, 6.0)
    """
    primals = arguments_from(primals, "hvp: primals")
    everything = range(len(primals))
    return jvp(grad(checked_function(f, "hvp"), everything), primals, tangents)[1]  # type: ignore[no-any-return]


def gauss_newton_vp(
    model: Callable[..., Any], loss: Callable[[Any], Any], primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, ...]:
    """Multiply the Gauss-Newton matrix JᵀHJ of ``loss(model(*primals))`` with a vector.

    J is the Jacobian of the model and H the Hessian of the loss by the model's result. What the Hessian of the whole
    has besides, the curvature of the model, is left out; for a convex loss the matrix is positive semidefinite.

    Parameters
    ----------
    model
        From parameters to predictions.
    loss
        From predictions to a scalar.
    primals, tangents
        Where, and the vector, as in :func:`hvp`.

    Notes
    -----
    N. N. Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent", Neural Computation 14
    (2002).

    Examples
    --------
    >>> gauss_newton_vp(lambda w: w**2, lambda z: (z - 1.0) ** 2, (3.0,), (1.0,))  # (2w)² · 2; the Hessian has 12w² - 4
    (72.0,)
    """
    primals = arguments_from(primals, "gauss_newton_vp: primals")
    prediction, moved = jvp(checked_function(model, "gauss_newton_vp"), primals, tangents)
    [curved] = hvp(checked_function(loss, "gauss_newton_vp"), (prediction,), (moved,))
    return vjp(model, *primals)[1](curved)


# --- blocks: the derivatives of one output by one input -------------------------------------------------------------


def _units(node: Node) -> list[Any]:
    """The unit vectors of the space a node lives in."""
    if isinstance(node, Value):
        return [1.0]
    units = np.eye(node.size, dtype=node.dtype)
    return list(units.reshape(node.size, *node.shape))


def _by_rows(run: Run) -> list[list[Any]]:
    """For each output the derivatives by each input, one backward pass a number of the output."""
    blocks = []
    for output in run.outputs:
        rows = [run.pull_back(output, unit) for unit in _units(output)]
        blocks.append(
            [
                _block(run, [row[column] for row in rows], output, source, False)
                for column, source in enumerate(run.inputs)
            ]
        )
    return blocks


def _by_columns(run: Run) -> list[list[Any]]:
    """The same, one forward pass a number of the inputs."""
    blocks: list[list[Any]] = [[] for _ in run.outputs]
    for moving, source in enumerate(run.inputs):
        directions = [
            [unit if each is source else _still(each) for each in run.inputs] for unit in _units(run.inputs[moving])
        ]
        for row, output in zip(blocks, run.outputs, strict=True):
            columns = [run.push_forward(output, direction) for direction in directions]
            row.append(_block(run, columns, output, source, True))
    return blocks


def _still(node: Node) -> Any:
    return 0.0 if isinstance(node, Value) else np.zeros(node.shape, node.dtype)


def _block(run: Run, slices: list[Any], output: Node, source: Node, columns: bool) -> Any:
    """The derivatives of one output by one input as one array, of the output's shape and then the input's."""
    of_output, of_source = shape_of(output), shape_of(source)
    if of_output == () == of_source and not isinstance(slices[0], Tensor):
        return slices[0]
    first, last = (of_source, of_output) if columns else (of_output, of_source)
    if run.as_nodes:
        whole: Any = stack(slices).reshape((*first, *last)) if slices else array_constant(np.zeros((*first, *last)))
        order = tuple(range(len(first), len(first) + len(last))) + tuple(range(len(first)))
        return whole.transpose(order) if columns and first and last else whole
    whole = np.array(slices, dtype=np.result_type(*slices) if slices else float).reshape((*first, *last))
    if not columns:
        return whole
    return np.moveaxis(whole, range(len(first)), range(len(last), len(last) + len(first)))
