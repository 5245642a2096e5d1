"""What may enter: numbers as they are, or an error of the library's own classes that says what to write instead."""

from __future__ import annotations

import copy
import datetime
import math
import pickle
import re
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
import nn
import viz
from autograd_core import Tensor, Value
from nn import (
    MLP,
    SGD,
    Standardizer,
    accuracy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    gradient_health,
    hinge,
    mean_squared_error,
    train,
    train_test_split,
)
from viz.page.expression import read_expression

Door = Callable[[Any], object]


def _values() -> Any:
    return np.array([Value(1.0), Value(2.0)])


def _tensor() -> Tensor:
    return Tensor([1.0, 2.0])


def _model() -> MLP:
    return MLP(2, [1], seed=0)


def _train(X: Any, y: Any) -> object:
    model = _model()
    optimizer = SGD(model.parameters(), learning_rate=0.1)
    return train(model, X, y, loss=mean_squared_error, optimizer=optimizer, epochs=1, batch_size=2, seed=0)


def _set(node: Any, attribute: str, given: Any) -> object:
    setattr(node, attribute, given)
    return node


def _in_place(m: Any) -> object:
    m += _tensor()
    return m


def _sum(x: Any) -> Any:
    return (x * x).sum()


_ROWS = [[0.0, 1.0], [1.0, 0.0]]
#: Whatever takes one array of two numbers.
DOORS: dict[str, Door] = {
    "Tensor": Tensor,
    "Tensor of a list": lambda m: Tensor([m, [1.0, 2.0]]),
    "t.data =": lambda m: _set(_tensor(), "data", m),
    "t.grad =": lambda m: _set(_tensor(), "grad", m),
    "backward": (_tensor() * 2).backward,
    "t + m": lambda m: _tensor() + m,
    "t + a list": lambda m: _tensor() - [m, m],
    "t < m": lambda m: _tensor() < m,
    "t @ m": lambda m: _tensor() @ m,
    "np.add(m, t)": lambda m: np.add(m, _tensor()),
    "np.multiply(t, m)": lambda m: np.multiply(_tensor(), m),
    "np.where": lambda m: np.where(m, _tensor(), 0.0),
    "np.concatenate": lambda m: np.concatenate([m, _tensor()]),
    "where": lambda m: ac.where(m, _tensor(), 0.0),
    "maximum": lambda m: ac.maximum(m, _tensor()),
    "tanh": ac.tanh,
    "logaddexp": lambda m: ac.logaddexp(m, 1.0),
    "apply": lambda m: ac.apply("hypot", _tensor(), m),
    "stack": lambda m: ac.stack([_tensor(), m]),
    "stack of arrays": lambda m: ac.stack([m, m]),
    "stack beside Values": lambda m: ac.stack([_values(), m]),
    "concatenate": lambda m: ac.concatenate([m, _tensor()]),
    "sum": ac.sum,
    "softmax": ac.softmax,
    "norm": ac.norm,
    "matmul": lambda m: ac.matmul(m, _tensor()),
    "einsum": lambda m: ac.einsum("i,i->", m, _tensor()),
    "outer": lambda m: ac.outer(_tensor(), m),
    "solve": lambda m: ac.solve(Tensor(np.eye(2)), m),
    "pad": lambda m: ac.pad(m, 1),
    "reshape": lambda m: ac.reshape(m, (2, 1)),
    "Values[0] + m": lambda m: np.add(m, Value(1.0)),
    "tanh of Values beside m": lambda m: ac.maximum(_values(), m),
    "grad": ac.grad(_sum),
    "grad, in a dictionary": lambda m: ac.grad(lambda p: _sum(p["w"]))({"w": m}),
    "value_and_grad": ac.value_and_grad(_sum),
    "jacobian": ac.jacobian(lambda x: x * x),
    "hessian": ac.hessian(_sum),
    "hvp": lambda m: ac.hvp(_sum, (m,), (np.ones(2),)),
    "hvp, tangents": lambda m: ac.hvp(_sum, (np.ones(2),), (m,)),
    "jvp": lambda m: ac.jvp(_sum, (m,), (np.ones(2),)),
    "jvp, tangents": lambda m: ac.jvp(_sum, (np.ones(2),), (m,)),
    "vjp": lambda m: ac.vjp(lambda x: x * x, m),
    "vjp, cotangent": ac.vjp(lambda x: x * x, np.ones(2))[1],
    "a result": lambda m: ac.jacobian(lambda x: m)(np.ones(2)),
    "custom_derivative": ac.custom_derivative(lambda x: x, vjp=lambda u, z, x: (u,)),
    "custom_derivative, result": lambda m: ac.custom_derivative(lambda x: m, vjp=lambda u, z, x: (u,))(_tensor()),
    "checkpoint": ac.checkpoint(_sum),
    "record": lambda m: ac.record(_sum, m),
    "record, in a list": lambda m: ac.record(lambda x: _sum(x[0]), [m]),
    "program": ac.record(_sum, np.ones(2)),
    "program.value_and_grad": lambda m: ac.record(_sum, np.ones(2)).value_and_grad(m),
    "program.batched": ac.record(lambda x: x * x, 1.0).batched((0,)),
    "check_gradients": lambda m: ac.check_gradients(_sum, m),
    "Standardizer.fit": lambda m: Standardizer.fit([m]),
    "Standardizer.transform": lambda m: Standardizer.fit([[0.0, 0.0], [1.0, 1.0]]).transform([m]),
    "train_test_split": lambda m: train_test_split(_ROWS, m, test_fraction=0.5, seed=0),
    "train, X": lambda m: _train([m, [0.0, 1.0]], [0.0, 1.0]),
    "train, y": lambda m: _train(_ROWS, m),
    "accuracy, y": lambda m: accuracy(_model(), _ROWS, m),
    "gradient_health, y": lambda m: gradient_health(_model(), _ROWS, m, loss=mean_squared_error),
    "model": _model(),
    "model of Tensors": _model().to_tensor(),
    "model of arrays of Values": _model().to_scalar(),
    "mean_squared_error, predictions": lambda m: mean_squared_error(m, [1.0, 2.0]),
    "mean_squared_error, targets": lambda m: mean_squared_error([1.0, 2.0], m),
    "binary_cross_entropy_with_logits": lambda m: binary_cross_entropy_with_logits([1.0, 2.0], m),
    "hinge": lambda m: hinge(m, [1.0, -1.0]),
    "cross_entropy": lambda m: cross_entropy(Tensor([[1.0, 2.0], [2.0, 1.0]]), m),
}

