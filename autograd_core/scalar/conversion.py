"""From what a user gives to the numbers that are needed, or an error that says what to write instead.

Numbers enter as they are or not at all: no digit is rounded away and no mask is dropped in silence.
"""

from __future__ import annotations

import numbers
import operator
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ELSEWHERE, AutogradError, InputTypeError, InputValueError, shortened

__all__ = [
    "EXACT",
    "MASKED",
    "instead_of",
    "instead_of_math",
    "is_one_of",
    "is_plain",
    "look_through",
    "name_of_ufunc",
    "number_from",
    "plain",
    "positive_count",
    "real_array",
    "refuse_masked",
    "refuse_wrong_kinds",
    "scalar_in",
]

EXACT = 2**53  # up to here every integer is a float
MASKED = (
    "a masked array would lose its mask; write where(mask, 0.0, array.data), or leave out what is hidden: "
    "array.compressed()"
)
_LONG_DOUBLE = "a long double may hold more digits than a float; write float(x), or array.astype(float), to round it"
_DATES = "divide by a unit first, such as duration / np.timedelta64(1, 's')"
_CODES = "convert it to float first, or give each label a number: np.unique(labels, return_inverse=True)[1]"
#: By the kind of a NumPy type that is not one of real numbers.
_ADVICE_FOR_KINDS = {
    "c": "the engine is real: give the real and the imaginary parts by themselves, array.real and array.imag",
    "U": _CODES,
    "S": _CODES,
    "T": _CODES,
    "m": _DATES,
    "M": f"take off a first date, then {_DATES}",
    "V": "give its columns side by side: np.column_stack([table[name] for name in table.dtype.names])",
}


# --- one number -----------------------------------------------------------------------------------------------------


def is_plain(given: Any) -> bool:
    """Whether it is a float, or an integer that a float equals without a question.

    >>> is_plain(2.5), is_plain(-3), is_plain(True), is_plain(2**60)
    (True, True, False, False)
    """
    kind = type(given)
    return kind is float or (kind is int and -EXACT < given < EXACT)


#: A plain number as a float. Compiled, both are C (value.pxd).
plain = float


def number_from(data: Any, what: str) -> float:
    """A float that equals `data`, or an error that says what to write instead.

    >>> number_from(np.int64(3), "x"), number_from(np.array(0.5), "x")
    (3.0, 0.5)
    """
    if type(data) is float:
        return data
    if type(data) is not int:
        data = scalar_in(data, what)
    if isinstance(data, np.bool_):
        return float(data)
    if isinstance(data, np.timedelta64):  # which is an integer to Python
        raise InputTypeError(f"{what}: {shortened(data)} is not a real number; {_advice(data)}")
    if isinstance(data, numbers.Integral):
        return _float_of_integer(data, what)
    if isinstance(data, np.longdouble):
        raise InputTypeError(f"{what}: {shortened(data)}: {_LONG_DOUBLE}")
    if isinstance(data, float | np.floating):
        return float(data)
    advice = (
        "write a number such as Value(2.0, label='w')" if what == "Value" and isinstance(data, str) else _advice(data)
    )
    raise InputTypeError(f"{what}: {shortened(data)} is not a real number; {advice}")


def _float_of_integer(data: Any, what: str) -> float:
    try:
        converted = float(data)
    except OverflowError:
        converted = float("inf")
    if converted != int(data):
        raise InputValueError(
            f"{what}: no float equals the integer {shortened(data)}; write float(...) of it if rounding is meant"
        )
    return converted


def scalar_in(data: Any, what: str) -> Any:
    """What an array without axes holds, or a scalar of another library, which converts to one; all else as it is.

    >>> scalar_in(np.array(2.5), "x"), scalar_in([2.5], "x")
    (np.float64(2.5), [2.5])
    """
    refuse_masked(data, what)
    if isinstance(data, np.generic) or getattr(data, "ndim", None) != 0 or not hasattr(data, "__array__"):
        return data
    if _is_node(data):
        return data
    return (data if isinstance(data, np.ndarray) else _converted(data, what))[()]


def is_one_of(given: Any, known: Iterable[Any]) -> bool:
    """Whether it is one of some texts, numbers or None. Anything may be asked; ``in`` would compare an array.

    >>> is_one_of("auto", ("auto", "forward")), is_one_of(np.ones(2), (1, 2)), is_one_of(np.int64(1), (1, 2))
    (True, False, True)
    """
    if isinstance(given, np.timedelta64):  # which is an integer to NumPy
        return False
    return (given is None or isinstance(given, str | int | np.integer)) and given in known


def positive_count(count: Any, what: str, example: int) -> int:
    """The count as an int, if it is an integer of at least 1.

    >>> positive_count(np.int64(3), "limit", 20)
    3
    """
    try:
        converted = operator.index(count)
    except TypeError:
        raise InputTypeError(f"{what}: {shortened(count)} is not an integer; write for example {example}") from None
    if converted < 1 or isinstance(count, bool):
        raise InputValueError(f"{what}: {count!r} is not a count of at least 1; write for example {example}")
    return converted


