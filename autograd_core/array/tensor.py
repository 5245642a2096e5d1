"""Tensor, the array node: an array that remembers how it was computed.

A node keeps its parents in order and the arrays they had when it was recorded; local derivatives are computed from
those when a backward pass wants them. Which derivatives, the table knows (:mod:`autograd_core.formulas.rules`) and the
structural operations do; the functions of Tensors stand in :mod:`autograd_core.array.functions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from math import isfinite
from typing import Any

import numpy as np

from ..errors import (
    AutogradError,
    IdentityWarning,
    ImmutableGraphError,
    InputTypeError,
    InputValueError,
    LeavesGraphError,
    LinearAlgebraError,
    OutOfRangeError,
    UnknownNameError,
)
from ..formulas.primitives import PRIMITIVES
from ..formulas.printing import visible
from ..scalar.conversion import EXACT, MASKED, instead_of, instead_of_math, number_from, real_array, refuse_wrong_kinds
from ..scalar.freezing import NO_COPY, NO_INDEX, NO_NUMBER, follows, freezes, frozen
from ..scalar.hooks import TENSOR, VALUE
from ..scalar.messages import (
    describe_node,
    is_compared,
    is_formatted,
    line_of_users_code,
    place_in_users_code,
    text_of_line,
    unmade,
    warn_at_users_line,
)
from ..scalar.recording import Notes, current_state, recorders
from ..scalar.value import Value, constant, is_made, is_same
from . import cross_entropy as _cross_entropy  # noqa: F401 (these fill the table of structural operations)
from .arrays import Array, Evidence, ReadOnlyArray, evidence_of, floating_array, quietly, sum_of_squares, values_in
from .operations import STRUCTURAL, Operation, elementwise, rule_of

try:
    import cython
except ImportError:
    from ..scalar import no_cython as cython

__all__ = [
    "CONSTANT",
    "DROPPED",
    "LEAF",
    "OF_VALUES",
    "Tensor",
    "add_attribute",
    "array_constant",
    "as_tensor",
    "binary",
    "descend",
    "describe",
    "numbers_kept",
    "put",
    "record",
    "refusal",
    "unary",
]


def _no_forward(*_: Any) -> Any:
    raise AssertionError("leaves and constants are not computed")


LEAF, CONSTANT = Operation("leaf", _no_forward, (), ()), Operation("constant", _no_forward, (), ())
#: A Tensor of the numbers of Values; its parents are Values, those of all other Tensors are Tensors.
OF_VALUES = Operation("of_values", _no_forward, (), ())
#: In the place of a gradient that was computed and not kept.
DROPPED = np.zeros(0)

_ndarray = np.ndarray
_FLOAT64, _FLOAT32, _BOOL = map(np.dtype, (np.float64, np.float32, np.bool_))
_INDEX, _MATMUL = STRUCTURAL["index"], STRUCTURAL["matmul"]
_ADD, _SUB, _MUL, _DIV, _POW, _NEG, _POS, _ABS, _REMAINDER, _RINT = (
    elementwise(PRIMITIVES[name])
    for name in ("add", "sub", "mul", "div", "pow", "neg", "pos", "abs", "remainder", "rint")
)
_LESS, _LESS_EQUAL, _GREATER, _GREATER_EQUAL = (
    elementwise(PRIMITIVES[name]) for name in ("less", "less_equal", "greater", "greater_equal")
)


@cython.binding(False)
@cython.cclass
class Tensor:
    """An array node of a computation graph.

    Parameters
    ----------
    data
        An array or nested list of floats, of any shape. An array is not copied; changing it in place later is noticed
        by ``backward``. Values, in lists or arrays, make a Tensor of their numbers, through which gradients flow.
    label
        A name for pictures and messages.

    Raises
    ------
    InputTypeError
        If `data` does not hold floats. (Integers have no derivatives; beside a Tensor they are constants.)

    Examples
    --------
    >>> w = Tensor([1.0, 2.0, 3.0], "w")
    >>> loss = (w * w).sum()
    >>> loss.backward()
    >>> loss.item(), w.grad.tolist()
    (14.0, [2.0, 4.0, 6.0])
    """

    __slots__ = (
        "_data",
        "_differentiable",
        "_evidence",
        "_grad",
        "_inputs",
        "_mark",
        "_notes",
        "_operation",
        "_options",
        "_parents",
    )

    _data: Array
    _differentiable: bool
    _evidence: Evidence | None  # of an array that others can write to
    _grad: Array | None
    _inputs: tuple[Array, ...]  # the parents' data at the recorded point
    _mark: int  # of the last backward pass that met the node: its number, and how many children it waits for
    _notes: Notes
    _operation: Operation
    _options: tuple[Any, ...]
    _parents: tuple[Tensor, ...]

    def __init__(self, data: Any, label: str | None = None) -> None:
        if is_made(self) and self._operation is not LEAF:
            raise ImmutableGraphError(
                f"Tensor.__init__: {describe(self)} was computed and stays as it is; make a new node"
            )
        if isinstance(data, Tensor):
            raise InputTypeError(
                "Tensor: the data is a node already; use it as it is, or write t.data for its numbers, or +t for a copy"
            )
        values = values_in(data, "Tensor")
        if values is None:
            array = floating_array(data, "Tensor")
            _fill(self, LEAF, array, (), True)
            self._evidence = _own_or_watch(data, array)
        else:
            _fill_from_values(self, values)
        if label is not None:
            self.label = label
        if current_state().watcher is not None:
            _note_line(self)

    # --- what a node holds ------------------------------------------------------------------------------------------

    @property
    def data(self) -> Array:
        """The numbers, as an array that cannot be written to. Only a leaf's can be set; the new numbers are copied."""
        _look_whether_made(self)
        if recorders.count and freezes(self):
            raise frozen("data", self, "compute with t itself, and write stop_gradient(t) where no gradient shall flow")
        array = self._data if self._evidence is None else self._data.view()
        array.setflags(write=False)  # not before somebody looks; the engine never writes
        return array.view(ReadOnlyArray) if self._operation is LEAF else array

    @data.setter
    def data(self, data: Any) -> None:
        if self._operation is not LEAF:
            raise ImmutableGraphError(
                f"the data of {describe(self)} cannot be set, for it was computed; "
                "set the data of a leaf and compute again"
            )
        fits = type(data) is np.ndarray and data.dtype is self._data.dtype and data.shape == self._data.shape
        _replace(self, data.copy() if fits else self._like_data(data, "data"))

    @property
    def grad(self) -> Array:
        """The gradient, an array that cannot be written to; zeros as long as it was not computed (see `has_grad`)."""
        _look_whether_made(self)
        if self._grad is DROPPED:
            raise LeavesGraphError(
                f"the gradient of {describe(self)} was computed and not kept, for it is large and not a leaf's; "
                "write backward(keep_interior=True)"
            )
        if self._grad is None:
            return np.broadcast_to(np.zeros((), self._data.dtype), self._data.shape)
        array = np.asarray(self._grad)
        array.setflags(write=False)
        return array.view(ReadOnlyArray) if self._operation is LEAF else array

    @grad.setter
    def grad(self, grad: Any) -> None:
        _look_whether_made(self)
        self._grad = None if grad is None else self._like_data(grad, "grad")

    def _like_data(self, given: Any, what: str) -> Array:
        """A copy of an array, of this node's type, that must have its shape."""
        if type(given) is not np.ndarray or given.dtype != self._data.dtype:
            given = real_array(given, f"{what} of {describe(self)}")
        array = np.array(given, dtype=self._data.dtype)
        if array.shape != self._data.shape:
            raise InputValueError(
                f"{what} of {describe(self)}: shape {array.shape} where {self._data.shape} is needed; "
                "make a new Tensor for another shape"
            )
        array.setflags(write=False)
        return array

    @property
    def has_grad(self) -> bool:
        """Whether the gradient was computed (or set) since the node was made or ``zero_grad`` was called."""
        _look_whether_made(self)
        return self._grad is not None and self._grad is not DROPPED

    @property
    def op(self) -> str:
        """Name of the operation that made the node, ``"leaf"`` or ``"constant"``."""
        _look_whether_made(self)
        return self._operation.name

    @property
    def parents(self) -> tuple[Tensor, ...] | tuple[Value, ...]:
        """The arguments the node was computed from, in order; Values for the op ``of_values``, else Tensors."""
        _look_whether_made(self)
        return self._options if self._operation is OF_VALUES else self._parents

    @property
    def differentiable(self) -> bool:
        """Whether gradients flow into the node: it is a leaf or was computed from one."""
        _look_whether_made(self)
        return self._differentiable

    @property
    def label(self) -> str | None:
        """A name for pictures and messages, or None."""
        _look_whether_made(self)
        return self._notes.label

    @label.setter
    def label(self, label: str | None) -> None:
        if label is not None and not isinstance(label, str):
            raise InputTypeError(f"label: {label!r} is not a text; write label={str(label)!r}")
        _look_whether_made(self)
        self._notes = Notes(label, self._notes.scope, line=self._notes.line)

    @property
    def scope(self) -> str:
        """The scope it was recorded in, such as ``"layer 1"``; empty outside of all scopes."""
        _look_whether_made(self)
        return self._notes.scope

    @property
    def place(self) -> str | None:
        """File, line and text of the code that made it, if that was inside of ``detect_anomaly``; else None."""
        _look_whether_made(self)
        line = self._notes.line
        return None if line is None else text_of_line(*line)

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        _look_whether_made(self)
        return self._data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the numbers."""
        _look_whether_made(self)
        return self._data.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        _look_whether_made(self)
        return self._data.ndim

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        _look_whether_made(self)
        return self._data.size

    def item(self) -> float:
        """The number of a Tensor that holds one; it has left the graph.

        >>> Tensor([2.5]).item()
        2.5
        """
        _look_whether_made(self)
        if recorders.count and freezes(self):
            raise frozen(
                "item()", self, "compute with t itself, and write stop_gradient(t) where no gradient shall flow"
            )
        if self._data.size != 1:
            raise InputValueError(f"item: {describe(self)} holds {self._data.size} numbers; write t[i].item() for one")
        return self._data.item()  # type: ignore[no-any-return]

    def differs_from_parents(self) -> bool:
        """Whether a parent has other numbers now than when this node was recorded."""
        _look_whether_made(self)
        if self._operation is OF_VALUES:
            return not np.array_equal(self._data.ravel(), [each.data for each in self._options], equal_nan=True)
        return any(
            parent._data is not recorded and not np.array_equal(parent._data, recorded, equal_nan=True)
            for parent, recorded in zip(self._parents, self._inputs, strict=True)
        )

    def __repr__(self) -> str:
        if not is_made(self):
            return f"{type(self).__name__}(not made yet)"
        numbers = np.array2string(self._data, separator=", ", threshold=20, edgeitems=2, prefix="Tensor(data=")
        grad = "computed" if self.has_grad else "not computed"
        label = "" if self.label is None else f", label={self.label!r}"
        return f"Tensor(data={numbers}, shape={self.shape}, dtype={self.dtype}, grad={grad}, op={self.op!r}{label})"

    def __format__(self, specification: str) -> str:
        return format(self.item(), specification) if specification else repr(self)

    # --- gradients --------------------------------------------------------------------------------------------------

    def backward(self, gradient: Any = None, *, keep_interior: bool | None = None) -> None:
        """Compute the gradient of this node with respect to every node it depends on; see ``tensor_backward``."""
        if recorders.count and freezes(self):
            raise frozen("backward()", self, "differentiate inside of it with grad(f)(x), whose result is a node")
        TENSOR.backward(self, gradient, keep_interior=keep_interior)

    def zero_grad(self) -> None:
        """Forget the gradient: from now on it is "not computed"."""
        _look_whether_made(self)
        self._grad = None

    # --- operators --------------------------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Tensor:
        return binary(_ADD, self, other)

    def __radd__(self, other: Any) -> Tensor:
        return binary(_ADD, other, self)

    def __sub__(self, other: Any) -> Tensor:
        return binary(_SUB, self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return binary(_SUB, other, self)

    def __mul__(self, other: Any) -> Tensor:
        return binary(_MUL, self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return binary(_MUL, other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return binary(_DIV, self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return binary(_DIV, other, self)

    def __pow__(self, other: Any, modulus: Any = None) -> Tensor:
        if modulus is not None:
            raise self._not_there("pow with a modulus")
        return binary(_POW, self, other)

    def __rpow__(self, other: Any, modulus: Any = None) -> Tensor:
        return binary(_POW, other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return binary(_MATMUL, self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return binary(_MATMUL, other, self)

    # What Python knows of numbers and the table of primitives does not.

    def __round__(self, digits: Any = None) -> Tensor:
        if digits is not None:
            raise self._not_there("round")
        return unary(_RINT, self)

    def __trunc__(self) -> Tensor:
        raise self._not_there("trunc")

    def __mod__(self, other: Any) -> Tensor:
        return binary(_REMAINDER, self, other)

    def __rmod__(self, other: Any) -> Tensor:
        return binary(_REMAINDER, other, self)

    def __floordiv__(self, other: Any) -> Tensor:
        return unary(_RINT, (self - self % other) / other)

    def __rfloordiv__(self, other: Any) -> Tensor:
        return unary(_RINT, (other - other % self) / self)

    def __divmod__(self, other: Any) -> Tensor:
        raise self._not_there("divmod")

    def __rdivmod__(self, other: Any) -> Tensor:
        raise self._not_there("divmod")

    def _not_there(self, what: str) -> InputTypeError:
        return InputTypeError(f"{what} of {describe(self)} is not a primitive; {instead_of(what, 't')}")

    # Comparisons compare data, element by element; equality is identity, as for every node.

    def __lt__(self, other: Any) -> Tensor:
        return binary(_LESS, self, other)

    def __le__(self, other: Any) -> Tensor:
        return binary(_LESS_EQUAL, self, other)

    def __gt__(self, other: Any) -> Tensor:
        return binary(_GREATER, self, other)

    def __ge__(self, other: Any) -> Tensor:
        return binary(_GREATER_EQUAL, self, other)

    # Conditions, as comparisons give them; what they are made of stands with the functions.

    def __and__(self, other: Any) -> Tensor:
        return VALUE.composed["bitwise_and"](self, other)  # type: ignore[no-any-return]

    def __rand__(self, other: Any) -> Tensor:
        return VALUE.composed["bitwise_and"](other, self)  # type: ignore[no-any-return]

    def __or__(self, other: Any) -> Tensor:
        return VALUE.composed["bitwise_or"](self, other)  # type: ignore[no-any-return]

    def __ror__(self, other: Any) -> Tensor:
        return VALUE.composed["bitwise_or"](other, self)  # type: ignore[no-any-return]

    def __xor__(self, other: Any) -> Tensor:
        return VALUE.composed["bitwise_xor"](self, other)  # type: ignore[no-any-return]

    def __rxor__(self, other: Any) -> Tensor:
        return VALUE.composed["bitwise_xor"](other, self)  # type: ignore[no-any-return]

    def __invert__(self) -> Tensor:
        return VALUE.composed["invert"](self)  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        return self is other or (other is not None and _is_same(self, other, "equal"))

    def __ne__(self, other: object) -> bool:
        return self is not other and (other is None or not _is_same(self, other, "not_equal"))

    def __hash__(self) -> int:
        return id(self) >> 4

    def __neg__(self) -> Tensor:
        return unary(_NEG, self)

    def __pos__(self) -> Tensor:
        return unary(_POS, self)

    def __abs__(self) -> Tensor:
        return unary(_ABS, self)

    def __bool__(self) -> bool:
        _look_whether_made(self)
        if self._data.size != 1:
            raise InputValueError(
                f"{describe(self)} holds {self._data.size} numbers, which have no single truth; "
                "choose with where(condition, a, b), or write t.data.any() or t.data.all()"
            )
        truth = bool(self._data.item() != 0.0)
        branches = current_state().branches
        if branches is not None:
            branches.append((self, truth, place_in_users_code()))
        return truth

    def __len__(self) -> int:
        _look_whether_made(self)
        if self._data.ndim == 0:
            raise InputTypeError(f"len() of {describe(self)}: a Tensor without axes has no length")
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        return iter([self[position] for position in range(len(self))])

    def __getitem__(self, index: Any) -> Tensor:
        if type(index) is not int:
            return TENSOR.index(self, index)  # type: ignore[no-any-return]
        return record(_INDEX, (self,), index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise InputTypeError(
            f"{describe(self)}: the graph is immutable, so t[i] = v cannot be; write where(mask, v, t), or set t.data"
        )

    def __getattr__(self, name: str) -> Callable[..., Tensor]:
        """Primitives that a user added to the table, as methods; those of the table itself are methods already."""
        rule = PRIMITIVES.get(name)
        if rule is None:
            if name in Tensor.__slots__ and not is_made(self):  # uncompiled, reading a field that is not set ends here
                raise unmade(self, "Tensor")
            if name == "_mask":  # which np.ma asks of what stands beside a masked array
                raise InputTypeError(f"{describe(self)}: {MASKED}")
            if name[:1] == "_":
                raise AttributeError(name)
            raise UnknownNameError("a Tensor", name, Tensor, f"write t.data.{name} if the plain array has it")
        return partial(TENSOR.apply, rule, self)

    # --- leaving the graph is explicit ------------------------------------------------------------------------------

    def __float__(self) -> float:
        if is_formatted():
            return self.item()
        raise self._leaves_graph("float")

    def __int__(self) -> int:
        if is_formatted():
            return int(self.item())
        raise self._leaves_graph("int")

    def __complex__(self) -> complex:
        raise self._leaves_graph("complex")

    def __index__(self) -> int:
        _look_whether_made(self)
        if self._data.ndim == 0 and self._data.dtype.kind in "iu":
            if recorders.count and freezes(self):
                raise frozen("an index or a count made", self, NO_INDEX)
            return int(self._data)
        raise self._leaves_graph("index")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise self._leaves_graph("np.asarray")

    def _leaves_graph(self, kind: str) -> LeavesGraphError:
        if recorders.count and follows([self], current_state().inputs):
            return frozen(f"{kind}()", self, NO_INDEX if kind in ("int", "index") else NO_NUMBER)
        return LeavesGraphError(
            f"{kind}() of {describe(self)} would leave the graph, and its gradient would be lost; "
            "write t.data for the plain array, t.item() for the number of a Tensor that holds one, stack([...]) to "
            f"join Tensors, or {instead_of_math(place_in_users_code(), 't', PRIMITIVES)}"
        )

    def _refuse_to_copy(self) -> None:
        if recorders.count and freezes(self):
            raise frozen("a copy", self, NO_COPY)

    def __copy__(self) -> Tensor:
        self._refuse_to_copy()
        return TENSOR.copy(self)  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        self._refuse_to_copy()
        return TENSOR.deepcopy(self, memo)  # type: ignore[no-any-return]

    def __reduce__(self) -> Any:
        _look_whether_made(self)
        self._refuse_to_copy()
        return TENSOR.reduce(self)


# --- making nodes ---------------------------------------------------------------------------------------------------


def _look_whether_made(node: Tensor) -> None:
    if node._notes is None:
        raise unmade(node, "Tensor")


def _fill(node: Tensor, operation: Operation, data: Array, options: tuple[Any, ...], differentiable: bool) -> None:
    """Set every field of a fresh node without Tensors as parents."""
    node._data = data
    node._operation = operation
    node._options = options
    node._differentiable = differentiable
    node._notes = current_state().notes
    node._parents = node._inputs = ()
    node._grad = node._evidence = None
    node._mark = 0


def record(operation: Operation, parents: tuple[Tensor, ...], *options: Any) -> Tensor:
    """Apply an operation to Tensors and make the node of its result.

    Raises
    ------
    InputValueError
        If NumPy finds that the shapes do not fit.
    """
    for parent in parents:
        _look_whether_made(parent)
    inputs = tuple([parent._data for parent in parents])
    try:
        data = quietly().run(operation.forward, *inputs, *options)
    except Exception as error:
        raise refusal(operation, inputs, error) from None
    for parent in parents:
        if parent._differentiable:
            return _node(operation, data, parents, inputs, options, True)
    return _node(operation, data, parents, inputs, options, False)


def unary(operation: Operation, x: Tensor) -> Tensor:
    """Apply an operation of one operand: :func:`record`, a little faster."""
    _look_whether_made(x)
    given = x._data
    return _node(operation, quietly().run(operation.forward, given), (x,), (given,), (), x._differentiable)


def binary(operation: Operation, x: Any, y: Any) -> Tensor:
    """Apply an operation to two operands, one of which is a Tensor and the other may be a number or an array."""
    if isinstance(x, Tensor):
        first = x
    else:
        x = as_tensor(x, operation.name, y.dtype if isinstance(y, Tensor) else None)
        if x is NotImplemented:
            return NotImplemented  # type: ignore[no-any-return]
        first = x
    _look_whether_made(first)
    if isinstance(y, Tensor):
        second = y
    else:
        y = as_tensor(y, operation.name, first._data.dtype)
        if y is NotImplemented:
            return NotImplemented  # type: ignore[no-any-return]
        second = y
    _look_whether_made(second)
    inputs = (first._data, second._data)
    try:
        data = quietly().run(operation.forward, inputs[0], inputs[1])
    except ValueError as error:
        raise refusal(operation, inputs, error) from None
    differentiable = first._differentiable or second._differentiable
    return _node(operation, data, (first, second), inputs, (), differentiable)


def _node(
    operation: Operation,
    data: Any,
    parents: tuple[Tensor, ...],
    inputs: tuple[Array, ...],
    options: tuple[Any, ...],
    differentiable: bool,
) -> Tensor:
    if type(data) is not _ndarray:
        data = np.asarray(data)
    state = current_state()
    node = Tensor.__new__(Tensor)
    node._data = data
    node._notes = state.notes
    node._grad = node._evidence = None
    node._mark = 0
    if state.enabled:
        node._operation = operation
        node._parents = parents
        node._inputs = inputs
        node._options = options
        node._differentiable = differentiable
    else:
        node._operation = CONSTANT
        node._parents = node._inputs = node._options = ()
        node._differentiable = False
    if not node._differentiable and data.base is not None:  # a view of a constant: nobody looks at that one any more
        node._evidence = evidence_of(data)
    if state.watcher is not None:
        _note_line(node)
        state.watcher.tensor_made(node, operation, parents)
    return node


def _note_line(node: Tensor) -> None:
    """Note where in the user's code a node is made."""
    node._notes = Notes(node._notes.label, node._notes.scope, line=line_of_users_code())


