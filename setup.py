"""Compile the hot modules of autograd_core, with C kernels generated from the table of primitives.

Everything else about the package stands in pyproject.toml. Without a C compiler, or with AUTOGRAD_CORE_PURE=1, the
install succeeds all the same: the same modules then run as plain Python. It is also the build backend that pip calls:
setuptools' own, which asks for Cython and NumPy only where there is something to compile.
"""

from __future__ import annotations

import importlib
import os
import sys
import tomllib
import types
from pathlib import Path
from typing import Any

from setuptools import Extension, setup
from setuptools.build_meta import *  # noqa: F403 (the other functions that pip calls)
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).parent
HOT_MODULES = (  # of autograd_core; what takes longest comes first, or one core would have to wait for it at the end
    *("program/native_replay.pyx", "array/tensor.py", "scalar/value.py", "program/flatten.py", "scalar/making.py"),
    *("scalar/recording.py", "scalar/walks.py", "scalar/reverse.py", "array/arrays.py", "scalar/kernels.py"),
    *("array/reverse_pass.py", "derivatives/pull_back.py", "scalar/blocks.py", "scalar/copying.py", "scalar/given.py"),
    "array_programs/native_rows.pyx",
)
# No contraction to fused multiply-add: results are those of Python's floats, bit for bit.
UNIX = sys.platform != "win32"
# No symbols for a debugger, which Python's own flags ask for: the machine code is the same without, and sooner there.
# And no warnings: nobody can act on those about what Cython writes.
FLAGS = ["-g0", "-w", "-ffp-contract=off", "-fno-math-errno"] if UNIX else []
# What a function is at a constant is asked of the library, as Python asks: a compiler knows other digits, perhaps.
ASKED = (
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "cbrt"),
    *("tanh", "sinh", "cosh", "atan", "erf", "erfc"),
)
FLAGS += [f"-fno-builtin-{name}" for name in ASKED] if UNIX else []
# -O3 only where it pays. What mostly calls NumPy and Python, or is done once a node, loses 2 or 3 per cent without;
# names, sums and the backward pass of Values lose nothing at -O2, and a sixth at -O1.
LEVELS = dict.fromkeys(
    (
        *("array/tensor.py", "array/arrays.py", "array/reverse_pass.py", "program/flatten.py"),
        *("derivatives/pull_back.py", "scalar/given.py", "scalar/copying.py"),
        *("scalar/recording.py", "scalar/blocks.py", "scalar/walks.py"),
    ),
    "-O1",
) | dict.fromkeys(("scalar/making.py", "scalar/reverse.py", "scalar/kernels.py"), "-O2")
# A replay may round otherwise (fused multiply-add, SIMD), but neither reorders nor assumes that numbers are finite.
REPLAY_FLAGS = ["-O3", "-g0", "-w", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math"] if UNIX else []


def is_pure() -> bool:
    """Whether nothing is to be compiled."""
    return os.environ.get("AUTOGRAD_CORE_PURE") == "1"


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    """What pip provides for a build, besides what every build needs."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    return [] if is_pure() else groups["compile"]


get_requires_for_build_editable = get_requires_for_build_wheel


def write_kernels(folder: Path) -> None:
    """Generate the C kernels from the table."""
    # The package's own __init__ would import modules that an earlier build compiled; the table needs none of them.
    package = types.ModuleType("autograd_core")
    package.__path__ = [str(ROOT / "autograd_core")]
    sys.modules["autograd_core"] = package
    native = importlib.import_module("autograd_core.formulas.native")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("kernels.h", native.kernels_header()), ("blocks.h", native.blocks_header())):
        header = folder / name
        if not header.exists() or header.read_text(encoding="utf-8") != text:  # what is newer is compiled anew
            header.write_text(text, encoding="utf-8")


def remove_stale() -> None:
    """Delete compiled modules whose source has moved away: Python would go on importing them."""
    for compiled in (ROOT / "autograd_core").rglob("*"):
        source = compiled.with_name(compiled.name.partition(".")[0])
        if compiled.suffix in {".so", ".pyd"} and not any(source.with_suffix(end).exists() for end in (".py", ".pyx")):
            compiled.unlink()


def translate(extensions: list[Extension]) -> None:
    """Turn Python into C, beside the kernels that it calls."""
    import numpy as np
    from Cython.Build import cythonize

    generated = ROOT / "build" / "generated"
    write_kernels(generated)
    for extension in extensions:
        extension.include_dirs = [str(generated), "autograd_core/scalar", "autograd_core/program", np.get_include()]
        source = Path(extension.sources[0])
        folders = {generated, Path("autograd_core/scalar")}  # what all are made of, through their .pxd files
        if source.suffix == ".pyx":
            folders |= {source.parent, Path("autograd_core/program")}
        extension.depends = [str(header) for folder in folders for header in folder.glob("*.h")]
    translated = cythonize(
        extensions,
        build_dir="build/generated",
        nthreads=os.cpu_count(),
        compiler_directives={
            "language_level": 3,
            # Python's annotations are for the reader and the type checker; C types stand in the .pxd files.
            "annotation_typing": False,
            # None in the place of a node is an error, also where only the engine calls.
            "allow_none_for_extension_args": False,
            "nonecheck": True,
            "auto_pickle": False,
        },
    )
    for extension, in_c in zip(extensions, translated, strict=True):
        extension.sources = in_c.sources


class BuildOrDoWithout(build_ext):
    """Compile; where that is not possible, say so in one line and go on without."""

    def run(self) -> None:
        remove_stale()
        self.parallel = self.parallel or os.cpu_count()
        try:
            if self.extensions:
                translate(self.extensions)
            super().run()
        except Exception as error:
            reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
            print(f"autograd-core: not compiled ({reason}); it will run as plain Python, slower", file=sys.stderr)
            for extension in self.extensions:  # half compiled would be worse than not at all
                Path(self.get_ext_fullpath(extension.name)).unlink(missing_ok=True)
            self.extensions = []

    def build_extension(self, extension: Extension) -> None:
        print(f"  {extension.name}", file=sys.stderr, flush=True)  # a compiler is silent for minutes
        super().build_extension(extension)


def flags(source: str) -> list[str]:
    """What the compiler is told for a module."""
    return [LEVELS.get(source, "-O3"), *FLAGS] if UNIX else []


def extensions() -> list[Extension]:
    """The extension modules, or none if compilation is switched off."""
    if is_pure():
        print("autograd-core: AUTOGRAD_CORE_PURE=1, not compiled", file=sys.stderr)
        return []
    return [
        Extension(
            f"autograd_core.{source.partition('.')[0].replace('/', '.')}",
            [f"autograd_core/{source}"],
            define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
            extra_compile_args=REPLAY_FLAGS if source.endswith(".pyx") else flags(source),
        )
        for source in HOT_MODULES
    ]


if __name__ == "__main__":  # and not in the processes that cythonize starts
    setup(ext_modules=extensions(), cmdclass={"build_ext": BuildOrDoWithout})
