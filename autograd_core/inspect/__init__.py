"""Questions about a recorded graph, answered in words: paths, explanations, health, differences, anomalies.

Nothing is checked numerically here, and check is not known. May import: all that stands below check.
"""