def _replace(leaf: Tensor, data: Array) -> None:
    """Give a leaf other numbers, in an array that nobody else holds."""
    leaf._data = data
    if leaf._evidence is not None:
        leaf._evidence.replaced = True
        if leaf._evidence.is_moot:
            leaf._evidence = None


def descend(leaves: list[Tensor], learning_rate: float) -> bool:
    """Take ``learning_rate * gradient`` off the numbers of every leaf; of none if a gradient is missing or not finite.

    Returns
    -------
    bool
        Whether they have moved. They have not either if the squares of all gradients add up to an infinity.

    Examples
    --------
    >>> v, w = Tensor([1.0]), Tensor([1.0, 2.0])
    >>> (v * w * w).sum().backward()
    >>> descend([v, w], 0.25), descend([v, Tensor([1.0])], 0.25)
    (True, False)
    >>> v.data.tolist(), w.data.tolist()
    ([-0.25], [0.5, 1.0])
    """
    return quietly().run(_descend, leaves, learning_rate)


def _descend(leaves: list[Tensor], learning_rate: float) -> bool:
    squares = 0.0
    for leaf in leaves:
        _look_whether_made(leaf)
        if leaf._grad is None or leaf._grad is DROPPED:
            return False
        squares += sum_of_squares(leaf._grad)
    if not isfinite(squares):
        return False
    for leaf in leaves:
        moved = np.asarray(leaf._grad * -learning_rate)  # type: ignore[operator]
        moved += leaf._data
        _replace(leaf, moved)
    return True


