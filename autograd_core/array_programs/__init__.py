"""Programs of arrays: a function of Tensors recorded once, and replayed on NumPy in buffers that stay.

A replay makes no node. May import: all that stands below.
"""