#: NumPy asks these of a masked array itself, which then asks the node beside it.
_ASKED_BY_NUMPY: dict[str, Door] = {
    "m + t": lambda m: m + _tensor(),
    "m - t": lambda m: m - _tensor(),
    "m < t": lambda m: m < _tensor(),
    "m == t": lambda m: m == _tensor(),
    "m @ t": lambda m: m @ _tensor(),
    "m += t": _in_place,
    "m + v": lambda m: m + Value(1.0),
    "m * v": lambda m: m * Value(1.0),
    "v + m": lambda m: Value(1.0) + m,
    "v ** m": lambda m: Value(1.0) ** m,
}


def taken(door: Door, cases: Mapping[str, tuple[Any, str]], kind: type[Exception] = ac.InputTypeError) -> list[str]:
    """Which of the cases are not refused with their messages."""
    left = []
    for what, (given, message) in cases.items():
        try:
            door(given)
        except kind as error:
            if re.search(message, str(error)):
                continue
        left.append(what)
    return left


_MASKED = {
    f"{kind.__name__}, mask={mask}": (
        np.ma.masked_array(np.array([1, 0], kind), mask=mask),
        r"a masked array would lose its mask; write where\(mask, 0\.0",
    )
    for kind in (float, int)
    for mask in ([False, True], False)
}


@pytest.mark.parametrize("door", [*DOORS.values(), *_ASKED_BY_NUMPY.values()], ids=[*DOORS, *_ASKED_BY_NUMPY])
def test_a_masked_array_is_refused_at_every_door(door: Door) -> None:
    assert not taken(door, _MASKED)