def put(leaf: Tensor, data: Array) -> None:
    """Give a leaf an array of its shape and type that nobody else will write to; it is not copied.

    >>> w = Tensor([1.0, 2.0])
    >>> put(w, np.array([0.5, 1.0]))
    >>> w.data.tolist()
    [0.5, 1.0]
    """
    _look_whether_made(leaf)
    if type(data) is not _ndarray:
        raise InputTypeError(f"put: {type(data).__name__} is given, which is no array")
    _replace(leaf, data)


@cython.binding(False)
@cython.cclass
class numbers_kept:  # noqa: N801 (used like a function)
    """Whatever the block sets leaves to, afterwards they hold what they held; Tensors the very same arrays.

    >>> x, w = Value(1.0), Tensor([2.0])
    >>> with numbers_kept([x, w]):
    ...     x.data, w.data = 3.0, [4.0]
    >>> x.data, w.data.tolist()
    (1.0, [2.0])
    """

    __slots__ = ("_leaves", "_numbers")

    _leaves: list[Value | Tensor]
    _numbers: list[Any]

    def __init__(self, leaves: Iterable[Value | Tensor]) -> None:
        self._leaves = list(leaves)
        self._numbers = []

    def __enter__(self) -> None:
        self._numbers = [_array_of(leaf) if isinstance(leaf, Tensor) else leaf.data for leaf in self._leaves]

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        for leaf, held in zip(self._leaves, self._numbers, strict=True):
            if isinstance(leaf, Tensor):
                _give_back(leaf, held)
            else:
                leaf.data = held


