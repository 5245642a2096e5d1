"""The primitives as functions: one ``tanh`` for numbers, Values, Tensors and arrays.

A number gives a number, a Value gives a Value, a Tensor beside anything a Tensor, and a NumPy array gives an array (of
Values if it holds any). What each function computes is read from the table, and so is its documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..formulas.emit import NUMPY
from ..formulas.rules import PRIMITIVES, Primitive
from ..scalar.conversion import number_from, real_array, scalar_in
from ..scalar.making import apply, elementwise
from ..scalar.value import Value
from .functions import apply_to_tensors
from .tensor import Tensor

__all__ = [
    "abs", "absolute", "add", "arccos", "arcsin", "arctan", "arctan2", "at_kink", "clip", "contribution", "cos", "cosh",
    "divide", "elu", "equal", "exp", "expm1", "greater", "greater_equal", "hypot", "leaky_relu", "less", "less_equal",
    "log", "log1p", "logaddexp", "maximum", "minimum", "multiply", "negative", "not_equal", "positive", "power",
    "prelu", "relu", "sech", "sigmoid", "sign", "sin", "sinh", "softplus", "sqrt", "step", "subtract", "tan", "tanh",
    "where",
]  # fmt: skip


def function(name: str) -> Callable[..., Any]:
    """The function of a primitive, by its name in the table.

    >>> function("mul")(2.0, 3.0)
    6.0
    """
    rule = PRIMITIVES[name]

    def applied(*arguments: Any) -> Any:
        if len(arguments) == 1 and isinstance(arguments[0], Value):  # most calls
            return apply(rule.name, *arguments)
        for each in arguments:
            if isinstance(each, Tensor):
                return apply_to_tensors(rule, *arguments)
        return _evaluate(rule, arguments)

    applied.__name__ = applied.__qualname__ = rule.numpy_name
    applied.__doc__ = _docstring(rule)
    return applied


def _evaluate(rule: Primitive, arguments: tuple[Any, ...]) -> Any:
    arguments = tuple(scalar_in(each, rule.name) for each in rule.complete(arguments))
    if any(isinstance(each, np.ndarray) and each.ndim for each in arguments):
        if any(isinstance(each, Value) or _holds_objects(each) for each in arguments):
            return elementwise(rule.name, arguments)
        with np.errstate(all="ignore"):  # infinities and NaN are results here, not accidents
            return rule.kernel(NUMPY)(*(_floats(each, rule.name) for each in arguments))
    if any(isinstance(each, Value) for each in arguments):
        return apply(rule.name, *arguments)
    return rule.kernel()(*(number_from(each, rule.name) for each in arguments))


def _holds_objects(each: Any) -> bool:
    return isinstance(each, np.ndarray) and each.dtype.kind == "O"


def _floats(each: Any, name: str) -> Any:
    array = real_array(each, name)
    return array if array.dtype.kind == "f" else array.astype(float)


def _docstring(rule: Primitive) -> str:
    lines = "\n".join(f"    {line}" for line in rule.describe().splitlines())
    return f"""The primitive ``{rule.name}`` of numbers, Values, Tensors or arrays, element by element.

::

{lines}

A Value among the arguments makes the result a Value; an array makes it an array, and a Tensor a
Tensor.
"""


absolute = function("abs")
add = function("add")
arccos = function("arccos")
arcsin = function("arcsin")
arctan = function("arctan")
arctan2 = function("arctan2")
clip = function("clip")
at_kink = function("at_kink")
contribution = function("contribution")
cos = function("cos")
cosh = function("cosh")
divide = function("div")
elu = function("elu")
equal = function("equal")
exp = function("exp")
expm1 = function("expm1")
greater = function("greater")
greater_equal = function("greater_equal")
hypot = function("hypot")
leaky_relu = function("leaky_relu")
less = function("less")
less_equal = function("less_equal")
log = function("log")
log1p = function("log1p")
logaddexp = function("logaddexp")
maximum = function("maximum")
minimum = function("minimum")
multiply = function("mul")
negative = function("neg")
not_equal = function("not_equal")
positive = function("pos")
power = function("pow")
prelu = function("prelu")
relu = function("relu")
sech = function("sech")
sigmoid = function("sigmoid")
sign = function("sign")
sin = function("sin")
sinh = function("sinh")
softplus = function("softplus")
sqrt = function("sqrt")
step = function("step")
subtract = function("sub")
tan = function("tan")
tanh = function("tanh")
where = function("where")
abs = absolute
