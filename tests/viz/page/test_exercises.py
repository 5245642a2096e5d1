"""Exercises: computed by hand, the same for the same seed, and graded with the mistake behind a wrong answer."""

from __future__ import annotations

import re
from typing import Any

import pytest

from autograd_core import InputTypeError, InputValueError, check_gradients, leaves, topological_order
from viz import exercises
from viz.page import exercises as module

LEVELS = range(1, 6)


@pytest.mark.parametrize("level", LEVELS)
def test_answers_are_the_gradients_and_short_enough_for_a_hand(level: int) -> None:
    for exercise in exercises(seed=3, n=8, level=level):
        exercise.root.backward()
        for leaf in leaves(exercise.root):
            if leaf.label:
                assert exercise.answers[leaf.label] == leaf.grad
        assert all(number == round(2 * number) / 2 for number in exercise.answers.values())
        assert sum(number != 0 for number in exercise.answers.values()) >= len(exercise.answers) / 2
        assert all(node.parents[0].data for node in topological_order(exercise.root) if node.op == "relu")


def test_what_the_hidden_neuron_receives_from_two_classes_does_not_cancel() -> None:
    assert all(0.0 not in exercise.answers.values() for exercise in exercises(seed=3, n=20, level=5))


@pytest.mark.parametrize("level", LEVELS)
def test_the_same_seed_makes_the_same_sheet_and_another_one_another(level: int) -> None:
    assert exercises(5, 4, level).page.html == exercises(5, 4, level).page.html
    assert exercises(5, 4, level).answers != exercises(6, 4, level).answers


def test_the_sheet_asks_and_the_key_answers() -> None:
    sheet = exercises(seed=7, n=3, level=3)
    questions, key = sheet.page.html.split("The key")
    assert questions.count("<i></i>") == len(sheet.answers) == 12
    assert "<i></i>" not in key
    for question, right in sheet.answers.items():
        assert f"∂/∂{question.partition(' ')[2]} = {right:g}<" in key
    shown = set(re.findall(r">([^<]+)</text>", questions))
    assert "–" in shown  # gradients are blank
    assert sheet.page.html == sheet.page.html  # also after the key was made


def test_right_answers_are_right() -> None:
    sheet = exercises(seed=1, n=5, level=4)
    assert {grade.mistake for grade in sheet.grade(sheet.answers)} == {""}


@pytest.mark.parametrize(
    ("level", "label", "options", "told"),
    [
        (2, "a", {"overwrite": True}, "where a node is used twice its gradients add up"),
        (1, "w", {"swap": True}, "the derivative of a product by one factor is the other one"),
        (3, "w", {"incoming": False}, "multiply the local derivative by what comes in from above"),
        (5, "w", {"recursive": True}, "a node passes on once, when its sum is complete"),
    ],
)
def test_the_mistake_behind_an_answer_is_named(level: int, label: str, options: dict[str, bool], told: str) -> None:
    for seed in range(200):
        sheet = exercises(seed, 1, level)
        (exercise,) = sheet
        leaf = next(each for each in leaves(exercise.root) if each.label == label)
        given = module._gradients(exercise.root, **options)[leaf]
        (grade,) = sheet.grade({f"1 {label}": given})
        if told in grade.mistake:
            assert grade.mistake.startswith(f"it is {grade.right:g}: ")
            return
    raise AssertionError("no sheet shows this mistake")


def test_a_sign_is_named() -> None:
    sheet = exercises(seed=7, n=1, level=1)
    right = sheet.answers["1 w"]
    assert "the sign is wrong" in sheet.grade({"1 w": -right})[0].mistake
    assert "multiply along each path, and add" in sheet.grade({"1 w": right + 50})[0].mistake


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"level": 6}, InputValueError, "there is no level 6; write 1 to 5"),
        ({"n": 0}, InputValueError, "0 exercises are no sheet; write 1 to 50"),
        ({"seed": "a"}, InputTypeError, "seed='a' is not an integer"),
    ],
)
def test_what_is_wrong_is_refused(arguments: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        exercises(**arguments)


def test_answers_to_no_question_are_refused() -> None:
    sheet = exercises(seed=7, n=1, level=1)
    with pytest.raises(InputValueError, match="there is no question '2 w'; there are '1 w', '1 x', '1 b'"):
        sheet.grade({"2 w": 1.0})
    with pytest.raises(InputTypeError, match="the answer to '1 w', is not a number"):
        sheet.grade({"1 w": "three"})


def test_the_gradients_of_an_exercise_stand_the_check() -> None:
    assert check_gradients(
        lambda w, x, b: module._product(lambda label: {"w": w, "x": x, "b": b}[label]), 2.0, 3.0, 1.0
    )
