"""Graphs and networks drawn: as DOT, as circles in columns, as a formula, or one beside another.

How a picture is laid out and saved is told elsewhere. May import: viz.graphs, viz.output.
"""
