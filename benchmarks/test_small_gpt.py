"""A GPT of 4,192 numbers, each a node: eagerly, by jit, in batches; beside a class of forty lines and a tape in C++."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from own_class import Node

from autograd_core import jit, record

from .conftest import Compare
from .measure import QUICK
from .peers import gpt_in_cpp, gpt_of_nodes
from .report import Report, time_text

gpt = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "examples" / "small_gpt.py")))
#: Names of four, six and eight letters in turn: programs of 37,000, 52,000 and 68,000 instructions.
LENGTHS = (4, 6, 8)
BATCH = 32
HOW_MANY = 100 if QUICK else 1000


def names(count: int) -> list[str]:
    """Names whose letters are drawn."""
    draw = np.random.default_rng(0).choice
    return ["".join(draw(list(gpt.LETTERS[1:]), LENGTHS[at % len(LENGTHS)])) for at in range(count)]


def as_letters(several: list[str]) -> list[list[int]]:
    """With what ends a name at both ends."""
    return [[gpt.LETTERS.index(each) for each in f".{name}."] for name in several]


FEW = names(len(LENGTHS))


def by_plain_python() -> Any:
    """One name of each length; several, for a graph is freed and collected while the next one is made."""
    return gpt_of_nodes.train(Node, gpt.weights().tolist(), gpt.SHAPES, as_letters(FEW))


def by_jit(several: list[str]) -> Any:
    """Everything: what was recorded before is forgotten."""
    replayed = jit(gpt.loss, arrays="values")
    return gpt.train(gpt.weights(), several, lambda *given: gpt.by_replay(*given, replayed))


@pytest.fixture(autouse=True)
def _deep() -> Iterator[None]:
    """The class of forty lines walks its graph by recursion."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    yield
    sys.setrecursionlimit(limit)


def test_eagerly(compare: Compare, report: Report) -> None:
    """Every number becomes a node, each time."""
    assert gpt.train(gpt.weights(), FEW, gpt.eagerly) == pytest.approx(by_plain_python(), rel=1e-9)
    peer, ours = compare.works(peer=by_plain_python, ours=lambda: gpt.train(gpt.weights(), FEW, gpt.eagerly))
    mine, other = ours / len(FEW), peer / len(FEW)
    work = "small GPT, a name, eager: graph, gradient and Adam by hand"
    report.add(work, time_text(mine), f"a class of forty lines {time_text(other)}", measured=other / mine, at_least=25)


def test_by_jit_and_in_batches(compare: Compare, report: Report, tmp_path: Path) -> None:
    """A thousand names of changing length: recording, planning and Adam included."""
    several = names(HOW_MANY)
    letters = as_letters(several)
    in_cpp = gpt_in_cpp.compiled(tmp_path)
    losses = by_jit(several)
    assert by_jit(FEW) == pytest.approx(by_plain_python(), rel=1e-9)
    np.testing.assert_allclose(in_cpp(gpt.weights(), letters), losses, rtol=1e-6)  # after a thousand steps
    np.testing.assert_allclose(in_cpp(gpt.weights(), letters[:BATCH])[:3], by_jit(several[:BATCH])[:3], rtol=1e-9)
    np.testing.assert_allclose(in_batches(several)[0], np.mean(_at_the_start(several[:BATCH])), rtol=1e-9)
    ours, batches, cpp, plain = compare.works(
        ours=lambda: by_jit(several),
        batches=lambda: in_batches(several),
        cpp=lambda: in_cpp(gpt.weights(), letters),
        plain=by_plain_python,
    )
    work = f"small GPT by jit, {len(several):,} names of changing length, recording and Adam included"
    plain *= len(several) / len(FEW)
    peer = f"a class of forty lines, {len(FEW)} names scaled {time_text(plain)}"
    report.add(work, time_text(ours), peer, measured=plain / ours, at_least=1000)
    report.add(work, time_text(ours), f"tape in C++ {time_text(cpp)}", measured=cpp / ours, at_least=1.0)
    work = f"the same in batches of {BATCH} padded names, ours / peer"
    report.add(work, time_text(batches), f"name by name {time_text(ours)}", measured=batches / ours, at_most=0.4)


def test_first_replay(compare: Compare, report: Report) -> None:
    """What a new structure costs before it is replayed."""
    name = names(len(LENGTHS))[-1]
    W = gpt.matrices(gpt.weights())

    def first() -> Any:
        replayed = jit(gpt.loss, arrays="values")
        gpt.gradients(lambda *given: gpt.by_replay(*given, replayed), W, name)
        return replayed

    [recorded] = first().programs
    instructions = len(recorded.program.scalars.tape.opcodes)
    (seconds,) = compare.works(first=first)
    work = f"first replay of a program of {instructions:,} instructions: recorded, planned, run"
    report.add(work, time_text(seconds), "", measured=seconds * 1e3, at_most=60, unit="ms")


def _at_the_start(several: list[str]) -> list[float]:
    """The losses before any step."""
    W = gpt.matrices(gpt.weights())
    return [gpt.gradients(gpt.by_replay, W, name)[0] for name in several]


def in_batches(several: list[str], learning_rate: float = 0.01) -> list[float]:
    """Adam on batches; the losses. Names are filled up to the longest, with places whose loss counts nothing."""
    letters = [each + [0] * (max(LENGTHS) + 2 - len(each)) for each in as_letters(several)]
    chosen = np.eye(len(gpt.LETTERS))[letters]
    given, following = chosen[:, :-1], chosen[:, 1:]
    counts = np.array([len(name) + 1 for name in several])[:, None]
    shares = (np.arange(given.shape[1]) < counts) / counts
    numbers = gpt.weights()
    W = gpt.matrices(numbers)
    inner = [key for key in W if key not in ("letters", "places")]

    def loss(matrices: Any, rows: Any, targets: Any, shares: Any) -> Any:
        said = gpt.logits(dict(zip(inner, matrices, strict=True)), rows)
        parts = [np.log(np.exp(z).sum()) - target @ z for z, target in zip(said, targets, strict=True)]
        return shares @ np.array(parts)

    example = ([W[key] for key in inner], np.ones((given.shape[1], gpt.WIDTH)), given[0], shares[0])
    program = record(loss, *example).batched((None, 0, 0, 0), reduce="mean")
    m, v, losses = np.zeros_like(numbers), np.zeros_like(numbers), []
    for step, start in enumerate(range(0, len(several), BATCH), 1):
        these = slice(start, start + BATCH)
        rows = given[these] @ W["letters"] + W["places"][: given.shape[1]]
        value, (found, by_rows) = program.value_and_grad(
            [W[key] for key in inner], rows, following[these], shares[these], argnums=(0, 1)
        )
        losses.append(value)
        by_key = dict(zip(inner, found, strict=True))
        by_key["letters"] = given[these].reshape(-1, len(gpt.LETTERS)).T @ by_rows.reshape(-1, gpt.WIDTH)
        by_key["places"] = np.zeros_like(W["places"])
        by_key["places"][: given.shape[1]] = by_rows.sum(axis=0)
        g = np.concatenate([by_key[key].ravel() for key in W])
        m += 0.15 * (g - m)
        v += 0.01 * (g * g - v)
        numbers -= learning_rate / (1 - 0.85**step) * m / (np.sqrt(v / (1 - 0.99**step)) + 1e-8)
    return losses
