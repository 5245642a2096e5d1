"""JAX: value, gradient and update of the classifier in one jitted function, in float32."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.classification import Classification
from benchmarks.contestants import Contestant, Outcome, timed

# By default another thread runs the function, and waking it takes longer than these functions do.
jax.config.update("jax_cpu_enable_async_dispatch", False)


def contestant(problem: Classification) -> Contestant:
    """The parameters stay JAX arrays from step to step; the step waits until they are computed."""

    def loss(layers: Any, X: Any, labels: Any) -> Any:
        z = X
        for position, (W, b) in enumerate(layers):
            z = z @ W.T + b
            if position < len(layers) - 1:
                z = jax.nn.relu(z)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), labels[:, None], axis=1))

    @jax.jit
    def jitted(layers: Any, X: Any, labels: Any) -> Any:
        value, gradient = jax.value_and_grad(loss)(layers, X, labels)
        moved = jax.tree_util.tree_map(lambda w, g: w - np.float32(problem.learning_rate) * g, layers, gradient)
        return value, gradient, moved

    layers = [(jnp.asarray(W), jnp.asarray(b)) for W, b in problem.layers]
    X, labels = jnp.asarray(problem.X), jnp.asarray(problem.labels)
    last: dict[str, Any] = {"layers": layers}
    preparation = timed(lambda: jax.block_until_ready(jitted(layers, X, labels)))

    def step() -> None:
        value, gradient, moved = jax.block_until_ready(jitted(last["layers"], X, labels))
        last.update(value=value, gradient=gradient, layers=moved)

    def outcome() -> Outcome:
        gradient, numbers = (
            np.concatenate([np.ravel(each) for pair in kind for each in pair])
            for kind in (last["gradient"], last["layers"])
        )
        return Outcome(float(last["value"]), gradient, numbers)

    return Contestant("JAX, jitted", step, outcome, preparation)
