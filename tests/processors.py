"""Run the tests that compare digits as if on other processors: other kernels of BLAS, less SIMD, another libm.

``make processors`` runs this. A setting that this processor cannot follow is left out, and named.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
import time

from numpy._core import _multiarray_umath as numpy_core

HERE = pathlib.Path(__file__).parent
#: What OpenBLAS calls a family of processors, and what NumPy calls the instructions that it needs.
FAMILIES = {
    "Prescott": "SSE3",
    "Nehalem": "SSE42",
    "Sandybridge": "AVX",
    "Haswell": "AVX2",
    "Zen": "AVX2",
    "SkylakeX": "X86_V4",
}
WITH_DIGITS = [
    str(path.relative_to(HERE.parent))
    for path in sorted(HERE.rglob("test_*.py"))
    if "mark.digits" in path.read_text(encoding="utf-8")
]
WITH_MATRICES = ["tests/viz/app/test_gallery.py", "tests/project/test_readme.py", "tests/project/test_guide.py"]


def settings(folder: str) -> dict[str, dict[str, str]]:
    """Environments by name."""
    have = numpy_core.__cpu_features__
    chosen = {name: {"OPENBLAS_CORETYPE": name} for name, needs in FAMILIES.items() if have.get(needs)}
    print("left out:", ", ".join(FAMILIES.keys() - chosen.keys()) or "none", flush=True)
    disabled = {"NPY_DISABLE_CPU_FEATURES": " ".join(each for each in numpy_core.__cpu_dispatch__ if have.get(each))}
    library = pathlib.Path(folder) / "other_libm.so"
    compiled = subprocess.run(
        ["cc", "-O2", "-shared", "-fPIC", "-fno-builtin", HERE / "other_libm.c", "-o", library, "-lm"], check=False
    )
    can_load = compiled.returncode == 0 and sys.platform == "linux"
    other = {", another libm": {"LD_PRELOAD": str(library)}} if can_load else {"": {}}
    [(oldest, coretype), *others] = chosen.items() or [("this one", {})]
    [(its_name, preloaded)] = other.items()
    return {f"{oldest}, no SIMD in NumPy{its_name}": coretype | disabled | preloaded, **dict(others)}


def main() -> int:
    """Run the tests in each setting, and say how long it took; the status is that of the worst."""
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        for position, (name, setting) in enumerate(settings(folder).items()):
            start = time.perf_counter()
            # Everything once, where all that may be otherwise is; then what another BLAS may round otherwise.
            files = WITH_MATRICES if position else WITH_DIGITS
            command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "digits", *files]
            result = subprocess.run(command, cwd=HERE.parent, env=os.environ | setting, check=False)
            said = "as here" if result.returncode == 0 else "OTHER DIGITS"
            print(f"{name}: {said}, {time.perf_counter() - start:.0f} s", flush=True)
            status = max(status, result.returncode)
    return status


if __name__ == "__main__":
    sys.exit(main())
