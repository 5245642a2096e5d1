"""What is true while a graph is recorded belongs to a context: a thread, a task, a generator."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import itertools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import autograd_core as ac
from autograd_core import Value, no_grad, scope
from autograd_core.scalar.blocks import branches_noted, differentiating, recording, unchecked, watched_by
from autograd_core.scalar.recording import Block, Watcher, current_state

WATCHER = Watcher()


def seen() -> tuple[object, ...]:
    """All that is true here and now."""
    state = current_state()
    return state.notes.scope, state.enabled, state.branches is None, state.watcher, state.variables


FRESH = seen()
#: Every block there is, and what is true inside of it.
BLOCKS: dict[str, tuple[Callable[[], Block], tuple[object, ...]]] = {
    "scope": (lambda: scope("inside"), ("inside", True, True, None, ())),
    "no_grad": (no_grad, ("", False, True, None, ())),
    "branches_noted": (lambda: branches_noted(()), ("", True, False, None, ())),
    "watched_by": (lambda: watched_by(WATCHER), ("", True, True, WATCHER, ())),
    "differentiating": (lambda: differentiating([1, 2]), ("", True, True, None, (1, 2))),
}
every_block = pytest.mark.parametrize(("block", "inside"), BLOCKS.values(), ids=BLOCKS)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    assert seen() == FRESH
    gc.freeze()  # what other tests left is not looked through
    yield
    gc.collect()
    assert seen() == FRESH


def in_thread(work: Callable[[], Any]) -> Any:
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    thread.join()
    return results[0]


# --- blocks -----------------------------------------------------------------------------------------------------------


@every_block
def test_a_block_holds_inside_and_not_outside(block: Callable[[], Block], inside: tuple[object, ...]) -> None:
    with block():
        assert seen() == inside
        with no_grad() if inside[2] else recording(True), scope("deeper"):
            assert seen() != inside
        assert seen() == inside
    assert seen() == FRESH


@every_block
def test_a_block_is_left_by_an_error(block: Callable[[], Block], inside: tuple[object, ...]) -> None:
    with pytest.raises(ZeroDivisionError), block():
        assert 1 / (seen() != inside)
    assert seen() == FRESH


@every_block
def test_a_block_can_be_kept_and_entered_again(block: Callable[[], Block], inside: tuple[object, ...]) -> None:
    kept = block()
    for _ in range(2):
        with kept:
            assert seen() == inside
            with kept:
                pass
            assert seen() == inside
        assert seen() == FRESH


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_blocks_left_in_any_order_leave_what_the_others_make(order: tuple[int, ...]) -> None:
    """As those of an ExitStack, of generators that are closed, or those entered by hand."""
    blocks = [no_grad(), scope("inside"), recording(True)]
    for block in blocks:
        block.__enter__()
    left: set[int] = set()
    for position in order:
        blocks[position].__exit__(None, None, None)
        left.add(position)
        enabled = True if 2 not in left else 0 in left
        assert seen() == ("" if 1 in left else "inside", enabled, True, None, ())


@every_block
def test_a_function_can_be_decorated(block: Callable[[], Block], inside: tuple[object, ...]) -> None:
    @block()
    def plain() -> Any:
        """Its text."""
        return seen()

    @block()
    def generator() -> Iterator[Any]:
        yield seen()
        yield seen()

    @block()
    async def coroutine() -> Any:
        await asyncio.sleep(0)
        return seen()

    @block()
    async def asynchronous_generator() -> AsyncIterator[Any]:
        yield seen()

    async def main() -> list[Any]:
        found = [await coroutine()]
        async for each in asynchronous_generator():
            assert seen() == FRESH
            found.append(each)
        return found

    assert plain() == inside
    assert plain.__doc__ == "Its text."
    found = []
    for each in generator():
        assert seen() == FRESH
        found.append(each)
    assert [*found, *asyncio.run(main())] == [inside] * 4


# --- threads and contexts ---------------------------------------------------------------------------------------------


@every_block
def test_a_thread_begins_with_nothing(block: Callable[[], Block], inside: tuple[object, ...]) -> None:
    with block():
        assert in_thread(seen) == FRESH
        assert seen() == inside


@every_block
def test_a_thread_that_ends_inside_hands_nothing_to_the_next(
    block: Callable[[], Block], inside: tuple[object, ...]
) -> None:
    """The next one often has the same number."""
    for _ in range(20):
        entered = block()
        assert in_thread(lambda entered=entered: (entered.__enter__(), seen())[1]) == inside  # type: ignore[misc]
        assert in_thread(seen) == FRESH


@every_block
def test_a_copied_context_keeps_what_was_true_when_it_was_copied(
    block: Callable[[], Block], inside: tuple[object, ...]
) -> None:
    before = contextvars.copy_context()
    with block():
        within = contextvars.copy_context()
        assert before.run(seen) == FRESH
    for _ in range(2):
        assert within.run(seen) == inside
        assert in_thread(lambda: within.run(seen)) == inside
        assert before.run(seen) == seen() == FRESH
    before.run(block().__enter__)
    assert before.run(seen) == inside
    assert seen() == FRESH


@every_block
def test_work_that_asyncio_gives_to_a_thread_is_inside_too(
    block: Callable[[], Block], inside: tuple[object, ...]
) -> None:
    async def main() -> Any:
        with block():
            return await asyncio.to_thread(seen)

    assert asyncio.run(main()) == inside


# --- tasks ------------------------------------------------------------------------------------------------------------


@every_block
def test_a_task_inherits_what_was_true_when_it_was_made(block: Callable[[], Block], inside: tuple[object, ...]) -> None:
    async def ask() -> Any:
        await asyncio.sleep(0)
        return seen()

    async def main() -> Any:
        outside = asyncio.create_task(ask())
        with block():
            within = asyncio.create_task(ask())
            assert await outside == FRESH
            assert seen() == inside
        assert seen() == FRESH
        return await within

    assert asyncio.run(main()) == inside


def test_of_a_thousand_tasks_none_sees_the_state_of_another() -> None:
    async def work(number: int) -> None:
        mine = (f"task {number}", number % 2 == 0, True, None, ())
        for turn in range(3):
            with scope(f"task {number}"):
                await asyncio.sleep(0)
                with recording(number % 2 == 0):
                    assert seen() == mine
                    await asyncio.sleep(0.0001 * (number * 7 % 5))
                    assert seen() == mine
                    node = Value(1.0) * 2.0
                    assert (node.scope, node.differentiable) == mine[:2]
                await asyncio.sleep(0)
                assert seen() == (f"task {number}", True, True, None, ()), turn
            assert seen() == FRESH

    async def main() -> None:
        await asyncio.gather(*(work(number) for number in range(1000)))

    asyncio.run(main())


# --- generators -------------------------------------------------------------------------------------------------------


@every_block
def test_a_generator_keeps_its_blocks_to_itself(block: Callable[[], Block], inside: tuple[object, ...]) -> None:
    def batches() -> Iterator[Any]:
        with block():
            for _ in range(3):
                yield seen()

    for each in batches():
        assert each == inside
        assert seen() == FRESH
        with scope("body"):
            assert seen() == ("body", *FRESH[1:])
            assert (Value(3.0) * 2.0).differentiable
        assert in_thread(seen) == FRESH


@every_block
def test_what_a_generator_calls_is_inside(block: Callable[[], Block], inside: tuple[object, ...]) -> None:
    def inner() -> Iterator[Any]:
        yield seen()

    def outer() -> Iterator[Any]:
        with block():
            yield seen()
            yield from inner()
            yield next(inner())
            yield from (seen() for _ in range(2))

    assert list(outer()) == [inside] * 5


@every_block
def test_a_block_of_a_generator_that_another_one_hands_on(
    block: Callable[[], Block], inside: tuple[object, ...]
) -> None:
    def batches() -> Iterator[Any]:
        with block():
            yield seen()
            yield seen()

    def delegating() -> Iterator[Any]:
        yield from batches()

    def looping() -> Iterator[Any]:
        for each in batches():
            assert seen() == FRESH
            yield each
            assert seen() == FRESH

    for each in itertools.chain(delegating(), looping(), zip(batches(), [0, 1], strict=False)):
        assert each in (inside, (inside, 0), (inside, 1))
        assert seen() == FRESH


def test_when_a_generator_goes_on_its_blocks_are_the_inner_ones() -> None:
    def recorded() -> Iterator[Any]:
        with recording(True), scope("generator"):
            yield seen()
            yield seen()

    numbers = recorded()
    assert next(numbers)[:2] == ("generator", True)
    with no_grad(), scope("body"):
        assert seen()[:2] == ("body", False)
        assert next(numbers)[:2] == ("body/generator", True)
        assert seen()[:2] == ("body", False)
    numbers.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("end", ["close", "throw", "forget", "exhaust"])
@every_block
def test_a_generator_that_ends_in_the_middle_of_a_block_of_its_caller(
    block: Callable[[], Block], inside: tuple[object, ...], end: str
) -> None:
    def held() -> Iterator[Any]:
        with block():
            yield seen()

    generator: Any = held()
    assert next(generator) == inside
    with scope("body"), recording(True):
        if end == "close":
            generator.close()
        elif end == "throw":
            with pytest.raises(ZeroDivisionError):
                generator.throw(ZeroDivisionError)
        elif end == "exhaust":
            assert list(generator) == []
        del generator
        assert seen() == ("body", *FRESH[1:])
    assert seen() == FRESH


@every_block
def test_two_generators_take_turns(block: Callable[[], Block], inside: tuple[object, ...]) -> None:
    def one() -> Iterator[Any]:
        with block():
            yield seen()
            yield seen()

    def other() -> Iterator[Any]:
        with scope("other"), recording(False):
            yield seen()
            yield seen()

    for mine, its in zip(one(), other(), strict=True):
        assert mine == inside
        assert its == ("other", False, *FRESH[2:])
        assert seen() == FRESH


@every_block
def test_a_block_entered_by_hand_or_by_an_exit_stack_of_a_generator(
    block: Callable[[], Block], inside: tuple[object, ...]
) -> None:
    class ByHand:
        def __enter__(self) -> None:
            self.block = block()
            self.block.__enter__()

        def __exit__(self, *_: object) -> None:
            self.block.__exit__(None, None, None)

    def stacked() -> Iterator[Any]:
        with contextlib.ExitStack() as stack:
            stack.enter_context(block())
            yield seen()

    def by_hand() -> Iterator[Any]:
        with ByHand():
            yield seen()

    for each in itertools.chain(stacked(), by_hand()):
        assert each == inside
        assert seen() == FRESH
    with ByHand():
        assert seen() == inside


# --- generators that are context managers -----------------------------------------------------------------------------


@every_block
def test_a_context_manager_made_of_a_generator_acts_on_the_block_it_manages(
    block: Callable[[], Block], inside: tuple[object, ...]
) -> None:
    @contextlib.contextmanager
    def managed() -> Iterator[None]:
        with block():
            yield

    @contextlib.contextmanager
    def delegating() -> Iterator[None]:
        yield from managed_body()

    def managed_body() -> Iterator[None]:
        with block():
            yield

    def batches() -> Iterator[Any]:
        with managed():
            yield seen()

    @managed()
    def decorated() -> Any:
        return seen()

    class ByHand:
        def __enter__(self) -> None:
            self.generator = managed_body()
            next(self.generator)

        def __exit__(self, *_: object) -> None:
            next(self.generator, None)

    for manager in (managed, delegating, ByHand):
        with manager():
            assert seen() == inside
            with scope("deeper"):
                pass
            assert seen() == inside
        assert seen() == FRESH
    with contextlib.ExitStack() as stack:
        stack.enter_context(managed())
        assert seen() == inside
    assert decorated() == inside
    for each in batches():
        assert each == inside
        assert seen() == FRESH


def test_a_loop_inside_of_a_context_manager_is_a_loop() -> None:
    def batches() -> Iterator[None]:
        with no_grad():
            yield

    class Manager:
        def __enter__(self) -> list[Any]:
            return [seen() for _ in batches()]

        def __exit__(self, *_: object) -> None:
            pass

    @contextlib.contextmanager
    def managed() -> Iterator[Any]:
        for _ in batches():
            yield seen()

    with Manager() as found, managed() as its:
        assert [*found, its, seen()] == [FRESH] * 3


@every_block
def test_an_asynchronous_context_manager_and_an_asynchronous_generator(
    block: Callable[[], Block], inside: tuple[object, ...]
) -> None:
    @contextlib.asynccontextmanager
    async def managed() -> AsyncIterator[None]:
        with block():
            await asyncio.sleep(0)
            yield
            await asyncio.sleep(0)

    async def batches() -> AsyncIterator[Any]:
        with block():
            for _ in range(2):
                await asyncio.sleep(0)
                yield seen()

    async def main() -> None:
        async with managed():
            assert seen() == inside
            await asyncio.sleep(0)
            assert seen() == inside
        assert seen() == FRESH
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(managed())
            assert seen() == inside
        async for each in batches():
            assert each == inside
            assert seen() == FRESH
            assert await asyncio.create_task(ask()) == FRESH
        left = batches()
        assert await anext(left) == inside
        del left  # the loop closes it, in a task of its own
        gc.collect()
        await asyncio.sleep(0)
        assert seen() == FRESH

    async def ask() -> Any:
        return seen()

    asyncio.run(main())


def test_an_asynchronous_generator_that_ends_in_another_task_leaves_nothing() -> None:
    async def batches() -> AsyncIterator[Any]:
        with no_grad():
            yield seen()

    async def main() -> None:
        generator: Any = batches()
        assert (await anext(generator))[1] is False
        await asyncio.create_task(generator.aclose())
        assert seen() == FRESH
        assert (Value(1.0) * 2).differentiable

    asyncio.run(main())


@pytest.fixture
def _unrecorded() -> Iterator[None]:
    with no_grad():
        yield


@pytest.mark.usefixtures("_unrecorded")
def test_a_fixture_of_pytest_acts_on_the_test() -> None:
    assert not (Value(2.0) * 3.0).differentiable
    with recording(True):
        pass


# --- interplay --------------------------------------------------------------------------------------------------------


def test_detect_anomaly_and_unchecked_belong_to_a_context_too() -> None:
    def detecting() -> Iterator[None]:
        with ac.detect_anomaly():
            yield
            with pytest.raises(ac.AnomalyError):
                ac.log(Value(0.0))
            with unchecked():
                yield
                ac.log(Value(0.0))
            yield

    for _ in detecting():
        assert ac.log(Value(0.0)).place is None


def test_the_variables_of_a_transform_are_not_those_of_another_task() -> None:
    """A number that a suspended transform differentiates by is no variable of the others."""

    def nested(x: Value) -> Value:
        slopes.append(contextvars.copy_context().run(lambda: ac.grad(lambda y: y * y)(2.0)))
        return x * ac.grad(lambda y: x * y)(3.0)  # type: ignore[no-any-return]

    slopes: list[Any] = []
    assert ac.grad(nested)(5.0) == 10.0
    assert slopes == [4.0]
    assert in_thread(lambda: ac.grad(lambda y: y * y)(2.0)) == 4.0
