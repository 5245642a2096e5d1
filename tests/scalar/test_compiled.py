"""The compiled nodes: the same numbers as the Python source, little memory, and no recursion however deep the graph."""

from __future__ import annotations

import gc
import itertools
import math
import pathlib
import struct
import subprocess
import sys
from collections.abc import Callable

import pytest
from amounts import long
from samples import POINTS, TABLE

import autograd_core as ac
from autograd_core import Value, where
from autograd_core.formulas.rules import PRIMITIVES, Primitive
from autograd_core.scalar.kernels import evaluate, python_kernel

compiled_only = pytest.mark.skipif(not ac.compiled, reason="tells of the compiled nodes; this run is uncompiled")

SPECIAL = (0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324, -5e-324, 1e-9, 710.0, -745.5)
#: Primitives made of operations that IEEE 754 rounds correctly, or of no rounding at all.
ARITHMETIC = (
    *("add", "sub", "mul", "div", "neg", "pos", "less", "less_equal", "greater", "greater_equal", "equal", "not_equal"),
    *("where", "sqrt", "sign", "abs", "step", "maximum", "minimum", "relu", "leaky_relu", "prelu"),
)
DEEP = long(1_000_000) if ac.compiled else long(100_000)  # either would overflow the stack of a recursive release


def bits(number: float) -> bytes:
    return b"nan" if math.isnan(number) else struct.pack("<d", number)


def units_apart(a: float, b: float, term: float = 0.0) -> float:
    """How many floats lie between two; as far apart as they are there, or at a term of the sum that they are."""
    if math.isnan(a) or math.isnan(b) or math.isinf(a) or math.isinf(b):
        return 0.0 if bits(a) == bits(b) else math.inf
    return abs(a - b) / math.ulp(max(abs(a), abs(b), term))


def points_of(rule: Primitive) -> list[tuple[float, ...]]:
    """Points inside and outside of the domain, and special numbers in every position."""
    return list(itertools.product((*POINTS, *SPECIAL), repeat=rule.arity))


# --- the same numbers -------------------------------------------------------------------------------------------------


@pytest.mark.digits
@compiled_only
@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)
def test_kernels_in_c_equal_those_in_python(rule: Primitive) -> None:
    allowed = (0.0 if rule.name in ARITHMETIC else 2.0,) * 4
    terms = (0.5 if rule.name == "logaddexp" else 0.0, 0.0, 0.0, 0.0)  # the logarithm there may cancel the maximum
    for mask in range(1 << rule.arity):
        in_python = python_kernel(rule.opcode, mask)
        for point in points_of(rule):
            arguments = (*point, 0.0, 0.0)[:3]
            expected, computed = in_python(*arguments), evaluate(rule.opcode, mask, *arguments)
            for mine, its, units, term in zip(computed, expected, allowed, terms, strict=True):
                same = bits(mine) == bits(its) if units == 0.0 else units_apart(mine, its, term) <= units
                assert same, f"{rule.name}{point}, mask {mask:03b}: {computed} in C, {expected} in Python"


def test_every_arithmetic_primitive_is_in_the_table() -> None:
    assert set(ARITHMETIC) <= set(PRIMITIVES)


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)
def test_derivatives_that_are_not_wanted_are_zero(rule: Primitive) -> None:
    for mask in range(1 << rule.arity):
        for point in itertools.product((0.0, 0.5, -2.0, math.inf), repeat=rule.arity):
            derivatives = evaluate(rule.opcode, mask, *(*point, 0.0, 0.0)[:3])[1:]
            for position, derivative in enumerate(derivatives):
                if not mask >> position & 1:
                    assert derivative == 0.0


# --- memory -----------------------------------------------------------------------------------------------------------


@compiled_only
def test_a_node_is_small_and_unknown_to_the_garbage_collector() -> None:
    x = Value(1.0)
    for node in (x, x * x, ac.exp(x), where(x > 0, x, 0.0), ac.constant(2.0)):
        assert sys.getsizeof(node) <= 96
        assert not gc.is_tracked(node)


@pytest.mark.slow
def test_the_memory_of_a_graph_is_given_back() -> None:
    """Objects alive after graphs of every kind of node were made and left are as many as before."""

    def make() -> None:
        x = Value(0.5, "x")
        node = x
        for rule in TABLE:
            node = node + ac.apply(rule.name, *[x] * (rule.arity - (rule.parameter is not None)))
        node.backward()
        program = ac.record(lambda x: x * 2 if x > 0 else x, 1.0)
        program.value_and_grad(2.0)

    for _ in range(3):
        make()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(50):
        make()
    gc.collect()
    assert sys.getallocatedblocks() - before < 500


def test_a_graph_outlives_the_names_of_its_nodes() -> None:
    def make() -> Value:
        x = Value(2.0, "x")
        y = where(x > 1, x * 3, ac.exp(x))
        return y * y

    root = make()
    root.backward()
    [x] = ac.leaves(root)
    assert (root.data, x.grad) == (36.0, 36.0)


# --- depth ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@compiled_only
def test_a_chain_of_three_million_nodes_is_built_differentiated_and_released() -> None:
    leaf = Value(1.0)
    node = leaf
    for _ in range(3_000_000):
        node = node * 1.0000001
    node.backward()
    assert leaf.grad == pytest.approx(1.0000001**3_000_000, rel=1e-9)
    del node
    assert leaf.has_grad


