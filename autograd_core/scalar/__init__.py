"""Value, the scalar node: how it is made and recorded, its reverse pass, its copies and its memory.

Nothing here knows of arrays of nodes. May import: errors, formulas.
"""