def _array_of(leaf: Tensor) -> tuple[Array, Evidence | None]:
    return leaf._data, leaf._evidence


def _give_back(leaf: Tensor, held: tuple[Array, Evidence | None]) -> None:
    leaf._data, leaf._evidence = held


def _is_same(node: Tensor, other: Any, name: str) -> bool:
    """See ``is_same``; a line that compares two Tensors may mean their elements, as in ``x == x.max()``."""
    same = is_same(node, other, name)
    if isinstance(other, Tensor) and is_compared():
        sign, question = ("==", "is") if name == "equal" else ("!=", "is not")
        warn_at_users_line(
            f"{sign} between Tensors asks whether they are one node, and not for their elements; write {name}(x, y) "
            f"for these, or x {question} y",
            IdentityWarning,
        )
    return same


def refusal(operation: Operation, inputs: Sequence[Array], error: Exception) -> Exception:
    """What NumPy refuses, in an error of ours that names the operation and the shapes.

    An error of a user's own function is left as it is, unless it is of a kind that NumPy raises.
    """
    is_users = STRUCTURAL.get(operation.name) is not operation and rule_of(operation) is None
    if isinstance(error, AutogradError) or (is_users and not isinstance(error, ValueError | TypeError | IndexError)):
        return error
    kind = InputTypeError if isinstance(error, TypeError | AttributeError) else InputValueError
    kind = OutOfRangeError if isinstance(error, IndexError) else kind
    kind = LinearAlgebraError if isinstance(error, np.linalg.LinAlgError) else kind
    shapes = ", ".join(str(each.shape) for each in inputs)
    return kind(f"{operation.name} of shape{'s' if len(inputs) > 1 else ''} {shapes}: {error}")


