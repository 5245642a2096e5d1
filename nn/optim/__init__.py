"""How parameters move, given their gradients: optimisers, schedules of their learning rate, clipping.

Nothing here knows of models, losses or data. May import: nn.conversion, autograd_core.
"""
