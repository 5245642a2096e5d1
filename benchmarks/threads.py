"""One thread a peer: what the libraries read when they are imported, so it is set before any of them is."""

from __future__ import annotations

import os

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "NPROC": "1",  # the size of XLA's pool
    "JAX_PLATFORMS": "cpu",
}


def use_one() -> None:
    """Ask every library for one thread, in this process and in those it starts."""
    os.environ.update(ONE_THREAD)
