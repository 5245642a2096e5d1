"""What a person may give to be drawn besides nodes: a function at some numbers, a program, a model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from autograd_core import Program, Tensor, Value, leaves
from autograd_core.errors import InputTypeError, InputValueError, shortened
from autograd_core.program.as_graph import graph_of_program
from autograd_core.program.program import BatchedProgram
from autograd_core.transforms.argument_names import argument_names
from autograd_core.transforms.containers import leaves_in, map_leaves, named_leaves

__all__ = ["is_network", "refuse_options", "roots_of"]

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def is_network(given: Any) -> bool:
    """Whether it is drawn as circles: a model of layers, in which there are neurons or matrices."""
    layers = getattr(given, "layers", None)
    return isinstance(layers, list | tuple) and all(hasattr(each, "neurons") or hasattr(each, "W") for each in layers)


def refuse_options(options: Mapping[str, Any], function: Callable[..., Any], allowed: Collection[str]) -> None:
    """Raise an error if an option is given that a network of circles has not."""
    defaults = inspect.signature(function).parameters
    for name, given in options.items():
        default = defaults[name].default
        plain = isinstance(given, str | int | float) and given == default
        if name not in allowed and given is not default and not plain:
            raise InputValueError(
                f"draw: a network of circles has no {name}=; leave it out, or give numbers to draw the graph of one "
                f"call: draw(model, at=x, {name}={shortened(given)})"
            )


def roots_of(given: Any, at: Any) -> Any:
    """The nodes that are drawn of what a person gave.

    Examples
    --------
    >>> roots_of(lambda w, x: w * x, {"w": 2.0, "x": 3.0})[0].data
    6.0
    >>> roots_of(lambda w, x: w * x, None)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    autograd_core.errors.InputTypeError: draw: <lambda> is a function; give the numbers to call it at: ...
    """
    if isinstance(given, Program):
        names = given.signature.names
        by_name = isinstance(at, dict) and set(at) == set(names)
        arguments = [at[name] for name in names] if by_name else list(at) if isinstance(at, tuple) else [at]
        return _with_gradient(graph_of_program(given, None if at is None else arguments))
    if isinstance(given, BatchedProgram):
        raise InputTypeError("draw: this is a program for many examples; draw the one it was made of: draw(program)")
    if at is None:
        if callable(given) and not isinstance(given, Value | Tensor):
            raise _without_numbers(given)
        return given
    if not callable(given) or isinstance(given, Value | Tensor):
        raise InputTypeError(f"draw: at= is for a function or a model, and {shortened(given)} is none; leave it out")
    args, options = _arguments(given, at)
    own: list[Any] = []
    if not hasattr(given, "parameters"):  # what a model does with numbers is for the model to say
        names = tuple(argument_names(given, len(args), "x"))
        args = [_leaves_for(each, name, own) for each, name in zip(args, names, strict=True)]
        options = {name: _leaves_for(each, name, own) for name, each in options.items()}
    result = given(*args, **options)
    roots = [each for each in leaves_in(result) if isinstance(each, Value | Tensor)]
    if not roots:
        raise InputTypeError(f"draw: the function returned {shortened(result)}; let it return a Value or a Tensor")
    return _with_gradient(roots) if set(leaves(roots)) <= set(own) else roots


def _with_gradient(roots: list[Any]) -> list[Any]:
    """The same nodes, after a backward pass if it is one root of one number: all leaves were made for the picture."""
    if len(roots) == 1 and roots[0].differentiable and (isinstance(roots[0], Value) or roots[0].size == 1):
        roots[0].backward()
    return roots


def _arguments(function: Callable[..., Any], at: Any) -> tuple[list[Any], dict[str, Any]]:
    """A tuple as arguments, a dictionary as arguments by name, if the function takes them so; else the only one."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions have none
        return list(at) if isinstance(at, tuple) else [at], {}
    try:
        if isinstance(at, tuple):
            signature.bind(*at)
            return list(at), {}
        if isinstance(at, dict) and all(isinstance(name, str) for name in at):
            signature.bind(**at)
            return [], dict(at)
    except TypeError:
        pass
    try:
        signature.bind(at)
    except TypeError as error:
        raise InputValueError(f"draw: {_called(function)} does not take at={shortened(at)} ({error}); "
                              f"write {_example(function)}") from None  # fmt: skip
    return [at], {}


def _leaves_for(given: Any, name: str, own: list[Any]) -> Any:
    """What a function gets for numbers: for each and for each array a leaf, called as the argument and its place."""
    names = iter([each for each, _ in named_leaves(given, name)])

    def leaf(number: Any) -> Any:
        called = next(names)
        if isinstance(number, Value | Tensor | str | bool) or number is None or callable(number):
            return number
        own.append(Tensor(number, called) if np.ndim(number) else Value(number, called))
        return own[-1]

    return map_leaves(leaf, given)


def _without_numbers(function: Callable[..., Any]) -> InputTypeError:
    if isinstance(function, type):
        return InputTypeError(f"draw: {_called(function)} is a class; make a model of it, and draw that: draw(model)")
    what = "model" if hasattr(function, "parameters") else "function"
    return InputTypeError(
        f"draw: {_called(function)} is a {what}; give the numbers to call it at: {_example(function)}"
    )


def _called(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _example(function: Callable[..., Any]) -> str:
    """What to write to see the graph of a call, with the names of the arguments."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        parameters = {}.values()
    named = [each.name for each in parameters if each.default is each.empty and each.kind in _NAMED]
    numbers = ", ".join(f"{name!r}: 1.0" for name in named)
    model = hasattr(function, "parameters")
    return f"draw({'model' if model else 'f'}, at={'x' if model else f'{{{numbers}}}' if named else '(1.0, 2.0)'})"
