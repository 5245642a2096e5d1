"""What interrupts, forks and reloads leave behind: nothing. AUTOGRAD_CORE_MANY=1 tries thousands of moments."""

from __future__ import annotations

import contextlib
import contextvars
import gc
import importlib
import os
import random
import signal
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import autograd_core as ac
from autograd_core import Tensor, Value, no_grad, scope
from autograd_core.scalar.blocks import branches_noted, recording, unchecked
from autograd_core.scalar.recording import current_state, recorders

MANY = os.environ.get("AUTOGRAD_CORE_MANY") == "1"
INTERRUPTS = 2000 if MANY else 100  # of each of five works
FORKS = 150 if MANY else 5  # in each of two moments

has_signals = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no signals of timers on Windows")
has_forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks on Windows")


def seen() -> tuple[object, ...]:
    """All that is true here and now."""
    state = current_state()
    return state.notes.scope, state.enabled, state.branches, state.watcher, state.variables


FRESH = seen()


# --- interrupts -------------------------------------------------------------------------------------------------------


class Interrupted(BaseException):
    """As a KeyboardInterrupt, but one that those who run the tests do not take for their own."""


rung: list[int] = []
dropped: list[object] = []


def interrupt(number: int, frame: object) -> None:
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    rung.append(number)
    raise Interrupted


@pytest.fixture
def _alarm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def drop(what: Any) -> None:
        # Python drops what is raised in a callback of its collector, and hypothesis has one, or in a method __del__.
        if what.exc_type is Interrupted and (what.object in gc.callbacks or what.object.__name__ == "__del__"):
            dropped.append(what.object)
        else:
            hook(what)

    hook = sys.unraisablehook
    monkeypatch.setattr(sys, "unraisablehook", drop)
    before = signal.signal(signal.SIGALRM, interrupt)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    signal.signal(signal.SIGALRM, before)


def _until_rung(work: Callable[[], object]) -> None:
    while not rung:
        work()


def interrupted(work: Callable[[], object], seconds: float) -> Interrupted:
    """Do it again and again, until the interrupt comes."""
    while True:
        rung.clear()
        dropped.clear()
        try:
            # And again each 50 ms: once in some thousand times Python overlooks a signal until the next one comes.
            signal.setitimer(signal.ITIMER_REAL, seconds, 0.05)
            # In a call: where a loop jumps back, Python 3.13 takes an interrupt for one outside of the try.
            _until_rung(work)
        except Interrupted as error:
            return error
        if not dropped:
            pytest.fail("an interrupt was lost")


def batches() -> Iterator[Value]:
    with no_grad(), scope("batch"):
        for _ in range(2):
            yield Value(2.0) * 3.0


x = Value(0.5, "x")
w = Tensor([1.0, 2.0], "w")


def blocks() -> None:
    with no_grad(), scope("a"):
        with recording(True), scope("b"):
            x * 2.0
        with ac.detect_anomaly(), unchecked():
            x * 2.0
    with branches_noted(()), scope("c"):
        x * 2.0


def generators() -> None:
    for _ in batches():
        x * 2.0


def transforms() -> None:
    ac.grad(lambda y: y * ac.grad(lambda z: z * y)(2.0))(3.0)
    ac.record(lambda y: y * 2 if y > 0 else y, 1.0)


def passes() -> None:
    (x * x).tanh().backward()
    (w * w).sum().backward()


def checks() -> None:
    ac.check_gradients(lambda a, b: (a * a).tanh() + (b * b).sum(), x, w)


@has_signals
@pytest.mark.usefixtures("_alarm")
@pytest.mark.parametrize("work", [blocks, generators, transforms, passes, checks], ids=lambda work: work.__name__)
def test_an_interrupt_leaves_no_block_entered(work: Callable[[], None]) -> None:
    """Also while its traceback lives. Uncompiled, one in the very ``__exit__`` of a block can leave it entered."""
    work()
    moments, kept = random.Random(12), []
    for _ in range(INTERRUPTS):
        context = contextvars.Context()
        error = context.run(interrupted, work, moments.uniform(1e-5, 2e-3))
        kept.append(error)
        lost = context.run(seen) != FRESH or x.data != 0.5 or w.data.tolist() != [1.0, 2.0]
        if lost and not ac.compiled:
            frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
            assert any(
                frame.f_code.co_name == "__exit__" and frame.f_globals["__name__"].startswith("autograd_core.")
                for frame in frames
            ), [(frame.f_code.co_name, frame.f_code.co_filename) for frame in frames]
            x.data, w.data = 0.5, [1.0, 2.0]
        else:
            assert not lost
        del kept[:-50]


@has_signals
@pytest.mark.usefixtures("_alarm")
def test_a_backward_pass_after_an_interrupted_one_is_right() -> None:
    moments = random.Random(12)
    for _ in range(INTERRUPTS):
        interrupted(passes, moments.uniform(1e-5, 2e-3))
        x.zero_grad()
        w.zero_grad()
        (x * x + (w * w).sum()).backward()
        assert x.grad == 1.0
        assert w.grad.tolist() == [2.0, 4.0]


