"""What nodes ask of modules that are built on their classes. Each of those registers itself here when it is imported.

So no class names a module that stands above it: ``Value.backward`` is what the reverse pass put here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["ENGINE", "TENSOR", "VALUE", "Engine", "Hooks"]


class Hooks:
    """The functions behind the methods of one kind of node.

    Attributes
    ----------
    backward
        ``backward(node, ...)``: the pass that writes gradients.
    copy, deepcopy, reduce
        What :mod:`copy` and :mod:`pickle` ask for.
    index
        ``index(tensor, index)``: what stands there; of Tensors.
    apply
        Of Values ``apply(name, *arguments)``; of Tensors ``apply(rule, *arguments)``, which is NotImplemented if there
        is no Tensor among the arguments.
    family, give
        Of Values: from what a constructor is given to children, local gradients, label and sign; and what makes a node
        with given local derivatives of them.
    composed
        Of Values: by the names of NumPy's functions that no primitive stands behind, what they are made of.
    """

    __slots__ = ("apply", "backward", "composed", "copy", "deepcopy", "family", "give", "index", "reduce")

    apply: Callable[..., Any]
    backward: Callable[..., None]
    composed: Mapping[str, Callable[..., Any]]
    copy: Callable[[Any], Any]
    deepcopy: Callable[[Any, dict[int, Any]], Any]
    family: Callable[..., tuple[Any, ...]]
    give: Callable[..., None]
    index: Callable[[Any, Any], Any]
    reduce: Callable[[Any], tuple[Any, ...]]


class Engine:
    """What compiled programs can do for others."""

    __slots__ = ("slopes",)

    #: The local derivatives of a primitive, by its opcode, at the numbers of an array; None if they are not known so.
    slopes: Callable[[int, Any], Any]


#: Filled by reverse.py, copying.py and making.py of this wing.
VALUE = Hooks()
#: Filled by reverse.py, copying.py, functions.py and methods.py of the wing of arrays.
TENSOR = Hooks()
#: Filled by program/engine.py where C is compiled.
ENGINE = Engine()
