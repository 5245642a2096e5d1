"""What a network is: modules, neurons and layers, the activations and the first weights they are told by name.

Values and Tensors alike; how a network learns stands above. May import: nn.conversion, autograd_core.
"""