# --- arrays of numbers ----------------------------------------------------------------------------------------------


def real_array(data: Any, what: str) -> NDArray[Any]:
    """An array of real numbers (not copied if it is one already), or an error that says what to write instead.

    It may hold integers and truth values, but no integer that no float equals.

    >>> real_array([1, 2.5], "x").tolist()
    [1.0, 2.5]
    """
    if type(data) is np.ndarray:
        array = data
    else:
        look_through(data, what)
        array = _converted(data, what)
    if array.dtype.kind not in "biuf":
        raise InputTypeError(_why_not_real(data, array, what))
    if array.dtype.type is np.longdouble:
        raise InputTypeError(f"{what}: an array of {array.dtype}: {_LONG_DOUBLE}")
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8 and array.size:
        _refuse_long_integers(array, what)
    return array


def refuse_masked(data: Any, what: str) -> None:
    """Raise for a masked array, whose hidden numbers would be used, and for a matrix where * is another product."""
    # Few are of a class of their own, and until np.ma is asked for, NumPy does not import it, which takes 60 ms.
    if type(data) is np.ndarray or not isinstance(data, np.ndarray):
        return
    if what in ("mul", "pow") and isinstance(data, np.matrix):
        raise InputTypeError(
            f"{what}: an np.matrix is multiplied as a matrix; write @, or np.asarray(m) * x for elements"
        )
    if isinstance(data, np.ma.MaskedArray):
        raise InputTypeError(f"{what}: {MASKED}")


def look_through(data: Any, what: str) -> None:
    """Refuse what NumPy would take in silence: hidden numbers, and integers beside floats that it would round."""
    stack = [data]
    while stack:
        each = stack.pop()
        kind = type(each)
        if kind is float or (kind is int and -EXACT <= each <= EXACT):
            continue
        if isinstance(each, list | tuple):
            stack.extend(each)
        elif isinstance(each, np.ndarray):
            refuse_masked(each, what)
            if each.dtype == object:
                stack.extend(each.flat)
            elif each is not data:
                real_array(each, what)
        elif isinstance(each, numbers.Integral) and not isinstance(each, np.timedelta64):
            _float_of_integer(each, what)


def _converted(data: Any, what: str) -> NDArray[Any]:
    """What NumPy makes of it; errors in its own words become ours."""
    try:
        return np.asarray(data)
    except AutogradError:
        raise
    except ValueError as error:
        because = "; give each row as many entries" if "inhomogeneous" in str(error) else f": {error}"
        raise InputTypeError(f"{what}: {shortened(data)} does not hold real numbers{because}") from None
    except Exception as error:  # another library's, such as a tensor on another device or with a graph of its own
        raise InputTypeError(
            f"{what}: {type(data).__name__} does not convert to an array ({error}); give np.asarray(...) of its numbers"
        ) from None


def _refuse_long_integers(array: NDArray[Any], what: str) -> None:
    if int(array.max()) <= EXACT and int(array.min()) >= -EXACT:
        return
    for each in array.flat:
        if not -EXACT <= int(each) <= EXACT:
            _float_of_integer(int(each), what)


def _why_not_real(data: Any, array: NDArray[Any], what: str) -> str:
    given = f"an array of {array.dtype}" if array.ndim or isinstance(data, np.ndarray) else shortened(data)
    kind = array.dtype.kind
    if kind == "O":
        advice = _advice_for_objects(array) if given.startswith("an array of") else _advice_for_container(data)
    elif not array.ndim and kind in "US":
        advice = "write a number, or an array such as [1.0, 2.0]"
    else:
        advice = _ADVICE_FOR_KINDS[kind]
    return f"{what}: {given} does not hold real numbers; {advice}"


def _advice_for_container(data: Any) -> str:
    if data is None:
        return "write an array of numbers such as [1.0, 2.0]"
    if hasattr(data, "toarray"):
        return "write .toarray() of a sparse matrix"
    if isinstance(data, Mapping):
        return "write its numbers as an array, such as np.column_stack(list(data.values()))"
    if isinstance(data, Iterable):
        return "write list(...) of it"
    if callable(data):
        return "give its result"
    if isinstance(data, numbers.Integral):
        return "no array has integers of that size: write float(...) of it"
    return "write an array of numbers such as [1.0, 2.0]"


def _advice_for_objects(array: NDArray[Any]) -> str:
    for index in np.ndindex(array.shape):
        each = array[index]
        if isinstance(each, bool | int | float | np.number | np.bool_):
            continue
        where = f"entry {', '.join(map(str, index))}" if index else "it"
        if isinstance(each, str | bytes):
            return f"{where} is {shortened(each)}; {_CODES}"
        if each is None or type(each).__name__ in ("NAType", "NaTType"):
            return f"{where} is {shortened(each)}; leave out or fill in what is missing"
        if isinstance(each, list | tuple | np.ndarray):
            return f"{where} is {shortened(each)}; rows must have equal lengths"
        return f"{where} is {shortened(each)}; {_advice(each)}"
    return "convert it to float first: array.astype(float)"


