"""What a person looks at: drawings of computation graphs, and pictures of functions and training.

This module only re-exports; it is the list of what a user may import.
"""

from . import neighbours  # noqa: F401 (first, for it looks whether the others can be found)

# isort: split
from autograd_core.errors import UnknownNameError

from .activations import plot_activations
from .approximation import plot_approximation, plot_taylor
from .compare import compare
from .curves import plot_step_sizes
from .drawing import Drawing, draw
from .formula import Formula, formula
from .landscape import plot_landscape, plot_learning_rates
from .layer_histograms import plot_layer_histograms
from .loss_around import plot_loss_around
from .network import draw_network
from .penalties import plot_penalties
from .plot import Plot
from .regions import plot_decision_boundary
from .training_plots import plot_training
from .valley import plot_standardizing, plot_valleys

__all__ = [
    "Drawing",
    "Formula",
    "Plot",
    "compare",
    "draw",
    "draw_network",
    "formula",
    "plot_activations",
    "plot_approximation",
    "plot_decision_boundary",
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
]


def __getattr__(name: str) -> object:
    if name[:1] == "_":
        raise AttributeError(name)
    raise UnknownNameError("viz", name, __all__, "help(viz) lists what there is")
