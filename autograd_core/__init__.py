"""A scalar reverse-mode automatic differentiation engine whose graph a person can inspect.

This module only re-exports; it is the list of what a user may import.
"""

import importlib
import sys

import numpy as _np

# Each of these gives the classes of nodes what they ask of modules above them, see scalar/hooks.py.
from .array_functions import protocol as _protocol_of_numpy  # noqa: F401 (first: it fills the tables Tensors read)

# isort: split
from .array import copying as _copying_of_tensors  # noqa: F401
from .scalar import copying as _copying_of_values  # noqa: F401
from .scalar import given as _given  # noqa: F401
from .scalar import once  # noqa: F401

# isort: split
from .array.elementwise import (
    abs as abs,  # not in __all__: a star import shall not replace Python's own
)
from .array.elementwise import (
    absolute,
    add,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    at_kink,
    cbrt,
    ceil,
    clip,
    contribution,
    cos,
    cosh,
    digamma,
    divide,
    elu,
    equal,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    floor,
    gammaln,
    gelu,
    greater,
    greater_equal,
    hurwitz_zeta,
    hypot,
    leaky_relu,
    less,
    less_equal,
    log,
    log1p,
    log2,
    log10,
    log_sigmoid,
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
    remainder,
    rint,
    sech,
    selu,
    sigmoid,
    sign,
    silu,
    sin,
    sinc,
    sinh,
    softplus,
    sqrt,
    step,
    subtract,
    tan,
    tanh,
    where,
)
from .array.functions import (
    broadcast_to,
    concatenate,
    diagonal,
    expand_dims,
    pad,
    reshape,
    squeeze,
    stack,
    swapaxes,
    trace,
    transpose,
)
from .array.reductions import cumsum, log_softmax, logsumexp, mean, norm, prod, softmax, var
from .array.reductions import max as max
from .array.reductions import min as min
from .array.reductions import sum as sum
from .array.reverse import backward
from .array.tensor import Tensor
from .array.walks import ancestors, leaves, stale_nodes, topological_order
from .array_functions.algebra import cholesky, det, dot, einsum, inv, matmul, outer, solve
from .array_programs.jit import jit
from .array_programs.jitted import Jitted
from .array_programs.program import ArrayProgram
from .array_programs.recording import record
from .array_programs.structure import RecordedCall
from .check.gradcheck import assert_gradients, check_gradients
from .check.own_engine import EngineReport, EngineRow, check_own_engine
from .check.report import GradientReport, GradientRow
from .check.step_size import StepSizeStudy, step_size_study
from .derivatives.expand import expand
from .errors import ELSEWHERE as _ELSEWHERE
from .errors import (
    AnomalyError,
    AutogradError,
    BranchChanged,
    DataChangedError,
    FormulaError,
    GradientCheckError,
    IdentityWarning,
    ImmutableGraphError,
    InputTypeError,
    InputValueError,
    KinkWarning,
    LeavesGraphError,
    LinearAlgebraError,
    ModelFileError,
    NotReplayedWarning,
    OutOfRangeError,
    ProgramFileError,
    RenderError,
    SymmetryWarning,
    UnknownNameError,
)
from .formulas.rules import PRIMITIVES, Primitive, primitive
from .inspect.anomalies import Diagnosis
from .inspect.anomaly import detect_anomaly, diagnose
from .inspect.diff import GraphDiff, NodeChange, NodeEntry, NumberChange, diff
from .inspect.explain import explain
from .inspect.explanation import ExplainedEdge, ExplainedStep, Explanation
from .inspect.health import gradient_health
from .inspect.health_report import EdgeHealth, GradientHealth, LayerHealth, Trouble
from .inspect.paths import Path, Paths, paths
from .program.program import BatchedProgram, Program
from .scalar.blocks import no_grad, scope
from .scalar.kernels import is_compiled
from .scalar.making import apply, weighted_sum
from .scalar.reverse import EdgeStep, Step, backward_steps
from .scalar.value import Value, constant
from .transforms.cost import Cost, Operations, cost
from .transforms.custom import checkpoint, custom_derivative
from .transforms.gradients import grad, jvp, stop_gradient, value_and_grad, vjp
from .transforms.jacobians import gauss_newton_vp, hessian, hvp, jacobian
from .transforms.taking import take

