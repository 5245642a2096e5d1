"""``load``: a data set by its name, or a network from the file it was saved to."""

from __future__ import annotations

import os
from typing import Any, Literal, overload

from autograd_core import InputValueError
from autograd_core.errors import shortened

from ..data.bunch import Data
from ..data.sources import load_data
from .model_file import SUFFIX, read_model

__all__ = ["load"]


@overload
def load(source: Literal["breast_cancer", "diabetes", "digits", "iris", "wine"]) -> Data: ...
@overload
def load(source: str | os.PathLike[str]) -> Any: ...


def load(source: str | os.PathLike[str]) -> Any:
    """Load a data set by its name, or a network from a file that ends in ``.safetensors``.

    Parameters
    ----------
    source
        ``"breast_cancer"``, ``"diabetes"``, ``"digits"``, ``"iris"`` or ``"wine"`` (see
        :func:`nn.data.sources.load_data`); or what :meth:`nn.Module.save` was given.

    Returns
    -------
    Data, or the network
        A network has the class, the architecture and the numbers it was saved with.

    Raises
    ------
    InputTypeError, InputValueError
        If it is neither, or scikit-learn, which brings the data, is not installed.
    ModelFileError
        If the file is not there, damaged or cut short, or holds something else.

    Examples
    --------
    >>> import tempfile
    >>> from nn import MLP
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     MLP(2, [1], seed=0).save(folder + "/model.safetensors")
    ...     load(folder + "/model.safetensors")
    MLP of [Layer of [LinearNeuron(2)]]
    """
    if isinstance(source, os.PathLike | bytes) or (isinstance(source, str) and source.endswith(SUFFIX)):
        return read_model(source)[0]
    if isinstance(source, str) and source.endswith(".csv"):
        raise InputValueError(f"load: {shortened(source)} is a table; write load_csv({source!r}, target='...')")
    return load_data(source)
