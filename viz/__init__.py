"""Pictures of graphs and networks.

This module only re-exports; it is the list of what a user may import.
"""

from .compare import compare
from .curves import plot_step_sizes
from .drawing import Drawing, draw
from .formula import Formula, formula
from .network import draw_network
from .plot import Plot

__all__ = ["Drawing", "Formula", "Plot", "compare", "draw", "draw_network", "formula", "plot_step_sizes"]