# --- what has no primitive ------------------------------------------------------------------------------------------

#: Of SciPy, what is here under the same name, and the methods of its distributions.
_SUMS_OF_SCIPY = frozenset({"logsumexp", "softmax", "log_softmax"})
_OF_DISTRIBUTIONS = frozenset({"pdf", "logpdf", "pmf", "logpmf", "cdf", "logcdf", "sf", "logsf", "ppf", "entropy"})
_PLAIN = "its derivative is 0 wherever it has one: write {0}.data for the plain number"
#: What to write for operators and functions of NumPy and of Python's math that the table of primitives lacks.
_INSTEAD = {
    **dict.fromkeys(("round", "trunc"), _PLAIN),
    "fmod": "write {0} % n, whose sign is that of n",
    "divmod": "write {0} // n and {0} % n",
    "pow with a modulus": "that is for integers; write {0} ** n",
    "heaviside": "write step({0})",
    "copysign": "write np.abs({0}) * np.sign(s)",
    "ldexp": "write {0} * 2.0**n",
    "modf": "write {0} - np.trunc({0}) and np.trunc({0})",
    **dict.fromkeys(
        ("isnan", "isfinite", "isinf", "signbit", "invert", "&", "|", "^", "<<", ">>", "logical_and", "logical_or"),
        "ask the numbers: {0}.data; conditions are multiplied for 'and', where(condition, a, b) chooses",
    ),
}


def instead_of(what: str, node: str) -> str:
    """What to write instead of an operator or function that the table lacks; empty if nothing is known.

    >>> instead_of("heaviside", "v")
    'write step(v)'
    """
    return _INSTEAD.get(what, "").format(node)


def name_of_ufunc(ufunc: np.ufunc) -> str:
    """What a user writes for it.

    >>> name_of_ufunc(np.exp)
    'np.exp'
    """
    return f"{'np' if getattr(np, ufunc.__name__, None) is ufunc else 'scipy.special'}.{ufunc.__name__}"


def instead_of_math(line: str, node: str, known: Mapping[str, Any]) -> str:
    """What to write in a line of code that turns a node into a plain number.

    >>> instead_of_math("y = 2 * math.exp(v)", "v", {"exp": None})
    'autograd_core.exp instead of math.exp'
    """
    for module, name in re.findall(r"((?:\b\w+\.)*)\b(\w+)\(", line):
        called, name_here = f"{module}{name}", ELSEWHERE.get(name, name)
        is_of_numbers = module in ("math.", "cmath.", "special.", "scipy.special.")
        if name in _SUMS_OF_SCIPY or (is_of_numbers and name_here in known):
            return f"autograd_core.{name_here} instead of {called}"
        if is_of_numbers and instead_of(name, node):
            return f"for {called}: {instead_of(name, node)}"
        if is_of_numbers and module.endswith("math."):
            return f"for {called}, which has no derivative here, primitives or custom_derivative"
        if is_of_numbers or module.startswith(("scipy.", "stats.")) or name in _OF_DISTRIBUTIONS:
            return f"what docs/numpy.md has in the place of {called}"
    return "a function of autograd_core instead of one of math, as autograd_core.exp for math.exp"


# --- what a message says --------------------------------------------------------------------------------------------


def _is_node(data: Any) -> bool:
    return hasattr(data, "zero_grad") and hasattr(data, "differentiable")


def _advice(data: Any) -> str:
    if isinstance(data, str):
        return "write a number such as 2.0"
    if isinstance(data, complex | np.complexfloating):
        return "the engine is real: write the real and the imaginary part as two Values"
    if hasattr(data, "local_derivatives"):
        return "it is a node already: use it as it is, or write v.data for its number"
    if _is_node(data):
        return "it is a node already: use it as it is, or write t.item() for its number"
    if isinstance(data, np.timedelta64 | np.datetime64):
        return _DATES
    if data is None:
        return "write a number such as 0.0"
    if isinstance(data, list | tuple | np.ndarray | Iterable):
        return "a Value is one scalar: write [Value(each) for each in data]"
    return "write float(...) of it if that is meant"


#: Classes of these modules know nothing of nodes, so no answer is to be expected of them.
_WITHOUT_NODES = frozenset({"builtins", "datetime", "decimal", "fractions", "types"})
_WRONG_KINDS = (str, bytes, complex, np.complexfloating, np.timedelta64, np.datetime64, list, tuple, dict)


def refuse_wrong_kinds(other: Any, op: str, beside: str = "a Value") -> None:
    """Raise for operands that no class could make sense of beside a node, with advice Python's own error lacks."""
    if type(other).__module__ in _WITHOUT_NODES or isinstance(other, _WRONG_KINDS):
        raise InputTypeError(f"{op}: {shortened(other)} beside {beside} is not a real number; {_advice(other)}")
