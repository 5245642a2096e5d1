"""The forms of a gradient report: text, HTML, plain data, an error, a test helper."""

from __future__ import annotations

import json
import pickle
import xml.etree.ElementTree as ET

import pytest

import autograd_core as ac
from autograd_core import GradientCheckError, Value, assert_gradients, check_gradients
from autograd_core.check.report import VERDICTS

MIXED = check_gradients(lambda a, b, c: a * abs(b) + c.data, 2.0, 0.0, 1.0)


def test_the_table_can_be_read() -> None:
    lines = str(check_gradients(lambda weight, x: weight * x, 2.0, Value(3.0, "input x"))).splitlines()
    assert lines[0].split() == ["input", "at", "analytic", "numeric", "error", "uncertainty", "verdict"]
    assert lines[2].split()[:4] == ["weight", "2", "3", "3"]
    assert lines[3].startswith("input x")
    assert lines[-1] == "2 inputs: 2 ok"


def test_what_else_there_is_to_know_stands_below_the_table() -> None:
    assert [row.verdict for row in MIXED] == ["ok", "kink", "wrong"]
    *_, summary, kink, wrong = str(MIXED).splitlines()
    assert summary == "3 inputs: 1 ok, 1 kink, 1 wrong"
    assert kink == "b: the table says that there is no derivative at node without label (abs)"
    assert wrong.startswith("c: it changes the output")


def test_inputs_with_the_same_note_share_a_line() -> None:
    report = check_gradients(lambda p: sum((each.data for each in p), Value(0.0)), [1.0, 2.0, 3.0, 4.0, 5.0])
    assert "\np[0], p[1], p[2] and 2 more: it changes" in str(report)


def test_html_is_well_formed_and_escapes_names() -> None:
    report = check_gradients(lambda x: x * x, Value(1.0, "<b>&"))
    tree = ET.fromstring(f"<div>{report._repr_html_()}</div>")
    assert len(tree.findall(".//tbody/tr")) == 1
    assert tree.find(".//tbody/tr/td").text == "<b>&"
    tree = ET.fromstring(f"<div>{MIXED._repr_html_()}</div>")
    assert [row[-1].get("title") for row in tree.findall(".//tbody/tr")] == [VERDICTS[row.verdict] for row in MIXED]
    assert len(tree.findall(".//li")) == 2


def test_plain_data_is_complete_and_can_be_written_as_json() -> None:
    data = json.loads(json.dumps(MIXED.to_dict()))
    assert data["ok"] is False
    assert data["summary"] == MIXED.summary
    assert data["calls"] == MIXED.calls
    assert [row["verdict"] for row in data["rows"]] == ["ok", "kink", "wrong"]
    assert data["rows"][0]["analytic"] == MIXED.rows[0].analytic
    assert data["rows"][1]["left"] == pytest.approx(-2.0)


def test_a_report_that_is_not_ok_raises_with_the_table_as_the_message() -> None:
    with pytest.raises(GradientCheckError, match="3 inputs: 1 ok, 1 kink, 1 wrong") as caught:
        MIXED.raise_if_wrong()
    assert isinstance(caught.value, AssertionError)
    assert isinstance(caught.value, ac.AutogradError)
    assert caught.value.report is MIXED
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    check_gradients(ac.tanh, 0.5).raise_if_wrong()


def test_the_test_helper_fails_on_everything_that_is_not_ok() -> None:
    assert len(assert_gradients(lambda x, y: x * y, 2.0, 3.0, order=2)) == 6
    for f, point in ((lambda x: x * x.data, 3.0), (abs, 0.0), (lambda x: 1.0, 2.0), (ac.log, -1.0)):
        with pytest.raises(GradientCheckError):
            assert_gradients(f, point)


def test_every_verdict_is_explained() -> None:
    assert all(VERDICTS[row.verdict] for row in MIXED)
    assert len(VERDICTS) == 9
