"""What a line of the table is: the class :class:`Primitive`, and :func:`primitive`, which adds one.

The lines themselves stand in :mod:`autograd_core.formulas.rules`. From a line's formulas this module derives its
kernels (for any back end), its symbolic derivative and its LaTeX.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InputTypeError, InputValueError, shortened
from .emit import FLOAT, INTRINSICS, Backend, compile_function, lower
from .formula import (
    Apply,
    Expression,
    Number,
    Signature,
    Variable,
    parse,
    simplify,
    substitute,
    variables,
)
from .printing import to_latex, to_text

__all__ = [
    "ARGUMENTS",
    "OPCODES",
    "PRIMITIVES",
    "TOLD",
    "Primitive",
    "compute",
    "definitions",
    "derivative",
    "latex",
    "parse_formula",
    "primitive",
    "signatures",
]

#: Names of the arguments of a primitive in the formulas of the table.
ARGUMENTS = ("x", "y", "w")
_RESULT = Variable("z")


@dataclass(frozen=True, eq=False)
class Primitive:
    """One line of the table.

    Attributes
    ----------
    name
        The name under which it is called, NumPy's where NumPy has one.
    opcode
        Its position in the table.
    formula
        The result, in terms of x, y and w.
    partials
        The local derivative with respect to each argument, in terms of x, y, w and the result z.
    symbol
        What a picture shows.
    template
        LaTeX with ``#1``, ``#2``, ``#3`` for the arguments.
    kink
        Where the derivative does not exist, as a condition; ``None`` if it exists everywhere in the domain.
    domain
        Where the result and the derivatives are finite, as a condition; ``None`` for everywhere.
    parameter
        If not ``None``, the last argument is a plain number, never a node, and this is its default.
    numpy_name
        The name of NumPy's function of the same meaning.
    meaning
        What the result is, in words, where `formula` is nothing to read.
    arity
        How many arguments it takes, a parameter included.
    """

    name: str
    opcode: int
    formula: Expression
    partials: tuple[Expression, ...]
    symbol: str
    template: str
    kink: Expression | None
    domain: Expression | None
    parameter: float | None
    numpy_name: str
    meaning: str | None
    arity: int

    def __repr__(self) -> str:
        return f"<primitive {self.name}: z = {self.meaning or to_text(self.formula)}>"

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of its arguments in the formulas."""
        return ARGUMENTS[: self.arity]

    @property
    def is_intrinsic(self) -> bool:
        """Whether the back ends compute it themselves, without a formula."""
        return self.formula == Apply(self.name, tuple(map(Variable, self.arguments)))

    def complete(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments with the default of the parameter, or an error that says how many there must be.

        >>> PRIMITIVES["leaky_relu"].complete((-2.0,))
        (-2.0, 0.01)
        """
        if not isinstance(arguments, tuple):
            raise InputTypeError(f"{self.name}: the arguments are {shortened(arguments)}; give a tuple of them")
        if self.parameter is not None and len(arguments) == self.arity - 1:
            arguments = (*arguments, self.parameter)
        if len(arguments) != self.arity:
            raise InputTypeError(
                f"{self.name} takes {self.arity} argument(s), not {len(arguments)}; "
                f"write {self.name}({', '.join(self.arguments)})"
            )
        return arguments

    @functools.cache  # noqa: B019 (primitives live as long as the table)
    def kernel(self, backend: Backend = FLOAT, wanted: tuple[int, ...] = ()) -> Callable[..., Any]:
        """Compile it for a back end.

        Parameters
        ----------
        backend
            Where it runs.
        wanted
            Positions of the arguments whose local derivatives are wanted. Others are never evaluated: ``x**2`` at
            x < 0 must not touch ``log(x)``.

        Returns
        -------
        callable
            From the arguments to the result, or to a tuple of the result and the wanted derivatives.

        Examples
        --------
        >>> PRIMITIVES["mul"].kernel(FLOAT, (0, 1))(3.0, 4.0)
        (12.0, 4.0, 3.0)
        """
        return compile_function(backend, f"{self.name}_kernel", self.arguments, self.results(wanted, backend))

    def results(self, wanted: tuple[int, ...], backend: Backend = FLOAT) -> dict[str, Expression]:
        """The lowered formulas of the result (``z``) and of the wanted local derivatives (``dx``, ``dy``, ``dw``).

        Functions that the back end spells itself stay whole.
        """
        known = {name: each for name, each in definitions().items() if name not in backend.spellings}
        whole = self.is_intrinsic or self.name in backend.spellings
        named = Apply(self.name, tuple(map(Variable, self.arguments)))
        results: dict[str, Expression] = {"z": named if whole else lower(self.formula, known)}
        for position in self._positions(wanted):
            results[f"d{self.arguments[position]}"] = lower(self.partials[position], known)
        return results

    def _positions(self, given: Any) -> tuple[int, ...]:
        """Positions of arguments, or an error that says which there are."""
        if not isinstance(given, tuple) or not all(
            isinstance(each, int) and each in range(self.arity) for each in given
        ):
            raise InputValueError(
                f"{self.name}: positions of arguments are 0 to {self.arity - 1}, not {shortened(given)}"
            )
        return given

    @functools.cache  # noqa: B019
    def partial_given(self, position: int, constants: tuple[tuple[str, float], ...]) -> Expression:
        """The formula of a local derivative where some arguments are known numbers, simplified.

        >>> to_text(PRIMITIVES["pow"].partial_given(0, (("y", 3.0),)))
        '3 * x**2'
        """
        [at] = self._positions((position,))
        try:
            numbers = {argument: Number(value) for argument, value in constants}
        except (TypeError, ValueError):
            raise InputTypeError(f"{self.name}: {shortened(constants)} are no constants; write (('y', 3.0),)") from None
        return simplify(substitute(self.partials[at], numbers), compute)

    def describe(self) -> str:
        """Its formula, derivatives, domain and kink as lines of text, for a docstring or a message.

        >>> print(PRIMITIVES["sqrt"].describe())
        z = sqrt(x)
        dz/dx = 0.5 / z
        differentiable where x > 0
        """
        lines = [f"z = {self.meaning or to_text(self.formula)}"]
        lines += [
            f"dz/d{argument} = {to_text(partial)}"
            for argument, partial in zip(self.arguments, self.partials, strict=True)
            if self.parameter is None or argument != self.arguments[-1]
        ]
        if self.domain is not None:
            lines.append(f"differentiable where {to_text(self.domain)}")
        if self.kink is not None:
            lines.append(f"no derivative where {to_text(self.kink)}; the value used there is the formula's")
        return "\n".join(lines)


#: The table, by name. Filled by :func:`primitive` only.
PRIMITIVES: dict[str, Primitive] = {}
#: The same primitives by position.
OPCODES: list[Primitive] = []
#: Called with each line that is added.
TOLD: list[Callable[[Primitive], None]] = []


def signatures() -> Mapping[str, Signature]:
    """What may be called in a formula."""
    return {each.name: Signature(each.arity, () if each.parameter is None else (each.parameter,)) for each in OPCODES}


def definitions() -> Mapping[str, tuple[tuple[str, ...], Expression]]:
    """The primitives that are made of others: the names of their arguments and their formulas, for lowering."""
    return {each.name: (each.arguments, each.formula) for each in OPCODES if not each.is_intrinsic}


def primitive(
    name: str,
    formula: str,
    *partials: str,
    symbol: str | None = None,
    latex: str | None = None,
    kink: str | None = None,
    domain: str | None = None,
    parameter: float | None = None,
    numpy: str | None = None,
    parts: Mapping[str, str] | None = None,
    meaning: str | None = None,
) -> Primitive:
    """Add a primitive to the table.

    With this one call it has its forward and backward pass, higher derivatives, array form, LaTeX, drawing, methods
    and check, as every other primitive has.

    Parameters
    ----------
    name
        A new name, a Python identifier.
    formula
        The result in terms of ``x``, ``y`` and ``w``, made of primitives that are in the table already.
    *partials
        The local derivative by each argument, in terms of the arguments and the result ``z``. Left out altogether,
        they are derived from `formula` by the chain rule.
    symbol
        What a picture shows; the name if left out.
    latex
        LaTeX with ``#1``, ``#2``, ``#3`` for the arguments; ``name(x, y)`` upright if left out.
    kink, domain
        Conditions: where there is no derivative, and where the result and the derivatives are finite.
    parameter
        Makes the last argument a plain number with this default, which is never a node of the graph.
    numpy
        NumPy's name for the same function, where it is not `name`.
    parts
        Formulas of the arguments that stand in `formula` by a name, each in terms of those before it.
    meaning
        What a reader is told instead of a `formula` that is longer than a line.

    Returns
    -------
    Primitive
        The new line. Call it as ``autograd_core.apply(name, ...)`` or as a method of a node.

    Raises
    ------
    FormulaError
        If a formula cannot be read.
    InputValueError
        If the name is taken or not a name, or the partials do not match the arguments.

    Examples
    --------
    >>> from autograd_core import Value, primitive
    >>> _ = primitive("swish_example", "x * sigmoid(x)")
    >>> Value(0.0).swish_example().local_derivatives
    (0.5,)
    """
    for what, text in {"name": name, "symbol": symbol, "latex": latex}.items():
        if not isinstance(text, str) and (text is not None or what == "name"):
            raise InputTypeError(f"primitive: {what} is {shortened(text)}; write a text such as 'swish'")
    if not name.isidentifier() or name in ARGUMENTS or name == _RESULT.name:
        raise InputValueError(f"primitive: {name!r} cannot be called in a formula; use a plain name such as 'swish'")
    if name in PRIMITIVES:
        raise InputValueError(f"primitive: the table already has {name!r}; choose another name")
    known = {**{each: Signature(count) for each, count in INTRINSICS.items()}, **signatures()}
    named: dict[str, Expression] = {}
    for part, text in (parts or {}).items():
        named[part] = substitute(parse(text, known, names=(*ARGUMENTS, *named)), named)
    tree = substitute(parse(formula, known, names=(*ARGUMENTS, *named)), named)
    arity = max((ARGUMENTS.index(argument) + 1 for argument in variables(tree)), default=0)
    if arity == 0:
        raise InputValueError(f"primitive {name!r}: the formula {formula!r} has no argument; write it in terms of x")
    allowed = (*ARGUMENTS[:arity], _RESULT.name)
    expected = arity if parameter is None else arity - 1
    if partials:
        if len(partials) != expected:
            raise InputValueError(
                f"primitive {name!r}: {len(partials)} local derivative(s) for {expected} argument(s) in {formula!r}; "
                "give one for each, or none to have them derived"
            )
        known[name] = Signature(arity, () if parameter is None else (parameter,))  # a derivative may call its function
        trees = tuple(parse(partial, known, names=allowed) for partial in partials)
        if parameter is not None:
            trees += (Number(0.0),)
    else:
        trees = tuple(derivative(tree, argument) for argument in ARGUMENTS[:arity])
    upright = name.replace("_", r"\_")
    arguments = ", ".join(f"#{position + 1}" for position in range(arity))
    new = Primitive(
        name=name,
        opcode=len(OPCODES),
        formula=tree,
        partials=trees,
        symbol=symbol or name,
        template=latex or rf"\operatorname{{{upright}}}({arguments})",
        kink=None if kink is None else parse(kink, known, names=allowed),
        domain=None if domain is None else parse(domain, known, names=allowed),
        parameter=parameter,
        numpy_name=numpy or name,
        meaning=meaning,
        arity=arity,
    )
    PRIMITIVES[name] = new
    OPCODES.append(new)
    for each in TOLD:
        each(new)
    return new


def derivative(formula: Expression, variable: str) -> Expression:
    """Differentiate a formula by the chain rule, with the local derivatives of the table.

    >>> to_text(derivative(parse_formula("sin(x)**2"), "x"))
    '2 * sin(x) * cos(x)'
    """
    return simplify(_chain_rule(formula, variable), compute)


def _chain_rule(formula: Expression, variable: str) -> Expression:
    if isinstance(formula, Variable):
        return Number(1.0 if formula.name == variable else 0.0)
    if isinstance(formula, Number):
        return Number(0.0)
    rule = PRIMITIVES[formula.function]
    bindings = {**dict(zip(rule.arguments, formula.arguments, strict=True)), _RESULT.name: formula}
    total: Expression = Number(0.0)
    for partial, argument in zip(rule.partials, formula.arguments, strict=True):
        if variable in variables(argument):
            term = Apply("mul", (substitute(partial, bindings), _chain_rule(argument, variable)))
            total = Apply("add", (total, term))
    return total


def compute(name: str, numbers: list[float]) -> float:
    """Evaluate a primitive on floats.

    >>> compute("maximum", [1.0, 2.0])
    2.0
    """
    result: float = PRIMITIVES[name].kernel()(*numbers)
    return result


def latex(formula: Expression, digits: int | None = None) -> str:
    r"""LaTeX of a formula, with the forms of the table, and of numbers so many digits.

    >>> print(latex(parse_formula("exp(-x) / (1 + y)**2")))
    \frac{e^{-x}}{\left(1 + y\right)^{2}}
    """
    return to_latex(formula, {each.name: each.template for each in OPCODES}, digits)


def parse_formula(text: str, names: Mapping[str, Any] | None = None) -> Expression:
    """Read a formula made of the primitives of the table; see :func:`autograd_core.formulas.formula.parse`."""
    return parse(text, signatures(), names=names)
