"""What can be done to arrays and differentiated: the class Operation, and those made of the lines of the table.

An operation's derivative is written once and read three ways. Its rules take a namespace ``f`` of functions:

- :data:`PLAIN`: NumPy, for the usual backward pass;
- :data:`CAREFUL`: NumPy, where a factor that is exactly 0 ends its product, even beside an infinity or nan;
- the functions of Tensors (:mod:`autograd_core.array.functions`), so that the derivative is a graph again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..formulas.emit import ARRAY, MASK, Backend, compile_function
from ..formulas.formula import Apply, Expression, Number, Variable
from ..formulas.native import KEPT
from ..formulas.primitives import Primitive
from ..formulas.rules import OPCODES, PRIMITIVES
from ..scalar.hooks import ENGINE
from ..scalar.kernels import is_compiled

__all__ = [
    "CAREFUL",
    "PLAIN",
    "STRUCTURAL",
    "Every",
    "Operation",
    "computed_by",
    "elementwise",
    "is_kept",
    "local_kernel",
    "passed_on",
    "rule_of",
    "structural",
    "without_zero_paths",
]

Rule = Callable[..., Any]


class Every:
    """The rules of an operation with any number of operands: one function, which is told the position."""

    __slots__ = ("_rule",)

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def __getitem__(self, position: int) -> Rule:
        return partial(self._rule, position)


class Operation:
    """A differentiable function of arrays.

    Attributes
    ----------
    name
        Its name, in pictures and messages.
    forward
        From arrays and options to an array.
    vjps
        One rule an operand: ``vjp(f, g, z, *inputs, *options)`` is what the operand receives if the result z has the
        upstream gradient g. It may still be broadcast; None stands for 0.
    jvps
        One rule an operand: ``jvp(f, t, z, *inputs, *options)`` is the tangent of z if the operand has tangent t.
    fast
        The vjps for ``f = PLAIN``.
    multilinear
        Whether it is known to be linear in each operand by itself.
    """

    __slots__ = ("fast", "forward", "jvps", "multilinear", "name", "vjps")

    def __init__(
        self,
        name: str,
        forward: Rule,
        vjps: Sequence[Rule] | Every,
        jvps: Sequence[Rule] | Every,
        fast: Sequence[Rule] | None = None,
    ) -> None:
        self.name = name
        self.forward = forward
        self.vjps = vjps
        self.jvps = jvps
        self.fast = vjps if fast is None else fast
        self.multilinear = False

    def __repr__(self) -> str:
        return f"<operation {self.name}>"


# --- the functions that rules are made of ---------------------------------------------------------------------------


def without_zero_paths(product: Callable[..., Any], *factors: Any) -> Any:
    """A sum of products in which a factor that is exactly 0 ends its product, even beside an infinity or nan.

    Parameters
    ----------
    product
        A function that is linear in each of its arguments with coefficients 0 and 1: multiply, matmul, an einsum.
    *factors
        Its arguments.

    Notes
    -----
    Where all factors are finite it is the product itself. Otherwise the terms are counted that hold a nan, +inf or
    -inf and no 0; the counts are products of the factors' signs, and so are sums of products again.

    Examples
    --------
    >>> without_zero_paths(np.matmul, np.array([0.0, 2.0]), np.array([np.inf, 3.0])).item()
    6.0
    """
    factors = tuple(map(np.asarray, factors))
    if all(np.isfinite(each).all() for each in factors):
        return product(*factors)

    def signs(kept: Rule) -> Any:
        return product(*(np.where(kept(each), np.sign(each), 0.0) for each in factors))

    def presence(kept: Rule) -> Any:
        return product(*(np.where(kept(each) & (each != 0.0), 1.0, 0.0) for each in factors))

    def not_nan(each: Any) -> Any:
        return ~np.isnan(each)

    finite = product(*(np.where(np.isfinite(each), each, np.zeros((), each.dtype)) for each in factors))
    numbers = presence(not_nan)
    undefined = numbers != presence(lambda each: True)
    infinite, signed = numbers - presence(np.isfinite), signs(not_nan) - signs(np.isfinite)
    up, down = infinite + signed > 0.5, infinite - signed > 0.5
    result = np.where(up, np.inf, np.where(down, -np.inf, finite))
    return np.where(undefined | (up & down), np.nan, result).astype(np.asarray(finite).dtype)[()]


def _broadcast_to(x: Any, shape: tuple[int, ...]) -> Any:
    """``np.broadcast_to`` without its detour through an iterator, where one number fills everything."""
    if x.ndim == 0:
        return np.ndarray(shape, x.dtype, np.asarray(x), 0, (0,) * len(shape))
    return np.broadcast_to(x, shape)


def _linear(rule: Primitive, position: int, f: Any, g: Any, z: Any, *inputs: Any) -> Any:
    return f.along_edge(rule, position, g, z, inputs)


def _along_edge(rule: Primitive, position: int, g: Any, z: Any, inputs: tuple[Any, ...]) -> Any:
    return without_zero_paths(np.multiply, g, local_kernel(rule, position)(z, *inputs))


#: NumPy's functions, and those of structural operations once they are defined.
PLAIN = SimpleNamespace(
    multiply=np.multiply, divide=np.divide, where=np.where, broadcast_to=_broadcast_to, matmul=np.matmul
)
#: The same, with the rule that a factor 0 ends its product.
CAREFUL = SimpleNamespace(
    **{
        **vars(PLAIN),
        "multiply": partial(without_zero_paths, np.multiply),
        "matmul": partial(without_zero_paths, np.matmul),
        "along_edge": _along_edge,
    }
)
#: The structural operations by name.
STRUCTURAL: dict[str, Operation] = {}


def structural(
    name: str, forward: Rule, vjps: Sequence[Rule] | Every, jvps: Sequence[Rule] | Every | None = None
) -> Operation:
    """Define an operation on whole arrays, and make it known to the rules of others.

    Parameters
    ----------
    name, forward, vjps, jvps
        See :class:`Operation`. Without `jvps` the operation is linear in each operand by itself, and is applied to
        the tangent in place of the operand.
    """
    multilinear = jvps is None
    if jvps is None:

        def jvp(position: int, f: Any, t: Any, z: Any, *arguments: Any) -> Any:
            return getattr(f, name)(*arguments[:position], t, *arguments[position + 1 :])

        jvps = Every(jvp)
    operation = Operation(name, forward, vjps, jvps)
    operation.multilinear = multilinear
    STRUCTURAL[name] = operation
    for namespace in (PLAIN, CAREFUL):
        if not hasattr(namespace, name):
            setattr(namespace, name, forward)
    return operation


# --- the lines of the table, element by element ---------------------------------------------------------------------

_made: list[Operation] = []


def elementwise(rule: Primitive) -> Operation:
    """The operation on arrays of a line of the table.

    >>> from autograd_core.formulas.rules import PRIMITIVES
    >>> elementwise(PRIMITIVES["tanh"]).forward is np.tanh
    True
    """
    while len(_made) <= rule.opcode:
        _made.append(_operation(OPCODES[len(_made)]))
    made = _made[rule.opcode]
    if made.name != rule.name:  # the table was put back by a test, and has another line here now
        made = _made[rule.opcode] = _operation(rule)
    return made


def rule_of(operation: Operation) -> Primitive | None:
    """The line of the table that an operation works by, element by element; None for an operation on whole arrays.

    >>> from autograd_core.formulas.rules import PRIMITIVES
    >>> rule_of(elementwise(PRIMITIVES["tanh"])).name, rule_of(STRUCTURAL["sum"])
    ('tanh', None)
    """
    rule = PRIMITIVES.get(operation.name)
    return rule if rule is not None and elementwise(rule) is operation else None


def _operation(rule: Primitive) -> Operation:
    positions = range(rule.arity)
    rules = tuple(partial(_linear, rule, position) for position in positions)
    fast = tuple(_fused(rule, position) for position in positions)
    return Operation(rule.name, _forward(rule), rules, rules, fast)


#: What NumPy spells with an operator, without the detour through a function that does.
_BY_OPERATOR = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative}


def _forward(rule: Primitive) -> Rule:
    kernel = rule.kernel(ARRAY)
    with np.errstate(all="ignore"):
        of_single = kernel(*(np.full(1, 0.5, np.float32) for _ in rule.arguments))
    if of_single.dtype == np.float32:
        spelled = ARRAY.spellings.get(rule.name, "")
        return getattr(np, rule.name) if spelled.startswith(f"np.{rule.name}(") else _BY_OPERATOR.get(rule.name, kernel)

    def forward(*inputs: Any) -> Any:  # a condition as a number would be a float64 always
        kind = np.result_type(*inputs)
        return kernel(*inputs).astype(kind if kind.kind == "f" else float)

    return forward


def _local(rule: Primitive, position: int) -> Expression:
    return rule.results((position,), ARRAY)[f"d{rule.arguments[position]}"]


_local_kernels: dict[tuple[Primitive, int], Rule] = {}


def is_kept(rule: Primitive) -> bool:
    """Whether C finds the slope of a function together with its value."""
    return is_compiled() and rule.name in KEPT


def _slopes(rule: Primitive, kernel: Rule) -> Rule:
    """The local derivative of a function whose slope C finds in one go; NumPy needs seven steps for tanh's."""

    def local(z: Any, x: Any) -> Any:
        found = ENGINE.slopes(rule.opcode, x) if type(x) is np.ndarray else None
        return kernel(z, x) if found is None else found

    return local


