"""The arrays a Tensor takes in: which are accepted, and how a change in place is noticed.

An array that is given is not copied. So its owner can still write to it, and a gradient computed from it afterwards
would be silently wrong. Therefore a fingerprint is taken when a node records the array, and compared when a backward
pass is about to read it.
"""

from __future__ import annotations

import contextvars
import math
import operator
import weakref
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import InputTypeError, InputValueError
from ..scalar.conversion import look_through, real_array, refuse_masked
from ..scalar.value import Value

__all__ = [
    "Array",
    "Evidence",
    "ReadOnlyArray",
    "all_finite",
    "evidence_of",
    "floating_array",
    "quietly",
    "sum_of_squares",
    "sum_to_shape",
    "values_in",
]

Array: TypeAlias = NDArray[Any]

# Infinities and nan are results here, not accidents, so NumPy shall not warn of them. A context remembers that.
with np.errstate(all="ignore"):
    quietly = contextvars.copy_context().copy

#: Up to this many bytes the fingerprint is a copy of the bytes.
_SMALL = 2**15
_ROW = 1024


class ReadOnlyArray(np.ndarray[Any, Any]):
    """The numbers of a leaf, as an array that cannot be written to; ``w.data -= step`` makes another one instead.

    An operator that would work in place gives a new array, so that the leaf gets other numbers by its setter and no
    recorded array changes. What is computed from it are plain arrays.

    >>> numbers = np.array([1.0, 2.0]).view(ReadOnlyArray)
    >>> numbers.setflags(write=False)
    >>> before = numbers
    >>> numbers -= 1.0
    >>> numbers, before
    (array([0., 1.]), array([1., 2.]))
    """

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return array[()] if return_scalar else np.asarray(array)

    def __repr__(self) -> str:
        return repr(np.asarray(self))

    def __reduce__(self) -> Any:
        return np.asarray(self).__reduce__()

    def __setitem__(self, index: Any, numbers: Any) -> None:
        if not self.flags.writeable:
            raise InputValueError(
                "the numbers of a node are read-only, for a recorded array never changes: write numbers = "
                "np.array(w.data), change those, then w.data = numbers"
            )
        super().__setitem__(index, numbers)


def _instead_of_in_place(name: str) -> None:
    in_place, anew = getattr(np.ndarray, f"__i{name}__"), getattr(operator, f"__{name}__")

    def method(self: Any, other: Any) -> Any:
        return in_place(self, other) if self.flags.writeable else anew(np.asarray(self), other)

    setattr(ReadOnlyArray, f"__i{name}__", method)


for _name in ("add", "sub", "mul", "truediv", "pow", "floordiv", "mod", "matmul"):
    _instead_of_in_place(_name)


class Evidence:
    """What tells whether an array is still the one that was recorded.

    Attributes
    ----------
    replaced
        Whether its node holds another array by now, so that only some of the node's children have recorded this one.
    """

    __slots__ = ("_array", "_fingerprint", "replaced")

    def __init__(self, array: Array) -> None:
        self.replaced = False
        self._array = weakref.ref(array)  # the nodes that need the array hold it
        self._fingerprint = _fingerprint(array)

    @property
    def is_moot(self) -> bool:
        """Whether nobody holds the array any more."""
        return self._array() is None

    def contradicts(self, array: Array) -> bool:
        """Whether the array is the recorded one, with other numbers in it."""
        return self._array() is array and _fingerprint(array) != self._fingerprint


def evidence_of(array: Array) -> Evidence | None:
    """A fingerprint of the array, or None if nobody can write to it.

    >>> evidence_of(np.ones(3)) is None
    False
    >>> array = np.ones(3)
    >>> array.setflags(write=False)
    >>> evidence_of(array) is None
    True
    """
    holder: Any = array
    while isinstance(holder, np.ndarray) and not holder.flags.writeable:
        holder = holder.base
    return None if holder is None else Evidence(array)