def never_there() -> Iterator[Value]:
    """Inputs of a program, interrupted before the first is there."""
    raise Interrupted
    yield Value(1.0)


@pytest.mark.parametrize(
    "begin", [lambda: branches_noted.__new__(branches_noted), lambda: branches_noted(never_there())]
)
def test_a_recording_that_was_not_begun_is_not_ended(begin: Callable[[], object]) -> None:
    """Else later recordings would be taken for none, and what a number freezes would no more be seen."""
    gc.collect()  # of earlier tests
    before = recorders.count
    with contextlib.suppress(Interrupted):
        begin()
    gc.collect()
    assert recorders.count == before
    with pytest.raises(ac.LeavesGraphError):
        ac.record(lambda y: 2 * y if y == 1 else -y, 3.0)


# --- forks ------------------------------------------------------------------------------------------------------------

CHILDREN = """
import os, signal, sys, threading, time, warnings
import autograd_core as ac
from autograd_core import Tensor, Value
warnings.simplefilter("ignore")  # Python 3.12 warns of forks beside threads; that is what is tried here

def children(at, work):
    '''Fork when told, let each child work, and count those that did within ten seconds.'''
    done = 0
    for _ in range(int(sys.argv[1])):
        at.wait()
        at.clear()
        child = os.fork()
        if not child:
            signal.alarm(10)
            os._exit(0 if work() else 1)
        done += os.waitpid(child, 0)[1] == 0
    print(done)
    sys.stdout.flush()
    os._exit(0)
"""


def forked(code: str) -> int:
    """How many of the children did their work."""
    done = subprocess.run(
        [sys.executable, "-c", CHILDREN + textwrap.dedent(code), str(FORKS)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30 + 12 * FORKS,
    )
    return int(done.stdout)


@pytest.mark.slow
@has_forks
def test_a_child_forked_while_another_thread_walks_can_walk() -> None:
    done = forked("""
        walking = threading.Event()
        def slope(g, z, x):
            walking.set()
            time.sleep(0.02)
            return (g * 2 * x,)
        square = ac.custom_derivative(lambda x: x * x, vjp=slope)
        def walk():
            while True:
                square(Tensor([3.0])).sum().backward()
        threading.Thread(target=walk, daemon=True).start()
        def work():
            x = Value(3.0)
            (x * x).backward()
            y = Tensor([3.0])
            (y * y).sum().backward()
            return x.grad == y.grad.item() == 6.0 and len(ac.topological_order(x * x)) == 2
        children(walking, work)
    """)
    assert done == FORKS


@pytest.mark.slow
@has_forks
def test_a_child_forked_while_another_thread_releases_nodes_can_release() -> None:
    done = forked("""
        releasing, released = threading.Event(), []
        class Derived(Value):
            pass
        class Slow:
            def __del__(self):
                releasing.set()
                time.sleep(0.02)
        class Quick:
            def __del__(self):
                released.append(1)
        def chain(held):
            node = Derived(1.0)
            node.held = held
            for _ in range(3):
                node = node * 2.0
        def release():
            while True:
                chain(Slow())
        threading.Thread(target=release, daemon=True).start()
        def work():
            chain(Quick())
            return len(released) == 1
        children(releasing, work)
    """)
    assert done == FORKS


# --- reloads ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["scalar.recording", "formulas.rules", "array.tensor", "scalar.value"])
def test_nodes_made_before_and_after_a_reload_are_of_one_class(name: str) -> None:
    module = importlib.import_module(f"autograd_core.{name}")
    spec, old, older = module.__spec__, Value(2.0, "old"), Tensor([2.0])
    with pytest.warns(RuntimeWarning, match=f"autograd_core.{name} stays as it was .* restart the kernel"):
        assert importlib.reload(module) is module
    assert module.__spec__ is spec
    value, tensor = (importlib.import_module(f"autograd_core.{each}") for each in ("scalar.value", "array.tensor"))
    new, newer = value.Value(3.0, "new"), tensor.Tensor([3.0])
    assert ((old * 3.0).data, (old * new).data, ac.tanh(new).op) == (6.0, 6.0, "tanh")
    assert ((older * 3.0).item(), (older * newer).item(), ac.tanh(newer).op) == (6.0, 6.0, "tanh")
    with no_grad():
        assert not (old * new).differentiable
    (old * new).backward()
    assert (old.grad, new.grad) == (3.0, 2.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        *("errors", "scalar.hooks", "scalar.making", "scalar.walks", "scalar.reverse"),
        *("array.functions", "transforms.gradients", "program.program"),
    ],
)
def test_other_modules_can_be_reloaded(name: str) -> None:
    code = f"""
        import importlib
        import autograd_core as ac
        old = ac.Value(2.0)
        importlib.reload(importlib.import_module("autograd_core.{name}"))
        (old * ac.tanh(old)).backward()
        print(ac.grad(lambda x: x * old)(3.0), ac.record(lambda x: x * x, 1.0)(3.0))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == ["2.0", "9.0"]
