"""Live pages: a graph that computes while it is looked at, stepped through in a browser; and the lab that makes them.

One file each, without network; its functions are emitted from the table. May import: viz.drawing and what is below it.
"""
