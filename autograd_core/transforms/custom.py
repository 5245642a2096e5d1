"""Functions that are one node of the graph: with a derivative of their own, or computed again instead of stored."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ..array.functions import tensor_from
from ..array.operations import CAREFUL, PLAIN, Every, Operation
from ..array.tensor import Tensor, array_constant, as_tensor, record
from ..array.walks import topological_order
from ..derivatives.gradients import gradient_arrays, gradient_nodes
from ..derivatives.push_forward import push_forward, push_forward_nodes
from ..errors import InputTypeError, InputValueError
from ..scalar.blocks import recording
from ..scalar.conversion import real_array
from ..scalar.value import Value
from .run import checked_function

__all__ = ["checkpoint", "custom_derivative"]

Positions: TypeAlias = tuple[int, ...]


def custom_derivative(
    f: Callable[..., Any], *, vjp: Callable[..., Any], jvp: Callable[..., Any] | None = None
) -> Callable[..., Any]:
    """Give a function a derivative of its own, instead of that of the operations inside it.

    Parameters
    ----------
    f
        From plain arrays (numbers as arrays without axes) to an array or number. It may do anything: call another
        library, iterate to a fixed point.
    vjp
        ``vjp(u, z, *args)`` gives the product uᵀJ for each argument, as a tuple: u is the upstream gradient, of the
        shape of the result z. None in the tuple stands for 0. Written with the functions of autograd_core it can be
        differentiated again.
    jvp
        ``jvp(tangents, z, *args)`` gives the tangent of z, for tangents of all arguments; for forward mode.

    Returns
    -------
    callable
        A function of Tensors, Values, arrays and numbers whose result is one node, a Tensor.

    Raises
    ------
    InputTypeError, InputValueError
        On the call if an argument is not an array of real numbers; in the backward pass if `vjp` does not give one
        product for each argument; in forward mode if there is no `jvp`.

    Notes
    -----
    The derivative is believed as it is given. Compare it with differences of `f` before you trust it:
    ``check_gradients(lambda x: function(x).sum(), Tensor(x))`` does, and names this node if they differ.

    Examples
    --------
    A square root by Newton's iteration, which nobody wants to differentiate step by step:

    >>> from autograd_core import grad
    >>> def iterate(x):
    ...     z = x
    ...     for _ in range(60):
    ...         z = 0.5 * (z + x / z)
    ...     return z
    >>> root = custom_derivative(iterate, vjp=lambda u, z, x: (u / (2 * z),))
    >>> grad(root)(9.0), grad(grad(root))(4.0)
    (0.16666666666666666, -0.03125)
    """
    checked_function(f, "custom_derivative")
    checked_function(vjp, "custom_derivative: vjp")
    name = getattr(f, "__name__", "custom").strip("<>")

    def forward(*inputs: Any) -> Any:
        return real_array(f(*inputs), f"the result of {name}")

    def pulled_back(wanted: Positions, _: Any, g: Any, z: Any, inputs: tuple[Any, ...]) -> dict[int, Any]:
        products = vjp(g, z, *inputs)
        if not isinstance(products, tuple | list) or len(products) != len(inputs):
            raise InputValueError(
                f"custom_derivative: vjp of {name} gave {products!r}; give a tuple with one product for each of "
                f"{len(inputs)} argument(s)"
            )
        return {position: products[position] for position in wanted}

    def pushed_forward(position: int, _: Any, t: Any, z: Any, *inputs: Any) -> Any:
        if jvp is None:
            raise InputTypeError(
                f"custom_derivative: {name} has no derivative for forward mode; give jvp=, or use reverse mode "
                "(jacobian(f, mode='reverse'), or grad of grad instead of hessian)"
            )
        tangents = [t if each == position else 0.0 * inputs[each] for each in range(len(inputs))]
        return jvp(tangents, z, *inputs)

    @functools.wraps(f)
    def function(*args: Any) -> Tensor:
        return _one_node(name, args, forward, pulled_back, pushed_forward)

    return function


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function whose inside is not stored: the backward pass computes it again.

    The memory of the graph inside of `f` is given back at once; in exchange `f` runs a second time in the backward
    pass. A chain of n pieces, each checkpointed, needs the memory of n results and one inside.

    Parameters
    ----------
    f
        A function of Tensors that returns one node. All nodes it uses must be arguments of it; it must compute the same
        each time it runs.

    Returns
    -------
    callable
        A function of Tensors, Values, arrays and numbers; its result is one node, a Tensor.

    Raises
    ------
    InputTypeError
        On the call, if `f` uses a node that it was not given, for the gradient of that would be lost; or does not
        return one node.

    Notes
    -----
    A. Griewank, "Achieving logarithmic growth of temporal and spatial complexity in reverse automatic differentiation",
    Optimization Methods and Software 1 (1992).

    Examples
    --------
    >>> from autograd_core import tanh, topological_order
    >>> x = Tensor([0.5, -1.0])
    >>> z = checkpoint(lambda x: tanh(tanh(tanh(x))).sum())(x)
    >>> len(topological_order(z))
    2
    >>> z.backward()
    >>> x.grad.round(4).tolist()
    [0.5339, 0.1677]
    """
    name = getattr(checked_function(f, "checkpoint"), "__name__", "function").strip("<>")

    def inside(inputs: Any, wanted: Positions | None = None) -> tuple[list[Tensor], Tensor]:
        """Run f on nodes of its own; they, and the result."""
        with recording(True):
            nodes = [_node_of_its_own(each, wanted is None or i in wanted) for i, each in enumerate(inputs)]
            result = f(*nodes)
            if not isinstance(result, Tensor | Value):
                raise InputTypeError(f"checkpoint: {name} returned {result!r}; return one Tensor")
            return nodes, as_tensor(result, name)

    def forward(*inputs: Any) -> Any:
        nodes, result = inside(inputs)
        given = set(nodes)
        for node in topological_order(result):
            if not node.parents and node.differentiable and node not in given:
                raise InputTypeError(
                    f"checkpoint: {name} uses {node!r}, which it was not given, and its gradient would be lost; "
                    "make it an argument"
                )
        return result.data

    def pulled_back(wanted: Positions, functions: Any, g: Any, z: Any, inputs: tuple[Any, ...]) -> dict[int, Any]:
        nodes, result = inside(inputs, wanted)
        pull = gradient_arrays if functions in (PLAIN, CAREFUL) else gradient_nodes
        return dict(zip(wanted, pull(result, [nodes[position] for position in wanted], g), strict=True))

    def pushed_forward(position: int, functions: Any, t: Any, z: Any, *inputs: Any) -> Any:
        nodes, result = inside(inputs)
        if functions in (PLAIN, CAREFUL):
            return push_forward(result, {nodes[position]: t})
        return push_forward_nodes(result, {nodes[position]: t})

    @functools.wraps(f)
    def function(*args: Any) -> Tensor:
        return _one_node(name, args, forward, pulled_back, pushed_forward)

    return function


