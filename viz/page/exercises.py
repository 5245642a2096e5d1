"""Exercises in backpropagation: random graphs whose numbers a person computes by hand, with answers and mistakes."""

from __future__ import annotations

import copy
import html
import math
import operator
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_core import Value, exp, leaves, log, relu, topological_order
from autograd_core.errors import InputTypeError, InputValueError, shortened

from ..drawing.draw import draw
from ..graphs.numbers_text import number_text
from .document import fill
from .page import Page
from .words import words_of

__all__ = ["Exercise", "ExerciseSheet", "Grade", "exercises"]

_LEVELS = {
    1: "one product and one sum",
    2: "a square, and a leaf that is used twice",
    3: "a ReLU neuron with a squared error",
    4: "a network of two layers",
    5: "a network of two layers with softmax and cross-entropy",
}
_MOST = 50


@dataclass(frozen=True, eq=False)
class Exercise:
    """A graph without its gradients, and what they are.

    Attributes
    ----------
    root
        The result.
    answers
        The gradient of each leaf that is asked for, by its label.
    mistakes
        For each of them the numbers that classic mistakes give, with what to say.
    """

    root: Value
    answers: Mapping[str, float]
    mistakes: Mapping[str, tuple[tuple[float, str], ...]] = field(repr=False)

    def judge(self, label: str, given: float) -> str:
        """What is wrong with an answer; empty if it is right."""
        right = self.answers[label]
        if _near(given, right):
            return ""
        said = next(
            (text for number, text in self.mistakes[label] if _near(given, number)), "multiply along each path, and add"
        )
        return f"it is {number_text(right)}: {said}"


@dataclass(frozen=True)
class Grade:
    """How one answer was.

    Attributes
    ----------
    question
        Which one, such as ``"2 w1"``.
    given, right
        The answer, and what is right.
    mistake
        What is wrong with it, and how it came about; empty if it is right.
    """

    question: str
    given: float
    right: float
    mistake: str


@dataclass(frozen=True, eq=False)
class ExerciseSheet:
    """Several exercises, to be printed, solved and graded.

    Attributes
    ----------
    exercises
        In order.
    title
        What stands above them.
    """

    exercises: tuple[Exercise, ...]
    title: str

    def __iter__(self) -> Iterator[Exercise]:
        return iter(self.exercises)

    def __len__(self) -> int:
        return len(self.exercises)

    def __repr__(self) -> str:
        return f"<ExerciseSheet: {self.title}>"

    @property
    def answers(self) -> dict[str, float]:
        """The key: ``{"1 w": 3.0, ...}``."""
        return {
            f"{number} {label}": right for number, each in enumerate(self, 1) for label, right in each.answers.items()
        }

    def grade(self, answers: Mapping[str, float]) -> list[Grade]:
        """Judge answers, and name the mistake behind each that is wrong.

        Parameters
        ----------
        answers
            A number for each question that was answered, such as ``{"1 w": 3.0}``.

        Raises
        ------
        InputTypeError, InputValueError
            If it is not such a dict, or there is no such question.
        """
        if not isinstance(answers, Mapping):
            raise InputTypeError(f"grade: {shortened(answers)} is not a dict; write for example {{'1 w': 3.0}}")
        key = self.answers
        found = []
        for question, given in answers.items():
            if question not in key:
                raise InputValueError(
                    f"grade: there is no question {question!r}; there are {', '.join(map(repr, list(key)[:6]))}, …"
                )
            try:
                number = float(given)
            except (TypeError, ValueError):
                raise InputTypeError(
                    f"grade: {shortened(given)}, the answer to {question!r}, is not a number"
                ) from None
            place, _, label = question.partition(" ")
            found.append(Grade(question, number, key[question], self.exercises[int(place) - 1].judge(label, number)))
        return found

    @property
    def page(self) -> Page:
        """The sheet, and on a second page the key."""
        with_blanks = "\n".join(_figure(number, each, solved=False) for number, each in enumerate(self, 1))
        key = "\n".join(_figure(number, each, solved=True) for number, each in enumerate(self, 1))
        task = words_of("en", "sheet_words.json")["en"]["grad"]
        document = fill(
            "sheet.html",
            lang="en",
            title=html.escape(self.title),
            task=task,
            questions=with_blanks,
            key_title="The key",
            key=key,
        )
        return Page(document, self.title)

    def save(self, path: Any) -> None:
        """Write the sheet with its key as one HTML file; see :meth:`Page.save`."""
        self.page.save(path)

    def _repr_html_(self) -> str:
        return self.page._repr_html_()


def exercises(seed: int = 0, n: int = 4, level: int = 1) -> ExerciseSheet:
    """Make exercises: graphs with their data, of which the gradients are asked for.

    Every number is one that is computed by hand. The same seed makes the same sheet.

    Parameters
    ----------
    seed
        Which of the many sheets.
    n
        How many exercises, 50 at most.
    level
        1, a product and a sum, to 5, a network of two layers with softmax and cross-entropy.

    Raises
    ------
    InputTypeError, InputValueError
        If one of them is not an integer, or there is no such level or number.

    Examples
    --------
    >>> sheet = exercises(seed=7, n=2, level=1)
    >>> sheet
    <ExerciseSheet: 2 exercises, level 1: one product and one sum (seed 7)>
    >>> sheet.grade(sheet.answers)[0].mistake
    ''
    """
    for name, given in (("seed", seed), ("n", n), ("level", level)):
        try:
            operator.index(given)
        except TypeError:
            raise InputTypeError(
                f"exercises: {name}={shortened(given)} is not an integer; write for example {name}=2"
            ) from None
    if level not in _LEVELS:
        raise InputValueError(f"exercises: there is no level {level}; write 1 to {len(_LEVELS)}")
    if not 1 <= n <= _MOST:
        raise InputValueError(f"exercises: {n} exercises are no sheet; write 1 to {_MOST}")
    generator = random.Random(f"{seed} {level}")
    made = tuple(_exercise(generator, level) for _ in range(n))
    noun = "exercise" if n == 1 else "exercises"
    return ExerciseSheet(made, f"{n} {noun}, level {level}: {_LEVELS[level]} (seed {seed})")


