"""The data sets that the field compares itself on, as scikit-learn brings them along."""

from __future__ import annotations

import importlib
from typing import Any

from autograd_core import InputValueError
from autograd_core.errors import did_you_mean, shortened

from .bunch import Data

__all__ = ["DATA_SETS", "load_data", "needs_scikit_learn"]

#: The sets there are by name, and whether their targets are classes.
DATA_SETS = {"breast_cancer": True, "diabetes": False, "digits": True, "iris": True, "wine": True}


def load_data(name: str) -> Data:
    """A data set by its name, as scikit-learn brings it along: nothing is downloaded.

    Parameters
    ----------
    name
        ``"breast_cancer"`` (569 tumours, 30 features, 2 classes), ``"digits"`` (1,797 pictures of 8 x 8 pixels, 10
        classes), ``"iris"`` (150 flowers, 4 features, 3 classes), ``"wine"`` (178 wines, 13 features, 3 classes), or
        ``"diabetes"`` (442 patients, 10 features, a regression).

    Returns
    -------
    Data

    Raises
    ------
    InputValueError
        If there is no such set, or scikit-learn (the extra ``data``) is not installed.

    Examples
    --------
    >>> load_data("iris")  # doctest: +SKIP
    <Data iris: 150 examples of 4 features (sepal length (cm), ...); classes setosa (50), versicolor (50), ...>
    """
    if not isinstance(name, str) or name not in DATA_SETS:
        meant = did_you_mean(name, DATA_SETS) or "for a file of your own there is load_csv(path, target=...)"
        raise InputValueError(f"load: there is no data set {shortened(name)}, only {', '.join(DATA_SETS)}; {meant}")
    bunch = getattr(needs_scikit_learn("sklearn.datasets", f"load({name!r})"), f"load_{name}")()
    classes = [str(each) for each in bunch.target_names] if DATA_SETS[name] else []
    return Data(bunch.data, bunch.target, [str(each) for each in bunch.feature_names], classes, name)


def needs_scikit_learn(module: str, who: str) -> Any:
    """A module of scikit-learn, or an error that says how it is installed.

    >>> needs_scikit_learn("sklearn", "load('iris')").__name__
    'sklearn'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputValueError(
            f"{who}: scikit-learn, which this stands on, cannot be imported ({error}); "
            "run: pip install 'autograd-core[data]'"
        ) from None
