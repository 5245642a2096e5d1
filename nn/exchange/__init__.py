"""How networks and data come in and go out: files of models, the one ``load``, and what other libraries ask of a model.

Nothing here computes. May import: all that stands below.
"""
