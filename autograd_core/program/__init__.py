"""Programs: a function recorded once, laid out flat, planned, and replayed in C or NumPy; and their files.

A replay makes no node. May import: all that stands below.
"""
