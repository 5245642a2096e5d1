"""Derivatives of a graph that touch no node: pulled back, pushed forward, edge by edge, as arrays or as new nodes.

No function of a user is called here. May import: errors, formulas, scalar, array.
"""
