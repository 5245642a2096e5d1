"""NumPy's functions on Tensors, named as there: made of what array has, and found by NumPy's protocols.

Operations with rules of their own do not belong here. May import: errors, formulas, scalar, array.
"""
