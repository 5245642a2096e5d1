"""The primitives as functions: one ``tanh`` for numbers, Values, Tensors and arrays.

A number gives a number, a Value gives a Value, a Tensor beside anything a Tensor, and a NumPy array gives an array (of
Values if it holds any). What each
function computes is read from the table, and so is its documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .conversion import number_from
from .emit import NUMPY
from .errors import InputTypeError
from .rules import PRIMITIVES, Primitive
from .tensor import Tensor
from .tensor_functions import apply_to_tensors
from .value import Value, apply, elementwise

__all__ = [
    "abs", "absolute", "add", "arccos", "arcsin", "arctan", "arctan2", "clip", "cos", "cosh", "divide", "elu",
    "equal", "exp", "expm1", "greater", "greater_equal", "hypot", "leaky_relu", "less", "less_equal", "log",
    "log1p", "logaddexp", "maximum", "minimum", "multiply", "negative", "not_equal", "positive", "power", "prelu",
    "relu", "sigmoid", "sign", "sin", "sinh", "softplus", "sqrt", "step", "subtract", "tan", "tanh", "where",
]  # fmt: skip


def _function(name: str) -> Callable[..., Any]:
    rule = PRIMITIVES[name]

    def function(*arguments: Any) -> Any:
        for each in arguments:
            if isinstance(each, Tensor):
                return apply_to_tensors(rule, *arguments)
        return _evaluate(rule, arguments)

    function.__name__ = function.__qualname__ = rule.numpy_name
    function.__doc__ = _docstring(rule)
    return function


def _evaluate(rule: Primitive, arguments: tuple[Any, ...]) -> Any:
    arguments = rule.complete(arguments)
    if any(isinstance(each, np.ndarray) and each.ndim for each in arguments):
        if any(isinstance(each, Value) or _holds_objects(each) for each in arguments):
            return elementwise(rule.name, arguments)
        with np.errstate(all="ignore"):  # infinities and NaN are results here, not accidents
            return rule.kernel(NUMPY)(*(_real_array(each, rule.name) for each in arguments))
    if any(isinstance(each, Value) for each in arguments):
        return apply(rule.name, *arguments)
    return rule.kernel()(*(number_from(each, rule.name) for each in arguments))


def _holds_objects(each: Any) -> bool:
    return isinstance(each, np.ndarray) and each.dtype.kind == "O"


def _real_array(each: Any, name: str) -> Any:
    array = np.asarray(each)
    if array.dtype.kind not in "biuf":
        raise InputTypeError(f"{name}: an array of {array.dtype} does not hold real numbers; convert it to float first")
    return array if array.dtype.kind == "f" else array.astype(float)


def _docstring(rule: Primitive) -> str:
    lines = "\n".join(f"    {line}" for line in rule.describe().splitlines())
    return f"""The primitive ``{rule.name}`` of numbers, Values, Tensors or arrays, element by element.

::

{lines}

A Value among the arguments makes the result a Value; an array makes it an array, and a Tensor a
Tensor.
"""


absolute = _function("abs")
add = _function("add")
arccos = _function("arccos")
arcsin = _function("arcsin")
arctan = _function("arctan")
arctan2 = _function("arctan2")
clip = _function("clip")
cos = _function("cos")
cosh = _function("cosh")
divide = _function("div")
elu = _function("elu")
equal = _function("equal")
exp = _function("exp")
expm1 = _function("expm1")
greater = _function("greater")
greater_equal = _function("greater_equal")
hypot = _function("hypot")
leaky_relu = _function("leaky_relu")
less = _function("less")
less_equal = _function("less_equal")
log = _function("log")
log1p = _function("log1p")
logaddexp = _function("logaddexp")
maximum = _function("maximum")
minimum = _function("minimum")
multiply = _function("mul")
negative = _function("neg")
not_equal = _function("not_equal")
positive = _function("pos")
power = _function("pow")
prelu = _function("prelu")
relu = _function("relu")
sigmoid = _function("sigmoid")
sign = _function("sign")
sin = _function("sin")
sinh = _function("sinh")
softplus = _function("softplus")
sqrt = _function("sqrt")
step = _function("step")
subtract = _function("sub")
tan = _function("tan")
tanh = _function("tanh")
where = _function("where")
abs = absolute