@pytest.mark.parametrize(
    "door",
    [
        Value,
        ac.constant,
        lambda m: _set(Value(1.0), "data", m),
        lambda m: Value(1.0) + m,
        lambda m: m + Value(1.0),
        lambda m: Value(1.0) < m,
        lambda m: ac.hypot(Value(1.0), m),
        ac.tanh,
        lambda m: ac.where(m, 1.0, Value(2.0)),
        lambda m: Tensor([1.0, m]),
        lambda m: _tensor() * m,
        lambda m: m * _tensor(),
        lambda m: ac.stack([Value(1.0), m]),
        ac.grad(lambda x: x * x),
        lambda m: ac.record(lambda x: x * x, m),
        ac.record(lambda x: x * x, 1.0),
        lambda m: ac.check_gradients(lambda x: x * x, m),
        lambda m: _model()([1.0, m]),
        lambda m: mean_squared_error([1.0, 2.0], [1.0, m]),
        lambda m: _train(_ROWS, [1.0, m]),
        lambda m: SGD([Value(1.0)], learning_rate=m),
    ],
)
def test_the_masked_constant_is_refused(door: Door) -> None:
    with pytest.raises(ac.InputTypeError, match="a masked array would lose its mask"):
        door(np.ma.masked)


LONG = 2**53 + 1  # which no float equals