def _fingerprint(array: Array) -> bytes:
    """The bytes of a small array; of a large one sums over the rows and the columns of its bits laid out in a table.

    Any change of one number changes a sum, for sums are modulo 2**64, and so does the exchange of two different ones,
    for they do not share both their row and their column. Other changes almost always do.
    """
    if array.nbytes <= _SMALL:
        return array.tobytes()
    raw = (array if array.flags.c_contiguous else np.ascontiguousarray(array)).reshape(-1).view(np.uint8)
    whole = raw.size - raw.size % (8 * _ROW)
    table = raw[:whole].view(np.uint64).reshape(-1, _ROW)
    added: Any = np.add.reduce
    return bytes(added(table, 0).tobytes() + added(table, 1).tobytes() + raw[whole:].tobytes())


def floating_array(data: Any, what: str) -> Array:
    """An array of float64 or float32, or an error that says what to write instead."""
    array = real_array(data, what)
    if array.dtype.kind != "f":
        raise InputTypeError(
            f"{what}: {array.dtype} has no derivatives; write the numbers as floats (np.asarray(data, dtype=float)), "
            "or use them as they are: integers beside a Tensor are constants"
        )
    if array.dtype not in (np.float64, np.float32):
        raise InputTypeError(f"{what}: {array.dtype} is not supported; convert to float64 or float32")
    return array


def all_finite(array: Array) -> bool:
    """Whether there is neither a nan nor an infinity.

    >>> all_finite(np.array([1.0, 1e300])), all_finite(np.array([1.0, np.nan]))
    (True, False)
    """
    # Where the sum of squares is finite, so is every number; it is found in a quarter of the time.
    return math.isfinite(quietly().run(sum_of_squares, array)) or bool(np.isfinite(array).all())


def sum_of_squares(array: Array) -> float:
    """The sum of the squares, quickly; nan if there is a nan, and it may overflow (call it ``quietly`` then).

    >>> float(sum_of_squares(np.array([[3.0], [4.0]])))
    25.0
    """
    flat = array.ravel("K")  # as they lie in memory
    return flat.dot(flat)  # type: ignore[no-any-return]  # a number of the array's type


def sum_to_shape(array: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: sum over the axes along which a shape was broadcast. For arrays and Tensors.

    >>> sum_to_shape(np.ones((2, 3)), (3,)).tolist(), sum_to_shape(np.ones((2, 3)), (2, 1)).tolist()
    ([2.0, 2.0, 2.0], [[3.0], [3.0]])
    """
    extra = array.ndim - len(shape)
    if array.shape[extra:] == shape and isinstance(array, np.ndarray):
        return np.add.reduce(array, 0 if extra == 1 else tuple(range(extra)))
    leading = tuple(range(extra))
    stretched = tuple(axis + extra for axis, length in enumerate(shape) if length == 1 != array.shape[axis + extra])
    if leading + stretched:
        array = array.sum(axis=leading + stretched, keepdims=True)
    return array.reshape(shape) if extra else array


# --- operands that hold Values -------------------------------------------------------------------------------------


def values_in(data: Any, what: str) -> Array | None:
    """An array of Values (and numbers), if there are Values in what is given."""
    if isinstance(data, Value):
        holder = np.empty((), dtype=object)
        holder[()] = data
        return holder
    if isinstance(data, list | tuple):
        if not _has_value(data):
            return None
        look_through(data, what)
        data = _array_of_objects(data, what)
    elif not isinstance(data, np.ndarray) or data.dtype != object:
        return None
    refuse_masked(data, what)
    array: Array = data
    return array if any(isinstance(each, Value) for each in array.flat) else None


def _array_of_objects(nested: Any, what: str) -> Any:
    try:
        return np.array(nested, dtype=object)
    except ValueError as error:
        raise InputValueError(f"{what}: {error}; give rows of equal lengths") from None


def _has_value(nested: Any) -> bool:
    """Whether the first scalar of each row of nested lists may be a Value; a cheap look before NumPy's."""
    stack = list(nested)
    while stack:
        each = stack.pop()
        if isinstance(each, Value):
            return True
        if isinstance(each, list | tuple) or (isinstance(each, np.ndarray) and each.dtype == object):
            stack.extend(each)
    return False
