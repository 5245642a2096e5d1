"""What a person looks at: drawings of computation graphs, and pictures of functions and training.

This module only re-exports; it is the list of what a user may import.
"""

import importlib
import sys

from .app import neighbours  # noqa: F401 (first, for it looks whether the others can be found)

# isort: split
from autograd_core.errors import UnknownNameError

from .drawing.compare import compare
from .drawing.draw import draw
from .drawing.drawing import Drawing
from .drawing.formula import Formula, formula
from .drawing.network import draw_network
from .page.exercises import Exercise, ExerciseSheet, Grade, exercises
from .page.page import Page
from .page.replay import replay
from .page.slides import Slides, slides
from .page.step_through import step_through
from .page.widget import widget
from .page.worksheet import worksheet
from .plots.activations import plot_activations
from .plots.approximation import plot_approximation, plot_taylor
from .plots.confusion_map import plot_confusion_matrix
from .plots.curves import plot_curves, plot_step_sizes
from .plots.importance_bars import plot_importance
from .plots.landscape import plot_landscape, plot_learning_rates
from .plots.layer_histograms import plot_layer_histograms
from .plots.loss_around import plot_loss_around
from .plots.penalties import plot_penalties
from .plots.plot import Plot
from .plots.regions import plot_decision_boundary
from .plots.training_plots import plot_training
from .plots.valley import plot_standardizing, plot_valleys

# Scripts that look inside name this module as it stood before there were wings.
models = sys.modules[f"{__name__}.models"] = importlib.import_module(f"{__name__}.plots.models")

__all__ = [
    "Drawing",
    "Exercise",
    "ExerciseSheet",
    "Formula",
    "Grade",
    "Page",
    "Plot",
    "Slides",
    "compare",
    "draw",
    "draw_network",
    "exercises",
    "formula",
    "plot_activations",
    "plot_approximation",
    "plot_confusion_matrix",
    "plot_curves",
    "plot_decision_boundary",
    "plot_importance",
    "plot_landscape",
    "plot_layer_histograms",
    "plot_learning_rates",
    "plot_loss_around",
    "plot_penalties",
    "plot_standardizing",
    "plot_step_sizes",
    "plot_taylor",
    "plot_training",
    "plot_valleys",
    "replay",
    "slides",
    "step_through",
    "widget",
    "worksheet",
]


def __getattr__(name: str) -> object:
    if name[:1] == "_":
        raise AttributeError(name)
    raise UnknownNameError("viz", name, __all__, "help(viz) lists what there is")
