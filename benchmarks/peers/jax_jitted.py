"""JAX: value, gradient and update in one jitted function, in float64."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.contestants import Contestant, Outcome, timed
from benchmarks.problems import Problem

from .array_notation import array_loss

jax.config.update("jax_enable_x64", True)
# By default another thread runs the function, and waking it takes longer than these functions do.
jax.config.update("jax_cpu_enable_async_dispatch", False)


def contestant(problem: Problem) -> Contestant:
    """The parameters stay JAX arrays from step to step; the step waits until they are computed."""
    loss = array_loss(problem, jnp)

    def of_vector(parameters: Any, X: Any, y: Any) -> Any:
        return loss([parameters[where].reshape(shape) for where, shape in problem.layers()], X, y)

    @jax.jit
    def jitted(parameters: Any, X: Any, y: Any) -> Any:
        value, gradient = jax.value_and_grad(of_vector)(parameters, X, y)
        return value, gradient, parameters - problem.learning_rate * gradient

    start, X, y = jnp.asarray(problem.start), jnp.asarray(problem.X), jnp.asarray(problem.y)
    preparation = timed(lambda: jax.block_until_ready(jitted(start, X, y)))
    last: dict[str, Any] = {"parameters": start}

    def step() -> None:
        value, gradient, parameters = jitted(last["parameters"], X, y)
        parameters.block_until_ready()
        last.update(value=value, gradient=gradient, parameters=parameters)

    def outcome() -> Outcome:
        return Outcome(float(last["value"]), np.asarray(last["gradient"]), np.asarray(last["parameters"]))

    return Contestant("JAX, jitted", step, outcome, preparation)
