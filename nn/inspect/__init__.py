"""What a trained network knows: where its gradient dies, which inputs matter, what it confuses.

Nothing here changes a model. May import: all that stands below.
"""
