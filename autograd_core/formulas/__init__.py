"""The language of formulas, the one table of primitives written in it, and what is printed and generated from them.

No node belongs here, and no derivative anywhere else. May import: autograd_core.errors.
"""
