"""A node that is touched before ``__init__`` has run, or whose class forgets to run it: one clear error, never a crash.

Every way in ("door") is tried in a process of its own kind, so that a crash is seen, and by which door it came.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from functools import cache

import pytest

import autograd_core as ac
from autograd_core import InputTypeError, Tensor, Value, scope

WAYS = {
    "that forgets": """
        class Kind(BASE):
            def __init__(self, data): self.given = data
        h = Kind(2.0)""",
    "that is early": """
        class Kind(BASE): pass
        h = Kind.__new__(Kind)""",
    "with slots": """
        class Kind(BASE):
            __slots__ = ("extra",)
            def __init__(self): self.extra = 1
        h = Kind()""",
    "of two bases": """
        class Mixin:
            def __init__(self): pass
        class Kind(Mixin, BASE): pass
        h = Kind()""",
    "itself": """
        h = BASE.__new__(BASE)""",
}
HALF_MADE = {
    f"a {base} {way}": textwrap.dedent(code).replace("BASE", base)
    for base in ("Value", "Tensor")
    for way, code in WAYS.items()
}

#: What reads or writes the node. All of these must end in the error.
REFUSED = """
h.data
h.data = 1.0
h.grad
h.grad = 1.0
h.has_grad
h.op
h.parents
h.differentiable
h.label
h.label = "w"
h.label = None
h.scope
h.place
h.zero_grad()
h.backward()
f"{h:.3f}"
format(h, "g")
h + 1.0
1.0 + h
h + w
w + h
h + h
h - 2
2 - h
h * w
3.0 * h
h / 2.0
1.0 / h
h**2
2.0**h
-h
+h
abs(h)
sum([h, h])
h < 1.0
w <= h
h > w
h >= h
max(h, w)
sorted([w, h])
bool(h)
not h
1.0 if h else 2.0
float(h)
int(h)
complex(h)
math.tanh(h)
h.tanh()
h.maximum(0.0)
h.exp()
h.sqrt()
ac.tanh(h)
ac.relu(h)
ac.maximum(h, 0.0)
ac.hypot(3.0, h)
ac.leaky_relu(h)
ac.where(h, 1.0, 2.0)
ac.where(w, h, 2.0)
ac.where(w, 2.0, h)
ac.clip(h, 0.0, 1.0)
ac.apply("exp", h)
ac.apply("add", h, w)
base.__add__(h, 1.0)
np.tanh(h)
np.add(1.0, h)
np.multiply(h, np.ones(2))
np.float64(2.0) * h
np.array([1.0, 2.0]) * h
copy.copy(h)
copy.deepcopy(h)
copy.deepcopy([h, h])
pickle.dumps(h)
h.__reduce__()
h.__reduce_ex__(2)
object.__reduce_ex__(h, 4)
ac.topological_order(h)
ac.topological_order([h])
ac.ancestors(h)
ac.leaves(h)
ac.stale_nodes([h])
ac.backward(h)
ac.diff(h, w)
ac.diff(w, h)
ac.cost(h)
ac.diagnose(h)
ac.grad(lambda x: x * h)(1.0)
ac.vjp(lambda x: x * h, 1.0)
ac.jvp(lambda x: x * h, (1.0,), (1.0,))
ac.jacobian(lambda x: x * h)(1.0)
ac.record(lambda x: x + h, 1.0)
ac.check_gradients(lambda x: x * h, 1.0)
ac.stop_gradient(h)
viz.draw(h)
viz.compare(h, w)
viz.formula(h)
nn.SGD([h], learning_rate=0.1).step()
""".strip().splitlines()

REFUSED_VALUE = """
h.local_derivatives
autograd_core.derivatives.pull_back.gradient_numbers(h, [w])
autograd_core.derivatives.pull_back.gradient_numbers(w, [h])
autograd_core.scalar.walks.order_between([h], [w])
Value(h)
ac.constant(h)
Tensor([h])
Tensor(np.array([h, w], dtype=object))
t * h
t + h
ac.weighted_sum([h], [w], w)
ac.weighted_sum([w], [h], w)
ac.weighted_sum([w], [w], h)
list(ac.backward_steps(h))
ac.paths(h, w)
ac.paths(w, h)
ac.explain(h, w)
ac.explain(w, h)
np.array([h, w]) + 1.0
np.array([h, w]).sum()
np.dot(np.array([h, w]), np.array([1.0, 2.0]))
ac.gradient_health(h)
autograd_core.scalar.making.neuron([h], [w], w, "tanh")
autograd_core.scalar.value.describe_node(h)
autograd_core.scalar.copying.copy_node(h)
""".strip().splitlines()

REFUSED_TENSOR = """
h.shape
autograd_core.derivatives.gradients.gradient_arrays(t, [h])
autograd_core.array.walks.tensor_order([t], [h])
h.dtype
h.ndim
h.size
h.item()
h.differs_from_parents()
len(h)
list(h)
h[0]
h[h]
h @ t
t @ h
h.T
h.sum()
h.mean()
h.max()
h.reshape(1)
h.astype("f4")
t * h
ac.softmax(h)
ac.matmul(h, t)
ac.concatenate([t, h])
ac.stack([h, h])
ac.einsum("i,i", h, t)
operator.index(h)
ac.expand(h)
h.backward(np.ones(1))
autograd_core.array.tensor.put(h, np.zeros(2))
autograd_core.array.tensor.describe(h)
autograd_core.array.reverse_pass.count_children(h)
np.equal(h, h)
""".strip().splitlines()

#: What the node's identity answers, or its class, or what makes it whole. All of these must come out true.
RIGHT = """
repr(h) == type(h).__name__ + "(not made yet)" == str(h) == f"{h}"
hash(h) == hash(h)
h == h and not h != h and h != w and not w == h
h in {h} and {h: 1}[h] == 1 and h not in [w]
isinstance(h, (Value, Tensor)) and issubclass(type(h), (Value, Tensor))
"tanh" in dir(h)
callable(h.tanh) and hasattr(h, "exp")
type(type(h).__new__(type(h))) is type(h)
sys.getsizeof(h) > 0
not hasattr(h, "no_such_name")
gc.collect() >= 0
base.__init__(h, 2.0 if base is Value else [2.0]) is None and bool((h * 3).data == 6.0) and h.label is None
""".strip().splitlines()

BEFORE = """
import copy, faulthandler, gc, json, math, operator, pickle, sys
import numpy as np
import autograd_core, autograd_core.scalar.copying, autograd_core.scalar.reverse, autograd_core.array.reverse
import autograd_core as ac
import nn, viz
from autograd_core import Tensor, Value
w, t = Value(1.0, "w"), Tensor([1.0], "t")
for number, (made, door, is_expression) in enumerate(json.load(sys.stdin)):
    print(json.dumps(["begin", number]), flush=True)
    names = dict(globals())
    exec(made, names)
    names["base"] = Value if isinstance(names["h"], Value) else Tensor
    try:
        found = eval(door, names) if is_expression else exec(door, names)
        print(json.dumps(["returned", repr(found)]), flush=True)
    except Exception as error:
        print(json.dumps(["raised", type(error).__name__, str(error)]), flush=True)
