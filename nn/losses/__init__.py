"""How far predictions are from targets: losses and penalties, each written once for Values and Tensors.

How parameters then move is told elsewhere. May import: nn.conversion, autograd_core.
"""
