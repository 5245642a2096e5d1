"""How a picture becomes what a person looks at: an installed Graphviz, PNG and PDF, dark colours, files, notebooks.

Nothing here knows what a picture is of. May import: autograd_core.
"""
