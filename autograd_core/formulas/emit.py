"""Formulas to source text: one emitter, one dictionary of spellings a back end. Nothing here knows a derivative.

A formula is first *lowered*: every function that the table defines by a formula is replaced by that formula, until
only intrinsic functions (those every back end has) are left. Then equal subexpressions are named once, and each is
spelled as the back end spells it.
"""

from __future__ import annotations

import math
import types
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from . import complex_functions, ieee
from .formula import Apply, Expression, Number, Variable, substitute

__all__ = [
    "ARRAY",
    "BACKENDS",
    "COMPARISONS",
    "COMPLEX",
    "FLOAT",
    "INTRINSICS",
    "MASK",
    "NUMPY",
    "ON_ARRAYS",
    "SIMD",
    "SPELLED_OUT",
    "Backend",
    "C",
    "compile_function",
    "emit_statements",
    "in_double",
    "lower",
]

#: How Python and C spell them.
COMPARISONS = {
    "less": "({0} < {1})",
    "less_equal": "({0} <= {1})",
    "greater": "({0} > {1})",
    "greater_equal": "({0} >= {1})",
    "equal": "({0} == {1})",
    "not_equal": "({0} != {1})",
}


@dataclass(frozen=True, eq=False)
class Backend:
    """How one language spells the intrinsic functions.

    Attributes
    ----------
    name
        The name shown in messages and tests.
    spellings
        A template a function; ``{0}``, ``{1}``, ... are the spelled arguments.
    condition
        Makes a number of a comparison: 1 where it holds, 0 elsewhere.
    choice
        Chooses by a comparison: ``{0}`` the comparison, ``{1}`` where it holds, ``{2}`` elsewhere.
    namespace
        What the spelled text refers to, for the back ends that run in Python.
    comparisons
        A template a comparison.
    """

    name: str
    spellings: Mapping[str, str]
    condition: str
    choice: str
    namespace: Mapping[str, Any] = field(default_factory=dict)
    comparisons: Mapping[str, str] = field(default_factory=lambda: COMPARISONS)


#: The functions every back end has itself, and how many arguments each takes. All others are made of these.
INTRINSICS = {
    **dict.fromkeys(("add", "sub", "mul", "div", "pow", "arctan2", "hypot", "remainder", *COMPARISONS), 2),
    **dict.fromkeys(("neg", "pos", "abs", "exp", "expm1", "log", "log1p", "sqrt"), 1),
    **dict.fromkeys(("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"), 1),
    **dict.fromkeys(("exp2", "log2", "log10", "cbrt", "arcsinh", "arccosh", "arctanh", "erf", "erfc"), 1),
    **dict.fromkeys(("floor", "ceil", "rint"), 1),
    "where": 3,
}

_ARITHMETIC = {"add": "({0} + {1})", "sub": "({0} - {1})", "mul": "({0} * {1})", "neg": "(-{0})", "pos": "(+{0})"}


def _calls(prefix: str) -> dict[str, str]:
    """Spell every intrinsic function as a call of the same name."""
    return {name: f"{prefix}{name}({'{0}, {1}' if arity == 2 else '{0}'})" for name, arity in INTRINSICS.items()}


FLOAT = Backend(
    name="float",
    spellings={**_calls(""), **_ARITHMETIC, "div": "divide({0}, {1})", "pow": "power({0}, {1})", "abs": "fabs({0})"},
    condition="(1.0 if {0} else 0.0)",
    choice="({1} if {0} else {2})",
    namespace=ieee.FUNCTIONS,
)

#: Complex numbers close to the real axis, which the complex step runs on.
COMPLEX = Backend(
    name="complex",
    spellings=FLOAT.spellings,
    condition=FLOAT.condition,
    choice=FLOAT.choice,
    namespace=complex_functions.FUNCTIONS,
    comparisons={name: f"{name}({{0}}, {{1}})" for name in COMPARISONS},
)


