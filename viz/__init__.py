"""Pictures of graphs and networks.

This module only re-exports; it is the list of what a user may import.
"""

from .drawing import Drawing, draw
from .network import draw_network

__all__ = ["Drawing", "draw", "draw_network"]
