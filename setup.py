"""Compile the hot modules of autograd_core, with C kernels generated from the table of primitives.

Everything else about the package stands in pyproject.toml. Without a C compiler, or with AUTOGRAD_CORE_PURE=1, the
install succeeds all the same: the same modules then run as plain Python.
"""

from __future__ import annotations

import importlib
import os
import sys
import types
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).parent
HOT_MODULES = ("recording", "kernels", "value", "graph", "copying", "reverse")
# No contraction to fused multiply-add: results are those of Python's floats, bit for bit.
FLAGS = [] if sys.platform == "win32" else ["-O3", "-ffp-contract=off", "-fno-math-errno"]


def write_kernels(folder: Path) -> None:
    """Generate the C kernels from the table."""
    # The package's own __init__ would import modules that an earlier build compiled; the table needs none of them.
    package = types.ModuleType("autograd_core")
    package.__path__ = [str(ROOT / "autograd_core")]
    sys.modules["autograd_core"] = package
    kernels_header = importlib.import_module("autograd_core.native").kernels_header
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kernels.h").write_text(kernels_header(), encoding="utf-8")


class BuildOrDoWithout(build_ext):
    """Compile; where that is not possible, say so in one line and go on without."""

    def run(self) -> None:
        try:
            super().run()
        except Exception as error:
            reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
            print(f"autograd-core: not compiled ({reason}); it will run as plain Python, slower", file=sys.stderr)
            self.extensions = []


def extensions() -> list[Extension]:
    """The extension modules, or none if compilation is switched off."""
    if os.environ.get("AUTOGRAD_CORE_PURE") == "1":
        print("autograd-core: AUTOGRAD_CORE_PURE=1, not compiled", file=sys.stderr)
        return []
    from Cython.Build import cythonize

    generated = ROOT / "build" / "generated"
    write_kernels(generated)
    modules = [
        Extension(
            f"autograd_core.{name}",
            [f"autograd_core/{name}.py"],
            include_dirs=[str(generated), "autograd_core"],
            extra_compile_args=FLAGS,
        )
        for name in HOT_MODULES
    ]
    return cythonize(
        modules,
        build_dir="build/generated",
        # Python's annotations are for the reader and the type checker; C types stand in the .pxd files.
        compiler_directives={"annotation_typing": False, "language_level": 3},
    )


setup(ext_modules=extensions(), cmdclass={"build_ext": BuildOrDoWithout})
