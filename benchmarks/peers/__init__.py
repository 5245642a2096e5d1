"""One module a peer, each with a function ``contestant(problem)`` that returns the problem's step in its notation."""
