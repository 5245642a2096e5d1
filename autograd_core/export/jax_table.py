"""The table as functions of JAX: each primitive by its formula, with the derivative that the table gives it.

JAX may do with them what it does with its own: forward mode, reverse mode, each of the other; derivatives of any order
are the table's, for its derivatives are made of such functions too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..errors import InputValueError
from ..formulas.emit import SPELLED_OUT, Backend
from ..formulas.formula import Number, evaluate
from ..formulas.primitives import PRIMITIVES, Primitive

__all__ = ["JaxTable", "jax_table"]


@functools.cache
def jax_table() -> JaxTable:
    """The table, or an error where JAX is not installed."""
    try:
        import jax
    except ImportError:
        raise InputValueError("to_jax: needs JAX; run: pip install 'autograd-core[jax]'") from None
    return JaxTable(jax)


class JaxTable:
    """Primitives as functions of arrays of JAX.

    Parameters
    ----------
    jax
        The module.

    Attributes
    ----------
    jax, np
        The module, and its NumPy.
    scaled
        A tangent times a derivative, where a factor that is exactly 0 wins; linear for JAX.
    backend
        How formulas are spelled: as for NumPy, whose names it has, down to what both have.
    """

    def __init__(self, jax: Any) -> None:
        self.jax = jax
        self.np = jax.numpy
        special = jax.scipy.special
        self.backend: Backend = replace(
            SPELLED_OUT, name="JAX", namespace={"np": self.np, "erf": special.erf, "erfc": special.erfc}
        )
        self.scaled = jax.jit(self._product)
        self._functions: dict[Primitive, Callable[..., Any]] = {}

    @property
    def dtype(self) -> Any:
        """The type of numbers that JAX is set to."""
        return self.np.zeros(()).dtype

    def apply(self, name: str, arguments: list[Any]) -> Any:
        """A primitive by its name, of arrays and numbers."""
        return self.function(PRIMITIVES[name])(*arguments)

    def function(self, rule: Primitive) -> Callable[..., Any]:
        """A primitive, element by element; its result has the type of its arguments."""
        whole = self._functions.get(rule)
        if whole is None:
            whole = self._functions[rule] = self._with_derivative(rule)

        def function(*given: Any) -> Any:
            dtype = self.np.result_type(*given)
            dtype = dtype if self.np.issubdtype(dtype, self.np.floating) else self.dtype
            arrays = self.np.broadcast_arrays(*(self.np.asarray(each, dtype) for each in given))
            return whole(*arrays)

        return function

    def local(self, rule: Primitive, position: int, arguments: Any, result: Any) -> Any:
        """The derivative of a primitive by one argument; a float where it is the same everywhere."""
        return evaluate(
            rule.partials[position], dict(zip(rule.arguments, arguments, strict=True), z=result), self.apply
        )

    def contribution(self, rule: Primitive, position: int, upstream: Any, arguments: Any, result: Any) -> Any:
        """Upstream times the derivative by one argument, where a factor that is exactly 0 wins; None for 0."""
        local = self.local(rule, position, arguments, result)
        if isinstance(local, float) and local in (0.0, 1.0):
            return upstream if local else None
        return self.apply("contribution", [upstream, local])

    def _with_derivative(self, rule: Primitive) -> Callable[..., Any]:
        kernel = rule.kernel(self.backend)

        def value(*arguments: Any) -> Any:
            return self.np.asarray(kernel(*arguments), arguments[0].dtype)

        if rule.is_intrinsic and (rule.name == "where" or all(isinstance(each, Number) for each in rule.partials)):
            return value  # sums, comparisons and choices are differentiated by JAX as by the table

        whole, scaled = self.jax.custom_jvp(value), self.scaled

        def pushed(arguments: Any, tangents: Any) -> Any:
            result = whole(*arguments)
            total = self.np.zeros_like(result)
            for position, tangent in enumerate(tangents):
                if not isinstance(tangent, self.jax.custom_derivatives.SymbolicZero):
                    local = self.local(rule, position, arguments, result)
                    total = total + (tangent * local if isinstance(local, float) else scaled(tangent, local))
            return result, total

        whole.defjvp(pushed, symbolic_zeros=True)
        return whole  # type: ignore[no-any-return]

    def _product(self, tangent: Any, local: Any) -> Any:
        """A tangent times a local derivative, where a factor that is exactly 0 wins; linear, and its own transpose.

        JAX makes the reverse pass of it by transposing, for which it may only multiply. So beside an infinity the
        tangent is multiplied by the largest number until it is infinite, which a 0 never is; and beside nan by 0 then.
        """
        jnp = self.np
        large = jnp.where(jnp.isfinite(local), 1.0, jnp.finfo(local.dtype).max).astype(local.dtype)
        middle = jnp.where(jnp.isnan(local), 0.0, jnp.where(jnp.isinf(local), jnp.sign(local), local))
        product = tangent * large * large * middle * large * large
        return jnp.where(local == 0.0, jnp.zeros_like(product), product)