CHAINS: dict[str, Callable[[Value, Value], Value]] = {
    "the only parent": lambda node, other: -node,
    "the left parent": lambda node, other: node + other,
    "the right parent": lambda node, other: other + node,
    "both parents": lambda node, other: node + node,
    "the condition of where": lambda node, other: where(node, other, other),
    "the second parent of where": lambda node, other: where(other, node, other),
    "the third parent of where": lambda node, other: where(other, other, node),
    "every parent of where": lambda node, other: where(node, node, node),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHAINS)
def test_a_deep_chain_is_released_without_recursion(name: str) -> None:
    grow = CHAINS[name]
    other = Value(0.0)
    node = Value(0.0)
    for _ in range(DEEP):
        node = grow(node, other)
    del node
    assert (other * 2).data == 0.0


def test_a_deep_chain_through_left_and_right_alternately() -> None:
    other, node = Value(0.0), Value(1.0)
    for _ in range(DEEP // 2):
        node = other + (node + other)
    node.backward()
    assert other.grad == 2 * (DEEP // 2)
    del node
    assert other.has_grad


def test_a_deep_chain_with_labels_and_fresh_parents_is_released() -> None:
    """Nodes with notes of their own, and parents that go away with the node."""
    node = Value(0.0)
    for _ in range(DEEP // 4):
        node = where(Value(0.0), Value(1.0), node) + Value(1.0)
        node.label = "sum"
    del node


def test_a_deep_chain_is_released_from_its_middle() -> None:
    leaf = Value(1.0)
    lower = leaf
    for _ in range(DEEP // 2):
        lower = -lower
    upper = lower
    for _ in range(DEEP // 2):
        upper = -upper
    del upper
    assert abs(lower.data) == 1.0
    lower.backward()
    assert abs(leaf.grad) == 1.0


@pytest.mark.slow
def test_nodes_of_a_subclass_are_released_without_recursion() -> None:
    class Parameter(Value):
        pass

    node: Value = Parameter(1.0)
    for _ in range(DEEP // 4):
        node = where(Parameter(0.0), Parameter(0.0), node)
    del node


@pytest.mark.slow
def test_runs_where_cython_is_not_installed() -> None:
    code = (
        "import sys; sys.modules['cython'] = None\n"
        "import autograd_core as ac\n"
        "x = ac.Value(3.0); (x * x).backward(); print(x.grad, ac.compiled)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=pathlib.Path(ac.__file__).parents[1],
        timeout=120,
    )
    assert result.stdout.split() == ["6.0", str(ac.compiled)]


# --- what is no node --------------------------------------------------------------------------------------------------

WRONG_ARGUMENTS = """
import copy, importlib, random, sys, types
import numpy as np
from autograd_core import Tensor, Value
from autograd_core.scalar.recording import Notes, State

modules = [importlib.import_module(name) for name in sys.argv[1:]]
doors = []
for module in modules:
    for name, found in list(vars(module).items()):
        if callable(found) and getattr(found, "__module__", None) == module.__name__:
            doors.append((f"{module.__name__}.{name}", found))
            if isinstance(found, type):
                doors += [(f"{found.__name__}.{key}", each) for key, each in vars(found).items() if callable(each)]
for kind in (Value, Tensor, Notes, State):
    doors += [(f"{kind.__name__}.{key}", each.__get__) for key, each in vars(kind).items() if hasattr(each, "__get__")]
given = [None, 3, 2.0, "any", b"x", [], [None], [None, None], (None,), {}, object(), np.zeros(2), Value, Value(1.0),
         Tensor([1.0]), Value.__new__(Value), Tensor.__new__(Tensor), Notes.__new__(Notes), State.__new__(State)]
choose = random.Random(0)
print(len(doors))
for name, door in doors:
    same = [(each,) * count for count in range(1, 7) for each in given]
    mixed = [tuple(choose.choices(given, k=choose.randint(1, 6))) for _ in range(100)]
    for arguments in [(), *same, *mixed]:
        print(name, [type(each).__name__ for each in arguments], file=sys.stderr, flush=True)
        try:
            found = door(*arguments)
            if isinstance(found, types.GeneratorType):
                next(found, None)
        except Exception:
            pass
for field in ("_data", "_evidence", "_grad", "_inputs", "_operation", "_options", "_parents", "_notes"):
    for wrong in (None, (None,), (None, None)):
        x = Tensor([1.0])
        z = x * x
        for node in (x, z):
            try:
                setattr(node, field, wrong)
            except TypeError:
                continue
            for use in (repr, Tensor.backward, Tensor.sum, Tensor.differs_from_parents, abs, copy.copy):
                print(field, wrong, use, file=sys.stderr, flush=True)
                try:
                    use(z)
                except Exception:
                    pass
print("alive")
"""


@pytest.mark.slow
@compiled_only
def test_no_wrong_argument_of_any_compiled_function_is_read_as_if_it_were_a_node() -> None:
    """None where a node belongs is C's NULL dereference; here it must be an exception."""
    root = pathlib.Path(ac.__file__).parents[1]
    compiled = sorted(
        ".".join((*path.parent.relative_to(root).parts, path.name.partition(".")[0]))
        for path in (root / "autograd_core").rglob("*.so")
    )
    done = subprocess.run(
        [sys.executable, "-c", WRONG_ARGUMENTS, *compiled],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
        timeout=120,
    )
    last = done.stderr.splitlines()[-1:]
    assert done.stdout.split()[-1:] == ["alive"], f"exit status {done.returncode} at {last}"
    assert int(done.stdout.split()[0]) > 200
