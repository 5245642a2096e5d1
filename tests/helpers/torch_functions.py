"""PyTorch's function for each primitive of the table, for the comparisons in tests/oracle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def torch_functions() -> dict[str, Callable[..., Any]]:
    """PyTorch's own function for each primitive; none of them is composed from our formulas."""
    import torch
    from torch.nn import functional as F

    def zero_one(compare: Callable[..., Any]) -> Callable[..., Any]:
        # multiplying by 0 keeps the arguments in the graph, as a comparison has derivative 0 and not none
        return lambda x, y: compare(x, y).double() + 0.0 * (x + y)

    class Digamma(torch.autograd.Function):  # its own derivative has ten digits; zeta has all of them
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return torch.digamma(x)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            zeta = torch.special.zeta(torch.full_like(x, 2.0), torch.where(x > 0, x, 1.0 - x))
            reflected = (torch.pi / torch.sin(torch.pi * torch.where(x > 0, 0.5, x))) ** 2 - zeta
            return g * torch.where(x > 0, zeta, reflected)

    class Gammaln(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return torch.lgamma(x)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * Digamma.apply(*ctx.saved_tensors)

    return {
        "add": torch.add,
        "sub": torch.sub,
        "mul": torch.mul,
        "div": torch.div,
        "neg": torch.neg,
        "pos": torch.positive,
        "pow": torch.pow,
        "contribution": torch.mul,
        "at_kink": lambda x, y: y + 0.0 * x,
        "less": zero_one(torch.lt),
        "less_equal": zero_one(torch.le),
        "greater": zero_one(torch.gt),
        "greater_equal": zero_one(torch.ge),
        "equal": zero_one(torch.eq),
        "not_equal": zero_one(torch.ne),
        "where": lambda c, a, b: torch.where(c != 0, a, b) + 0.0 * c,
        "exp": torch.exp,
        "expm1": torch.expm1,
        "log": torch.log,
        "log1p": torch.log1p,
        "sqrt": torch.sqrt,
        "sin": torch.sin,
        "cos": torch.cos,
        "tan": torch.tan,
        "arcsin": torch.arcsin,
        "arccos": torch.arccos,
        "arctan": torch.arctan,
        "arctan2": torch.arctan2,
        "hypot": torch.hypot,
        "sinh": torch.sinh,
        "cosh": torch.cosh,
        "sech": lambda x: 1 / torch.cosh(x),
        "tanh": torch.tanh,
        "sign": torch.sign,
        "abs": torch.abs,
        "step": lambda x: torch.heaviside(x.detach(), torch.zeros((), dtype=x.dtype)) + 0.0 * x,
        "maximum": torch.maximum,
        "minimum": torch.minimum,
        "clip": torch.clamp,
        "sigmoid": torch.sigmoid,
        "softplus": lambda x: F.softplus(x, threshold=1e4),
        "logaddexp": torch.logaddexp,
        "relu": torch.relu,
        "leaky_relu": lambda x, slope: F.leaky_relu(x, float(slope)),
        "prelu": lambda x, slope: F.prelu(x.reshape(1, 1), slope.reshape(1)).reshape(()),
        "elu": lambda x, alpha: F.elu(x, float(alpha)),
        "selu": F.selu,
        "gelu": F.gelu,
        "silu": F.silu,
        "log_sigmoid": F.logsigmoid,
        "erf": torch.erf,
        "erfc": torch.erfc,
        "hurwitz_zeta": lambda x, s: torch.special.zeta(s, x),
        "digamma": Digamma.apply,
        "gammaln": Gammaln.apply,
        "exp2": torch.exp2,
        "log2": torch.log2,
        "log10": torch.log10,
        "cbrt": lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3),
        "arcsinh": torch.arcsinh,
        "arccosh": torch.arccosh,
        "arctanh": torch.arctanh,
        "sinc": torch.sinc,
        "floor": torch.floor,
        "ceil": torch.ceil,
        "rint": torch.round,
        "remainder": torch.remainder,
    }
