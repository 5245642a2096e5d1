"""What tests of the live page read in it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from playwright.sync_api import Page as Opened

from autograd_core import Value, scope, tanh

Shown = Callable[..., AbstractContextManager[Opened]]


def numbers(page: Opened) -> dict[str, Any]:
    """Data, gradients and local derivatives as the page has them, in full."""
    text = page.evaluate("JSON.stringify(globalThis.page.numbers(), (_, x) => typeof x === 'number' ? String(x) : x)")
    as_float = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

    def read(each: Any) -> Any:
        return [read(one) for one in each] if isinstance(each, list) else as_float.get(each) or float(each)

    return {name: read(each) for name, each in json.loads(text).items()}


def card(page: Opened) -> str:
    return page.locator("#told").inner_text()


def in_node(page: Opened, place: int) -> list[str]:
    group = page.locator("#sheet g.node").filter(has=page.locator("title", has_text=f"n{place}")).first
    return [text.strip() for text in group.locator("text").all_text_contents()]


def scoped() -> Value:
    """A neuron with a scope in a scope; nodes: w, x, z₁ = w x, b, z₂ = z₁ + b, z₃ = tanh, z₄ = z₃ w."""
    w, x, b = Value(2.0, "w"), Value(0.5, "x"), Value(-0.3, "b")
    with scope("neuron"):
        with scope("sum"):
            total = w * x + b
        out = tanh(total)
    return out * w