_LONG_INTEGERS = {
    kind.__name__: (
        np.array([1, LONG], kind),
        f"no float equals the integer {LONG}|have no derivatives|a label",
    )
    for kind in (np.int64, np.uint64)
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_an_array_of_integers_that_no_float_equals_is_refused_at_every_door(door: Door) -> None:
    assert not taken(door, _LONG_INTEGERS, ac.AutogradError)


@pytest.mark.parametrize(
    "door",
    [
        Value,
        ac.constant,
        lambda n: _set(Value(1.0), "data", n),
        lambda n: Value(1.0) * n,
        lambda n: n * Value(1.0),
        lambda n: ac.logaddexp(Value(1.0), n),
        ac.exp,
        lambda n: _tensor() * n,
        lambda n: n - _tensor(),
        lambda n: Tensor([0.5, n]),
        lambda n: Tensor([[0.5, 1.0], [n, 2]]),
        lambda n: _tensor() * [n, 0.5],
        lambda n: ac.stack([Value(1.0), n]),
        ac.grad(lambda x: x * x),
        ac.record(lambda x: x * x, 1.0),
        lambda n: ac.check_gradients(lambda x: x * x, n),
        lambda n: _model()([1.0, n]),
        lambda n: _train([[0.5, n], [1.0, 2.0]], [0.0, 1.0]),
        lambda n: _train(_ROWS, [0.5, n]),
        lambda n: mean_squared_error([1.0], [n]),
    ],
)
def test_an_integer_that_no_float_equals_is_refused_from_numpy_too(door: Door) -> None:
    numbers = (LONG, -LONG, np.int64(LONG), np.uint64(2**64 - 1), np.array(LONG), 10**400)
    assert not taken(door, {str(n)[:20]: (n, "no float equals the integer") for n in numbers}, ac.AutogradError)


def test_long_integers_that_floats_equal_are_taken() -> None:
    for exact in (2**53, -(2**53), 2**60, 2**63 - 2**10):
        assert Value(np.int64(exact)).data == exact
        assert (Value(1.0) * np.int64(exact)).data == exact
        assert (_tensor() * np.array([exact, 1])).data.tolist() == [exact, 2.0]
        assert ac.record(lambda x: +x, 1.0)(exact) == exact
    assert Value(np.uint64(2**63)).data == 2.0**63
    assert ac.grad(lambda x: x * x)(2**70) == 2.0**71
    for door in (Tensor, ac.record(lambda x: +x, 1.0), ac.jit(lambda x: +x)):
        with pytest.raises(ac.InputTypeError, match=r"no array has integers of that size: write float\(\.\.\.\) of it"):
            door(2**70)


_SCALARS_REFUSED = {
    "text": ("a", "write a number"),
    "bytes": (b"a", "is not a real number|does not hold real numbers"),
    "None": (None, "write a"),
    "complex": (1j, "the engine is real"),
    "complex of NumPy": (np.complex128(1j), "the engine is real"),
    "duration": (np.timedelta64(3, "s"), "divide by a unit first"),
    "date": (np.datetime64("2020"), "divide by a unit first"),
    "timedelta": (datetime.timedelta(3), "is not a real number|does not hold real numbers"),
    "long double": (np.longdouble(1.5), r"write float\(x\)"),
    "Decimal": (Decimal("0.1"), r"write float\(\.\.\.\) of it|does not hold real numbers"),
    "Fraction": (Fraction(1, 3), r"write float\(\.\.\.\) of it|does not hold real numbers"),
    "set": ({1.0}, "is not a real number|does not hold real numbers"),
    "dict": ({"a": 1.0}, "is not a real number|does not hold real numbers"),
    "generator": ((x for x in [1.0]), "is not a real number|does not hold real numbers"),
    "object": (object(), "is not a real number|does not hold real numbers"),
    "function": (abs, "is not a real number|does not hold real numbers"),
    "type": (float, "is not a real number|does not hold real numbers"),
}


@pytest.mark.parametrize(
    "door",
    [
        Value,
        lambda w: Value(1.0) + w,
        lambda w: w * Value(1.0),
        lambda w: Value(1.0) ** w,
        lambda w: w < Value(1.0),
        lambda w: ac.hypot(Value(1.0), w),
        ac.tanh,
        Tensor,
        lambda w: _tensor() + w,
        lambda w: w / _tensor(),
        lambda w: _tensor() >= w,
        lambda w: ac.maximum(_tensor(), w),
        lambda w: ac.stack([_tensor(), w]),
        lambda w: _set(_tensor(), "data", w),
        lambda w: _set(Value(1.0), "data", w),
        ac.record(lambda x: x * x, 1.0),
    ],
)
def test_what_is_no_number_is_refused_with_one_clear_message(door: Door) -> None:
    assert not taken(door, _SCALARS_REFUSED)


class Column:
    """As of a library of tables: not an array, and converts to one."""

    def __init__(self, numbers: Any) -> None:
        self.numbers = np.array(numbers)

    ndim = property(lambda self: self.numbers.ndim)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.numbers

    def __len__(self) -> int:
        return len(self.numbers)


def test_tables_and_columns_of_other_libraries_are_taken_wherever_arrays_are() -> None:
    table, column, scalar = Column([[0.0, 1.0], [1.0, 0.0]]), Column([0.0, 1.0]), Column(2.0)
    _train(table, column)
    model = _model()
    expected = model([0.0, 1.0]).data
    assert model(column).data == model([Column(0.0), Column(1.0)]).data == expected
    assert model.to_tensor()(column).item() == pytest.approx(expected, rel=1e-14)
    assert mean_squared_error(column, column).data == 0.0
    assert Value(scalar).data == (Value(1.0) * scalar).data == 2.0
    assert (_tensor() * column).data.tolist() == [0.0, 2.0]
    assert ac.record(lambda x: x[0] + x[1], np.ones(2))(column) == 1.0
    assert Standardizer.fit(table).mean.tolist() == [0.5, 0.5]


def test_what_another_library_says_when_it_does_not_convert_is_passed_on() -> None:
    class OnAnotherDevice:
        ndim = 0

        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            raise RuntimeError("call .cpu() first")

    for door in (Value, Tensor, lambda given: _tensor() * given, lambda given: _train(_ROWS, given)):
        with pytest.raises(ac.InputTypeError, match=r"OnAnotherDevice does not convert to an array \(call \.cpu\(\)"):
            door(OnAnotherDevice())


@pytest.mark.parametrize(
    ("y", "advice"),
    [
        (None, "write an array of numbers such as"),
        ((t for t in [0.0, 1.0]), r"write list\(\.\.\.\) of it"),
        ({0.0, 1.0}, r"write list\(\.\.\.\) of it"),
        ({"a": [0.0, 1.0]}, r"np\.column_stack\(list\(data\.values\(\)\)\)"),
        (["cat", "dog"], r"np\.unique\(labels, return_inverse=True\)"),
        (np.array(["cat", "dog"], dtype=object), r"entry 0 is 'cat'; .*np\.unique"),
        ([0.0, None], "entry 1 is None; leave out or fill in what is missing"),
        ([0.0, Decimal(1)], r"entry 1 is Decimal\('1'\); write float"),
        ([0.0, Value(1.0)], r"entry 1 is Value\(.*write v\.data"),
        (np.array([0.0, 1.0], dtype=object), r"array\.astype\(float\)"),
        (np.array([1, 2], "m8[s]"), "divide by a unit first"),
        (np.zeros(2, [("a", float)]), "np.column_stack"),
        (np.zeros(2, np.longdouble), "long double"),
        ([[0.0], [1.0, 2.0]], "give each row as many entries"),
        (train, "give its result"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_data_that_hold_no_real_numbers_get_advice_for_that_very_thing(y: Any, advice: str) -> None:
    with pytest.raises(ac.InputTypeError, match=f"^y: .* does not hold real numbers; .*{advice}|long double"):
        _train(_ROWS, y)


# --- what NumPy, Python and habit ask of a node ---------------------------------------------------------------------


def test_numpys_reductions_of_one_value_are_of_that_one_number() -> None:
    v = Value(3.0, "v")
    for reduction in (np.sum, np.max, np.min, np.prod):
        assert reduction(v) is v
    assert np.mean(v).data == 3.0
    assert np.cumsum(v).tolist() == [v]
    np.sum(v * v).backward()
    assert v.grad == 6.0


def test_an_array_without_axes_that_holds_a_value_is_that_value() -> None:
    v = Value(2.0)
    holder = np.empty((), dtype=object)
    holder[()] = v
    for z in (holder * v, v * holder, ac.multiply(holder, v), np.multiply(holder, v), ac.apply("mul", holder, v)):
        assert z.data == 4.0
        assert ac.backward(z) is None
    assert v.grad == 5 * 4.0
    assert ac.tanh(holder).parents == (v,)
    assert ac.where(holder, 1.0, 2.0).data == 1.0


def test_variance_and_standard_deviation_of_values_have_their_derivatives() -> None:
    numbers = np.array([0.5, -1.0, 2.0])
    for numpys, ddof in ((np.var, 0), (np.var, 1), (np.std, 0), (np.std, 1)):
        report = ac.check_gradients(lambda x, f=numpys, ddof=ddof: f(x, ddof=ddof), numbers.astype(object))
        assert report, report
        values = np.array([Value(each) for each in numbers])
        assert numpys(values, ddof=ddof).data == pytest.approx(numpys(numbers, ddof=ddof), rel=1e-14)
    assert np.vdot(values, values).data == np.vdot(numbers, numbers)


@pytest.mark.parametrize("node", [Value(2.5, "v"), Tensor([2.5, 1.0], "v")], ids=["Value", "Tensor"])
@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda v: round(v, 2), "its derivative is 0"),
        (lambda v: divmod(v, 2), "write [vt] // n and [vt] % n"),
        (lambda v: divmod(2, v), "write [vt] // n and [vt] % n"),
        (lambda v: np.fmod(v, 2), "write [vt] % n, whose sign"),
        (lambda v: np.heaviside(v, 0.5), r"write step\([vt]\)"),
        (lambda v: pow(v, 2, 3), r"write [vt] \*\* n"),
    ],
)
def test_what_the_table_lacks_is_one_clear_message(node: Any, call: Door, advice: str) -> None:
    with pytest.raises(ac.AutogradError, match=advice):
        call(node)


def test_a_node_in_a_function_of_math_gets_advice_for_that_function() -> None:
    v = Value(2.0)
    with pytest.raises(ac.LeavesGraphError, match=r"write v\.data .*autograd_core\.exp instead of math\.exp"):
        math.exp(v)
    with pytest.raises(ac.LeavesGraphError, match=r"autograd_core\.arctan2 instead of math\.atan2"):
        math.atan2(v, 1.0)
    with pytest.raises(ac.LeavesGraphError, match=r"autograd_core\.abs instead of math\.fabs"):
        math.fabs(v)
    with pytest.raises(ac.LeavesGraphError, match=r"autograd_core\.log10 instead of math\.log10"):
        math.log10(v)
    with pytest.raises(ac.LeavesGraphError, match=r"for math\.gamma, .*custom_derivative"):
        math.gamma(v)
    with pytest.raises(ac.LeavesGraphError, match=r"as autograd_core\.exp for math\.exp"):
        float(v)
    with pytest.raises(ac.LeavesGraphError, match=r"autograd_core\.sqrt instead of math\.sqrt"):
        math.sqrt(Tensor([2.0]))
    with pytest.raises(ac.LeavesGraphError, match=r"stack\(\[\.\.\.\]\) to join Tensors"):
        np.array([Tensor(1.0), Tensor(2.0)])


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("grads", "did you mean grad"),
        ("tanhh", "did you mean tanh"),
        ("zero_gradient", "did you mean zero_grad"),
        ("qqq", "its methods are the primitives"),
    ],
)
def test_a_misspelt_name_of_a_value(name: str, meant: str) -> None:
    python_answers = not ac.compiled and sys.version_info < (3, 12)  # so that fields are read quickly: uncompiled.py
    error = AttributeError if python_answers else ac.UnknownNameError
    with pytest.raises(error, match=f"'Value' object has no attribute '{name}'" if python_answers else meant):
        getattr(Value(1.0), name)


