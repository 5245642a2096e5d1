"""A function that always runs inside of a block: a plain one, a generator function, a coroutine function.

Not compiled, for a block asks for the frame of the generator that enters it, and compiled generators have none.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

__all__ = ["inside"]


def inside(block: AbstractContextManager[Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, inside of the block from its beginning to its end.

    >>> from autograd_core import Value, no_grad
    >>> @no_grad()
    ... def square(x):
    ...     return x * x
    >>> square(Value(3.0)).op
    'constant'
    """

    def plain(*args: Any, **options: Any) -> Any:
        with block:
            return function(*args, **options)

    def generator(*args: Any, **options: Any) -> Iterator[Any]:
        with block:
            return (yield from function(*args, **options))  # type: ignore[no-any-return]

    async def coroutine(*args: Any, **options: Any) -> Any:
        with block:
            return await function(*args, **options)

    async def asynchronous_generator(*args: Any, **options: Any) -> AsyncIterator[Any]:
        with block:
            async for each in function(*args, **options):
                yield each

    kinds: tuple[tuple[Callable[[Any], bool], Callable[..., Any]], ...] = (
        (inspect.isgeneratorfunction, generator),
        (inspect.iscoroutinefunction, coroutine),
        (inspect.isasyncgenfunction, asynchronous_generator),
    )
    called = next((each for is_one, each in kinds if is_one(function)), plain)
    return functools.wraps(function)(called)
