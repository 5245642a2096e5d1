"""Tensor, the array node: operations on arrays, walks over mixed graphs, and the reverse pass.

Derivatives that are graphs again do not belong here. May import: errors, formulas, scalar.
"""