@pytest.mark.parametrize(
    ("ask", "meant"),
    [
        (lambda: Value(1.0).numpy, "did you mean data"),
        (lambda: Value(1.0).strides, "it is one number"),
        (lambda: Tensor([1.0]).shpae, "did you mean shape"),
        (lambda: Tensor([1.0]).requires_grad, "did you mean differentiable"),
        (lambda: Tensor([1.0]).tofile, r"write t\.data\.tofile"),
        (lambda: ac.tanhh, "did you mean tanh"),
        (lambda: ac.asin, "did you mean arcsin"),
        (lambda: ac.check_gradient, "did you mean check_gradients"),
        (lambda: nn.mlp, "did you mean MLP"),
        (lambda: viz.drawing_of, "viz"),
        (lambda: ac.apply("sigmoyd", 1.0), "did you mean sigmoid"),
        (lambda: MLP(2, [1], activation="Tanh", seed=0), "did you mean tanh"),
        (lambda: MLP(2, [1], activation=math.tanh, seed=0), "did you mean tanh"),
        (lambda: MLP(2, [1], initializer="kaiming_normal", seed=0), "did you mean he_normal"),
        (lambda: viz.draw(Value(1.0) * 2, heat="gard"), "did you mean grad"),
        (lambda: read_expression("tanhh(x)", ["x=1"]), "did you mean tanh"),
    ],
)
def test_an_unknown_name_is_answered_with_the_one_that_was_meant(ask: Callable[[], Any], meant: str) -> None:
    with pytest.raises(ac.AutogradError, match=meant):
        ask()


