"""Pictures of functions and of training, on axes: what an activation, a landscape or a penalty looks like.

Each picture is one module; they share a style and a way to be saved. May import: viz.output, autograd_core, nn.
"""
