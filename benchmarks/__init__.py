"""Benchmarks: the same work done by this engine and by its peers, compared, then timed side by side.

``make bench`` runs them and writes RESULTS.md. With the environment variable ``BENCH_QUICK=1`` there are few
repetitions and nothing is written: for development, not for numbers to quote.
"""

from . import threads

threads.use_one()