# Graphs that were pickled before there were wings, and scripts that look inside, name modules as they stood then.
for _former, _module in {
    "copying": "scalar.copying",
    "cross_entropy": "array.cross_entropy",
    "numeric": "numerical.finite_differences",
    "pickling": "scalar.pickling",
    "recording": "scalar.recording",
    "tensor": "array.tensor",
    "tensor_copying": "array.copying",
    "value": "scalar.value",
}.items():
    globals()[_former] = sys.modules[f"{__name__}.{_former}"] = importlib.import_module(f"{__name__}.{_module}")

__version__ = "0.1.0"

#: Whether the nodes run as compiled C; if not, the same source runs as plain Python.
compiled = is_compiled()

__all__ = [
    "PRIMITIVES",
    "AnomalyError",
    "ArrayProgram",
    "AutogradError",
    "BatchedProgram",
    "BranchChanged",
    "Cost",
    "DataChangedError",
    "Diagnosis",
    "EdgeHealth",
    "EdgeStep",
    "EngineReport",
    "EngineRow",
    "ExplainedEdge",
    "ExplainedStep",
    "Explanation",
    "FormulaError",
    "GradientCheckError",
    "GradientHealth",
    "GradientReport",
    "GradientRow",
    "GraphDiff",
    "IdentityWarning",
    "ImmutableGraphError",
    "InputTypeError",
    "InputValueError",
    "Jitted",
    "KinkWarning",
    "LayerHealth",
    "LeavesGraphError",
    "LinearAlgebraError",
    "ModelFileError",
    "NodeChange",
    "NodeEntry",
    "NotReplayedWarning",
    "NumberChange",
    "Operations",
    "OutOfRangeError",
    "Path",
    "Paths",
    "Primitive",
    "Program",
    "ProgramFileError",
    "RecordedCall",
    "RenderError",
    "Step",
    "StepSizeStudy",
    "SymmetryWarning",
    "Tensor",
    "Trouble",
    "UnknownNameError",
    "Value",
    "absolute",
    "add",
    "ancestors",
    "apply",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "assert_gradients",
    "at_kink",
    "backward",
    "backward_steps",
    "broadcast_to",
    "cbrt",
    "ceil",
    "check_gradients",
    "check_own_engine",
    "checkpoint",
    "cholesky",
    "clip",
    "compiled",
    "concatenate",
    "constant",
    "contribution",
    "cos",
    "cosh",
    "cost",
    "cumsum",
    "custom_derivative",
    "det",
    "detect_anomaly",
    "diagnose",
    "diagonal",
    "diff",
    "digamma",
    "divide",
    "dot",
    "einsum",
    "elu",
    "equal",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expand",
    "expand_dims",
    "explain",
    "expm1",
    "floor",
    "gammaln",
    "gauss_newton_vp",
    "gelu",
    "grad",
    "gradient_health",
    "greater",
    "greater_equal",
    "hessian",
    "hurwitz_zeta",
    "hvp",
    "hypot",
    "inv",
    "jacobian",
    "jit",
    "jvp",
    "leaky_relu",
    "leaves",
    "less",
    "less_equal",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_sigmoid",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "matmul",
    "maximum",
    "mean",
    "minimum",
    "multiply",
    "negative",
    "no_grad",
    "norm",
    "not_equal",
    "outer",
    "pad",
    "paths",
    "positive",
    "power",
    "prelu",
    "primitive",
    "prod",
    "record",
    "relu",
    "remainder",
    "reshape",
    "rint",
    "scope",
    "sech",
    "selu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinc",
    "sinh",
    "softmax",
    "softplus",
    "solve",
    "sqrt",
    "squeeze",
    "stack",
    "stale_nodes",
    "step",
    "step_size_study",
    "stop_gradient",
    "subtract",
    "swapaxes",
    "take",
    "tan",
    "tanh",
    "topological_order",
    "trace",
    "transpose",
    "value_and_grad",
    "var",
    "vjp",
    "weighted_sum",
    "where",
]


def __getattr__(name: str) -> object:
    if name[:1] == "_":
        raise AttributeError(name)
    if name in dir(_np) and name not in _ELSEWHERE:
        raise UnknownNameError("autograd_core", name, (), f"write numpy.{name}, for NumPy's own functions take Tensors")
    raise UnknownNameError("autograd_core", name, __all__, "help(autograd_core) lists what there is")
