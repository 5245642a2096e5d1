"""Blocks and generators, which are suspended inside of them: who enters a block, and functions that always run in one.

Not compiled, for a block asks for the frame of the generator that enters it, and compiled generators have none.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from dis import opmap
from inspect import CO_ASYNC_GENERATOR, CO_GENERATOR
from types import FrameType
from typing import Any

__all__ = ["ENTERING", "entering_generator", "inside"]

#: Functions that enter a block for somebody else, their caller.
ENTERING = frozenset(("__enter__", "__aenter__", "enter_context", "enter_async_context"))
_SEND, _FOR_ITER = opmap["SEND"], opmap["FOR_ITER"]


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


def entering_generator(frame: FrameType | None) -> FrameType | None:
    """The generator that enters a block in a frame, itself or by a helper; None if a plain function does."""
    while frame is not None:
        code = frame.f_code
        if not code.co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR):
            if code.co_name not in ENTERING:
                return None
            frame = frame.f_back
            continue
        caller = frame.f_back
        if caller is None:
            break
        if _enters_for_others(caller):
            if caller.f_code.co_name not in ENTERING:
                return None
        elif not (
            caller.f_code.co_flags & code.co_flags & CO_GENERATOR and _instruction(caller) == _SEND  # yield from
        ):
            break
        frame = caller
    return frame


def _enters_for_others(caller: FrameType) -> bool:
    """Whether who resumes a generator makes a context manager of it."""
    if caller.f_code.co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR) or _instruction(caller) == _FOR_ITER:
        return False
    return caller.f_code.co_name in ENTERING or caller.f_globals.get("__name__", "").startswith(("_pytest.", "pluggy."))


def _instruction(frame: FrameType) -> int:
    """The opcode a frame is at."""
    code, position = frame.f_code.co_code, frame.f_lasti
    while position > 0 and code[position] == 0:  # the cache of the instruction before
        position -= 2
    return code[position]
