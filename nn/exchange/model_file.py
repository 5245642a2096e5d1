"""Networks as files in the format safetensors: weights bit by bit, the architecture in the header, nothing executed.

The header's metadata hold one text, ``autograd_core``, in JSON: the version of the format, the architecture, and notes
of whoever wrote the file. Weights stand under names such as ``layers.0.W``, so that other libraries can read them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as packed

from autograd_core import AutogradError, InputTypeError, InputValueError, ModelFileError
from autograd_core.errors import shortened
from autograd_core.program.files import write_atomically

from ..layers.module import Module
from ..training.heads import head_from
from .architectures import Arrays, architecture_of, model_of

__all__ = ["SUFFIX", "read_model", "write_model"]

SUFFIX = ".safetensors"
_KEY, _VERSION = "autograd_core", 1


def write_model(path: str | os.PathLike[str], model: Module, notes: Mapping[str, Any] | None = None) -> None:
    """Write a network to a file, whole or not at all.

    Parameters
    ----------
    path
        The file, which ends in ``.safetensors``.
    model
        An :class:`nn.MLP`, or an :class:`nn.Sequential` or :class:`nn.Dense` of Values or of Tensors.
    notes
        What else is to stand in the header: texts, numbers, lists and dictionaries of them.

    Raises
    ------
    InputTypeError, InputValueError
        If the model is of a class of its own, or the path cannot be right.
    ModelFileError
        If the system refuses to write.

    Examples
    --------
    >>> import tempfile
    >>> from nn import MLP
    >>> model = MLP(2, [3, 1], seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(folder + "/model.safetensors")
    ...     again, _ = read_model(folder + "/model.safetensors")
    >>> again([0.5, 1.0]).data == model([0.5, 1.0]).data
    True
    """
    arrays: Arrays = {}
    architecture = architecture_of(model, arrays)
    try:
        name = os.fsdecode(path)
    except TypeError:
        raise InputTypeError(f"save: {shortened(path)} is not a path; write save('model{SUFFIX}')") from None
    if not name.endswith(SUFFIX):
        raise InputValueError(f"save: {shortened(name)} does not end in {SUFFIX}; write save('model{SUFFIX}')")
    header = {
        "version": _VERSION,
        "architecture": architecture,
        "head": getattr(model, "head", None),
        "notes": dict(notes or {}),
    }
    data = packed(dict(arrays), {_KEY: json.dumps(header, allow_nan=False)})
    write_atomically(path, data, failed=ModelFileError)


def read_model(path: str | os.PathLike[str]) -> tuple[Any, dict[str, Any]]:
    """Read a network, and the notes that stand beside it.

    Raises
    ------
    InputTypeError
        If `path` is not a path.
    ModelFileError
        If the file cannot be read, is damaged or cut short, or holds something else than a network of this package.
    """
    try:
        name = os.fsdecode(path)
    except TypeError:
        raise InputTypeError(f"load: {shortened(path)} is not a path; write load('model{SUFFIX}')") from None
    try:
        if not Path(name).is_file():
            raise ModelFileError(f"load: there is no file {shortened(name)}; write what save was given")
        with safe_open(name, framework="numpy") as file:
            metadata = file.metadata() or {}
            if _KEY not in metadata:
                raise ModelFileError(
                    f"load: {name} holds {len(file.keys())} array(s), but no network that save wrote; read it with "
                    "safetensors.numpy.load_file"
                )
            header = json.loads(metadata[_KEY])
            if not isinstance(header, dict) or header.get("version") != _VERSION:
                raise ModelFileError(
                    f"load: {name} is of another version than {_VERSION}, which is what this one reads; update it"
                )
            kinds = {key: file.get_slice(key).get_dtype() for key in file.keys()}  # noqa: SIM118 (it is no dictionary)
            if set(kinds.values()) - {"F64"}:
                raise ValueError(f"arrays of {', '.join(sorted(set(kinds.values()) - {'F64'}))} in place of F64")
            arrays = {key: file.get_tensor(key) for key in kinds}
        model = model_of(header["architecture"], arrays)
        head, notes = header.get("head"), header.get("notes", {})
        if head is not None:
            vars(model)["head"] = head_from(head, model, "load").name
        if arrays or not isinstance(notes, dict):
            raise ValueError(f"{shortened(next(iter(arrays), 'notes'))} belongs to no layer")
    except ModelFileError:
        raise
    except (AutogradError, SafetensorError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        because = f"no {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise ModelFileError(
            f"load: {name} is damaged, or not a file of a network ({because[:200]}); save it again"
        ) from None
    return model, notes


Module.write_file = staticmethod(write_model)
