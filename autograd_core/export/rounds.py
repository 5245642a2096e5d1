"""Instructions of a listing in rounds: of one primitive, and none waits for another of its round."""

from __future__ import annotations

from .listing import Instruction, Listing

__all__ = ["rounds_of"]


def rounds_of(listing: Listing, widest: int | None = None) -> list[list[Instruction]]:
    """The rounds, in an order in which they can be run.

    Parameters
    ----------
    listing
        The program.
    widest
        As many instructions may be in one; without it any number.
    """
    levels = [0] * listing.first
    for each in listing.instructions:
        levels.append(1 + max(levels[slot] for slot in each.arguments))
    groups: dict[tuple[int, int], list[Instruction]] = {}
    for each in listing.instructions:
        groups.setdefault((levels[each.result], each.rule.opcode), []).append(each)
    ordered = [group for _, group in sorted(groups.items())]
    if widest is None or not ordered:
        return ordered
    typical = len(listing.instructions) // len(groups)
    width = min(widest, 1 << typical.bit_length())
    return [group[start : start + width] for group in ordered for start in range(0, len(group), width)]
