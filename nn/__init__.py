"""Neural networks on top of ``autograd_core``: what a network is, and how it learns.

This module only re-exports; it is the list of what a user may import.
"""

import importlib
from typing import TYPE_CHECKING

from . import neighbours  # noqa: F401 (first, for it looks whether the others can be found)

# isort: split
from autograd_core.errors import UnknownNameError

from .data.batches import minibatches
from .data.bunch import Data
from .data.csv_file import load_csv
from .data.sources import needs_scikit_learn
from .data.splits import train_test_split
from .data.standardizer import Standardizer
from .data.toys import circles, moons, spirals, xor
from .exchange.loading import load
from .inspect.confusion import ConfusionMatrix, confusion_matrix
from .inspect.health import gradient_health
from .inspect.hyperparameters import hyperparameters
from .inspect.importance import Importance, importance
from .inspect.summary import summary
from .inspect.table import Table
from .layers.batch_norm import BatchNorm
from .layers.dense import Dense, Sequential
from .layers.dropout import Dropout
from .layers.initializers import (
    INITIALIZERS,
    constant_weights,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    normal,
    uniform,
    uniform_between,
    zeros,
)
from .layers.module import Module
from .layers.neuron import Layer, Neuron
from .layers.perceptron import MLP
from .layers.prelu import PReLU
from .losses.classification import binary_cross_entropy_with_logits, cross_entropy, hinge
from .losses.likelihood import gaussian_negative_log_likelihood, kullback_leibler
from .losses.penalties import Penalty, closed_form_ridge, elastic_net, lasso, ridge
from .losses.regression import huber, mean_absolute_error, mean_squared_error, quantile
from .optim.adam import Adam, AdamW
from .optim.newton import Newton
from .optim.optimizer import Optimizer
from .optim.rmsprop import RMSProp
from .optim.schedules import Constant, Cosine, Exponential, ReduceOnPlateau, Schedule, StepDecay, WarmUp
from .optim.sgd import SGD
from .training.evaluation import accuracy, predict, predict_proba, score
from .training.fit import fit
from .training.history import DivergenceError, History
from .training.loop import Epoch
from .training.train import train

if TYPE_CHECKING:
    from .exchange.estimators import DenseClassifier as DenseClassifier
    from .exchange.estimators import DenseRegressor as DenseRegressor

__all__ = [
    "INITIALIZERS",
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "BatchNorm",
    "ConfusionMatrix",
    "Constant",
    "Cosine",
    "Data",
    "Dense",
    "DivergenceError",
    "Dropout",
    "Epoch",
    "Exponential",
    "History",
    "Importance",
    "Layer",
    "Module",
    "Neuron",
    "Newton",
    "Optimizer",
    "PReLU",
    "Penalty",
    "RMSProp",
    "ReduceOnPlateau",
    "Schedule",
    "Sequential",
    "Standardizer",
    "StepDecay",
    "Table",
    "WarmUp",
    "accuracy",
    "binary_cross_entropy_with_logits",
    "circles",
    "closed_form_ridge",
    "confusion_matrix",
    "constant_weights",
    "cross_entropy",
    "elastic_net",
    "fit",
    "gaussian_negative_log_likelihood",
    "glorot_normal",
    "glorot_uniform",
    "gradient_health",
    "he_normal",
    "he_uniform",
    "hinge",
    "huber",
    "hyperparameters",
    "importance",
    "kullback_leibler",
    "lasso",
    "load",
    "load_csv",
    "mean_absolute_error",
    "mean_squared_error",
    "minibatches",
    "moons",
    "normal",
    "predict",
    "predict_proba",
    "quantile",
    "ridge",
    "score",
    "spirals",
    "summary",
    "train",
    "train_test_split",
    "uniform",
    "uniform_between",
    "xor",
    "zeros",
]


_ESTIMATORS = ("DenseClassifier", "DenseRegressor")  # which need scikit-learn, so that only who asks imports them


def __getattr__(name: str) -> object:
    if name[:1] == "_":
        raise AttributeError(name)
    if name in _ESTIMATORS:
        needs_scikit_learn("sklearn.base", f"nn.{name}")
        return getattr(importlib.import_module("nn.exchange.estimators"), name)
    raise UnknownNameError("nn", name, [*__all__, *_ESTIMATORS], "help(nn) lists what there is")
