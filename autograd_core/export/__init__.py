"""A recorded program as source or bytes for other engines: what is computed, and the way back, spelled in a language.

Knows a program as a listing only; formulas come from the table. May import: formulas, errors.
"""
