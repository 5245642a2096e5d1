"""Formulas of the table as calls of NumPy that write into buffers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..array.arrays import Array
from ..array.operations import elementwise
from ..array_tapes.tape import Form
from ..formulas.emit import COMPARISONS, Backend
from ..formulas.formula import Apply, Expression, Number, Variable
from ..formulas.primitives import PRIMITIVES
from .lines import Lines, Var

__all__ = ["form_like", "spell"]

_X = Variable("x")
#: How NumPy calls what it spells with an operator.
_UFUNCS = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative}
_UFUNCS |= {"pos": np.positive, "abs": np.absolute}
#: Of two arrays NumPy computes these by SIMD, of an array and a number it does not: three times as long.
_SLOW_BESIDE_A_NUMBER = {elementwise(PRIMITIVES[name]).forward for name in ("maximum", "minimum")}
_SHORT = 2**18  # bytes that may be spent for that
#: What the back end spells with several operators.
_MADE_OF = {
    "sigmoid": Apply("div", (Number(1.0), Apply("add", (Number(1.0), Apply("exp", (Apply("neg", (_X,)),)))))),
}


def spell(
    lines: Lines, backend: Backend, expression: Expression, given: Mapping[str, Var], shape: tuple[int, ...],
    out: Var | None = None,
) -> Any:  # fmt: skip
    """Write a formula as lines.

    Parameters
    ----------
    lines
        Where they go.
    backend
        How NumPy spells the formula.
    expression
        The formula, lowered for the back end.
    given
        The arrays of its variables.
    shape
        Of the result.
    out
        Where the result goes, if that is known already.

    Returns
    -------
    Var or float
        The result: an array given, one that was made, or a number.
    """
    return _Speller(lines, backend, given, shape).spell(expression, out)


def form_like(shape: tuple[int, ...], dtype: Any, arrays: Any) -> Form:
    """The form of what an element by element function makes of arrays: laid out as the first of that shape is."""
    for each in arrays:
        if isinstance(each, Var) and each.form.shape == shape:
            return Form(shape, np.dtype(dtype), each.form.axes)
    return Form(shape, np.dtype(dtype), tuple(range(len(shape))))


class _Speller:
    def __init__(self, lines: Lines, backend: Backend, given: Mapping[str, Var], shape: tuple[int, ...]) -> None:
        self._lines, self._backend, self._given, self._shape = lines, backend, given, shape
        self._done: dict[Expression, Any] = {}

    def spell(self, expression: Expression, out: Var | None = None) -> Any:
        match expression:
            case Number(value):
                return value
            case Variable(name):
                return self._given[name]
        if expression not in self._done:
            self._done[expression] = self._call(expression, out)
        return self._done[expression]

    def _call(self, expression: Apply, out: Var | None) -> Any:
        name, backend = expression.function, self._backend
        if name in COMPARISONS:
            truth = self._comparison(expression)
            return truth if backend.condition == "{0}" else self._choice(truth, 1.0, 0.0, out)
        if name == "where":
            condition, yes, no = expression.arguments
            return self._choice(self._comparison(condition), self.spell(yes), self.spell(no), out)
        if name in _MADE_OF:
            inner = _Speller(self._lines, backend, {"x": self.spell(expression.arguments[0])}, self._shape)
            return inner.spell(_MADE_OF[name], out)
        arguments = [self.spell(each) for each in expression.arguments]
        function = _UFUNCS.get(name) or _ufunc_of(backend, name)
        if function is not None:
            return self._fill(function, arguments, out)
        helper = backend.namespace[backend.spellings[name].partition("(")[0]]
        if name == "pow":
            exponent = arguments[1]
            if isinstance(exponent, Var) and exponent.array is None:
                return self._made(helper, arguments)
            number = exponent if isinstance(exponent, float) else exponent.array
            if np.ndim(number) == 0 and number == 2.0:
                return self._fill(np.multiply, [arguments[0], arguments[0]], out)
            if np.ndim(number) == 0 and number == 1.0:
                return self._fill(np.positive, [arguments[0]], out)
            return self._fill(np.power, arguments, out)
        return self._made(helper, arguments)

    def _comparison(self, expression: Expression) -> Any:
        if isinstance(expression, Apply) and expression.function in COMPARISONS:
            function: Any = getattr(np, expression.function)
            return self._fill(function, [self.spell(each) for each in expression.arguments], None)
        return self._fill(np.not_equal, [self.spell(expression), 0.0], None)

    def _choice(self, truth: Any, yes: Any, no: Any, out: Var | None) -> Any:
        if out is None:
            out = Var(self._form(np.where, [truth, yes, no]), True)
        return self._lines.fill(_choose, truth, yes, no, form=out.form, out=out)

    def _fill(self, function: Callable[..., Any], arguments: list[Any], out: Var | None) -> Any:
        if not any(isinstance(each, Var) for each in arguments):
            with np.errstate(all="ignore"):
                return float(function(*arguments))
        form = self._form(function, arguments)
        if function in _SLOW_BESIDE_A_NUMBER and form.bytes <= _SHORT:
            arguments = [each if isinstance(each, Var) else _spread(each, form) for each in arguments]
        return self._lines.fill(function, *arguments, form=form, out=out, in_place=True)

    def _made(self, function: Callable[..., Any], arguments: list[Any]) -> Any:
        return self._lines.call(_as_array(function), *arguments, form=self._form(function, arguments))

    def _form(self, function: Callable[..., Any], arguments: list[Any]) -> Form:
        examples = [np.ones((), each.form.dtype) if isinstance(each, Var) else each for each in arguments]
        shape = np.broadcast_shapes(*(each.form.shape for each in arguments if isinstance(each, Var)))
        with np.errstate(all="ignore"):
            return form_like(shape, np.asarray(function(*examples)).dtype, arguments)


def _spread(number: float, form: Form) -> Var:
    array = form.inside(np.empty(form.bytes, np.uint8))
    array.fill(number)
    return Lines.known(array)


def _ufunc_of(backend: Backend, name: str) -> Any:
    """What NumPy has under the name that the back end spells."""
    spelled = backend.spellings[name].partition("(")[0]
    found = getattr(np, spelled.removeprefix("np."), None)
    return found if isinstance(found, np.ufunc) else None


def _choose(truth: Any, yes: Any, no: Any, out: Array) -> None:
    """``np.where``, into an array."""
    np.copyto(out, no)
    np.copyto(out, yes, where=truth)


def _as_array(function: Callable[..., Any]) -> Callable[..., Any]:
    def made(*arguments: Any) -> Array:
        return np.asarray(function(*arguments))

    return made
