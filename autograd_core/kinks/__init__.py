"""Kinks: where a graph is at one, and the right derivatives of derivatives beside it, by Laurent series along rays.

First derivatives are the table's and are not changed here. May import: errors, formulas, scalar, array, derivatives.
"""
