"""How a picture becomes what a person looks at: the layout engines, PNG and PDF, files, and what a notebook shows.

Nothing here knows what a picture is of. May import: autograd_core.
"""