@pytest.mark.parametrize(
    "owner", [Value(1.0), Tensor([1.0]), ac, nn, viz], ids=["Value", "Tensor", "core", "nn", "viz"]
)
def test_who_asks_for_attributes_that_are_not_there_is_told_so_in_pythons_way(owner: Any) -> None:
    for name in ("__array_interface__", "_repr_mimebundle_", "__dataframe__", "_ipython_display_", "__fspath__", "qqq"):
        assert not hasattr(owner, name)
        assert getattr(owner, name, None) is None
    with pytest.raises(AttributeError) as caught:
        owner.qqq  # noqa: B018
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert caught.value.name == "qqq"


def test_the_update_every_student_writes_works_on_tensors_too() -> None:
    w = Tensor([1.0, 2.0], "w")
    z = (w * w).sum()
    z.backward()
    before = w.data
    w.data -= 0.1 * w.grad
    assert w.data.tolist() == [0.8, 1.6]
    assert before.tolist() == [1.0, 2.0]
    w.zero_grad()
    z.backward()  # answers for the recorded point
    assert w.grad.tolist() == [2.0, 4.0]
    w.data *= 2.0
    w.data += [1.0, 0.0]
    w.data /= 2.0
    w.data **= 2
    assert w.data.tolist() == pytest.approx([1.3**2, 1.6**2], rel=1e-15)
    w.grad += 1.0
    assert w.grad.tolist() == [3.0, 5.0]
    w.grad *= 0.0
    assert w.grad.tolist() == [0.0, 0.0]
    single = Tensor(np.ones(2, np.float32))
    single.data -= 0.5
    assert single.dtype == np.float32
    for write in (lambda: w.data.__setitem__(0, 1.0), lambda: w.data.__setitem__(..., 0.0)):
        with pytest.raises(
            ac.InputValueError, match=r"read-only.*np\.array\(w\.data\), change those, then w\.data = numbers"
        ):
            write()
    with pytest.raises(ac.AutogradError):
        w.data -= Tensor([1.0, 1.0])
    with pytest.raises(ac.ImmutableGraphError, match="it was computed"):
        z.data = 1.0


