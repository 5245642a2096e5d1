"""What is written for pages runs in a browser: the module of JavaScript, and WebAssembly with the browser's Math."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from browser import chromium

import autograd_core as ac
from autograd_core import record

_RUN = """async ([text, bytes, point]) => {
  const program = await import("data:text/javascript;base64," + text);
  const { value, gradient } = program.valueAndGrad(point.slice(0, 2), point[2]);
  const data = Uint8Array.from(atob(bytes), (each) => each.charCodeAt(0));
  const { instance: { exports } } = await WebAssembly.instantiate(data, { Math });
  new Float64Array(exports.memory.buffer, exports.inputs, 3).set(point);
  return [[value, ...gradient.w, gradient.b],
          [exports.value_and_grad(), ...new Float64Array(exports.memory.buffer, exports.gradient, 3)]];
}"""


@pytest.mark.slow
def test_value_and_gradient() -> None:
    def f(w: Any, b: Any) -> Any:
        return ac.gelu(w[0] * w[1] + b) * ac.sigmoid(b) - ac.logaddexp(w[0], b) ** 3

    program = record(f, np.ones(2), 1.0)
    module = base64.b64encode(program.to_wasm()).decode()
    text = base64.b64encode(program.to_javascript().encode()).decode()
    point = [0.5, -1.25, 0.75]
    with chromium() as browser:
        page = browser.new_page()
        read, computed = page.evaluate(_RUN, [text, module, point])
    value, (by_w, by_b) = program.value_and_grad(np.array(point[:2]), point[2], argnums=(0, 1))
    np.testing.assert_allclose(read, [value, *by_w, by_b], rtol=1e-12)
    np.testing.assert_allclose(computed, [value, *by_w, by_b], rtol=1e-12)
