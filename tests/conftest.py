"""What all tests share: hypothesis profiles, and a table that is put back after a test added to it."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from amounts import examples
from hypothesis import is_hypothesis_test, settings
from scratch import table_kept

# The same examples for everybody; .ci/run looks for new ones, and a failure prints the line that repeats it.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, derandomize=False, database=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--overwrite-golden", action="store_true", help="write the DOT files in tests/viz/drawing/golden anew"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where slow tests are left out, a file of nothing else is not even imported: its libraries load slowly."""
    if config.option.markexpr == "not slow" and collection_path.name.startswith("test_"):
        return "\npytestmark = pytest.mark.slow" in collection_path.read_text(encoding="utf-8") or None
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    functions = {
        item.obj for item in items if isinstance(item, pytest.Function)
    }  # one of several parameters is many items
    for function in filter(is_hypothesis_test, functions):
        wanted = function._hypothesis_internal_use_settings
        function._hypothesis_internal_use_settings = settings(wanted, max_examples=examples(wanted.max_examples))


def pytest_collection_finish() -> None:
    """The thousands of tests that stay until the end are not for the garbage collector to look through."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def scratch_table() -> Iterator[None]:
    """Let a test add primitives; afterwards the table is what it was."""
    with table_kept():
        yield


@pytest.fixture
def native_dot() -> None:
    """The test needs the program dot. Where it is not installed the test says so and is left out; under CI it fails."""
    if shutil.which("dot") is None:
        reason = "needs the program dot; run: apt-get install graphviz"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