def test_the_numbers_of_a_leaf_are_an_array_like_any_other() -> None:
    w = Tensor([[1.0, 2.0], [3.0, 4.0]])
    numbers = w.data
    assert repr(numbers) == repr(np.array(numbers))
    for computed in (numbers * 2, numbers @ numbers, np.exp(numbers), numbers.sum(axis=0)):
        assert type(computed) is np.ndarray
    assert isinstance(numbers.sum(), float)
    copied = numbers.copy()
    copied[0] = 5.0
    copied -= 1.0
    assert copied[0].tolist() == [4.0, 4.0]
    assert pickle.loads(pickle.dumps(numbers)).tolist() == numbers.tolist()
    assert copy.deepcopy(numbers).tolist() == numbers.tolist()


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda x: x[7], ac.OutOfRangeError, r"index of shape \(2,\): index 7 is out of bounds"),
        (lambda x: ac.sum(x, axis=3), ac.OutOfRangeError, "axis 3 is out of bounds"),
        (lambda x: ac.sum(x, axis="a"), ac.InputTypeError, "sum of shape"),
        (
            lambda x: ac.cumsum(x[0] if isinstance(x, Tensor) else 2.0, axis=0),
            ac.InputTypeError,
            "cumulate on a scalar",
        ),
        (lambda x: ac.reshape(x, 3), ac.InputValueError, "cannot reshape"),
        (lambda x: ac.inv(x * np.zeros((2, 2))), ac.LinearAlgebraError, r"inv of shape \(2, 2\): Singular"),
        (lambda x: ac.cholesky(x * -np.eye(2)), ac.LinearAlgebraError, "not positive definite"),
    ],
)
@pytest.mark.parametrize("x", [Tensor([1.0, 2.0]), np.array([1.0, 2.0])], ids=["Tensor", "array"])
def test_what_numpy_refuses_is_an_error_of_ours_and_still_numpys(x: Any, call: Door, kind: Any, message: str) -> None:
    if isinstance(x, np.ndarray) and kind is ac.OutOfRangeError and "index" in message:
        return
    with pytest.raises(kind, match=message) as caught:
        call(x)
    python_kind = {ac.OutOfRangeError: IndexError, ac.LinearAlgebraError: np.linalg.LinAlgError}.get(kind, Exception)
    assert isinstance(caught.value, python_kind)


def test_axes_of_transpose_may_be_one_number() -> None:
    assert np.transpose(Tensor([1.0, 2.0]), 0).shape == (2,)


# --- derivatives of what goes in and out ----------------------------------------------------------------------------