# --- graphs -----------------------------------------------------------------------------------------------------------


def _exercise(generator: random.Random, level: int) -> Exercise:
    while True:
        root = _GRAPHS[level](lambda label, *of: Value(generator.choice(of or (-3, -2, -1, 1, 2, 3)), label))
        asked = [leaf for leaf in leaves(root) if leaf.label]
        right = _gradients(root)
        # A relu at its kink has no slope, and where most of the answers are 0 little is learned.
        inputs = [node.parents[0].data for node in topological_order(root) if node.op == "relu"]
        zeros = sum(right[leaf] == 0.0 for leaf in asked)
        if 0.0 not in inputs and 2 * zeros <= len(asked) and all(abs(right[leaf]) <= 100 for leaf in asked):
            break
    return Exercise(
        root,
        {leaf.label: right[leaf] for leaf in asked},
        {leaf.label: _mistakes(root, leaf, right[leaf]) for leaf in asked},
    )


_Leaf = Callable[..., Value]


def _product(leaf: _Leaf) -> Value:
    return leaf("w") * leaf("x") + leaf("b")


def _shared(leaf: _Leaf) -> Value:
    a, b = leaf("a"), leaf("b")
    return a * b + a**2


def _neuron(leaf: _Leaf) -> Value:
    w, x, b, y = leaf("w"), leaf("x"), leaf("b"), leaf("y")
    loss: Value = (relu(w * x + b) - y) ** 2
    return loss


def _hidden(leaf: _Leaf) -> tuple[Value, Value]:
    x = leaf("x")
    return relu(leaf("w1") * x), relu(leaf("w2") * x)


def _two_layers(leaf: _Leaf) -> Value:
    first, second = _hidden(leaf)
    return (leaf("v1") * first + leaf("v2") * second - leaf("y")) ** 2


def _softmax(leaf: _Leaf) -> Value:
    """With biases by which the logits are equal, so that both classes have the probability 1/2."""
    x, w, v = leaf("x", 1, 2), leaf("w", 1, 2, 3), leaf("v")
    u = leaf("u", *{-3, -2, -1, 1, 2, 3} - {v.data})  # of equal weights the parts of w and of x would cancel
    hidden = relu(w * x)
    first, second = v * hidden, u * hidden
    powers = exp(first - first.data), exp(second - second.data)
    loss: Value = -log(powers[0] / (powers[0] + powers[1]))
    return loss


_GRAPHS: dict[int, Callable[[_Leaf], Value]] = {1: _product, 2: _shared, 3: _neuron, 4: _two_layers, 5: _softmax}


# --- gradients, right and wrong ---------------------------------------------------------------------------------------


def _steps(order: Sequence[Value]) -> Iterator[tuple[Value, Value, int]]:
    """Each contribution of the backward pass: from a node to its parent at a position."""
    for node in reversed(order):
        for position, parent in enumerate(node.parents):
            if parent.differentiable:
                yield node, parent, position


def _gradients(
    root: Value, *, overwrite: bool = False, swap: bool = False, incoming: bool = True, recursive: bool = False
) -> dict[Value, float]:
    order = topological_order(root)
    found = dict.fromkeys(order, 0.0)
    found[root] = 1.0
    for node, parent, position in _recursion(root) if recursive else _steps(order):
        local = node.local_derivatives[position] or 0.0
        if swap and node.op == "mul":
            local = parent.data
        passed = local * (found[node] if incoming else 1.0)
        found[parent] = passed if overwrite else found[parent] + passed
    return found


def _recursion(root: Value) -> Iterator[tuple[Value, Value, int]]:
    pending = [(root, 0)]
    while pending:
        node, position = pending.pop()
        if position < len(node.parents):
            pending.append((node, position + 1))
            if node.parents[position].differentiable:
                yield node, node.parents[position], position
                pending.append((node.parents[position], 0))


def _mistakes(root: Value, leaf: Value, right: float) -> tuple[tuple[float, str], ...]:
    candidates = (
        (-right, "the sign is wrong"),
        (_gradients(root, overwrite=True)[leaf], "where a node is used twice its gradients add up"),
        (_gradients(root, swap=True)[leaf], "the derivative of a product by one factor is the other one"),
        (_gradients(root, incoming=False)[leaf], "multiply the local derivative by what comes in from above"),
        (_gradients(root, recursive=True)[leaf], "a node passes on once, when its sum is complete"),
    )
    return tuple((number, text) for number, text in candidates if math.isfinite(number) and not _near(number, right))


def _near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=5e-3, abs_tol=1e-9)


# --- the sheet --------------------------------------------------------------------------------------------------------


def _figure(number: int, exercise: Exercise, *, solved: bool) -> str:
    root = exercise.root
    if solved:
        root = copy.deepcopy(root)  # the question stays without gradients
        root.backward()
    picture = draw(root, hide=() if solved else "local", fit=1000)
    asked = "".join(
        f"<li>∂/∂{html.escape(label)} = {number_text(right) if solved else '<i></i>'}</li>"
        for label, right in exercise.answers.items()
    )
    return f"<section><h2>{number}</h2>{picture.element}<ol>{asked}</ol></section>"
