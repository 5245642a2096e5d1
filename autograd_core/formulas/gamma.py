"""How the logarithm of the gamma function, its derivative and Hurwitz's zeta function are computed, for the table.

Each is one formula without branches but ``where``, so every back end computes it as it is written here: near the roots
a quotient of polynomials, which leaves the roots exact; elsewhere the asymptotic series, at an argument that is shifted
to 10 and more. Below 0 the reflection formulas hold.

The polynomials were fitted to 60 digits at Chebyshev points; their relative error is below 3e-16. Series and
reflections: NIST Handbook of Mathematical Functions, 5.5, 5.11, 25.11.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["DIGAMMA", "GAMMALN", "HURWITZ_ZETA", "TRIGAMMA"]

_PI = "3.141592653589793"


def _polynomial(x: str, coefficients: Sequence[float | str]) -> str:
    """Of a variable, from the constant upwards, by Horner's rule."""
    text = str(coefficients[-1])
    for each in reversed(coefficients[:-1]):
        text = f"({each} + {x} * {text})"
    return text


# The logarithm of |gamma|. It is (t - 1) (t - 2) P(t) / Q(t) between 0.8 and 3; beside, gamma(v + 1) = v gamma(v) leads
# there; from 10 on, Stirling's series with the coefficients B(2k) / (2k (2k - 1)).
_P: tuple[float, ...] = (
    *(23.38780316862837, 618.2175069383505, 3508.708901237185, 6664.760934320703, 4869.116990727511),
    *(1400.360526712597, 145.3333768373738, 4.066378941432236, 0.006649549997019206),
)
_Q: tuple[float, ...] = (
    *(9.19038124969262, 414.05194555558404, 3533.427567200601, 9751.287436340157, 10489.80906150045),
    *(4724.610625298815, 874.8309892232536, 58.84563297388592, 1.0),
)
_STIRLING = ("1 / 12", "-1 / 360", "1 / 1260", "-1 / 1680", "1 / 1188", "-691 / 360360", "(1 / 156)")
#: The formula of ln |gamma(x)|, and the parts that stand in it.
GAMMALN = (
    f"where(x <= 0, log({_PI} / abs(sin({_PI} * r))) - of_v, of_v)",
    {
        "r": "where(x <= 0, x - rint(x), 0.5)",
        "v": "where(x <= 0, 1 - x, x)",
        "t": "where(v < 0.8, v + 1, where(v < 3, v, v - floor(v) + 2))",
        "near": f"(t - 1) * (t - 2) * ({_polynomial('t', _P)} / {_polynomial('t', _Q)})",
        "shift": " * ".join(f"where(v < {k + 2}, 1, v - {k})" for k in range(1, 8)),
        "q": "1 / v / v",
        "far": f"(v - 0.5) * (log(v) - 1) + 0.4189385332046727 + {_polynomial('q', _STIRLING)} / v",
        "of_v": "where(v < 10, near - log(where(v < 0.8, v, 1 / (shift))), far)",
    },
)

# Its derivative. It is (t - root) P(t) / Q(t) between 1 and 3, where the root has two parts; below, it is
# psi(v + 1) - 1 / v; above, the series with the coefficients B(2k) / 2k. The shift is the sum of 1 / (v + k), of which
# two make a pair.
_P = (
    *(1811.1116552319006, 5656.907230607203, 4799.981873156419, 1479.9862717545225, 163.3499416931757),
    *(4.89644060103321, 0.007865412664326488),
)
_Q = (
    *(0.00041742432516520315, 2647.174486928684, 4929.23704743011, 2868.0274435058523, 634.1158143780203),
    *(50.053187858455345, 1.0),
)
_SERIES = ("1 / 12", "-1 / 120", "1 / 252", "-1 / 240", "1 / 132", "-691 / 32760", "(1 / 12)")
#: The formula of the digamma function psi, and its parts.
DIGAMMA = (
    f"where(x < 0, of_v - {_PI} / tan({_PI} * r), of_v)",
    {
        "r": "where(x < 0, x - rint(x), 0.25)",
        "v": "where(x < 0, 1 - x, x)",
        "t": "where(v < 1, v + 1, v)",
        "ratio": f"{_polynomial('t', _P)} / {_polynomial('t', _Q)}",
        "near": "(t - 1.4616321449683622 - 9.549995429965697e-17) * ratio - where(v < 1, 1 / v, 0)",
        "u": "v + 7",
        "m": "v + 3",
        "q": "1 / u / u",
        "far": f"log(u) - 0.5 / u - {_polynomial('q', _SERIES)} / u / u",
        "shift": f"1 / m + {' + '.join(f'2 / (m - {k * k} / m)' for k in (1, 2, 3))}",
        "of_v": "where(v < 3, near, far - shift)",
    },
)
#: The derivative of psi, the trigamma function. On nodes both branches are computed, so that of negative numbers is
#: kept away from its poles and kinks.
TRIGAMMA = (
    f"where(x > 0, hurwitz_zeta(where(x > 0, x, 1), 2),"
    f" ({_PI} / sin({_PI} * where(x > 0, 0.5, x - floor(where(x > 0, 0, x) + 0.5))))**2"
    " - hurwitz_zeta(where(x > 0, 1, 1 - x), 2))"
)

# Hurwitz's zeta function, the sum of (x + k)**-y over k = 0, 1, 2, ...: ten of its terms, and the formula of Euler and
# Maclaurin for the others, with -B(2k) (2k + 1) (2k + 2) / B(2k + 2) below each of its factors.
_RATIOS = (*(60.0, 42.0, 40.0, 39.6, 39.507959479015916, 39.48571428571429, 39.480232236660214, 39.4788702213509),)
_REST = "1"
for _k in range(len(_RATIOS), 0, -1):
    _REST = f"(1 - (y + {2 * _k - 1}) * (y + {2 * _k}) / {_RATIOS[_k - 1]} / u / u * {_REST})"
#: Its formula, and its parts; for y < 1 the sum has no limit.
#: The polygamma function of order n is (-1)**(n + 1) n! hurwitz_zeta(x, n + 1).
HURWITZ_ZETA = (
    "where((x >= 0) * (y >= 1), first + tail, sqrt(where((x >= 0) * (y >= 1), 1, -1)))",  # else nan
    {
        "first": " + ".join(f"(x + {k})**(-y)" for k in range(10)),
        "u": "x + 10",
        "tail": f"u**(1 - y) / (y - 1) + u**(-y) * (0.5 + y / 12 / u * {_REST})",
    },
)