def test_derivatives_of_arrays_of_objects_are_arrays_of_floats() -> None:
    factors = np.array([2.0, 3.0], dtype=object)
    found = ac.jacobian(lambda x: x * factors)(2.0)
    assert found.dtype == float
    assert found.tolist() == [2.0, 3.0]
    assert ac.grad(lambda x: x[0] * x[1])(factors).dtype == float
    curved = ac.hessian(lambda x: x[0] ** 2 * x[1])
    assert curved(factors).tolist() == curved(np.array([2.0, 3.0])).tolist() == [[6.0, 4.0], [4.0, 0.0]]


def test_a_hessian_is_recorded() -> None:
    f = ac.hessian(lambda x: x[0] ** 2 * x[1])
    assert ac.record(f, np.ones(2))(np.array([3.0, 5.0])).tolist() == [[10.0, 6.0], [6.0, 0.0]]


def test_a_value_is_the_cotangent_of_a_tensor_without_axes() -> None:
    pullback = ac.vjp(lambda x: (x * x).sum(), np.array([1.0, 2.0]))[1]
    u = Value(3.0)
    [product] = pullback(u)
    assert product.data.tolist() == [6.0, 12.0]
    product.sum().backward()
    assert u.grad == 6.0
    with pytest.raises(ac.InputTypeError, match=r"a number or a Value, not a Tensor; write Value\(t\.item\(\)\)"):
        ac.vjp(lambda x: x * x, 3.0)[1](Tensor(1.0))


def test_a_pullback_is_linear_in_its_cotangent_and_has_that_derivative() -> None:
    pullback = ac.vjp(lambda x: x * x, 3.0)[1]
    assert ac.grad(lambda u: pullback(u)[0])(2.0) == 6.0
    pullback = ac.vjp(lambda x: x * x, np.array([1.0, 2.0]))[1]
    assert ac.jacobian(lambda u: pullback(u)[0])(np.array([5.0, 7.0])).tolist() == [[2.0, 0.0], [0.0, 4.0]]


# --- training -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"optimizer": "sgd"},
            r"the optimizer is 'sgd'; write optimizer=SGD\(model\.parameters\(\), learning_rate=0\.1\)",
        ),
        ({"optimizer": SGD}, r"the optimizer is the class SGD; write optimizer=SGD\("),
        ({"optimizer": None}, "the optimizer is None"),
        ({"loss": "mse"}, "'mse' is a name, not a function; did you mean mean_squared_error"),
        ({"loss": "hinges"}, "did you mean hinge"),
        ({"loss": None}, "None is not a function; write loss=mean_squared_error"),
        ({"loss": MLP}, "MLP is a class; write loss=mean_squared_error"),
        ({"loss": cross_entropy}, r"cross_entropy: the logits are \[.*; give a Tensor of shape"),
        ({"model": "model"}, r"'model' is a name, not a function; write model=MLP"),
        ({"model": MLP}, r"the model is the class MLP; make one of it"),
        ({"epochs": "3"}, "'3' is not an integer"),
        ({"seed": None}, "the seed None is not an integer"),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, dict) else "",
)
def test_training_says_what_belongs_where_something_else_was_given(wrong: dict[str, Any], message: str) -> None:
    model = MLP(2, [1], seed=0)
    good = {"model": model, "loss": mean_squared_error, "optimizer": SGD(model.parameters(), learning_rate=0.1)}
    options: dict[str, Any] = {**good, "epochs": 1, "batch_size": 2, "seed": 0, **wrong}
    with pytest.raises(ac.AutogradError, match=message):
        train(options.pop("model"), _ROWS, [0.0, 1.0], **options)


def test_accuracy_takes_a_model_of_tensors() -> None:
    model = _model()
    assert accuracy(model.to_tensor(), _ROWS, [0, 1]) == accuracy(model, _ROWS, [0, 1])
    with pytest.raises(ac.InputTypeError, match="give the last layer one neuron"):
        accuracy(MLP(2, [2], seed=0).to_tensor(), _ROWS, [0, 1])
