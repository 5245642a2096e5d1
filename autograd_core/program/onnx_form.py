"""A program as a model of ONNX: an input for each array of its arguments, an output for its result and its gradient."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..export.listing import Listing
from ..export.names import identifiers
from ..export.onnx_program import RowInOnnx
from ..export.onnx_writer import OnnxWriter
from .arguments import Signature
from .structure import Leaf, Structure, size_of

__all__ = ["cut", "names_in_onnx", "onnx_form"]


def onnx_form(listing: Listing, signature: Signature, name: str) -> bytes:
    """The model; with a gradient if the result is one number."""
    writer = OnnxWriter(name)
    given = [leaf for pair in zip(signature.names, signature.arguments, strict=True) for leaf in _leaves(*pair)]
    names = names_in_onnx(each for each, _ in given)
    shapes = [leaf.shape for _, leaf in given]
    inputs = [writer.input(each, shape, float) for each, shape in zip(names, shapes, strict=True)]
    flat = [writer.reshape(each, (size_of(leaf),)) for each, (_, leaf) in zip(inputs, given, strict=True)]
    row = RowInOnnx(listing, writer, writer.op("Concat", *flat, writer.constant(np.zeros(0)), axis=0))
    results = _leaves("value", signature.result)
    of_results = names_in_onnx((each for each, _ in results), names)
    parts = cut(writer, row.outputs, [leaf.shape for _, leaf in results])
    for each, found, (_, leaf) in zip(of_results, parts, results, strict=True):
        writer.output(each, found, leaf.shape, float)
    if listing.is_scalar:
        slopes = cut(writer, row.gradient(writer.constant(np.ones(1))), shapes)
        for each, found, shape in zip(names, slopes, shapes, strict=True):
            writer.output(f"gradient_{each}", found, shape, float)
    return writer.data()


def names_in_onnx(texts: Iterable[str], taken: Sequence[str] = ()) -> list[str]:
    """Names of arrays, none of which occurs twice."""
    return identifiers(texts, taken, forms=("{}", "gradient_{}"), local=r"[vc]\d+|value.*" if not taken else r"[vc]\d+")


def cut(writer: OnnxWriter, row: str, shapes: Sequence[tuple[int, ...]]) -> list[str]:
    """A row of numbers as arrays of some shapes."""
    found, start = [], 0
    for shape in shapes:
        end = start + int(np.prod(shape, dtype=np.int64))
        found.append(writer.reshape(writer.op("Slice", row, writer.whole(start), writer.whole(end)), shape))
        start = end
    return found


def _leaves(name: str, structure: Structure) -> list[tuple[str, Leaf]]:
    if isinstance(structure, Leaf):
        return [(name, structure)]
    return [leaf for at, part in enumerate(structure.parts) for leaf in _leaves(f"{name}[{at}]", part)]