def local_kernel(rule: Primitive, position: int) -> Rule:
    """The local derivative alone, where the result z is known."""
    found = _local_kernels.get((rule, position))
    if found is None:
        name = f"{rule.name}_local_{position}"
        found = compile_function(ARRAY, name, ("z", *rule.arguments), {"d": _local(rule, position)})
        if is_kept(rule):
            found = _slopes(rule, found)
        _local_kernels[rule, position] = found
    return found


def _fused(rule: Primitive, position: int) -> Rule:
    """Upstream times local derivative in as few steps as NumPy can do it."""
    if is_kept(rule):
        kernel = local_kernel(rule, position)
        return lambda f, g, z, x: g * kernel(z, x)
    product, backend = passed_on(rule, position)
    if product == Number(0.0):
        return _nothing
    if product == Variable("g"):
        return _handed_on
    return compile_function(backend, f"{rule.name}_vjp_{position}", ("f", "g", "z", *rule.arguments), {"c": product})


@functools.cache
def computed_by(rule: Primitive) -> Expression:
    """The formula of a line of the table, as NumPy spells it.

    >>> from autograd_core.formulas.printing import to_text
    >>> from autograd_core.formulas.rules import PRIMITIVES
    >>> to_text(computed_by(PRIMITIVES["relu"]))
    'maximum(x, 0)'
    """
    return rule.results((), ARRAY)["z"]


@functools.cache
def passed_on(rule: Primitive, position: int) -> tuple[Expression, Backend]:
    """Upstream ``g`` times local derivative as a formula, and how NumPy spells it."""
    g, local = Variable("g"), _local(rule, position)
    match local:
        case Number(0.0):
            return local, ARRAY
        case Number(1.0):
            return g, ARRAY
        case Number(-1.0):
            return Apply("neg", (g,)), ARRAY
        case Apply("div", (Number(1.0), divisor)):
            return Apply("div", (g, divisor)), ARRAY
        case Apply("less" | "less_equal" | "greater" | "greater_equal" | "equal" | "not_equal", _):
            return Apply("mul", (g, local)), MASK
    return Apply("mul", (g, local)), ARRAY


def _nothing(*_: Any) -> None:
    return None


def _handed_on(f: Any, g: Any, *_: Any) -> Any:
    return g
