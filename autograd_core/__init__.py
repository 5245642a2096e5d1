"""A scalar reverse-mode automatic differentiation engine whose graph a person can inspect.

This module only re-exports; it is the list of what a user may import.
"""

from .errors import (
    AutogradError,
    FormulaError,
    ImmutableGraphError,
    InputTypeError,
    InputValueError,
    LeavesGraphError,
    RenderError,
)
from .functions import (
    abs,
    absolute,
    add,
    arccos,
    arcsin,
    arctan,
    arctan2,
    cos,
    cosh,
    divide,
    elu,
    equal,
    exp,
    expm1,
    greater,
    greater_equal,
    hypot,
    leaky_relu,
    less,
    less_equal,
    log,
    log1p,
    logaddexp,
    maximum,
    minimum,
    multiply,
    negative,
    not_equal,
    positive,
    power,
    prelu,
    relu,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    step,
    subtract,
    tan,
    tanh,
    where,
)
from .graph import ancestors, leaves, stale_nodes, topological_order
from .recording import no_grad, scope
from .reverse import EdgeStep, Step, backward, backward_steps
from .rules import PRIMITIVES, Primitive, primitive
from .transforms import grad, value_and_grad
from .value import Value, apply, constant
