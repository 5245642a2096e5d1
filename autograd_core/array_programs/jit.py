"""jit: a function recorded when that is needed, and replayed when it is possible."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..errors import InputTypeError, shortened
from .jitted import Jitted

__all__ = ["jit"]


def jit(
    f: Callable[..., Any] | None = None,
    *,
    static_argnums: int | Iterable[int] = (),
    static_argnames: str | Iterable[str] = (),
    arrays: str = "tensors",
    max_programs: int = 64,
    parameters: Sequence[Any] | None = None,
) -> Any:
    """Make a function that records `f` when it has to, and replays what it recorded when it can.

    The first call with a structure (containers, shapes, static arguments) runs `f` on nodes and keeps the program;
    another call with that structure replays it without a node. Where a Python branch would go the other way, another
    program is recorded, and both are kept. Of what `f` finds around itself, Values and Tensors have the numbers that
    they have at each call; Python's numbers and plain arrays stay as they were.

    Parameters
    ----------
    f
        A function of numbers, NumPy arrays, and containers of them. It gets a Value for a number and a Tensor for an
        array. With nodes among its arguments, or inside of a transform, it is called as it is: so ``grad(jit(f))`` and
        ``hessian(jit(f))`` are those of `f`. The replayed gradient is ``jit(f).value_and_grad`` or ``jit(grad(f))``.
    static_argnums, static_argnames
        Positions or names of arguments that `f` gets as they are, however they are given; for each other value of them
        it is recorded anew.
    arrays
        ``"tensors"``, or ``"values"`` if `f` shall get an array of Values for an array.
    max_programs
        How many programs are kept; those not used for longest are forgotten first.
    parameters
        Leaves that `f` finds around itself, as those of a model, if their numbers shall be arguments: calls have one
        argument more, the first, a list with a number for each Value and an array for each Tensor. Such a function is
        replayed or refused, for it cannot be computed as it is.

    Returns
    -------
    Jitted
        A function; its attribute `programs` shows what was recorded.

    Raises
    ------
    InputTypeError, InputValueError
        If an option is not as described; on the call if an argument is none of these and not static.
    LeavesGraphError
        On the call if `f` would freeze a number that depends on an argument, as ``float(x)``, ``x == 1`` and ``t.data``
        would: the message says what, at which line, and what to write.

    Warns
    -----
    NotReplayedWarning
        If the first replay of a program gives something else than `f` (is it random?); from then on `f` itself is
        called.

    Examples
    --------
    >>> import numpy as np
    >>> @jit
    ... def loss(w, x):
    ...     return ((x @ w) ** 2).sum()
    >>> w, x = np.array([1.0, 2.0]), np.array([[3.0, 4.0]])
    >>> loss(w, x), loss.grad(w, x).tolist()
    (121.0, [66.0, 88.0])
    >>> loss.programs
    (<(array (2,), array (1, 2)): 3 instructions on arrays, 0 on numbers, 1 replays>,)
    """
    options: dict[str, Any] = {
        "static_argnums": static_argnums, "static_argnames": static_argnames, "arrays": arrays,
        "max_programs": max_programs, "parameters": parameters,
    }  # fmt: skip
    if f is None:
        return functools.partial(jit, **options)
    if not callable(f):
        raise InputTypeError(f"jit: {shortened(f)} is not a function; write jit(f), or jit(f, static_argnums=(1,))")
    return Jitted(f, **options)