"""


def doors(node: str) -> list[str]:
    return [*REFUSED, *(REFUSED_VALUE if "a Value" in node else REFUSED_TENSOR)]


ALL = [(node, door) for node in HALF_MADE for door in [*doors(node), *RIGHT]]


@cache
def outcomes() -> dict[tuple[str, str], list[str]]:
    """What came out of each door; a process that crashes is followed by another one for the doors that are left."""
    found: dict[tuple[str, str], list[str]] = {}
    left = ALL
    while left:
        asked = [(HALF_MADE[node], door, " = " not in door) for node, door in left]
        done = subprocess.run(
            [sys.executable, "-c", BEFORE],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        answered = 0
        for line in done.stdout.splitlines():
            kind, *said = json.loads(line)
            if kind != "begin":
                found[left[answered]] = [kind, *said]
                answered += 1
        assert done.stdout, f"the process did not begin: {done.stderr[-500:]}"
        if answered < len(left):
            found[left[answered]] = ["crashed", f"exit status {done.returncode}", done.stderr[-500:]]
            answered += 1
        left = left[answered:]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("node", HALF_MADE)
def test_every_door_to_a_node_that_was_not_made_is_closed_by_one_error(node: str) -> None:
    base = "Value" if "a Value" in node else "Tensor"
    wrong = {}
    for door in doors(node):
        kind, *said = outcomes()[node, door]
        name = base if "itself" in node else "Kind"
        expected = f"{name}: the node holds nothing yet, for {base}.__init__ has not run; "
        if kind != "raised" or said[0] != "InputTypeError" or expected not in said[1]:
            wrong[door] = (kind, *said)
    assert not wrong, textwrap.indent("\n".join(f"{door}: {found}" for door, found in wrong.items()), "  ")


@pytest.mark.slow
@pytest.mark.parametrize("node", HALF_MADE)
def test_what_needs_no_number_is_answered_rightly(node: str) -> None:
    wrong = {door: outcomes()[node, door] for door in RIGHT if outcomes()[node, door] != ["returned", "True"]}
    assert not wrong, wrong


def test_there_are_more_than_a_hundred_doors() -> None:
    assert all(len(doors(node)) > 100 for node in HALF_MADE)


# --- __init__ more than once ------------------------------------------------------------------------------------------


def test_a_leaf_that_is_initialised_again_is_a_leaf_with_the_second_number() -> None:
    leaf, array = Value(2.0, "w"), Tensor([2.0], "w")
    Value.__init__(leaf, 3.0)
    Tensor.__init__(array, [3.0, 4.0])
    assert (leaf.data, leaf.label, leaf.op, leaf.parents) == (3.0, None, "leaf", ())
    assert (array.data.tolist(), array.label, array.op, array.parents) == ([3.0, 4.0], None, "leaf", ())


@pytest.mark.parametrize("node", [Value(2.0) * 3.0, ac.constant(2.0), Tensor([2.0]) * 3.0, Tensor([1.0]) > 0])
def test_a_computed_node_cannot_be_initialised_again(node: Value | Tensor) -> None:
    before = repr(node), node.parents
    with pytest.raises(ac.ImmutableGraphError, match=r"was computed and stays as it is; make a new node"):
        type(node).__init__(node, 5.0)
    assert (repr(node), node.parents) == before


def test_an_initialisation_that_fails_leaves_a_node_that_was_not_made() -> None:
    for kind in (Value, Tensor):
        node = kind.__new__(kind)
        with pytest.raises(InputTypeError, match="None"):
            kind.__init__(node, None)
        assert repr(node) == f"{kind.__name__}(not made yet)"


def test_what_a_class_does_before_its_base_is_refused_where_it_happens() -> None:
    class Early(Value):
        def __init__(self, data: float) -> None:
            self.label = "early"
            super().__init__(data)

    with pytest.raises(InputTypeError, match=r"call super\(\).__init__\(data, label\) before anything else"):
        Early(1.0)


def test_a_scope_without_a_name_is_refused() -> None:
    class Nameless(scope):
        def __init__(self) -> None:
            pass

    with pytest.raises(InputTypeError, match="has no name"), Nameless():
        pass
    assert Value(1.0).scope == ""
