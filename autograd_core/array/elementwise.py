"""The primitives as functions: one ``tanh`` for numbers, Values, Tensors and arrays.

A number gives a number, a Value gives a Value, a Tensor beside anything a Tensor, and a NumPy array gives an array (of
Values if it holds any). What each function computes is read from the table, and so is its documentation.
"""

from __future__ import annotations

from typing import Any, Protocol, overload

import numpy as np
from numpy.typing import NDArray

from ..formulas.emit import NUMPY
from ..formulas.rules import PRIMITIVES, Primitive
from ..scalar.conversion import number_from, real_array, scalar_in
from ..scalar.making import apply, elementwise, in_order, signature_of
from ..scalar.value import Value, unary
from .functions import apply_to_tensors
from .tensor import Tensor

__all__ = [
    "abs",
    "absolute",
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "at_kink",
    "cbrt",
    "ceil",
    "clip",
    "contribution",
    "cos",
    "cosh",
    "digamma",
    "divide",
    "elu",
    "equal",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "gammaln",
    "gelu",
    "greater",
    "greater_equal",
    "hurwitz_zeta",
    "hypot",
    "leaky_relu",
    "less",
    "less_equal",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_sigmoid",
    "logaddexp",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "not_equal",
    "positive",
    "power",
    "prelu",
    "relu",
    "remainder",
    "rint",
    "sech",
    "selu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinc",
    "sinh",
    "softplus",
    "sqrt",
    "step",
    "subtract",
    "tan",
    "tanh",
    "where",
]  # fmt: skip


class Unary(Protocol):
    """A function of one argument: a number for a number, a node for a node, an array for an array."""

    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Tensor, /) -> Tensor: ...
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: NDArray[Any], /) -> NDArray[Any]: ...


class Binary(Protocol):
    """A function of two arguments: a Tensor if one of them is, else an array if one is, else a Value if one is."""

    @overload
    def __call__(self, x: Value, y: Value | float, /) -> Value: ...
    @overload
    def __call__(self, x: float, y: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Tensor, y: Tensor | Value | float | NDArray[Any], /) -> Tensor: ...
    @overload
    def __call__(self, x: Value | float | NDArray[Any], y: Tensor, /) -> Tensor: ...
    @overload
    def __call__(self, x: float, y: float, /) -> float: ...
    @overload
    def __call__(self, x: NDArray[Any], y: Value | float | NDArray[Any], /) -> NDArray[Any]: ...
    @overload
    def __call__(self, x: Value | float, y: NDArray[Any], /) -> NDArray[Any]: ...


class WithParameter(Protocol):
    """A function of one argument and of a number, which has a name of its own and a default."""

    @overload
    def __call__(self, x: Value, /, *parameter: float, **named: float) -> Value: ...
    @overload
    def __call__(self, x: Tensor, /, *parameter: float, **named: float) -> Tensor: ...
    @overload
    def __call__(self, x: float, /, *parameter: float, **named: float) -> float: ...
    @overload
    def __call__(self, x: NDArray[Any], /, *parameter: float, **named: float) -> NDArray[Any]: ...


def function(name: str) -> Any:
    """The function of a primitive, by its name in the table.

    >>> function("add")(2, 4)
    6.0
    >>> import inspect
    >>> inspect.signature(function("tanh")), inspect.signature(function("leaky_relu"))
    (<Signature (x, /)>, <Signature (x, /, slope=0.01)>)
    """
    rule = PRIMITIVES[name]
    opcode, arity = rule.opcode, rule.arity

    def applied(*arguments: Any, **named: Any) -> Any:
        if named:
            arguments = in_order(rule, arguments, named)
        if arity == 1 == len(arguments):  # most calls
            [x] = arguments
            if isinstance(x, Value):
                return unary(opcode, x)
            if isinstance(x, Tensor):
                return apply_to_tensors(rule, x)
        nodes, others = False, False
        for each in arguments:
            if isinstance(each, Tensor):
                return apply_to_tensors(rule, *arguments)
            if isinstance(each, Value):
                nodes = True
            elif type(each) is not float:
                others = True
        if nodes and not others:  # nothing that could be an array
            return apply(name, *arguments)
        return _evaluate(rule, arguments)

    applied.__name__ = applied.__qualname__ = rule.numpy_name
    applied.__doc__ = _docstring(rule)
    applied.__signature__ = signature_of(rule)  # type: ignore[attr-defined]
    return applied


def _clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    if low is None:
        return positive(x) if high is None else minimum(x, high)
    return maximum(x, low) if high is None else _clip_between(x, low, high)


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


absolute: Unary = function("abs")
add: Binary = function("add")
arccos: Unary = function("arccos")
arccosh: Unary = function("arccosh")
arcsin: Unary = function("arcsin")
arcsinh: Unary = function("arcsinh")
arctan: Unary = function("arctan")
arctan2: Binary = function("arctan2")
arctanh: Unary = function("arctanh")
at_kink: Binary = function("at_kink")
cbrt: Unary = function("cbrt")
ceil: Unary = function("ceil")
_clip_between = function("clip")
contribution: Binary = function("contribution")
cos: Unary = function("cos")
cosh: Unary = function("cosh")
digamma: Unary = function("digamma")
divide: Binary = function("div")
elu: WithParameter = function("elu")
equal: Binary = function("equal")
erf: Unary = function("erf")
erfc: Unary = function("erfc")
exp: Unary = function("exp")
exp2: Unary = function("exp2")
expm1: Unary = function("expm1")
floor: Unary = function("floor")
gammaln: Unary = function("gammaln")
gelu: Unary = function("gelu")
greater: Binary = function("greater")
greater_equal: Binary = function("greater_equal")
hurwitz_zeta: WithParameter = function("hurwitz_zeta")
hypot: Binary = function("hypot")
leaky_relu: WithParameter = function("leaky_relu")
less: Binary = function("less")
less_equal: Binary = function("less_equal")
log: Unary = function("log")
log10: Unary = function("log10")
log1p: Unary = function("log1p")
log2: Unary = function("log2")
log_sigmoid: Unary = function("log_sigmoid")
logaddexp: Binary = function("logaddexp")
maximum: Binary = function("maximum")
minimum: Binary = function("minimum")
multiply: Binary = function("mul")
negative: Unary = function("neg")
not_equal: Binary = function("not_equal")
positive: Unary = function("pos")
power: Binary = function("pow")
prelu: Binary = function("prelu")
relu: Unary = function("relu")
remainder: Binary = function("remainder")
rint: Unary = function("rint")
sech: Unary = function("sech")
selu: Unary = function("selu")
sigmoid: Unary = function("sigmoid")
sign: Unary = function("sign")
silu: Unary = function("silu")
sin: Unary = function("sin")
sinc: Unary = function("sinc")
sinh: Unary = function("sinh")
softplus: Unary = function("softplus")
sqrt: Unary = function("sqrt")
step: Unary = function("step")
subtract: Binary = function("sub")
tan: Unary = function("tan")
tanh: Unary = function("tanh")
where = function("where")
abs = absolute
clip = _clip
clip.__name__ = clip.__qualname__ = "clip"
clip.__doc__ = _clip_between.__doc__