def _own_or_watch(data: Any, array: Array) -> Evidence | None:
    """An array made of lists or numbers is the node's own; any other one may be written to by those who gave it."""
    if isinstance(data, list | tuple | int | float | np.generic):
        array.setflags(write=False)
        return None
    return evidence_of(array)


def array_constant(data: Any, label: str | None = None, what: str = "constant") -> Tensor:
    """A Tensor that gradients do not flow into; it may hold integers or booleans.

    >>> (Tensor([1.0, 2.0]) * array_constant([3, 4])).data.tolist()
    [3.0, 8.0]
    """
    array = real_array(data, what)
    node = Tensor.__new__(Tensor)
    _fill(node, CONSTANT, array, (), False)
    node._evidence = _own_or_watch(data, array)
    if label is not None:
        node.label = label
    return node


def as_tensor(other: Any, what: str, dtype: Any = None) -> Any:
    """A Tensor of what stands beside one; NotImplemented where another class may know the answer.

    A plain number takes the type of the Tensor beside it, as NumPy does; an array keeps its own.
    """
    kind = type(other)
    if kind is float or kind is int or kind is bool:
        if kind is int and not -EXACT <= other <= EXACT:
            other = number_from(other, what)
        data = np.array(other, dtype if dtype is not None and dtype.kind == "f" else None)
        data.setflags(write=False)
        node = Tensor.__new__(Tensor)
        _fill(node, CONSTANT, data, (), False)
        return node
    if kind is _ndarray and (other.dtype is _FLOAT64 or other.dtype is _FLOAT32 or other.dtype is _BOOL):
        node = Tensor.__new__(Tensor)
        _fill(node, CONSTANT, other, (), False)
        node._evidence = evidence_of(other)
        return node
    if isinstance(other, Tensor):
        return other
    values = values_in(other, what)
    if values is not None:
        node = Tensor.__new__(Tensor)
        _fill_from_values(node, values)
        return node
    if isinstance(other, np.generic | list | tuple) or hasattr(other, "__array__"):
        return array_constant(other, what=what)
    refuse_wrong_kinds(other, what, "a Tensor")
    return NotImplemented


