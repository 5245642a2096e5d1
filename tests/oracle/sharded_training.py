"""Training of one model, the examples sharded over eight devices; the losses are those of one device.

Run by test_jax.py in a process of its own, for the number of devices is chosen before JAX starts.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, PartitionSpec

import autograd_core as ac
from autograd_core import Tensor, record

jax.config.update("jax_enable_x64", True)
EXAMPLES, STEPS = 64, 20


def loss(W: Any, b: Any, V: Any, x: Any, y: Any) -> Any:
    return ((ac.tanh(x @ W + b) @ V - y) ** 2).mean()


generator = np.random.default_rng(0)
weights = [generator.normal(size=shape) * 0.5 for shape in ((3, 8), (8,), (8,))]
x, y = generator.normal(size=(EXAMPLES, 3)), generator.normal(size=EXAMPLES)


def losses(devices: int) -> list[float]:
    """Each device has its part of the examples and a copy of the weights; their gradients are averaged."""
    size = EXAMPLES // devices
    program = record(loss, *map(Tensor, (*weights, x[:size], y[:size])))
    mesh, f = Mesh(np.array(jax.devices()[:devices]), ("data",)), program.to_jax()

    def step(params: Any, x: Any, y: Any) -> Any:
        def local(params: Any) -> Any:
            return jax.lax.pmean(f(*params, x, y), "data")

        value, slopes = jax.value_and_grad(local)(params)
        return value, [each - 0.1 * slope for each, slope in zip(params, slopes, strict=True)]

    everywhere, split = PartitionSpec(), PartitionSpec("data")
    sharded = jax.jit(
        jax.shard_map(step, mesh=mesh, in_specs=(everywhere, split, split), out_specs=(everywhere, everywhere))
    )
    params, found = list(weights), []
    for _ in range(STEPS):
        value, params = sharded(params, x, y)
        found.append(float(value))
    return found


assert len(jax.devices()) == 8, jax.devices()
one, eight = losses(1), losses(8)
np.testing.assert_allclose(eight, one, rtol=1e-12)
program = record(loss, *map(Tensor, (*weights, x, y)))
here, params = [], list(weights)
for _ in range(STEPS):
    value, slopes = program.value_and_grad(*params, x, y, argnums=(0, 1, 2))
    here.append(value)
    params = [each - 0.1 * slope for each, slope in zip(params, slopes, strict=True)]
np.testing.assert_allclose(one, here, rtol=1e-12)
assert one[-1] < one[0]
print("8 devices give the losses of one")
