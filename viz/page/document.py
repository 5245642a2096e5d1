"""How a page is put together: files beside this module, with text and data where they can do no harm."""

from __future__ import annotations

import json
import string
from importlib import resources
from typing import Any

__all__ = ["as_script", "beside", "fill"]


def as_script(data: Any) -> str:
    r"""JSON that may stand inside of a script element, whatever texts are in it.

    >>> as_script({"label": "</script><!--"})
    '{"label":"\\u003c/script>\\u003c!--"}'
    """
    return (
        json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        .replace("<", "\\u003c")
        .replace("\u2028", "\\u2028")
    )


def fill(name: str, **parts: str) -> str:
    """A file beside this module, with ``$names`` replaced."""
    return string.Template(beside(name)).substitute(parts)


def beside(name: str) -> str:
    """The text of a file beside this module."""
    return resources.files("viz.page").joinpath(name).read_text(encoding="utf-8")
