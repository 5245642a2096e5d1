"""Killed mutants for each file, the others by name, and whether tests killed at least 90 %; ends ``make mutation``.

A mutant on which the tests did not end is counted apart: the change may have made an endless loop, or the machine was
busy. So it is no kill before a person has looked.

python tests/mutation/summary.py mutants table.json
"""

from __future__ import annotations

import json
import pathlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass

WANTED = 0.9
KILLED = {1, 3}  # exit status of tests that failed, or broke
TIMED_OUT = {24, 36, 152, 255, -24}


@dataclass(frozen=True)
class Result:
    """What became of the mutants of one file."""

    file: str
    total: int
    survivors: list[str]
    timed_out: list[str]

    @property
    def killed(self) -> int:
        return self.total - len(self.survivors) - len(self.timed_out)


def of_mutmut(folder: pathlib.Path) -> Iterator[Result]:
    """Results as mutmut left them."""
    for path in sorted(folder.rglob("*.meta")):
        file = str(path.relative_to(folder)).removesuffix(".meta")
        statuses = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        if None in statuses.values():
            sys.exit(f"{file} was not run to the end")
        if statuses:
            timed_out = [name for name, status in statuses.items() if status in TIMED_OUT]
            survivors = [name for name, status in statuses.items() if status not in KILLED | TIMED_OUT]
            yield Result(file, len(statuses), survivors, timed_out)


def of_the_table(path: pathlib.Path) -> Result:
    """The same, as table.py left it."""
    return Result(**json.loads(path.read_text(encoding="utf-8")))


def main(folder: str, table: str) -> int:
    results = [of_the_table(pathlib.Path(table)), *of_mutmut(pathlib.Path(folder))]
    for result in results:
        for each in result.survivors:
            print(f"survived: {each}")
        for each in result.timed_out:
            print(f"did not end: {each}")
    print(f"{'file':32} mutants  killed           survived  did not end")
    for each in results:
        print(
            f"{each.file:32} {each.total:7} {each.killed:7}  {each.killed / each.total:6.1%}"
            f" {len(each.survivors):10} {len(each.timed_out):12}"
        )
    return 1 if any(each.killed < WANTED * each.total for each in results) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
