"""Functions to functions: from f to its derivatives. Results can be transformed again, to any order and in any mixture.

Arguments are numbers, Values, arrays, Tensors, and containers of these (dict, list, tuple, dataclass). Numbers and
arrays give numbers and arrays; Values and Tensors give nodes that can be differentiated again. No node's ``grad`` is
changed.

Source: A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM (2008), chapters 3 to 5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from .containers import is_container, leaves_in, map_leaves, put_together
from .differentiation import Node, Run, checked_function, positions_from
from .errors import InputTypeError, InputValueError
from .tensor import Tensor, array_constant
from .tensor_functions import stack
from .value import Value, constant

__all__ = ["gauss_newton_vp", "grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]

Mode: TypeAlias = Literal["auto", "forward", "reverse"]


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., tuple[Any, Any]]:
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

    def value_and_gradient(*args: Any, **options: Any) -> tuple[Any, Any]:
        positions = positions_from(argnums, len(args))
        run = Run(f, args, options, positions)
        output = _only_scalar(run)
        gradients = run.in_arguments(run.pull_back(output))
        value = output if run.as_nodes else output.item() if isinstance(output, Tensor) else output.data
        return value, gradients if isinstance(argnums, Sequence) else gradients[0]

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
    primals, tangents = _several(primals, "jvp: primals"), _several(tangents, "jvp: tangents")
    run = Run(checked_function(f, "jvp"), primals, {}, range(len(primals)))
    run.as_nodes = run.as_nodes or any(isinstance(each, Value | Tensor) for each in leaves_in(tangents))
    moving = _like(run.inputs, primals, tangents, "the tangents", "the primals")
    moved = [run.push_forward(output, moving) for output in run.outputs]
    values = [run.as_given(output) for output in run.outputs]
    return put_together(run.result, values), put_together(run.result, moved)


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
    if mode not in ("auto", "forward", "reverse"):
        raise InputValueError(f"jacobian: mode={mode!r}; write 'auto', 'forward' or 'reverse'")

    def jacobian_of(*args: Any, **options: Any) -> Any:
        run = Run(f, args, options, positions_from(argnums, len(args)))
        forward = mode == "forward" or (mode == "auto" and _size(run.inputs) < _size(run.outputs))
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
    primals = _several(primals, "hvp: primals")
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
    primals = _several(primals, "gauss_newton_vp: primals")
    prediction, moved = jvp(checked_function(model, "gauss_newton_vp"), primals, tangents)
    [curved] = hvp(checked_function(loss, "gauss_newton_vp"), (prediction,), (moved,))
    return vjp(model, *primals)[1](curved)


# --- pieces ---------------------------------------------------------------------------------------------------------


def _only_scalar(run: Run) -> Node:
    """The one output, if it is one number."""
    if not is_container(run.result) and _size(run.outputs) == 1:
        return run.outputs[0]
    raise InputTypeError(
        f"the function returned {run.result!r}, and only a scalar has a gradient; return one number, such as a sum"
    )


def _several(given: Any, what: str) -> tuple[Any, ...]:
    if not isinstance(given, list | tuple):
        raise InputTypeError(f"{what}: {given!r}; give a tuple with something for each argument, such as (x,)")
    return tuple(given)


def _like(nodes: Sequence[Node], tree: Any, given: Any, what: str, of: str) -> list[Any]:
    """The leaves of a container that must be like another one, as upstream gradients or tangents of its nodes."""
    try:
        placed: list[tuple[Node, Any]] = list(zip(nodes, _leaves_beside(tree, given), strict=True))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputValueError(f"{what} {given!r} does not have the structure of {of}, {tree!r}") from None
    leaves = []
    for node, leaf in placed:
        shape = () if isinstance(node, Value) else node.shape
        if np.shape(leaf.data if isinstance(leaf, Value | Tensor) else leaf) != shape:
            raise InputValueError(f"{what}: {leaf!r} stands where shape {shape} is needed; give numbers like {of}")
        leaves.append(leaf)
    return leaves


def _leaves_beside(tree: Any, given: Any) -> list[Any]:
    """The leaves of `given` in the order of those of `tree`, or an error if the structures differ."""
    if isinstance(tree, dict):
        if given.keys() != tree.keys():
            raise KeyError("other keys")
        return [leaf for key in tree for leaf in _leaves_beside(tree[key], given[key])]
    if isinstance(tree, list | tuple):
        if not isinstance(given, list | tuple):
            raise TypeError("not a sequence")
        pairs = zip(tree, given, strict=True)
        return [leaf for part, its in pairs for leaf in _leaves_beside(part, its)]
    if hasattr(tree, "__dataclass_fields__"):
        names = tree.__dataclass_fields__
        return [leaf for name in names for leaf in _leaves_beside(getattr(tree, name), getattr(given, name))]
    if isinstance(tree, np.ndarray) and tree.dtype == object:
        return list(np.asarray(given).reshape(tree.shape).ravel())
    if isinstance(given, dict | list | tuple):
        given = np.array(given, dtype=float)
    return [given]


def _size(nodes: Sequence[Node]) -> int:
    return sum(1 if isinstance(node, Value) else node.size for node in nodes)


def _shape(node: Node) -> tuple[int, ...]:
    return () if isinstance(node, Value) else node.shape


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
    of_output, of_source = _shape(output), _shape(source)
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
        return constant(leaf.data, leaf.label)
    return array_constant(leaf.data, leaf.label) if isinstance(leaf, Tensor) else leaf
