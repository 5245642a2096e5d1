"""The package builds without a compiler too, and says so in one line; what was built is what runs."""

from __future__ import annotations

import ast
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile

import pytest

import autograd_core

pytestmark = pytest.mark.slow

ROOT = pathlib.Path(autograd_core.__file__).parents[1]
ABSENT = [name for name in ("setuptools", "Cython") if importlib.util.find_spec(name) is None]
TELL = "import autograd_core as ac; x = ac.Value(2.0); (x * x).backward(); print(ac.compiled, x.grad, ac.__file__)"


@pytest.fixture
def sources(tmp_path: pathlib.Path) -> pathlib.Path:
    """A copy of what a build needs, without anything built."""
    if ABSENT:
        message = f"nothing can be built here: {' and '.join(ABSENT)} not installed; pip install setuptools Cython"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    for package in ("autograd_core", "nn", "viz"):
        ignored = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    for file in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / file).exists():
            shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def run(folder: pathlib.Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Python in a process of its own, which finds the package in the folder only."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("CC", "AUTOGRAD_CORE_PURE")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def check_that_it_runs_as_plain_python(folder: pathlib.Path) -> None:
    assert not list(folder.rglob("*.so")) + list(folder.rglob("*.pyd"))
    told = run(folder, "-W", "error", "-c", TELL)
    assert told.stdout.split() == ["False", "4.0", str(folder / "autograd_core" / "__init__.py")], told.stderr


def test_compilation_can_be_switched_off(sources: pathlib.Path) -> None:
    built = run(sources, "setup.py", "-q", "build_ext", "-i", AUTOGRAD_CORE_PURE="1")
    assert built.returncode == 0, built.stderr
    assert built.stderr.splitlines().count("autograd-core: AUTOGRAD_CORE_PURE=1, not compiled") == 1
    check_that_it_runs_as_plain_python(sources)


@pytest.mark.parametrize(("pure", "asked"), [("1", []), ("", ["Cython", "numpy"])])
@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_what_compiles_is_asked_for_where_something_is_compiled(
    sources: pathlib.Path, kind: str, pure: str, asked: list[str]
) -> None:
    told = run(sources, "-c", f"import setup; print(*setup.get_requires_for_build_{kind}())", AUTOGRAD_CORE_PURE=pure)
    assert [each.partition(">")[0] for each in told.stdout.split()] == asked, told.stderr


def test_a_switched_off_build_installs_all_modules(sources: pathlib.Path) -> None:
    built = run(sources, "setup.py", "-q", "build", "--build-lib", "installed", AUTOGRAD_CORE_PURE="1")
    assert built.returncode == 0, built.stderr
    for package in ("autograd_core", "nn", "viz"):
        modules = {path.relative_to(sources) for path in (sources / package).rglob("*.py")}
        installed = sources / "installed"
        assert {path.relative_to(installed) for path in (installed / package).rglob("*.py")} == modules
    check_that_it_runs_as_plain_python(sources / "installed")


def test_source_and_wheel_hold_every_file_of_the_packages(sources: pathlib.Path) -> None:
    """A wing, a declaration for Cython, a header or a page that a list forgets is missed by who installs only."""

    def files(folder: pathlib.Path) -> set[str]:
        packages = [folder / name for name in ("autograd_core", "nn", "viz")]
        found = [path for package in packages for path in package.rglob("*") if path.is_file()]
        return {path.relative_to(folder).as_posix() for path in found}

    expected = files(sources)
    endings = {pathlib.Path(name).suffix for name in expected}
    pages = {".html", ".css", ".js", ".json"}
    assert endings == {".py", ".pxd", ".pyx", ".pyi", ".h", ".csv", ".typed", *pages}
    build = "import sys, setup; print(getattr(setup, sys.argv[1])(sys.argv[2]))"  # the build backend, as pip calls it
    sdist = run(sources, "-c", build, "build_sdist", str(sources / "dist"), AUTOGRAD_CORE_PURE="1")
    assert sdist.returncode == 0, sdist.stderr
    with tarfile.open(sources / "dist" / sdist.stdout.split()[-1]) as archive:
        archive.extractall(sources / "unpacked", filter="data")
    (unpacked,) = (sources / "unpacked").iterdir()
    assert files(unpacked) == expected

    wheel = run(unpacked, "-c", build, "build_wheel", str(sources / "dist"), AUTOGRAD_CORE_PURE="1")
    assert wheel.returncode == 0, wheel.stderr
    with zipfile.ZipFile(sources / "dist" / wheel.stdout.split()[-1]) as archive:
        archive.extractall(sources / "installed")
    assert files(sources / "installed") == expected


def test_a_compiled_module_whose_source_has_moved_is_deleted(sources: pathlib.Path) -> None:
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    moved, current = (sources / "autograd_core" / f"{name}{suffix}" for name in ("value", "scalar/value"))
    for module in (moved, current):
        module.write_text("what an earlier build left behind")
    built = run(sources, "setup.py", "-q", "build_ext", "-i", AUTOGRAD_CORE_PURE="1")
    assert built.returncode == 0, built.stderr
    assert (moved.exists(), current.exists()) == (False, True)
    current.unlink()
    found = run(sources, "-c", "import autograd_core.value as value; print(value.__name__)")
    assert found.stdout.strip() == "autograd_core.scalar.value"


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows the compiler is not named by CC")
@pytest.mark.parametrize("compiler", ["/bin/false", "no-such-compiler"])
def test_without_a_working_compiler_the_build_succeeds_and_says_so(sources: pathlib.Path, compiler: str) -> None:
    trim_to_modules(sources)
    built = run(sources, "setup.py", "-q", "build_ext", "-i", CC=compiler)
    assert built.returncode == 0, built.stderr
    said = [line for line in built.stderr.splitlines() if line.startswith("autograd-core: ")]
    assert len(said) == 1
    assert said[0].startswith("autograd-core: not compiled (")
    assert said[0].endswith("); it will run as plain Python, slower")
    assert compiler in said[0]
    assert "Traceback" not in built.stderr
    check_that_it_runs_as_plain_python(sources)


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows the compiler is not named by CC")
def test_where_one_module_cannot_be_compiled_none_is(sources: pathlib.Path) -> None:
    """The vectors of replay.h are an extension of gcc and clang; another compiler may stop there."""
    trim_to_modules(sources, "scalar/copying.py", "program/native_replay.pyx")
    compiler = sources / "picky-compiler"
    working = sysconfig.get_config_var("CC") or "cc"
    compiler.write_text(f'#!/bin/sh\ncase "$*" in *native_replay*) exit 1;; esac\nexec {working} "$@"\n')
    compiler.chmod(0o755)
    built = run(sources, "setup.py", "-q", "build", "--build-lib", "installed", CC=str(compiler))
    assert built.returncode == 0, built.stderr
    assert "autograd-core: not compiled (" in built.stderr
    check_that_it_runs_as_plain_python(sources / "installed")


@pytest.mark.parametrize(
    ("cythonize", "reason"),
    [
        ("raise ImportError('no module named Cython')", "no module named Cython"),
        ("def cythonize(*modules, **options): raise SyntaxError('too old to know this')", "too old to know this"),
        ("def cythonize(*modules, **options): raise PermissionError(13, 'may not write', 'build')", "may not write"),
    ],
)
def test_where_cython_is_absent_or_fails_the_build_goes_on_without(
    sources: pathlib.Path, cythonize: str, reason: str
) -> None:
    trim_to_modules(sources)
    old = sources / "autograd_core" / "scalar" / f"recording{sysconfig.get_config_var('EXT_SUFFIX')}"
    old.write_text("what an earlier build left behind")
    (sources / "Cython" / "Build").mkdir(parents=True)
    (sources / "Cython" / "__init__.py").touch()
    (sources / "Cython" / "Build" / "__init__.py").write_text(cythonize)
    built = run(sources, "setup.py", "-q", "build_ext", "-i")
    assert built.returncode == 0, built.stderr
    said = [line for line in built.stderr.splitlines() if line.startswith("autograd-core: ")]
    assert len(said) == 1
    assert said[0].startswith("autograd-core: not compiled (")
    assert reason in said[0]
    assert "Traceback" not in built.stderr
    shutil.rmtree(sources / "Cython")
    check_that_it_runs_as_plain_python(sources)


def test_hot_modules_do_without_match() -> None:
    """Cython does not compile it before 3.3, and 3.3 does not where a case that fails has bound a name."""
    listed = re.search(r"^HOT_MODULES = \((.*?)^\)$", (ROOT / "setup.py").read_text(encoding="utf-8"), re.M | re.S)
    assert listed
    names = re.findall(r'"([\w/]+\.py)"', listed[1])
    assert "scalar/value.py" in names
    for name in names:
        tree = ast.parse((ROOT / "autograd_core" / name).read_text(encoding="utf-8"))
        assert not any(isinstance(node, ast.Match) for node in ast.walk(tree)), f"{name} is compiled and has a match"


def trim_to_modules(sources: pathlib.Path, *modules: str) -> None:
    """Let the build compile one or two of the hot modules only: what fails is the compiler, the same for each."""
    setup = sources / "setup.py"
    text = setup.read_text(encoding="utf-8")
    changed, count = re.subn(
        r"^HOT_MODULES = \(.*?^\)$", f"HOT_MODULES = {modules or ('scalar/recording.py',)}", text, flags=re.M | re.S
    )
    assert count == 1
    setup.write_text(changed, encoding="utf-8")
