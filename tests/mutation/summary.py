"""Killed mutants for each file, the survivors, and whether at least 90 % were killed; what ``make mutation`` ends with.

python tests/mutation/summary.py mutants table.json
"""

from __future__ import annotations

import json
import pathlib
import sys
from collections.abc import Iterator

WANTED = 0.9
KILLED = {1, 3}  # exit status of tests that failed, or broke
TIMED_OUT = {24, 36, 152, 255, -24}


def of_mutmut(folder: pathlib.Path) -> Iterator[tuple[str, int, list[str]]]:
    """File, number of mutants and survivors, as mutmut left them; files that were not run are left out."""
    for path in sorted(folder.rglob("*.meta")):
        statuses = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        if statuses and None not in statuses.values():
            survivors = [name for name, status in statuses.items() if status not in KILLED | TIMED_OUT]
            yield str(path.relative_to(folder)).removesuffix(".meta"), len(statuses), survivors


def of_the_table(path: pathlib.Path) -> Iterator[tuple[str, int, list[str]]]:
    """The same, as table.py left it."""
    for file, result in json.loads(path.read_text(encoding="utf-8")).items():
        yield file, result["total"], result["survivors"]


def main(folder: str, table: str) -> int:
    results = [*of_mutmut(pathlib.Path(folder)), *of_the_table(pathlib.Path(table))]
    for _, _, survivors in results:
        print(*(f"survived: {each}" for each in survivors), sep="\n")
    too_few = False
    for file, total, survivors in results:
        killed = total - len(survivors)
        too_few |= killed < WANTED * total
        print(f"{file:30} {killed:5} of {total:5} killed  {killed / total:6.1%}")
    return 1 if too_few or not results else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
