"""A listing as a function of JAX, from all inputs in a row to all results: unrolled, or a table that a loop reads.

XLA's compile time grows with the number of operations, and faster than it; that of a loop does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .jax_table import JaxTable
from .listing import Listing
from .rounds import rounds_of

__all__ = ["UNROLLED", "jax_function"]

#: As many instructions are unrolled.
UNROLLED = 50
#: As many results are gone back from at once, which gives all their derivatives: those of more are pushed forward.
_FEW = 16
#: As many instructions of one kind that do not wait for each other are run in one round of the loop, at most.
_WIDEST = 128


def jax_function(listing: Listing, table: JaxTable) -> Callable[[Any], Any]:
    """The program as a function of an array of its inputs, which gives an array of its results."""
    return (_unrolled if len(listing.instructions) <= UNROLLED else _looped)(listing, table)


def _unrolled(listing: Listing, table: JaxTable) -> Callable[[Any], Any]:
    def function(inputs: Any) -> Any:
        slots = [*inputs, *(table.np.asarray(each, inputs.dtype) for each in listing.constants)]
        for each in listing.instructions:
            slots.append(table.function(each.rule)(*(slots[slot] for slot in each.arguments)))
        found = [slots[slot] for slot in listing.outputs]
        return table.np.stack(found) if found else table.np.zeros(0, inputs.dtype)

    return function


def _looped(listing: Listing, table: JaxTable) -> Callable[[Any], Any]:
    """A loop, and its derivative by others: JAX would go back through the first one, but touch all slots in each round.

    A tangent is multiplied by the matrix of derivatives that the way back finds, if there are few results; this product
    JAX transposes, and has both modes for the price of one. Else tangents are pushed forward in a loop, which it
    transposes too, but touches all slots in each round then.
    """
    jax, jnp = table.jax, table.np
    rounds = rounds_of(listing, _WIDEST)
    width = max(map(len, rounds))
    rules, first, count = listing.rules, listing.first, len(rounds)
    place = np.arange(first + count * width)  # of each slot; rounds that are not full leave places that nobody reads
    for start, each in enumerate(rounds):
        place[[one.result for one in each]] = first + start * width + np.arange(len(each))
    codes = np.array([rules.index(each[0].rule) for each in rounds])
    arguments = np.zeros((count, 3, width), np.int32)
    for row, each in zip(arguments, rounds, strict=True):
        for lane, one in enumerate(each):
            row[: len(one.arguments), lane] = place[list(one.arguments)]
    constants = np.array(listing.constants)

    def step(rule: Any) -> Callable[..., Any]:
        return lambda *given: table.function(rule)(*given[: rule.arity])

    def back_step(rule: Any) -> Callable[..., Any]:
        def contributions(upstream: Any, result: Any, *given: Any) -> Any:
            given = given[: rule.arity]
            found = [table.contribution(rule, at, upstream, given, result) for at in range(rule.arity)]
            zeros = jnp.zeros_like(upstream)
            return jnp.stack([zeros if each is None else each for each in (*found, None, None)[:3]])

        return contributions

    def slopes(rule: Any) -> Callable[..., Any]:
        def locals_(result: Any, *given: Any) -> Any:
            found = [table.local(rule, at, given[: rule.arity], result) for at in range(rule.arity)]
            return jnp.stack([jnp.broadcast_to(each, result.shape) for each in (*found, 0.0, 0.0)[:3]])

        return locals_

    def forward(inputs: Any) -> Any:
        codes_, arguments_ = jnp.asarray(codes), jnp.asarray(arguments)

        def body(at: Any, slots: Any) -> Any:
            results = jax.lax.switch(codes_[at], list(map(step, rules)), *(slots[each] for each in arguments_[at]))
            return jax.lax.dynamic_update_slice(slots, results, (first + at * width,))

        room = jnp.zeros(count * width, inputs.dtype)
        slots = jnp.concatenate([inputs, jnp.asarray(constants, inputs.dtype), room])
        return jax.lax.fori_loop(0, count, body, slots)

    def back(slots: Any, upstream: Any) -> Any:
        codes_, arguments_ = jnp.asarray(codes), jnp.asarray(arguments)

        def body(round_: Any, received: Any) -> Any:
            at = count - 1 - round_
            up, results = (jax.lax.dynamic_slice(each, (first + at * width,), (width,)) for each in (received, slots))
            its = arguments_[at]
            found = jax.lax.switch(codes_[at], list(map(back_step, rules)), up, results, *(slots[each] for each in its))
            return received.at[its].add(found)

        received = jnp.zeros_like(slots).at[outputs].add(upstream)
        return jax.lax.fori_loop(0, count, body, received)[: listing.inputs]

    def push(slots: Any, tangents: Any) -> Any:
        codes_, arguments_ = jnp.asarray(codes), jnp.asarray(arguments)

        def body(at: Any, moving: Any) -> Any:
            results, its = jax.lax.dynamic_slice(slots, (first + at * width,), (width,)), arguments_[at]
            locals_ = jax.lax.switch(codes_[at], list(map(slopes, rules)), results, *(slots[each] for each in its))
            moved = table.scaled(moving[its], locals_).sum(0)
            return jax.lax.dynamic_update_slice(moving, moved, (first + at * width,))

        still = jnp.zeros(len(constants) + count * width, tangents.dtype)
        return jax.lax.fori_loop(0, count, body, jnp.concatenate([tangents, still]))

    outputs = place[list(listing.outputs)]
    whole = jax.custom_jvp(lambda inputs: forward(inputs)[outputs])

    def pushed(primals: Any, tangents: Any) -> Any:
        slots = forward(primals[0])
        if len(outputs) > _FEW:
            return slots[outputs], push(slots, tangents[0])[outputs]
        matrix = jax.vmap(back, (None, 0))(slots, jnp.eye(len(outputs), dtype=slots.dtype))
        return slots[outputs], table.scaled(tangents[0], matrix).sum(1)

    whole.defjvp(pushed)
    return whole  # type: ignore[no-any-return]
