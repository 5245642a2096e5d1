"""What a function itself says of its derivative: finite differences, Taylor remainders, replays, and their rounding.

No verdict is passed here. May import: all that stands below.
"""
