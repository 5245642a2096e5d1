"""What the command line and the demo are made of: files of a user, exhibits, pages.

No other part of viz may need it. May import: all of them.
"""
