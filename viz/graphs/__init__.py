"""What a picture of a graph holds: its nodes, edges and frames, folded and in words, before anything is drawn.

No layout and no file belongs here. May import: autograd_core, nn.
"""