def _fill_from_values(node: Tensor, values: Array) -> None:
    parents = tuple(each if isinstance(each, Value) else constant(each) for each in values.flat)
    numbers = []
    for parent in parents:
        numbers.append(parent._data)
    data = np.array(numbers, dtype=float).reshape(values.shape)
    data.setflags(write=False)
    if current_state().enabled:
        _fill(node, OF_VALUES, data, parents, any(parent.differentiable for parent in parents))
    else:
        _fill(node, CONSTANT, data, (), False)


def describe(node: Tensor | Value) -> str:
    """How a message names a node: by its label, else by its op; and its shape, if it has one, and scope.

    >>> describe(Tensor([1.0, 2.0], "w")), describe(Tensor([1.0]) + 1)
    ("tensor 'w' (leaf, shape (2,))", 'tensor without label (add, shape (1,))')
    """
    if isinstance(node, Value):
        return describe_node(node)
    name = "tensor without label" if visible(node.label) is None else f"tensor {node.label!r}"
    scope = f", in scope {node.scope!r}" if node.scope else ""
    return f"{name} ({node.op}, shape {node.shape}{scope})"


def add_attribute(name: str, attribute: Any) -> None:
    """Give the class a method or property, whose code stands in a module above this one."""
    if cython.compiled:
        set_on_class(Tensor, name, attribute)  # type: ignore[name-defined]  # noqa: F821 (tensor.pxd)
    else:
        setattr(Tensor, name, attribute)
