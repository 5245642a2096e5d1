"""How gradient checks judge right and planted wrong derivatives of functions that are hard: ours, PyTorch's, JAX's.

``python benchmarks/gradient_checks.py [functions]`` prints a table in Markdown. mpmath says what is true. The other
libraries are left out where they are not installed. Needs the test extra.
"""

from __future__ import annotations

import pathlib
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests" / "helpers"))

from study_functions import Study, family, study

import autograd_core as ac

#: Seeds below this one were looked at while the check was made, and its thresholds chosen; those from here were not.
FIRST = 100_000
#: By what a wrong derivative is multiplied: a thousandth too large, lost, of the wrong sign.
FAULTS = {"right": 1.0, "0.1 % off": 1.001, "lost": 0.0, "sign": -1.0}
#: A derivative is right if it is true to this part; a fault counts if it is at least five times that.
RIGHT = 1e-4
#: Beside a function of size 1 or less a derivative as small as this is as good as 0; of a larger one, in proportion.
SMALL = 1e-8


class Ours:
    """The functions under the names of mpmath."""

    exp, sin, cos, tan, tanh, log, sqrt, atan = (
        ac.exp, ac.sin, ac.cos, ac.tan, ac.tanh, ac.log, ac.sqrt, ac.arctan,
    )  # fmt: skip


class Plain:
    """The same for NumPy."""

    exp, sin, cos, tan, tanh, log, sqrt, atan = (
        np.exp, np.sin, np.cos, np.tan, np.tanh, np.log, np.sqrt, np.arctan,
    )  # fmt: skip


def name_of(factor: float) -> str:
    """A primitive that is the identity, and whose derivative is a factor."""
    name = f"identity_times_{FACTORS.index(factor)}"
    if name not in ac.PRIMITIVES:
        ac.primitive(name, "x", str(factor))
    return name


FACTORS = list(FAULTS.values())


def ours(case: Study, factor: float) -> str:
    """Reverse mode through a graph in which a local derivative is wrong."""
    name = name_of(factor)
    [row] = ac.check_gradients(lambda x: case.f(Ours, ac.apply(name, x)), case.point)
    return row.verdict


def by_hand(case: Study, factor: float) -> str:
    """A plain function and a derivative by hand."""
    truth = case.derivative()
    given = 0.0 if truth is None else truth * factor
    with np.errstate(all="ignore"):
        [row] = ac.check_gradients(lambda x: case.f(Plain, np.float64(x)), case.point, analytic=given)
    return row.verdict


def torch_check() -> Callable[[Study, float], str] | None:
    """``torch.autograd.gradcheck`` with its defaults."""
    try:
        import torch  # noqa: PLC0415
    except ImportError:
        return None

    class Fault(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any, factor: float) -> Any:
            ctx.factor = factor
            return x * 1.0

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.factor, None

    def check(case: Study, factor: float) -> str:
        x = torch.tensor(case.point, dtype=torch.float64, requires_grad=True)
        passed = torch.autograd.gradcheck(lambda x: case.f(torch, Fault.apply(x, factor)), (x,), raise_exception=False)
        return "ok" if passed else "wrong"

    return check


def jax_check() -> Callable[[Study, float], str] | None:
    """``jax.test_util.check_grads`` in reverse mode, in double precision, with its defaults."""
    try:
        import jax  # noqa: PLC0415
        import jax.numpy as jnp  # noqa: PLC0415
        from jax.test_util import check_grads  # noqa: PLC0415
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)

    class Names:
        exp, sin, cos, tan, tanh, log, sqrt, atan = (
            jnp.exp, jnp.sin, jnp.cos, jnp.tan, jnp.tanh, jnp.log, jnp.sqrt, jnp.arctan,
        )  # fmt: skip

    def planted(factor: float) -> Any:
        @jax.custom_vjp
        def identity(x: Any) -> Any:
            return x * 1.0

        identity.defvjp(lambda x: (x * 1.0, None), lambda _, g: (g * factor,))
        return identity

    identities = {factor: planted(factor) for factor in FACTORS}

    def check(case: Study, factor: float) -> str:
        try:
            check_grads(
                lambda x: case.f(Names, identities[factor](x)), (jnp.asarray(case.point),), order=1, modes=["rev"]
            )
        except AssertionError:
            return "wrong"
        return "ok"

    return check


def outcome(case: Study, factor: float, verdict: Callable[[Study, float], str], truth: float | None) -> str:
    """Whether a check was right, wrong, undecided or crashed."""
    try:
        found = verdict(case, factor)
    except Exception as error:
        return f"crash: {type(error).__name__}"
    if truth is None:  # nothing is a derivative there
        return "false ok" if found == "ok" else "right"
    if found == "ok":
        return "right" if factor == 1.0 else "false ok"
    if found == "wrong":
        return "false wrong" if factor == 1.0 else "right"
    return "undecided"


def is_fair(case: Study, truth: float | None) -> bool:
    """Whether it is known what should come out: the engine's derivative is true, and so large that faults count."""
    if truth is None:
        return True
    value, found = ac.value_and_grad(lambda x: case.f(Ours, x))(case.point)
    small = SMALL * max(abs(value), 1.0)
    return bool(abs(found - truth) <= RIGHT * abs(truth)) and (truth == 0.0 or abs(truth) > small)


def main(functions: int) -> None:
    """Run the study and print it."""
    warnings.simplefilter("ignore")
    candidates = {
        "check_gradients": ours,
        "check_gradients(analytic=)": by_hand,
        "torch.autograd.gradcheck": torch_check(),
        "jax.test_util.check_grads": jax_check(),
    }
    checks = {name: check for name, check in candidates.items() if check is not None}
    counts: dict[str, Counter[str]] = {name: Counter() for name in checks}
    undecided: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + functions):
        case = study(seed)
        truth = case.derivative()
        if not is_fair(case, truth):
            continue
        for factor in FACTORS if truth else FACTORS[:1]:
            for name, check in checks.items():
                found = outcome(case, factor, check, truth).split(":")[0]
                counts[name][found] += 1
                undecided[family(seed)] += name == "check_gradients" and found == "undecided"
    print("| check | cases | right | false ok | false wrong | undecided | crashes |\n|---|---|---|---|---|---|---|")
    for name, count in counts.items():
        cells = [count[each] for each in ("right", "false ok", "false wrong", "undecided", "crash")]
        print(f"| `{name}` | {count.total():,} | " + " | ".join(f"{each:,}" for each in cells) + " |")
    print("\nundecided by `check_gradients`:", ", ".join(f"{name} {count}" for name, count in undecided.most_common()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
