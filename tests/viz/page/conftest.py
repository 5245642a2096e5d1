"""A browser, and a graph opened in it as a live page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import chromium, opened

from autograd_core import Value
from viz import step_through

if TYPE_CHECKING:
    from live_page import Shown
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def shown(browser: Browser, tmp_path: Path) -> Shown:
    def show(root: Value, *, options: dict[str, Any] | None = None, **window: Any) -> AbstractContextManager[Opened]:
        file = tmp_path / "lesson.html"
        step_through(root, **(options or {})).save(file)
        return opened(browser, file, **window)

    return show
