"""How a network learns: the one loop, what it records and replays, when it stops, what it keeps; and how well it does.

May import: nn.layers, nn.losses, nn.optim, nn.data, nn.conversion, autograd_core.
"""
