"""Every public door with good arguments, and what is wrong in place of one of them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scratch import table_kept

import autograd_core as ac
import nn
import viz
from autograd_core import Tensor, Value


class Anything:
    """Converts to nothing."""


def _endless() -> Iterator[float]:
    yield 1.0


#: Made anew for each call, for some are used up or changed.
WRONG: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "text": lambda: "a",
    "bytes": lambda: b"a",
    "no text": lambda: "",
    "dict": lambda: {"a": 1.0},
    "empty dict": dict,
    "empty list": list,
    "empty tuple": tuple,
    "lists of nothing": lambda: [[], []],
    "ragged": lambda: [[1.0], [1.0, 2.0]],
    "texts": lambda: ["a", None],
    "set": lambda: {1.0},
    "nan": lambda: float("nan"),
    "infinity": lambda: float("inf"),
    "huge": lambda: 10**400,
    "large": lambda: 2**70,
    "negative": lambda: -3,
    "zero": lambda: 0,
    "half": lambda: 0.5,
    "truth": lambda: True,
    "complex": lambda: 1j,
    "object": Anything,
    "class": lambda: Anything,
    "module": lambda: np,
    "generator": _endless,
    "date": lambda: datetime.date(2020, 1, 1),
    "duration": lambda: np.timedelta64(3, "s"),
    "long double": lambda: np.longdouble(1.5),
    "masked array": lambda: np.ma.masked_array([1.0, 2.0], [False, True]),
    "array of objects": lambda: np.array([Anything(), None], dtype=object),
    "array of texts": lambda: np.array(["a", "b"]),
    "array without numbers": lambda: np.zeros((0, 3)),
    "array of many axes": lambda: np.ones((1, 2, 1, 3)),
    "array of nan": lambda: np.full(2, np.nan),
    "record array": lambda: np.zeros(2, [("a", float)]),
    "Value": lambda: Value(1.0),
    "Values": lambda: [Value(1.0), Value(2.0), Value(3.0)],
    "Tensor": lambda: Tensor([1.0, 2.0, 3.0]),
    "Tensor of no numbers": lambda: Tensor(np.zeros((0, 2))),
    "constant": lambda: ac.constant(1.0),
    "function of nothing": lambda: lambda: 1.0,
    "function of five": lambda: lambda a, b, c, d, e: a,
    "function that returns None": lambda: lambda *args, **kwargs: None,
    "function that returns a text": lambda: lambda *args, **kwargs: "a",
    "function that returns a number": lambda: lambda *args, **kwargs: 1.0,
    "function that returns a list": lambda: lambda *args, **kwargs: [Value(1.0), None],
    "function that returns a Tensor": lambda: lambda *args, **kwargs: Tensor([1.0, 2.0]),
}


@dataclass(frozen=True)
class Door:
    """A callable and arguments that it takes, made anew for each call."""

    call: Callable[..., Any]
    args: Callable[[], tuple[Any, ...]] = tuple
    kwargs: Callable[[], dict[str, Any]] = dict

    def with_wrong(self, where: int | str, wrong: Any) -> Callable[[], Any]:
        """The call with something wrong at a position or keyword; at position -1 with one argument less."""
        args, kwargs = list(self.args()), self.kwargs()
        if isinstance(where, str):
            kwargs[where] = wrong
        else:
            args[where] = wrong
        return lambda: self.call(*args, **kwargs)

    def places(self) -> list[int | str]:
        """Where something can be wrong."""
        return [*range(len(self.args())), *self.kwargs()]


def _square(x: Any) -> Any:
    return x * x


def _sum(x: Any) -> Any:
    return (x * x).sum()


def _bowl(x: Any, y: Any) -> Any:
    return x * x + y * y


def _values() -> Any:
    return np.array([Value(1.0), Value(2.0)])


def _tensor() -> Tensor:
    return Tensor([1.0, 2.0])


def _matrix() -> Tensor:
    return Tensor([[2.0, 1.0], [1.0, 3.0]])


def _root() -> Any:
    x = Value(1.5, "x")
    return (x * x).tanh()


def _model() -> nn.MLP:
    return nn.MLP(2, [2, 1], seed=0)


ROWS = [[0.0, 1.0], [1.0, 0.0]]
HERE = [0.5, 1.0]


def _train_options() -> dict[str, Any]:
    model = nn.MLP(2, [1], seed=0)
    return {
        "model": model, "X": ROWS, "y": [0.0, 1.0], "loss": nn.mean_squared_error,
        "optimizer": nn.SGD(model.parameters(), learning_rate=0.1), "epochs": 1, "batch_size": 2, "seed": 0,
    }  # fmt: skip


def _history() -> nn.History:
    return nn.train(**_train_options())


def _one(*args: Callable[[], Any]) -> Callable[[], tuple[Any, ...]]:
    return lambda: tuple(each() for each in args)


def _as_is(*args: Any) -> Callable[[], tuple[Any, ...]]:
    return lambda: args


def _options(**kwargs: Any) -> Callable[[], dict[str, Any]]:
    return lambda: dict(kwargs)


def _primitives() -> Iterator[tuple[str, Door]]:
    """Every function of the table that is public, of Values and of Tensors; and as methods."""
    by_name = {name: rule for rule in ac.PRIMITIVES.values() for name in (rule.name, rule.numpy_name)}
    public = {getattr(ac, name): name for name in ac.__all__ if callable(getattr(ac, name))}
    for rule in ac.PRIMITIVES.values():
        for node in (lambda: Value(0.5), _tensor):
            kind, arity = type(node()).__name__, rule.arity
            others = (0.5,) * (arity - 1)
            for name in dir(node()):
                method = getattr(type(node()), name)
                if name == rule.name and callable(method):
                    yield (
                        f"{kind}.{name}",
                        Door(lambda *others, node=node, method=method: method(node(), *others), _as_is(*others)),
                    )
    for function, name in public.items():
        rule = by_name.get(name)
        if rule is not None:
            yield name, Door(function, lambda arity=rule.arity: (_tensor(), *(0.5,) * (arity - 1)))
            yield f"{name} of Values", Door(function, lambda arity=rule.arity: (_values(), *(0.5,) * (arity - 1)))


def _structural() -> Iterator[tuple[str, Door]]:
    of_one = {
        "sum": {"axis": 0, "keepdims": False}, "mean": {"axis": 0, "keepdims": False},
        "prod": {"axis": 0, "keepdims": False}, "var": {"axis": 0, "ddof": 0, "keepdims": False},
        "max": {"axis": 0, "keepdims": False}, "min": {"axis": 0, "keepdims": False},
        "logsumexp": {"axis": 0, "keepdims": False}, "softmax": {"axis": 0}, "log_softmax": {"axis": 0},
        "cumsum": {"axis": 0}, "diagonal": {"offset": 0, "axis1": 0, "axis2": 1},
        "trace": {"offset": 0, "axis1": 0, "axis2": 1}, "squeeze": {"axis": None}, "swapaxes": {"axis1": 0, "axis2": 1},
        "norm": {"ord": 2, "axis": 0, "keepdims": False}, "det": {}, "inv": {}, "cholesky": {},
        "reshape": {"shape": (4,)}, "transpose": {"axes": (1, 0)}, "broadcast_to": {"shape": (2, 2, 2)},
        "expand_dims": {"axis": 0}, "pad": {"pad_width": 1, "constant_values": 0.0}, "stop_gradient": {},
    }  # fmt: skip
    for name, options in of_one.items():
        function = getattr(ac, name, None)
        for kind, make in (("a Tensor", _matrix), ("an array", lambda: _matrix().data)):
            if function is not None:
                yield f"{name} of {kind}", Door(function, _one(make), _options(**options))
        method = getattr(Tensor, name, None)
        if method is not None and name not in ("reshape", "transpose"):
            yield (
                f"Tensor.{name}",
                Door(lambda m=method, **options: m(_matrix(), **options), kwargs=_options(**options)),
            )
    yield "Tensor.reshape", Door(lambda *shape: _matrix().reshape(*shape), _as_is(4))
    yield "Tensor.transpose", Door(lambda *axes: _matrix().transpose(*axes), _as_is(1, 0))
    yield "Tensor.astype", Door(lambda dtype: _matrix().astype(dtype), _as_is(float))
    for name in ("dot", "matmul", "outer", "solve"):
        yield name, Door(getattr(ac, name), lambda: (_matrix(), _tensor()))
    for name in ("dot", "matmul"):
        yield f"Tensor.{name}", Door(getattr(_matrix(), name), _one(_tensor))
    yield "einsum", Door(ac.einsum, lambda: ("ij,j->i", _matrix(), _tensor()))
    for name in ("stack", "concatenate"):
        yield name, Door(getattr(ac, name), lambda: ([_tensor(), _tensor()],), _options(axis=0))


def _derivatives() -> Iterator[tuple[str, Door]]:
    for name in ("grad", "value_and_grad", "hessian", "jacobian"):
        function = getattr(ac, name)
        yield name, Door(function, _as_is(_sum), _options(argnums=0))
        yield f"{name}(f)", Door(lambda f, x, function=function: function(f)(x), _as_is(_sum, np.ones(2)))
        yield (
            f"{name}(f), argnums",
            Door(lambda f, x, argnums, function=function: function(f, argnums)(x, x), _as_is(_bowl, 1.0, (0, 1))),
        )
    yield "jacobian, mode", Door(lambda mode: ac.jacobian(_square, mode=mode)(np.ones(2)), _as_is("reverse"))
    for name in ("jvp", "hvp"):
        yield name, Door(getattr(ac, name), _as_is(_sum, (np.ones(2),), (np.ones(2),)))
    yield "gauss_newton_vp", Door(ac.gauss_newton_vp, _as_is(_square, _sum, (np.ones(2),), (np.ones(2),)))
    yield "vjp", Door(ac.vjp, _as_is(_square, np.ones(2)))
    yield "pullback", Door(ac.vjp(_square, np.ones(2))[1], _as_is(np.ones(2)))
    yield "checkpoint", Door(lambda f, x: ac.checkpoint(f)(x), _as_is(_sum, np.ones(2)))
    yield (
        "custom_derivative",
        Door(
            lambda f, vjp, jvp, x: ac.custom_derivative(f, vjp=vjp, jvp=jvp)(x).sum().backward(),
            lambda: (_square, lambda u, z, x: (u * 2 * x,), lambda t, z, x: t[0] * 2 * x, _tensor()),
        ),
    )
    yield (
        "check_gradients",
        Door(
            ac.check_gradients,
            _as_is(_square, 1.0),
            _options(order=1, method="auto", directions=1, sample=None, seed=0),
        ),
    )
    yield "check_own_engine", Door(ac.check_own_engine, _as_is(Value))
    yield "check_gradients, sample", Door(ac.check_gradients, _as_is(_square, 1.0), _options(sample=1, order=2))
    yield "check_gradients, analytic", Door(ac.check_gradients, _as_is(_square, 1.0), _options(analytic=2.0))
    yield "assert_gradients", Door(ac.assert_gradients, _as_is(_square, 1.0), _options(order=1))
    yield "step_size_study", Door(ac.step_size_study, _as_is(ac.exp, 1.0))
    yield "best_step", Door(lambda formula: ac.step_size_study(ac.exp, 1.0).best_step(formula), _as_is("central"))
    yield "record", Door(ac.record, _as_is(_bowl, 1.0, 2.0))
    yield "jit", Door(ac.jit, _as_is(_bowl), _options(static_argnums=0, arrays="values", max_programs=3))
    yield "take", Door(ac.take, _as_is([1.0, 2.0], 1))
    yield "jit(f)", Door(ac.jit(_bowl), _as_is(1.0, 2.0))
    program = ac.record(_bowl, 1.0, 2.0)
    yield "program", Door(program, _as_is(1.0, 2.0))
    yield "program.value_and_grad", Door(program.value_and_grad, _as_is(1.0, 2.0), _options(argnums=0))
    yield "program.batched", Door(program.batched, _as_is((0, None)), _options(reduce="sum"))
    batched = program.batched((0, None), reduce="sum")
    yield "batched", Door(batched, _as_is(np.ones(2), 2.0))
    yield "batched.value_and_grad", Door(batched.value_and_grad, _as_is(np.ones(2), 2.0), _options(argnums=0))
    yield "program.save", Door(program.save, _as_is("program.npz"))
    yield "program.to_c", Door(program.to_c, _as_is("model.c"), _options(name="model"))
    yield "program.to_javascript", Door(program.to_javascript, _as_is("model.js"))
    yield "program.to_wasm", Door(program.to_wasm, _as_is("model.wasm"))
    yield "Program.load", Door(lambda path: (program.save("program.npz"), ac.Program.load(path)), _as_is("program.npz"))

    def from_graph(outputs: Any, inputs: Any, branches: Any) -> Any:
        return ac.Program.from_graph(outputs, inputs, branches=branches)

    def graph() -> tuple[Any, ...]:
        x = Value(1.0)
        return x * x, [x], ()

    yield "Program.from_graph", Door(from_graph, graph)


def _nodes() -> Iterator[tuple[str, Door]]:
    yield "Value", Door(Value, _as_is(1.0, "x"))
    yield "Tensor", Door(Tensor, _as_is([1.0], "x"))
    yield "constant", Door(ac.constant, _as_is(1.0, "x"))
    yield "apply", Door(ac.apply, lambda: ("hypot", Value(1.0), 2.0))
    yield "scope", Door(ac.scope, _as_is("layer"))
    for kind, make in (("Value", lambda: Value(1.0)), ("Tensor", _tensor)):
        for attribute, good in (("data", make().data), ("grad", make().data), ("label", "x")):
            yield (
                f"{kind}.{attribute} =",
                Door(lambda given, make=make, attribute=attribute: setattr(make(), attribute, given), _as_is(good)),
            )
    yield "Tensor.backward", Door((_tensor() * 2).backward, _as_is([1.0, 1.0]))
    yield "Tensor.differs_from_parents", Door((_tensor() * 2).differs_from_parents)
    yield "Tensor[...]", Door(lambda index: _tensor()[index], _as_is(0))
    of_root = ["ancestors", "backward", "backward_steps", "cost", "diagnose", "expand", "gradient_health", "leaves",
               "topological_order", "stale_nodes"]  # fmt: skip
    for name in of_root:
        function = getattr(ac, name)
        make = {"expand": lambda: _tensor() * 2, "stale_nodes": lambda: [Value(1.0)]}.get(name, _root)
        yield name, Door(lambda root, f=function: _drained(f(root)), _one(make))
    yield "diff", Door(ac.diff, _one(_root, _root))

    def root_and_leaf() -> tuple[Any, Any]:
        x = Value(1.5, "x")
        root = x * x
        root.backward()
        return root, x

    yield "explain", Door(ac.explain, root_and_leaf, _options(max_steps=40))
    yield "paths", Door(ac.paths, root_and_leaf, _options(limit=20))
    yield "weighted_sum", Door(ac.weighted_sum, lambda: ([Value(1.0)], [Value(2.0)], Value(0.0)))
    yield (
        "primitive",
        Door(
            lambda *args, **kwargs: _unregistered(ac.primitive, *args, **kwargs),
            _as_is("wrong_thing", "x * x", "2 * x"),
            _options(symbol="w", latex=r"\w{{{0}}}", kink="x == 0", domain="x > 0", parameter=None),
        ),
    )
    for name in ("complete", "partial_given", "results"):
        good = {"complete": ((1.0,),), "partial_given": (0, ()), "results": ((0,),)}[name]
        yield f"Primitive.{name}", Door(getattr(ac.PRIMITIVES["exp"], name), _as_is(*good))


def _unregistered(primitive: Any, name: Any, *args: Any, **kwargs: Any) -> None:
    """Registers it, and takes it out again: the table is the same for every test."""
    with table_kept():
        primitive(name, *args, **kwargs)


def _drained(result: Any) -> Any:
    return list(result) if isinstance(result, Iterator) else result


def _read_csv(path: Any, **options: Any) -> Any:
    """Reads the file, which is there; a wrong path leads to no other."""
    Path("table.csv").write_text("a,t\n1,2\n", encoding="utf-8")
    return nn.load_csv(path, **options)


def _recorded() -> nn.History:
    """A training with every moment kept."""
    return nn.fit(_model(), ROWS, HERE, loss=nn.mean_squared_error, epochs=1, record_every=1)


def _networks() -> Iterator[tuple[str, Door]]:
    yield "MLP", Door(nn.MLP, _as_is(2, [2, 1]), _options(activation="tanh", initializer="uniform", seed=0, name="m"))
    yield "Layer", Door(nn.Layer, _as_is(2, 1, True), _options(activation="tanh", initializer="uniform", seed=0))
    yield "Neuron", Door(nn.Neuron, _as_is(2, True), _options(activation="tanh", initializer="uniform", seed=0, nout=1))
    yield "Dense", Door(nn.Dense, lambda: (Tensor([[1.0, 2.0]]), Tensor([1.0]), "tanh"), _options(name="d"))
    yield "Sequential", Door(lambda layers: nn.Sequential(layers)([1.0, 2.0]),
                             lambda: ([nn.Dense(Tensor([[1.0, 2.0]]), Tensor([1.0]))],))  # fmt: skip
    yield "model", Door(_model(), _as_is([0.0, 1.0]))
    yield "model of Tensors", Door(_model().to_tensor(), _as_is([0.0, 1.0]))
    yield "layer.on", Door(_model().layers[0].on, lambda: ([Value(1.0), Value(2.0)],))
    yield "neuron.on", Door(_model().layers[0].neurons[0].on, lambda: ([Value(1.0), Value(2.0)],))
    for optimizer in (nn.SGD, nn.Adam, nn.AdamW, nn.RMSProp, nn.Newton):
        yield optimizer.__name__, Door(optimizer, lambda: ([Value(1.0)], 0.1))
    for name, function, arguments in (
        ("StepDecay", nn.StepDecay, (10, 0.1)), ("Constant", nn.Constant().factor, (3,)),
        ("Exponential", nn.Exponential, (0.9,)), ("Cosine", nn.Cosine, (10, 0.0)),
        ("WarmUp", nn.WarmUp, (10, 0.1, nn.Constant())), ("ReduceOnPlateau", nn.ReduceOnPlateau, (0.1, 10)),
        ("ridge", nn.ridge, (0.1,)), ("Dropout", nn.Dropout, (0.1,)), ("BatchNorm", nn.BatchNorm, (2, "tanh")),
        ("PReLU", nn.PReLU, (2, 0.25)), ("normal", nn.normal, (0.0, 1.0)),
        ("constant_weights", nn.constant_weights, (1.0,)), ("uniform_between", nn.uniform_between, (0.0, 1.0)),

        ("closed_form_ridge", nn.closed_form_ridge, (ROWS, HERE, 0.1)),
    ):  # fmt: skip
        yield name, Door(function, _as_is(*arguments))
    yield "Standardizer", Door(lambda mean, scale: nn.Standardizer(mean, scale).transform(ROWS), _as_is(HERE, HERE))
    yield "Standardizer.fit", Door(nn.Standardizer.fit, _as_is(ROWS))
    yield "Standardizer.transform", Door(nn.Standardizer.fit(ROWS).transform, _as_is(ROWS))
    yield "accuracy", Door(nn.accuracy, lambda: (_model(), ROWS, [0, 1]))
    for loss in (
        nn.binary_cross_entropy_with_logits, nn.hinge, nn.mean_squared_error, nn.mean_absolute_error, nn.huber,
        nn.quantile, nn.gaussian_negative_log_likelihood,
    ):  # fmt: skip
        options = {"quantile": {"q": 0.5}, "huber": {"delta": 1.0}}.get(loss.__name__, {})
        if loss is nn.gaussian_negative_log_likelihood:
            options = {"variance": 1.0}
        yield loss.__name__, Door(loss, lambda: ([Value(0.5), Value(1.0)], [1.0, 1.0], [1.0, 2.0]), _options(**options))
    yield "cross_entropy", Door(nn.cross_entropy, lambda: (_matrix(), [0, 1], [1.0, 2.0]))
    yield "kullback_leibler", Door(nn.kullback_leibler, lambda: (_matrix(), np.eye(2), [1.0, 2.0]))
    for name, initializer in nn.INITIALIZERS.items():
        import random

        yield name, Door(initializer, lambda: (random.Random(0), 2, 1))
    yield "minibatches", Door(nn.minibatches, _as_is(4), _options(batch_size=2, seed=0))
    yield "lasso", Door(nn.lasso, _as_is(0.1), _options(proximal=True))
    yield "elastic_net", Door(nn.elastic_net, _as_is(0.1), _options(gamma=0.5, proximal=True))
    for each in (nn.predict, nn.predict_proba):
        yield each.__name__, Door(each, lambda: (_model(), ROWS), _options(head="binary"))
    yield "score", Door(nn.score, lambda: (_model(), ROWS, [0, 1]), _options(head="binary"))
    yield "fit", Door(lambda **options: nn.fit(options.pop("model"), options.pop("X"), options.pop("y"), **options),
                      kwargs=lambda: {**_train_options(), "validation": 0.5, "patience": 1,
                                      "sample_weight": [1.0, 2.0]})  # fmt: skip
    yield "train", Door(lambda **options: nn.train(options.pop("model"), options.pop("X"), options.pop("y"), **options),
                        kwargs=_train_options)  # fmt: skip
    yield "train_test_split", Door(nn.train_test_split, _as_is(ROWS, HERE),
                                   _options(test_size=0.5, stratify=[0, 0], seed=0))  # fmt: skip
    yield "Data", Door(nn.Data, _as_is(ROWS, HERE), _options(feature_names=["a", "b"], class_names=()))
    yield "Data.split", Door(nn.Data(ROWS, HERE).split, kwargs=_options(test_size=1, validation_size=None, seed=0))
    yield "load_csv", Door(_read_csv, _as_is("table.csv"), _options(target="t", features=["a"], delimiter=","))
    yield "load", Door(nn.load, _as_is("iris"))
    yield "model.save", Door(_model().save, _as_is("model.safetensors"))
    yield "importance", Door(nn.importance, lambda: (_model(), ROWS, [0, 1]),
                             _options(feature_names=["a", "b"], output=0, repeats=2, seed=0))  # fmt: skip
    yield "confusion_matrix", Door(nn.confusion_matrix, _as_is([0, 1], [1, 1], ["a", "b"]))
    yield "hyperparameters", Door(nn.hyperparameters, lambda: (_model(), _recorded()))
    yield "summary", Door(nn.summary, lambda: (_model(),))
    yield "moons", Door(nn.moons, _as_is(10), _options(noise=0.1, seed=0))
    yield "circles", Door(nn.circles, _as_is(10), _options(noise=0.1, seed=0))
    yield "xor", Door(nn.xor, _as_is(10), _options(noise=0.1, seed=0))
    yield "spirals", Door(nn.spirals, _as_is(10), _options(arms=2, turns=1.0, noise=0.1, seed=0))
    yield (
        "gradient_health of a model",
        Door(ac.gradient_health, lambda: (_model(), ROWS, HERE), _options(loss=nn.mean_squared_error)),
    )


def _pictures() -> Iterator[tuple[str, Door]]:
    yield (
        "draw",
        Door(
            viz.draw,
            _one(_root),
            _options(title="t", max_nodes=500, depth=None, focus=None, around=None, heat=None),
        ),
    )
    yield "compare", Door(viz.compare, _one(_root, _root), _options(title="t", max_nodes=500))
    yield (
        "draw_network",
        Door(viz.draw_network, _one(_model), _options(title="t", inputs=None, outputs=None, heat=None, thickest=None)),
    )
    yield "formula", Door(viz.formula, _one(_root), _options(max_equations=40))
    yield (
        "step_through",
        Door(viz.step_through, _one(_root), _options(title="t", start="forward", mode="play", ask=["x"], lang="en")),
    )
    yield "worksheet", Door(viz.worksheet, _one(_root), _options(hide="grad", title="t", lang="en"))
    yield "slides", Door(viz.slides, _one(_root), _options(title="t", lang="en"))
    yield "widget", Door(viz.widget, _one(_root), _options(title="t", mode="play"))
    yield "replay", Door(viz.replay, lambda: (_recorded(),), _options(example=0, title="t"))
    yield "Slides.save", Door(lambda path: viz.slides(_root()).save(path), _as_is("talk.html"))
    yield "exercises", Door(viz.exercises, kwargs=_options(seed=1, n=1, level=2))
    yield "ExerciseSheet.grade", Door(viz.exercises(1, 1, 1).grade, _as_is({"1 w": 1.0}))
    yield "ExerciseSheet.save", Door(viz.exercises(1, 1, 1).save, _as_is("sheet.html"))
    yield "Page.save", Door(lambda path: viz.step_through(_root()).save(path), _as_is("lesson.html"))
    yield "Drawing", Door(viz.Drawing, _as_is("digraph { a }", "a graph"), _options(engine="dot"))
    yield "Drawing.save", Door(lambda path: viz.draw(_root()).save(path), _as_is("drawing.dot"))


def _plots() -> Iterator[tuple[str, Door]]:
    learned = _options(loss=nn.mean_squared_error)
    yield "plot_activations", Door(viz.plot_activations, _as_is(("tanh",)), _options(title="t"))
    yield (
        "plot_approximation",
        Door(viz.plot_approximation, lambda: (ac.sin, {"m": nn.MLP(1, [1], seed=0)}), _options(limits=(-1.0, 1.0))),
    )
    yield (
        "plot_confusion_matrix",
        Door(viz.plot_confusion_matrix, lambda: (nn.confusion_matrix([0, 1], [1, 1]),), _options(title="t")),
    )
    yield (
        "plot_curves",
        Door(
            viz.plot_curves,
            _as_is({"a": ([1.0, 2.0], [3.0, 4.0])}),
            _options(x="s", y="m", logarithmic="y", points=("a",), title="t"),
        ),
    )
    yield "plot_importance", Door(viz.plot_importance, lambda: (nn.importance(_model(), ROWS),), _options(title="t"))
    yield (
        "plot_decision_boundary",
        Door(viz.plot_decision_boundary, lambda: (_model(), ROWS, [0.0, 1.0]), _options(names=("a", "b"))),
    )
    yield (
        "plot_landscape",
        Door(
            viz.plot_landscape,
            _as_is(_bowl),
            _options(start=(1.0, 1.0), learning_rate=0.1, steps=2, optimizer=nn.SGD, limits=((-1.0, 1.0), (-1.0, 1.0))),
        ),
    )
    yield "plot_layer_histograms", Door(viz.plot_layer_histograms, lambda: (_model(), ROWS, HERE), learned)
    yield (
        "plot_learning_rates",
        Door(viz.plot_learning_rates, _as_is(_bowl), _options(start=(1.0, 1.0), learning_rates=(0.1,), steps=2)),
    )
    yield (
        "plot_loss_around",
        Door(
            viz.plot_loss_around,
            lambda: (_model(), ROWS, HERE),
            _options(loss=nn.mean_squared_error, seed=0, radius=1.0, points=5),
        ),
    )
    yield (
        "plot_penalties",
        Door(viz.plot_penalties, _as_is(_bowl), _options(start=(1.0, 1.0), strength=0.1, learning_rate=0.01, steps=3)),
    )
    yield (
        "plot_standardizing",
        Door(viz.plot_standardizing, _as_is([*ROWS, [0.5, 0.1], [0.2, 0.9]], [0.5, 1.0, 0.25, 0.75])),
    )
    yield "plot_step_sizes", Door(viz.plot_step_sizes, lambda: (ac.step_size_study(ac.exp, 1.0),))
    yield "plot_taylor", Door(viz.plot_taylor, _as_is(ac.sin, 0.0), _options(orders=(1,), limits=(-1.0, 1.0)))
    yield "plot_training", Door(viz.plot_training, _one(_history))
    yield (
        "plot_valleys",
        Door(viz.plot_valleys, _as_is({"a": _bowl}), _options(start=(1.0, 1.0), limits=((-1.0, 1.0), (-1.0, 1.0)))),
    )


PLOTS: dict[str, Door] = dict(_plots())
DOORS: dict[str, Door] = {
    **dict(_primitives()), **dict(_structural()), **dict(_derivatives()), **dict(_nodes()), **dict(_networks()),
    **dict(_pictures()),
}  # fmt: skip