def _one_node(
    name: str, args: tuple[Any, ...], forward: Callable[..., Any], pulled_back: Callable[..., Any], pushed_forward: Any
) -> Tensor:
    operands = tuple(tensor_from(each, name) for each in args)
    wanted = tuple(position for position, operand in enumerate(operands) if operand.differentiable)
    products = Every(_AllAtOnce(functools.partial(pulled_back, wanted)))
    return record(Operation(name, forward, products, Every(pushed_forward)), operands)


class _AllAtOnce:
    """A rule that computes the products for all arguments when asked for the first, and hands them out one by one."""

    def __init__(self, compute: Callable[..., dict[int, Any]]) -> None:
        self._compute = compute
        self._of_thread = threading.local()

    def __call__(self, position: int, functions: Any, g: Any, z: Any, *inputs: Any) -> Any:
        key, products = getattr(self._of_thread, "last", ((), {}))
        if position not in products or any(one is not other for one, other in zip(key, (functions, g, z), strict=True)):
            key, products = (functions, g, z), self._compute(functions, g, z, inputs)
        product = products.pop(position)
        self._of_thread.last = (key, products) if products else ((), {})
        return product


def _node_of_its_own(given: Any, differentiable: bool) -> Tensor:
    if isinstance(given, Tensor):
        return +given
    return Tensor(given) if differentiable and np.asarray(given).dtype.kind == "f" else array_constant(given)
