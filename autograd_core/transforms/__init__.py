"""Transforms of a user's function: grad, vjp, jvp, Jacobians, functions with derivatives of their own, and costs.

The function is called, and nothing of it is kept. May import: all that stands below, not programs.
"""