def in_double(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of contiguous arrays of float64, on whatever holds floats; the result is of the same kind."""

    def on_array(x: Any) -> Any:
        kind = np.result_type(x)
        return np.asarray(function(np.asarray(x, np.float64, order="C")), kind if kind.kind == "f" else float)[()]

    return on_array


def _look_up(name: str) -> Callable[[Any], Any]:
    return lambda x: ON_ARRAYS[name](x)  # noqa: PLW0108 (which may be another one by then)


#: Functions of one argument that NumPy has not, or only in many steps, on arrays. Those made of others are added where
#: the table is, and where C is compiled it takes all of them over (program/engine.py).
ON_ARRAYS: dict[str, Callable[[Any], Any]] = {
    name: in_double(np.frompyfunc(getattr(math, name), 1, 1)) for name in ("erf", "erfc")
}
_ON_ARRAYS = {name: _look_up(name) for name in (*ON_ARRAYS, "digamma", "gammaln")}

#: NumPy, with every function spelled out that is made of others.
SPELLED_OUT = Backend(
    name="NumPy, spelled out",
    spellings={
        **_calls("np."),
        **_ARITHMETIC,
        "div": "np.divide({0}, {1})",
        "pow": "np.power({0}, {1})",
        **{name: f"{name}({{0}})" for name in ON_ARRAYS},
    },
    condition="np.where({0}, 1.0, 0.0)",
    choice="np.where({0}, {1}, {2})",
    namespace={"np": np, **_ON_ARRAYS},
)
NUMPY = replace(
    SPELLED_OUT, name="NumPy", spellings={**SPELLED_OUT.spellings, **{name: f"{name}({{0}})" for name in _ON_ARRAYS}}
)


def _power(x: Any, y: Any) -> Any:
    """Powers of arrays, by multiplication for the exponent 2, as in every back end; see :func:`lower`."""
    if isinstance(y, float) or y.ndim == 0:
        if y == 2.0:
            return x * x
        if y == 1.0:
            return +x
    return np.power(x, y)


def _contribution(x: Any, y: Any) -> Any:
    """Products of arrays in which a factor that is exactly 0 wins over infinities and nan."""
    product = x * y
    if np.isnan(product).any():
        product = np.where((x == 0.0) | (y == 0.0), product.dtype.type(0.0), product)
    return product


def _sech(x: Any) -> Any:
    """``1 / cosh(x)``, of NumPy's exponential, which is faster than its cosh."""
    power = np.exp(-np.abs(x))
    return 2.0 * power / (1.0 + power * power)


#: NumPy over the arrays of Tensors: functions that NumPy has itself are not spelled out.
ARRAY = Backend(
    name="array",
    spellings={
        **NUMPY.spellings,
        **{name: f"np.{name}({{0}}, {{1}})" for name in ("maximum", "minimum", "logaddexp")},
        "sign": "np.sign({0})",
        "pow": "power({0}, {1})",
        "contribution": "contribution({0}, {1})",
        "sech": "sech({0})",
        "sigmoid": "(1.0 / (1.0 + np.exp(-{0})))",  # without a choice, which is slow; where exp overflows it is 0
    },
    condition=NUMPY.condition,
    choice=NUMPY.choice,
    namespace={**NUMPY.namespace, "power": _power, "contribution": _contribution, "sech": _sech},
)

#: The same where a condition is a factor: NumPy multiplies by truth values faster than it chooses by them.
MASK = replace(ARRAY, name="mask", condition="{0}")

#: Names in C; autograd_hypot and autograd_remainder stand in the generated header and round as Python does.
_C_NAMES = {
    **{"abs": "fabs", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2"},
    **{"arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh"},
    **{"hypot": "autograd_hypot", "remainder": "autograd_remainder"},
}

C = Backend(
    name="C",
    spellings={
        **{name: call.replace(name, _C_NAMES.get(name, name), 1) for name, call in _calls("").items()},
        **_ARITHMETIC,
        "div": "({0} / {1})",
    },
    condition="({0} ? 1.0 : 0.0)",
    choice="({0} ? {1} : {2})",
)

#: C over rows of numbers: exp, log and their kin are those of simd_math.h, which compilers make SIMD code of.
SIMD = Backend(
    name="SIMD",
    spellings={
        **C.spellings,
        **{name: f"autograd_{name}({{0}})" for name in ("exp", "expm1", "log", "log1p", "sech", "tanh")},
    },
    condition=C.condition,
    choice=C.choice,
)

#: The back ends that run in Python.
BACKENDS = (FLOAT, NUMPY)


def lower(expression: Expression, definitions: Mapping[str, tuple[tuple[str, ...], Expression]]) -> Expression:
    """Replace every function that has a definition by it, until only intrinsic functions are left.

    Parameters
    ----------
    expression
        The formula.
    definitions
        For a defined function the names of its arguments and its formula; intrinsic functions are absent.
    """
    if not isinstance(expression, Apply):
        return expression
    arguments = tuple(lower(argument, definitions) for argument in expression.arguments)
    if expression.function == "pow" and arguments[1] == Number(2.0):
        return Apply("mul", (arguments[0], arguments[0]))  # correctly rounded and faster than any library's pow
    if expression.function not in definitions:
        return Apply(expression.function, arguments)
    names, formula = definitions[expression.function]
    return substitute(lower(formula, definitions), dict(zip(names, arguments, strict=True)))


class _Emitter:
    """Spell formulas for one back end, naming what occurs more than once."""

    def __init__(self, backend: Backend, formulas: Sequence[Expression]) -> None:
        self.backend = backend
        self.statements: list[tuple[str, str]] = []
        self.spelled: dict[Expression, str] = {}
        self.uses: Counter[Expression] = Counter()
        for formula in formulas:
            self._count(formula)

    def _count(self, expression: Expression) -> None:
        self.uses[expression] += 1
        if isinstance(expression, Apply) and self.uses[expression] == 1:
            for argument in expression.arguments:
                self._count(argument)

    def spell(self, expression: Expression) -> str:
        match expression:
            case Number(value):
                return repr(value) if value >= 0 else f"({value!r})"
            case Variable(name):
                return name
        if expression not in self.spelled:
            text = self._spell_call(expression)
            if self.uses[expression] > 1:
                name = f"t{len(self.statements)}"
                self.statements.append((name, text))
                text = name
            self.spelled[expression] = text
        return self.spelled[expression]

    def _spell_call(self, expression: Apply) -> str:
        function, arguments = expression.function, expression.arguments
        if function in COMPARISONS:
            return self.backend.condition.format(self._comparison(expression))
        if function == "where":
            condition, yes, no = arguments
            return self.backend.choice.format(self._comparison(condition), self.spell(yes), self.spell(no))
        return self.backend.spellings[function].format(*map(self.spell, arguments))

    def _comparison(self, expression: Expression) -> str:
        """Spell a formula where a truth value is wanted."""
        if isinstance(expression, Apply) and expression.function in COMPARISONS:
            return self.backend.comparisons[expression.function].format(*map(self.spell, expression.arguments))
        return self.backend.comparisons["not_equal"].format(self.spell(expression), "0.0")


def emit_statements(backend: Backend, results: Mapping[str, Expression]) -> list[tuple[str, str]]:
    """Spell lowered formulas as assignments, in an order in which they can be run.

    Parameters
    ----------
    backend
        The language.
    results
        The formula for each name to be assigned. A formula may refer to a name assigned before it.

    Returns
    -------
    list of (name, text)
        Each text computes its name from the names before it.
    """
    emitter = _Emitter(backend, list(results.values()))
    for name, formula in results.items():
        emitter.statements.append((name, emitter.spell(formula)))
    return emitter.statements


def compile_function(
    backend: Backend, name: str, arguments: Sequence[str], results: Mapping[str, Expression]
) -> Callable[..., Any]:
    """Make a Python function that returns the results as a tuple (a single result as it is).

    The source consists of spellings of this module and of names checked by
    :func:`autograd_core.formulas.formula.parse`.
    """
    lines = [f"def {name}({', '.join(arguments)}):"]
    lines += [f"    {target} = {text}" for target, text in emit_statements(backend, results)]
    lines.append(f"    return {', '.join(results)}")
    module = types.ModuleType(f"{__name__}.{backend.name}")
    module.__dict__.update(backend.namespace)
    exec(compile("\n".join(lines), f"<{backend.name} form of {name}>", "exec"), module.__dict__)
    function: Callable[..., Any] = module.__dict__[name]
    return function
