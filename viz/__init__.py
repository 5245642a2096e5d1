"""Pictures of graphs and networks.

This module only re-exports; it is the list of what a user may import.
"""

from .curves import plot_step_sizes
from .drawing import Drawing, draw
from .network import draw_network
from .plot import Plot

__all__ = ["Drawing", "Plot", "draw", "draw_network", "plot_step_sizes"]
