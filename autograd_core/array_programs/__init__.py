"""Programs of arrays: a function of Tensors recorded once, laid out flat, and replayed on NumPy in buffers that stay.

A replay makes no node. May import: all that stands below, programs of Values included.
"""
