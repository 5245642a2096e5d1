"""The formula language: read, substitute, simplify and evaluate formulas of real numbers.

A formula is a small immutable tree of :class:`Number`, :class:`Variable` and :class:`Apply`. The table of primitives
is written in this language, and so are the expressions a person types. Text is parsed with :mod:`ast` and translated
construct by construct; nothing is ever handed to ``eval``. What a function *means* is not known here: its derivative,
symbol and LaTeX form come from the table, as arguments.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from ..errors import FormulaError, InputTypeError, did_you_mean

__all__ = [
    "Apply",
    "Expression",
    "Number",
    "Signature",
    "Variable",
    "evaluate",
    "parse",
    "simplify",
    "substitute",
    "variables",
]


@dataclass(frozen=True, slots=True)
class Number:
    """A number that stands in a formula."""

    value: float


@dataclass(frozen=True, slots=True)
class Variable:
    """A name that stands for a number."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """A function, by its name in the table, applied to arguments in order."""

    function: str
    arguments: tuple[Expression, ...]


Expression = Number | Variable | Apply


@dataclass(frozen=True, slots=True)
class Signature:
    """How many arguments a function takes, and the numbers that stand for trailing ones left out."""

    arity: int
    defaults: tuple[float, ...] = ()


_SYNTAX: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.USub: "neg",
    ast.UAdd: "pos",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}

# Python's own parser and the walks below recurse over a formula; these bounds keep both far from their limits.
_LONGEST_TEXT = 10_000
_DEEPEST_NESTING = 150


def parse(text: str, functions: Mapping[str, Signature], *, names: Collection[str] | None = None) -> Expression:
    """Read a formula.

    Parameters
    ----------
    text
        The formula in Python's notation: numbers, names, ``+ - * / **``, one comparison, and calls of `functions`.
    functions
        The functions that may be called, by name.
    names
        The variables that may stand in the formula; ``None`` allows every name.

    Raises
    ------
    FormulaError
        With the place in the text, if it is not such a formula. Nothing of the text is executed.

    Examples
    --------
    >>> parse("2*x", {})
    Apply(function='mul', arguments=(Number(value=2.0), Variable(name='x')))
    """
    if not isinstance(text, str):
        raise InputTypeError(f"the formula is of type {type(text).__name__}; write a text such as 'x * sigmoid(x)'")
    if len(text) > _LONGEST_TEXT:
        raise FormulaError(
            f"the formula has {len(text)} characters, more than {_LONGEST_TEXT}: write it as several functions"
        ).at(_LONGEST_TEXT, len(text))
    given = text
    text = " ".join(text.split())  # a formula may run over several lines
    if "#" in text:
        raise FormulaError(f"{_shortened(text)!r} is not a formula: formulas have no comments; leave out '#'").at(
            given.index("#"), given.index("#") + 1
        )
    try:
        body = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        wrong = FormulaError(f"{_shortened(text)!r} is not a formula: {error.msg}")
        start = min(error.offset - 1, len(text)) if error.offset else len(text)  # 0: the text is at its end
        raise wrong.at(*_as_given(given, text, start, max(start + 1, (error.end_offset or 0) - 1))) from None
    except (ValueError, RecursionError, MemoryError):
        raise FormulaError(
            f"{_shortened(text)!r} is not a formula: it is nested too deeply or holds a null character"
        ) from None
    _refuse_deep_nesting(body, text)
    try:
        return _Reader(text, functions, names).read(body)
    except FormulaError as error:
        if error.place is not None:
            error.at(*_as_given(given, text, *error.place))
        raise


def _as_given(given: str, text: str, start: int, end: int) -> tuple[int, int]:
    """Where a part of a text stood before its white space was made one space each."""
    marks = [place for place, character in enumerate(given) if not character.isspace()]
    first, behind = (len("".join(text[:place].split())) for place in (start, end))
    begin = marks[first] if first < len(marks) else len(given.rstrip())
    return begin, max(begin + 1, marks[behind - 1] + 1 if behind else 0)


def _shortened(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _refuse_deep_nesting(body: ast.AST, text: str) -> None:
    level: list[ast.AST] = [body]
    for _ in range(_DEEPEST_NESTING):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise FormulaError(
        f"{_shortened(text)!r} is nested more than {_DEEPEST_NESTING} levels deep: name its parts, "
        "or build the graph in Python, where depth has no limit"
    )


class _Reader:
    """Translate a Python syntax tree, construct by construct; what is not listed here does not exist."""

    def __init__(self, text: str, functions: Mapping[str, Signature], names: Collection[str] | None) -> None:
        self.text = text
        self.functions = functions
        self.names = names

    def read(self, node: ast.AST) -> Expression:
        match node:
            case ast.Constant():
                return self._number(node)
            case ast.Name(id=name):
                return self._variable(node, name)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _SYNTAX:
                return Apply(_SYNTAX[type(op)], (self.read(left), self.read(right)))
            case ast.UnaryOp(op=op, operand=operand) if type(op) in _SYNTAX:
                return self._sign(_SYNTAX[type(op)], self.read(operand))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _SYNTAX:
                return Apply(_SYNTAX[type(op)], (self.read(left), self.read(right)))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(node, name, arguments)
        raise self._refusal(node)

    def _number(self, node: ast.Constant) -> Number:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._error(node, f"{value!r} is not a real number", "write a number such as 2 or 0.5")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            raise self._error(node, "the number is larger than any float", "write at most 1.79e308")
        return Number(number)

    def _variable(self, node: ast.AST, name: str) -> Variable:
        if name in self.functions:
            raise self._error(node, f"{name} is a function without its arguments", f"write {name}(...)")
        if self.names is not None and name not in self.names:
            known = ", ".join(sorted(self.names)) or "none"
            raise self._error(node, f"the name {name!r} has no value", f"names with a value: {known}")
        return Variable(name)

    @staticmethod
    def _sign(function: str, operand: Expression) -> Expression:
        if function == "neg" and isinstance(operand, Number) and math.copysign(1.0, operand.value) > 0:
            return Number(-operand.value)
        return Apply(function, (operand,))

    def _call(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> Apply:
        signature = self.functions.get(name)
        if signature is None:
            advice = did_you_mean(name, self.functions) or "see the table of primitives for what there is"
            raise self._error(node, f"there is no function {name!r}", advice)
        missing = signature.arity - len(arguments)
        if not 0 <= missing <= len(signature.defaults):
            raise self._error(
                node, f"{name} takes {signature.arity} argument(s), not {len(arguments)}", "give as many as it takes"
            )
        given = tuple(self.read(argument) for argument in arguments)
        filled = signature.defaults[len(signature.defaults) - missing :]
        return Apply(name, given + tuple(Number(value) for value in filled))

    def _refusal(self, node: ast.AST) -> FormulaError:
        match node:
            case ast.Compare():
                return self._error(
                    node, "formulas have one comparison at a time", "write (0 < x) * (x < 1) for 0 < x < 1"
                )
            case ast.BoolOp():
                return self._error(
                    node,
                    "formulas have no 'and' or 'or'",
                    "multiply comparisons for 'and', take their maximum for 'or'",
                )
            case ast.IfExp():
                return self._error(node, "formulas have no 'if'", "write where(condition, a, b)")
            case ast.BinOp(op=ast.BitXor()):
                return self._error(node, "^ is not a power here", "write x**2")
            case ast.Call(keywords=[_, *_]):
                return self._error(node, "arguments have no names in a formula", "give them in order")
            case ast.Attribute() | ast.Call(func=ast.Attribute()):
                return self._error(node, "formulas have no attributes", "write tanh(x) rather than np.tanh(x)")
        kind = type(node).__name__
        return self._error(node, f"{kind} is no part of a formula", "use numbers, names, + - * / ** and functions")

    def _error(self, node: ast.AST, what: str, advice: str) -> FormulaError:
        part = ast.get_source_segment(self.text, node)
        where = f" at {_shortened(part)!r}" if part and part != self.text else ""
        error = FormulaError(f"in the formula {_shortened(self.text)!r}{where}: {what}; {advice}")
        return error.at(*(len(self.text.encode()[:each].decode()) for each in _bytes_of(node)))


def _bytes_of(node: ast.AST) -> tuple[int, int]:
    """Where a part of a syntax tree stands in the text, of a call its function; Python counts in bytes."""
    node = node.func if isinstance(node, ast.Call) else node
    return getattr(node, "col_offset", 0), getattr(node, "end_col_offset", 0)


# --- walks ---------------------------------------------------------------------------------------------------------

T = TypeVar("T")


def evaluate(
    expression: Expression,
    bindings: Mapping[str, T],
    apply: Callable[[str, list[T | float]], T],
) -> T | float:
    """Compute a formula with whatever the bindings hold: numbers, arrays or nodes of a graph.

    Parameters
    ----------
    expression
        The formula.
    bindings
        What stands for each variable.
    apply
        Called with the name of a function and its evaluated arguments.

    Examples
    --------
    >>> evaluate(parse("x * y", {}), {"x": 3.0, "y": 4.0}, lambda name, arguments: math.prod(arguments))
    12.0
    """
    match expression:
        case Number(value):
            return value
        case Variable(name):
            return bindings[name]
        case Apply(function, arguments):
            return apply(function, [evaluate(argument, bindings, apply) for argument in arguments])


def variables(expression: Expression) -> tuple[str, ...]:
    """Names in a formula, each once, in the order in which they are read.

    >>> variables(parse("w*x + b*w", {}))
    ('w', 'x', 'b')
    """
    return tuple(dict.fromkeys(_names(expression)))


def _names(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Variable):
        yield expression.name
    elif isinstance(expression, Apply):
        for argument in expression.arguments:
            yield from _names(argument)


def substitute(expression: Expression, bindings: Mapping[str, Expression]) -> Expression:
    """Replace variables by formulas.

    >>> from autograd_core.formulas.printing import to_text
    >>> to_text(substitute(parse("y * x**(y - 1)", {}), {"y": Number(3.0)}))
    '3 * x**(3 - 1)'
    """
    match expression:
        case Variable(name):
            return bindings.get(name, expression)
        case Apply(function, arguments):
            return Apply(function, tuple(substitute(argument, bindings) for argument in arguments))
    return expression


def simplify(expression: Expression, fold: Callable[[str, list[float]], float]) -> Expression:
    """Compute what is constant and drop what changes nothing (``+ 0``, ``* 1``, ``x**1``).

    The result equals the formula wherever all its parts are finite; ``0 * x`` becomes 0, so it is for reading, not
    for computing with infinities.

    Parameters
    ----------
    expression
        The formula.
    fold
        Computes a function of numbers, by the name of the function.

    Examples
    --------
    >>> from autograd_core.formulas.printing import to_text
    >>> from autograd_core.formulas.rules import compute
    >>> to_text(simplify(parse("3 * x**(3 - 1) + 0", {}), compute))
    '3 * x**2'
    """
    if not isinstance(expression, Apply):
        return expression
    arguments = tuple(simplify(argument, fold) for argument in expression.arguments)
    numbers = [argument.value for argument in arguments if isinstance(argument, Number)]
    if len(numbers) == len(arguments):
        value = fold(expression.function, numbers)
        if math.isfinite(value):
            return Number(value)
    return _without_neutral_parts(expression.function, arguments)


_ZERO, _ONE = Number(0.0), Number(1.0)


def _without_neutral_parts(function: str, arguments: tuple[Expression, ...]) -> Expression:
    match function, arguments:
        case ("add", (other, Number(0.0)) | (Number(0.0), other)) | ("sub", (other, Number(0.0))):
            return other
        case ("mul", (other, Number(1.0)) | (Number(1.0), other)) | ("div" | "pow", (other, Number(1.0))):
            return other
        case ("mul", (_, Number(0.0)) | (Number(0.0), _)):
            return _ZERO
        case ("pow", (_, Number(0.0))):
            return _ONE
        case ("mul", (other, Number(-1.0)) | (Number(-1.0), other)) | ("sub", (Number(0.0), other)):
            return Apply("neg", (other,))
        case ("neg", (Apply("neg", (other,)),)) | ("pos", (other,)):
            return other
        case ("where", (Number(condition), yes, no)):
            return yes if condition != 0.0 else no
    return Apply(function, arguments)
