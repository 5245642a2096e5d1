"""What happens to examples before training: read or made up, standardised, split, cut into mini-batches.

Nothing here knows of models; every shuffle has its own seed. May import: nn.conversion, autograd_core.
"""
