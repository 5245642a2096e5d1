"""How nodes of both kinds are pickled: each as an object of its own, so that what is shared stays shared.

Pickle goes from an object to what it was made of, by recursion, and writes whatever it meets a second time as a
reference. A node is therefore preceded by those of its ancestors that the same run of pickle has not met, parents
first; whatever pickle goes to from there, it knows already, and a graph may be as deep as it likes.
"""

from __future__ import annotations

import copy
import threading
import weakref
from collections.abc import Callable
from typing import Any, TypeAlias

from ..errors import InputValueError

Own: TypeAlias = Callable[[Any], dict[str, Any] | None]

__all__ = ["attributes_of", "copy_attributes", "reduce_node", "set_attributes", "unknown_primitive"]


def reduce_node(
    node: Any,
    base: type,
    parents: tuple[Any, ...],
    restore: Callable[..., Any],
    record: tuple[Any, ...],
    own: Own = lambda node: None,
) -> tuple[Any, ...]:
    """What ``__reduce__`` of a node gives, so that ``restore(_, record, *parents)`` makes the node again.

    Parameters
    ----------
    node, base
        The node, and the kind of node it is: the class that a user's may be derived from.
    parents
        Nodes it cannot be made without.
    restore
        A function of a module, which ignores its first argument.
    record
        Everything else, without nodes.
    own
        What a user has set on a node, and no class defines.
    """
    run = _current_run()
    known = run.met.issuperset(parents)
    run.met.add(node)
    reduced = restore, (run if known else (run, _Ancestors(node)), record, *parents)
    attributes = attributes_of(node, base, own)
    return (*reduced, attributes, None, None, set_attributes) if attributes else reduced


class _Run:
    """One run of pickle, and the nodes it has met.

    It stands in the pickle with every node. Pickle asks an object to reduce itself once a run, so what is asked again
    learns that this is another run.
    """

    __slots__ = ("__weakref__", "_is_pickled", "met")

    def __init__(self) -> None:
        self.met: set[Any] = set()
        self._is_pickled = False
        _of_thread.run = weakref.ref(self)  # pickle keeps what it has met, and so keeps this, as long as the run lasts

    def __reduce__(self) -> tuple[Any, ...]:
        if self._is_pickled:
            return bool, (_Run(),)
        self._is_pickled = True
        return bool, ()


_of_thread = threading.local()


def _current_run() -> _Run:
    reference = getattr(_of_thread, "run", None)
    run: _Run | None = None if reference is None else reference()
    return _Run() if run is None else run


class _Ancestors:
    """The ancestors of a node that were not met, parents first.

    They are looked for when pickle asks, after it was shown its run: by then it is known which run this is.
    """

    __slots__ = ("_node",)

    def __init__(self, node: Any) -> None:
        self._node = node

    def __reduce__(self) -> tuple[Any, ...]:
        return bool, (_ancestors_besides(_current_run().met, self._node),)


def _ancestors_besides(met: set[Any], node: Any) -> list[Any]:
    """Ancestors of a node, parents first, without those that were met and what only they depend on."""
    order: dict[Any, None] = {}
    stack = [node]
    while stack:
        last = stack[-1]
        waiting = [parent for parent in last.parents if parent not in order and parent not in met]
        if waiting and last not in order:
            stack.extend(reversed(waiting))
        else:
            order[stack.pop()] = None
    del order[node]
    return list(order)


def unknown_primitive(op: str) -> InputValueError:
    """The error for a node whose primitive this process does not have."""
    return InputValueError(f"pickle: there is no primitive {op!r} here; add it with primitive({op!r}, ...) first")


# --- what a subclass adds -------------------------------------------------------------------------------------------


def attributes_of(node: Any, base: type, own: Own = lambda node: None) -> Any:
    """What a node holds besides: what the ``__getstate__`` of a subclass says, or else its attributes."""
    kind = type(node)
    if kind is base:
        return own(node)
    if kind.__getstate__ != base.__getstate__:
        return node.__getstate__()
    names = [name for each in kind.__mro__ if each not in base.__mro__ for name in _slots_of(each)]
    slots = {name: getattr(node, name) for name in names if hasattr(node, name)}
    return {**getattr(node, "__dict__", {}), **(own(node) or {}), **slots}


def _slots_of(kind: type) -> list[str]:
    slots = kind.__dict__.get("__slots__", ())
    names = [slots] if isinstance(slots, str) else list(slots)
    owner = kind.__name__.lstrip("_")
    return [
        f"_{owner}{name}" if name.startswith("__") and not name.endswith("__") else name
        for name in names
        if name not in ("__dict__", "__weakref__")
    ]


def set_attributes(node: Any, attributes: Any) -> None:
    """Give a node what :func:`attributes_of` took from another one."""
    if hasattr(type(node), "__setstate__"):
        node.__setstate__(attributes)
        return
    set_attribute: Callable[..., None] = next(
        (each.__setattr__ for each in type(node).__mro__ if isinstance(vars(each).get("__setattr__"), _BY_C)),
        object.__setattr__,
    )
    for name, attribute in (attributes or {}).items():
        set_attribute(node, name, attribute)


_BY_C = type(object.__setattr__)


def copy_attributes(
    copies: list[tuple[Any, Any]], base: type, memo: dict[int, Any], own: Own = lambda node: None
) -> None:
    """Give copies of nodes what subclasses add; after all nodes were copied, for it may hold any of them."""
    for node, clone in copies:
        attributes = attributes_of(node, base, own)
        if attributes:
            set_attributes(clone, copy.deepcopy(attributes, memo))
