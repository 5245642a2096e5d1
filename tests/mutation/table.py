"""Mutants of the table: each formula of each line is changed in one place, and a test must fail.

Operators of Python hardly touch rules.py, for its mathematics stands in texts. So these mutants are made in the
formula language. Run it in a copy of the project without compiled modules (``make mutation`` does):

    python tests/mutation/table.py results.json
"""

from __future__ import annotations

import ast
import collections
import contextlib
import dataclasses
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import os
import pathlib
import signal
import sys
import time
import types
from collections.abc import Iterator

import hypothesis  # noqa: F401 (imported before the forks, so that no child has to)
import numpy as np  # noqa: F401
import pytest

TABLE = pathlib.Path("autograd_core/formulas/rules.py")
FILES = ("tests/formulas/test_table.py", "tests/scalar/test_contracts.py")
SLOWEST = "second_derivatives"  # in the names of tests that come last in a mutant's own line, and not at all in others
OPTIONS = (
    *("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"),
    *("-k", f"not million and not deep_chain and not {SLOWEST}"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
SECONDS = 900  # tests that take longer do not end any more; that is counted apart
WORKERS = os.cpu_count() or 1
SIBLINGS = {
    **{"add": ["sub"], "sub": ["add"], "mul": ["div"], "div": ["mul"], "pow": ["mul"]},
    **{"less": ["less_equal", "greater"], "less_equal": ["less"], "greater": ["greater_equal", "less"]},
    **{"greater_equal": ["greater"], "equal": ["not_equal"], "not_equal": ["equal"]},
    **{"sin": ["cos"], "cos": ["sin"], "sinh": ["cosh"], "cosh": ["sinh"], "tan": ["tanh"], "tanh": ["tan", "arctan"]},
    **{"arcsin": ["arccos"], "arccos": ["arcsin"], "arctan": ["tanh"], "exp": ["expm1"], "expm1": ["exp"]},
    **{"log": ["log1p"], "log1p": ["log"], "sqrt": ["abs"], "abs": ["sign"], "sign": ["abs"], "sigmoid": ["tanh"]},
    **{"maximum": ["minimum"], "minimum": ["maximum"], "hypot": ["arctan2"], "arctan2": ["hypot"]},
}

COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One change of one formula: where it stands in the table's source, and the texts before and after."""

    primitive: str
    role: str
    start: int
    end: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.primitive}, {self.role}: {self.before}  ->  {self.after}"


def mutants(source: str) -> list[Mutant]:
    """Every mutant of every formula of the table."""
    from autograd_core.formulas.formula import variables
    from autograd_core.formulas.printing import to_text
    from autograd_core.formulas.rules import PRIMITIVES, parse_formula

    found = []
    for primitive, role, constant in formulas_in(source):
        start, end = (offset(source, *place) for place in span(constant))
        if role == "parameter":
            found.append(Mutant(primitive, role, start, end, repr(constant.value), repr(constant.value + 1)))
            continue
        before = parse_formula(constant.value)
        is_truth = role in ("kink", "domain")
        names = [*PRIMITIVES[primitive].arguments, *(["z"] if role.startswith("dz") else [])]
        texts = dict.fromkeys(to_text(each) for each in changed(before, names, negate=not is_truth))
        for text in texts:
            arguments = set(variables(parse_formula(text))) - {"z"}
            if text != to_text(before) and (role != "formula" or arguments == set(variables(before))):
                found.append(Mutant(primitive, role, start, end, repr(constant.value), repr(text)))
    return found


def formulas_in(source: str) -> Iterator[tuple[str, str, ast.Constant]]:
    """Name of the primitive, role of the text in its line, and the text in the syntax tree."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "primitive":
            name, formula, *partials = node.args
            yield name.value, "formula", formula
            for argument, partial in zip("xyw", partials, strict=False):
                yield name.value, f"dz/d{argument}", partial
            for keyword in node.keywords:
                if keyword.arg in ("kink", "domain", "parameter"):
                    yield name.value, keyword.arg, keyword.value


def span(node: ast.Constant) -> tuple[tuple[int, int], tuple[int, int]]:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def offset(source: str, line: int, column: int) -> int:
    """Position in the source; the syntax tree counts bytes."""
    lines = source.splitlines(keepends=True)
    return sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())


def changed(formula: object, names: list[str], *, top: bool = True, negate: bool = True) -> Iterator[object]:
    """The formula with one change, for every change and every place."""
    from autograd_core.formulas.formula import Apply, Number, Variable

    match formula:
        case Number(value):
            yield Number(value + 1)
            if value != 0.0:
                yield Number(-value)
        case Variable(name):
            yield from (Variable(other) for other in names if other != name)
            if top and negate:
                yield Apply("neg", (formula,))
        case Apply(function, arguments):
            yield from (Apply(sibling, arguments) for sibling in SIBLINGS.get(function, []))
            if function in ("add", "sub", "mul", "div", "neg", "pow"):
                yield from arguments  # the other term is dropped
            if function == "where":
                condition, yes, no = arguments
                yield from (Apply("where", (condition, no, yes)), yes, no)
            if negate and function not in COMPARISONS:  # a negated truth is as true
                yield Apply("neg", (formula,))
            for position, argument in enumerate(arguments):
                for each in changed(argument, names, top=False):
                    yield Apply(function, (*arguments[:position], each, *arguments[position + 1 :]))


class MutatedTable(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports another text in the place of rules.py."""

    def __init__(self, source: str) -> None:
        self.source = source

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == "autograd_core.formulas.rules" else None

    def exec_module(self, module: types.ModuleType) -> None:
        module.__file__ = str(TABLE)
        exec(compile(self.source, str(TABLE), "exec"), module.__dict__)


def survives(source: str, primitive: str) -> bool:
    """Whether all tests pass with this table."""
    sys.meta_path.insert(0, MutatedTable(source))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return not fails_in_its_line(primitive) and pytest.main([*OPTIONS, *FILES]) == pytest.ExitCode.OK


def fails_in_its_line(primitive: str) -> bool:
    """Whether a test of each line fails for this one. Called without pytest, for here most mutants end."""
    try:
        test_table = importlib.import_module("test_table")
        [rule] = (each for each in test_table.TABLE if each.name == primitive)
        for _, test in sorted(vars(test_table).items(), key=lambda item: SLOWEST in item[0]):
            for mark in getattr(test, "pytestmark", []):
                if mark.name == "parametrize" and mark.args[0] == "rule" and rule in mark.args[1]:
                    test(rule)
    except Exception:
        return True
    return False


def run_in_child(mutant: Mutant, source: str) -> int:
    """Test a mutant in a process of its own; returns its number."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        result = 1
        try:
            mutated = source[: mutant.start] + mutant.after + source[mutant.end :]
            result = 0 if survives(mutated, mutant.primitive) else 1
        finally:
            os._exit(result)
    return child


def main(results: str) -> None:
    sys.path[:0] = [os.getcwd(), *(os.path.join(os.getcwd(), "tests", each) for each in ("helpers", "formulas"))]
    source = TABLE.read_text(encoding="utf-8")
    reader, writer = os.pipe()
    if os.fork() == 0:  # the process that forks the others must not have imported the table
        with os.fdopen(writer, "w") as stream:
            json.dump([dataclasses.asdict(each) for each in mutants(source)], stream)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        waiting = collections.deque(Mutant(**each) for each in json.load(stream))
    os.wait()
    whole = Mutant("add", "nothing changed", 0, 0, "", "")
    run_in_child(whole, source)
    if os.wait()[1] != 0:
        sys.exit("the tests fail on the table as it is, so they cannot judge mutants")
    total, survivors, timed_out = len(waiting), [], []
    running: dict[int, Mutant] = {}
    began = time.monotonic()
    while waiting or running:
        while waiting and len(running) < WORKERS:
            mutant = waiting.popleft()
            running[run_in_child(mutant, source)] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        if os.WIFSIGNALED(status):
            timed_out.append(str(mutant))
            print(f"did not end: {mutant}", flush=True)
        elif status == 0:
            survivors.append(str(mutant))
            print(f"survived: {mutant} ({len(waiting)} to go)", flush=True)
    print(f"{total} mutants in {time.monotonic() - began:.0f} s")
    result = {"file": str(TABLE), "total": total, "survivors": survivors, "timed_out": timed_out}
    pathlib.Path(results).write_text(json.dumps(result, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
