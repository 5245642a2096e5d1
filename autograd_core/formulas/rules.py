"""THE TABLE: one line a primitive. Nothing else in the project knows a derivative, a symbol or a LaTeX form.

In a line ``x``, ``y`` and ``w`` are the arguments in order and ``z`` is the result. After the name come the formula of
``z`` and the formula of each local derivative (dz/dx, dz/dy, dz/dw). A primitive whose formula is just itself, such as
``tanh(x)``, is intrinsic: every back end has it. The others are made of those, in a form that keeps full accuracy and
never overflows on the way to a finite result.

Where a primitive has no derivative its line says so with ``kink=``, and its derivative formula gives the value that is
used there. The policy: relu'(0) = 0 and abs'(0) = 0; equal arguments of ``maximum`` and ``minimum`` share the
derivative by halves (all as in PyTorch and JAX); a jump (``step``, ``sign``, a comparison) has derivative 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .emit import ON_ARRAYS, SPELLED_OUT, in_double
from .gamma import DIGAMMA, GAMMALN, HURWITZ_ZETA, TRIGAMMA
from .primitives import OPCODES, PRIMITIVES, Primitive, compute, derivative, latex, parse_formula, primitive

__all__ = ["OPCODES", "PRIMITIVES", "Primitive", "compute", "derivative", "latex", "parse_formula", "primitive"]

# fmt: off

# arithmetic ---------- z ------------------------ dz/dx ------------------------------- dz/dy ----------------------
primitive("add",        "x + y",                   "1",                                  "1",          symbol="+", latex="#1 + #2", numpy="add")
primitive("sub",        "x - y",                   "1",                                  "-1",         symbol="−", latex="#1 - #2", numpy="subtract")
primitive("mul",        "x * y",                   "y",                                  "x",          symbol="×", latex=r"#1 \cdot #2", numpy="multiply")
primitive("div",        "x / y",                   "1 / y",                              "-z / y",     symbol="÷", latex=r"\frac{#1}{#2}", numpy="divide", domain="y != 0")
primitive("neg",        "-x",                      "-1",                                               symbol="−", latex="-#1", numpy="negative")
primitive("pos",        "+x",                      "1",                                                symbol="+", latex="#1", numpy="positive")
primitive("pow",        "x ** y",                  "where(y != 0, y * x**(y - 1), where(x != 0, y / x * z, 0))",
                                                                                         "where((x == 0) * (y > 0), 0, z * log(x))",
                                                   symbol="xʸ", latex="#1^{#2}", numpy="power", domain="x > 0")

# a step of the chain rule, upstream times local derivative: a factor that is exactly 0 ends the path, even beside inf
primitive("contribution", "where((x == 0) + (y == 0), 0, x * y)",  "y",                    "x",          symbol="×", latex=r"#1 \cdot #2")

# comparisons: 1 where they hold, 0 elsewhere -----------------------------------------------------------------------
primitive("less",          "x < y",                "0",                                  "0",          symbol="<", latex="[#1 < #2]", kink="x == y")
primitive("less_equal",    "x <= y",               "0",                                  "0",          symbol="≤", latex=r"[#1 \leq #2]", kink="x == y")
primitive("greater",       "x > y",                "0",                                  "0",          symbol=">", latex="[#1 > #2]", kink="x == y")
primitive("greater_equal", "x >= y",               "0",                                  "0",          symbol="≥", latex=r"[#1 \geq #2]", kink="x == y")
primitive("equal",         "x == y",               "0",                                  "0",          symbol="=", latex="[#1 = #2]", kink="x == y")
primitive("not_equal",     "x != y",               "0",                                  "0",          symbol="≠", latex=r"[#1 \neq #2]", kink="x == y")

# the number goes on, and no derivative: what stop_gradient(x) is, where a program is recorded ------------------------
primitive("stop_gradient", "+x",                   "0",                                                latex=r"\operatorname{stop}(#1)", kink="x == x")

# the number y of a derivative at a kink, in the place of what the chain rule makes of it: x, which holds beside the kink
# (y whatever x is: the choice is there so that the result has the shape of both)
primitive("at_kink",       "where(x == x, y, y)",  "0",                                  "1",          latex="#2")

# choice: y where x is not 0, w where it is --------------------------------------------------- dz/dw ---------------
primitive("where",      "where(x, y, w)",          "0",                                  "x != 0",     "x == 0",
                                                   latex=r"\begin{cases}{#2} & {#1}\\{#3} & \text{otherwise}\end{cases}")

# exponentials and logarithms ---------------------------------------------------------------------------------------
primitive("exp",        "exp(x)",                  "z",                                                latex="e^{#1}")
primitive("expm1",      "expm1(x)",                "exp(x)",                                           latex=r"\operatorname{expm1}(#1)")
primitive("log",        "log(x)",                  "1 / x",                                            latex=r"\ln(#1)", domain="x > 0")
primitive("log1p",      "log1p(x)",                "1 / (1 + x)",                                      latex=r"\ln(1 + {#1})", domain="x > -1")
primitive("sqrt",       "sqrt(x)",                 "0.5 / z",                                          symbol="√", latex=r"\sqrt{#1}", domain="x > 0")
primitive("exp2",       "exp2(x)",                 "0.6931471805599453 * z",                           latex="2^{#1}")
primitive("log2",       "log2(x)",                 "1.4426950408889634 / x",                           latex=r"\log_2(#1)", domain="x > 0")
primitive("log10",      "log10(x)",                "0.4342944819032518 / x",                           latex=r"\log_{10}(#1)", domain="x > 0")
primitive("cbrt",       "cbrt(x)",                 "1 / (3 * z**2)",                                   symbol="∛", latex=r"\sqrt[3]{#1}", domain="x != 0")

# trigonometric and hyperbolic functions ----------------------------------------------------------------------------
primitive("sin",        "sin(x)",                  "cos(x)",                                           latex=r"\sin(#1)")
primitive("cos",        "cos(x)",                  "-sin(x)",                                          latex=r"\cos(#1)")
primitive("tan",        "tan(x)",                  "1 + z**2",                                         latex=r"\tan(#1)")
primitive("arcsin",     "arcsin(x)",               "1 / sqrt((1 - x) * (1 + x))",                      latex=r"\arcsin(#1)", domain="x*x < 1")
primitive("arccos",     "arccos(x)",               "-1 / sqrt((1 - x) * (1 + x))",                     latex=r"\arccos(#1)", domain="x*x < 1")
primitive("arctan",     "arctan(x)",               "1 / (1 + x**2)",                                   latex=r"\arctan(#1)")
primitive("hypot",      "hypot(x, y)",             "where(z == 0, 0, x / z)",            "where(z == 0, 0, y / z)",
                                                   latex=r"\sqrt{{#1}^2 + {#2}^2}", kink="z == 0")
primitive("arctan2",    "arctan2(x, y)",           "y / hypot(x, y) / hypot(x, y)",      "-x / hypot(x, y) / hypot(x, y)",
                                                   latex=r"\operatorname{arctan2}(#1, #2)", domain="(x != 0) + (y > 0)")
primitive("sinh",       "sinh(x)",                 "cosh(x)",                                          latex=r"\sinh(#1)")
primitive("cosh",       "cosh(x)",                 "sinh(x)",                                          latex=r"\cosh(#1)")
primitive("sech",       "1 / cosh(x)",             "-z * tanh(x)",                                     latex=r"\operatorname{sech}(#1)")
primitive("tanh",       "tanh(x)",                 "sech(x)**2",                                       latex=r"\tanh(#1)")
primitive("arcsinh",    "arcsinh(x)",              "1 / hypot(x, 1)",                                  latex=r"\operatorname{arcsinh}(#1)")
primitive("arccosh",    "arccosh(x)",              "1 / sqrt(x - 1) / sqrt(x + 1)",                    latex=r"\operatorname{arccosh}(#1)", domain="x > 1")
primitive("arctanh",    "arctanh(x)",              "1 / ((1 - x) * (1 + x))",                          latex=r"\operatorname{arctanh}(#1)", domain="x*x < 1")
# near 0 the derivative is its series in (pi x)^2, for cos(pi x) - z cancels there
primitive("sinc",       "where(x == 0, 1, sin(3.141592653589793 * x) / (3.141592653589793 * x))",
                        "where((3.141592653589793 * x)**2 < 0.5, -3.289868133696453 * x * (1 - (3.141592653589793 * x)**2 / 10 * (1 - (3.141592653589793 * x)**2 / 28 * (1 - (3.141592653589793 * x)**2 / 54 * (1 - (3.141592653589793 * x)**2 / 88 * (1 - (3.141592653589793 * x)**2 / 130 * (1 - (3.141592653589793 * x)**2 / 180)))))), (cos(3.141592653589793 * x) - z) / x)",
                                                                                                       latex=r"\operatorname{sinc}(#1)")
# the error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x, and what it lacks to 1
primitive("erf",        "erf(x)",                  "1.1283791670955126 * exp(-x**2)",                  latex=r"\operatorname{erf}(#1)")
primitive("erfc",       "erfc(x)",                 "-1.1283791670955126 * exp(-x**2)",                 latex=r"\operatorname{erfc}(#1)")

# Hurwitz's zeta function, the sum of (x + k)^-y over k = 0, 1, 2, ...; the logarithm of |gamma(x)|, and its derivative
primitive("hurwitz_zeta", HURWITZ_ZETA[0],         "-y * hurwitz_zeta(x, y + 1)",                      parameter=2.0, symbol="ζ", latex=r"\zeta(#2, #1)",
                                                   domain="(x > 0) * (y > 1)", parts=HURWITZ_ZETA[1], meaning="x**(-y) + (x + 1)**(-y) + (x + 2)**(-y) + ...")
primitive("digamma",    DIGAMMA[0],                TRIGAMMA,                                           symbol="ψ", latex=r"\psi(#1)",
                                                   domain="(x > 0) + (x != rint(x))", parts=DIGAMMA[1], meaning="the derivative of gammaln(x)")
primitive("gammaln",    GAMMALN[0],                "digamma(x)",                                       symbol="lnΓ", latex=r"\ln\left|\Gamma(#1)\right|",
                                                   domain="(x > 0) + (x != rint(x))", parts=GAMMALN[1], meaning="the logarithm of the absolute value of the gamma function at x")

# piecewise functions -----------------------------------------------------------------------------------------------
primitive("sign",       "where(x > 0, 1, where(x < 0, -1, x))",  "0",                                  latex=r"\operatorname{sign}(#1)", kink="x == 0")
primitive("abs",        "abs(x)",                  "sign(x)",                                          symbol="|x|", latex=r"\left|#1\right|", kink="x == 0", numpy="absolute")
primitive("step",       "where(x > 0, 1, where(x <= 0, 0, x))",  "0",                                  latex=r"\operatorname{step}(#1)", kink="x == 0")
primitive("floor",      "floor(x)",                "0",                                                latex=r"\lfloor{#1}\rfloor", kink="x == z")
primitive("ceil",       "ceil(x)",                 "0",                                                latex=r"\lceil{#1}\rceil", kink="x == z")
primitive("rint",       "rint(x)",                 "0",                                                latex=r"\operatorname{rint}(#1)", kink="abs(x - z) == 0.5")
# what is left of x after division by y, of the sign of y: Python's %
primitive("remainder",  "remainder(x, y)",         "1",                                  "-rint((x - z) / y)",
                                                   symbol="mod", latex=r"{#1} \bmod {#2}", domain="y != 0", kink="z == 0")
primitive("maximum",    "where(x > y, x, where(y >= x, y, x + y))",   "where(x == y, 0.5, x > y)",     "where(x == y, 0.5, y > x)",
                                                   symbol="max", latex=r"\max(#1, #2)", kink="x == y")
primitive("minimum",    "where(x < y, x, where(y <= x, y, x + y))",   "where(x == y, 0.5, x < y)",     "where(x == y, 0.5, y < x)",
                                                   symbol="min", latex=r"\min(#1, #2)", kink="x == y")
primitive("clip",       "minimum(maximum(x, y), w)",  "where(maximum(x, y) == w, 0.5, maximum(x, y) < w) * where(x == y, 0.5, x > y) * (y < w)",
                                                   "where(maximum(x, y) == w, 0.5, maximum(x, y) < w) * where(x == y, 0.5, y > x) * (x < w)",
                                                   "where(maximum(x, y) == w, 0.5, w < maximum(x, y))",
                                                   latex=r"\operatorname{clip}(#1, #2, #3)", kink="(x == y) * (x <= w) + (maximum(x, y) == w)")

# activation functions ----------------------------------------------------------------------------------------------
primitive("sigmoid",    "where(x >= 0, 1, exp(-abs(x))) / (1 + exp(-abs(x)))",  "z * sigmoid(-x)",     symbol="σ", latex=r"\sigma(#1)")
primitive("softplus",   "maximum(x, 0) + log1p(exp(-abs(x)))",   "sigmoid(x)",                         latex=r"\operatorname{softplus}(#1)")
primitive("logaddexp",  "maximum(x, y) + log1p(exp(-where(x == y, 0, abs(x - y))))",
                                                   "where((x == y) * (x - y != 0), 0.5 * (x > 0), sigmoid(x - y))",
                                                   "where((x == y) * (x - y != 0), 0.5 * (x > 0), sigmoid(y - x))",
                                                   latex=r"\ln(e^{#1} + e^{#2})")
primitive("relu",       "maximum(x, 0)",           "x > 0",                                            symbol="ReLU", latex=r"\operatorname{ReLU}(#1)", kink="x == 0")
primitive("leaky_relu", "where(x > 0, x, y * x)",  "where(x > 0, 1, y)",                               parameter=0.01, symbol="LeakyReLU", latex=r"\operatorname{LeakyReLU}(#1, #2)", kink="(x == 0) * (y != 1)")
primitive("prelu",      "where(x > 0, x, y * x)",  "where(x > 0, 1, y)",    "where(x > 0, 0, x)",      symbol="PReLU", latex=r"\operatorname{PReLU}(#1, #2)", kink="(x == 0) * (y != 1)")
primitive("elu",        "where(x > 0, x, y * expm1(minimum(x, 0)))",   "where(x > 0, 1, y * exp(minimum(x, 0)))",
                                                   parameter=1.0, symbol="ELU", latex=r"\operatorname{ELU}(#1, #2)", kink="(x == 0) * (y != 1)")
primitive("selu",       "1.0507009873554805 * where(x > 0, x, 1.6732632423543772 * expm1(minimum(x, 0)))",
                                                   "where(x > 0, 1.0507009873554805, 1.7580993408473766 * exp(minimum(x, 0)))",
                                                   symbol="SELU", latex=r"\operatorname{SELU}(#1)", kink="x == 0")
primitive("gelu",       "0.5 * x * erfc(-0.7071067811865476 * x)",
                                                   "0.5 * erfc(-0.7071067811865476 * x) + 0.3989422804014327 * x * exp(-0.5 * x**2)",
                                                   symbol="GELU", latex=r"\operatorname{GELU}(#1)")
primitive("silu",       "x * sigmoid(x)",          "sigmoid(x) * (1 + x * sigmoid(-x))",               symbol="SiLU", latex=r"\operatorname{SiLU}(#1)")
primitive("log_sigmoid", "-softplus(-x)",          "sigmoid(-x)",                                      latex=r"\ln\sigma(#1)")

# a node with a derivative that was given beside its number: x is the number and y the derivative by w; x may be such a
# node itself. What is given as a number says nothing of second derivatives, by w or by what x depends on: they are nan
primitive("given_slope", "where((y == y) * (w == w), x, x)", "1",                        "0 / 0",      "0 / 0",
                                                   latex="#1")
primitive("given",      "where((y == y) * (w == w), x, x)", "given_slope(1, w, w)",      "0",          "given_slope(y, w, x)",
                                                   latex=r"\operatorname{given}(#1, #2, #3)")
# fmt: on


def _spelled_out(name: str) -> Callable[[Any], Any]:
    return in_double(lambda x: PRIMITIVES[name].kernel(SPELLED_OUT)(x))  # noqa: PLW0108 (made when it is first used)


ON_ARRAYS.update({name: _spelled_out(name) for name in ("digamma", "gammaln")})
