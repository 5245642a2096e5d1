"""A real browser: the system's Chromium, without a network. Where there is none a test says so; under CI it fails."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_QUIET = ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
          "disable-component-update", "disable-sync")  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, for as long as it is needed."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        reason = "needs a browser; run: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=[f"--{each}" for each in _QUIET])
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, path: Path, *, width: int = 1280, height: int = 800, lang: str = "en-GB"
) -> Iterator[Page]:
    """A file, opened as by a double-click. No message in the console, no error and no request may come of it."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale=lang)
    page = context.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: request.url.startswith("file:") or heard.append(request.url))
    page.on("dialog", lambda dialog: heard.append(f"a dialog: {dialog.message}"))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert heard == [], heard
