"""Where everything in a picture of a graph stands: columns, rows, the order in a column, heights, the course of arrows.

Nothing here knows what a picture shows, nor what draws it. May import: nothing of this library.
"""
