"""What the lab answers to a request, before any socket: who is refused, and that nothing else can happen."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest

from viz.page.lab import MOST_CHARACTERS, drawn
from viz.page.lab_requests import MOST_BYTES, Refused, Request, Session, length_of_body


def session() -> Session:
    return Session(8000, lambda given, wanted: drawn(given) if wanted() else {"overtaken": True})


def ask(asked: Session, given: Any = None, *, path: str = "/draw", method: str = "POST", **headers: str) -> Any:
    """The answer to a request that is as it should be, besides what is said here."""
    usual = {"host": "127.0.0.1:8000", "x-lab-token": asked.token, "content-type": "application/json"}
    body = given if isinstance(given, bytes) else json.dumps(given or {"expression": "w*x"}).encode()
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return asked.respond(Request(method, path, {**usual, **changed}, body))


def test_who_has_the_token_is_answered() -> None:
    asked = session()
    assert ask(asked).status == 200
    assert ask(asked, host="localhost:8000", origin="http://localhost:8000").status == 200
    shell = ask(asked, method="GET", path=f"/?token={asked.token}")
    assert (shell.status, shell.kind) == (200, "text/html; charset=utf-8")
    assert session().token != asked.token
    assert len(asked.token) >= 43


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"host": "evil.example:8000"}, 403),
        ({"host": "127.0.0.1"}, 403),
        ({"host": "127.0.0.1:8001"}, 403),
        ({"host": "127.0.0.1:8000, evil.example"}, 403),
        ({"host": ""}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://127.0.0.1:8000"}, 403),
        ({"x_lab_token": ""}, 403),
        ({"x_lab_token": "é" * 43}, 403),
        ({"path": "/draw?token=1", "x_lab_token": ""}, 403),
        ({"path": "/", "method": "GET"}, 403),
        ({"path": "/?token=", "method": "GET"}, 403),
        ({"path": "/?" + "a=1&" * 50, "method": "GET"}, 403),
        ({"path": "/../etc/passwd", "method": "GET"}, 404),
        ({"path": "/draw/"}, 404),
        ({"path": "http://127.0.0.1:8000/draw"}, 404),
        ({"method": "GET"}, 405),
        ({"method": "PUT"}, 405),
        ({"path": "/", "method": "POST"}, 405),
        ({"content_type": "text/plain"}, 415),
        ({"content_type": ""}, 415),
        ({"given": b"{"}, 400),
        ({"given": b"[1]"}, 400),
        ({"given": b"\xff"}, 400),
        ({"given": b"[" * 20_000}, 400),
        ({"given": b'{"a": ' + b"1" * 5000 + b"}"}, 400),
    ],
)
def test_who_may_not_or_asks_for_nothing_is_refused(changed: dict[str, Any], status: int) -> None:
    response = ask(session(), **changed)
    assert response.status == status
    assert response.kind == "text/plain; charset=utf-8"
    assert "Traceback" not in response.body.decode()


def test_every_answer_says_what_a_browser_may_do_with_it() -> None:
    asked = session()
    for response in (ask(asked), ask(asked, host=""), ask(asked, method="GET", path=f"/?token={asked.token}")):
        headers = response.all_headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert "unsafe-eval" not in headers["Content-Security-Policy"]
        assert "script-src 'unsafe-inline'" not in headers["Content-Security-Policy"]


def test_a_script_of_the_shell_has_a_number_used_once() -> None:
    asked = session()
    documents = [ask(asked, method="GET", path=f"/?token={asked.token}") for _ in range(2)]
    numbers = [set(re.findall(r'nonce="([\w-]+)"', each.body.decode())) for each in documents]
    assert len(numbers[0]) == 1
    assert numbers[0] != numbers[1]
    assert f"script-src 'nonce-{numbers[0].pop()}'" in documents[0].all_headers["Content-Security-Policy"]


def test_what_the_lab_begins_with_is_only_text() -> None:
    hostile = "</script><script>alert(1)</script>"
    asked = Session(8000, lambda given, wanted: {}, hostile, hostile)
    shell = ask(asked, method="GET", path=f"/?token={asked.token}").body.decode()
    tags: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append(tag)  # type: ignore[method-assign]
    parser.feed(shell)
    assert tags.count("script") == 2
    assert "<script>alert" not in shell


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 411),
        ({"transfer-encoding": "chunked"}, 411),
        ({"content-length": "-1"}, 400),
        ({"content-length": "5, 5"}, 400),
        ({"content-length": "1e3"}, 400),
        ({"content-length": "٣"}, 400),
        ({"content-length": ""}, 400),
        ({"content-length": str(MOST_BYTES + 1)}, 413),
        ({"content-length": "9" * 5000}, 413),
    ],
)
def test_a_body_has_a_length_and_not_a_large_one(headers: Mapping[str, str], status: int) -> None:
    with pytest.raises(Refused) as caught:
        length_of_body("POST", headers)
    assert caught.value.response.status == status


def test_the_longest_texts_there_may_be_fit_into_a_body() -> None:
    longest = {"expression": "\n" * MOST_CHARACTERS, "numbers": "é" * MOST_CHARACTERS, "client": "c" * 64, "number": 1}
    assert len(json.dumps(longest)) <= MOST_BYTES


def test_an_answer_that_was_overtaken_is_not_made() -> None:
    asked = Session(8000, lambda given, wanted: {} if wanted() else {"overtaken": True})

    def status(client: Any, number: Any) -> Any:
        given = {"expression": "w*x", "client": client, "number": number}
        return "overtaken" if json.loads(ask(asked, given).body).get("overtaken") else "drawn"

    assert [status("a", number) for number in (1, 3, 2, 3, 4)] == ["drawn", "drawn", "overtaken", "drawn", "drawn"]
    assert status("b", 1) == "drawn"
    assert [status(client, -1) for client in (None, 3, [], "x" * 1000)] == ["drawn"] * 4
    assert [status("c", number) for number in (5, None, "1", 1.5)] == ["drawn"] * 4
    for client in range(100):
        status(str(client), 1)
    assert len(asked._newest) <= 64


def test_requests_of_all_kinds_are_answered() -> None:
    choose = random.Random(5)
    asked = session()
    texts = [
        "",
        "/",
        "/draw",
        "*",
        "http://x/",
        "\0",
        "é",
        "a" * 3000,
        asked.token,
        "127.0.0.1:8000",
        "null",
        "%00",
        "/%2e%2e/",
    ]
    names = ["host", "origin", "x-lab-token", "content-type", "x"]
    bodies = [
        b"",
        b"null",
        b"{}",
        b'{"expression": 3}',
        b'{"expression": "w*x", "moved": [1], "wanted": []}',
        b"\0" * 99,
    ]
    for _ in range(2000):
        headers = {name: choose.choice(texts) for name in names if choose.random() < 0.7}
        if choose.random() < 0.5:
            headers |= {"host": "127.0.0.1:8000", "x-lab-token": asked.token, "content-type": "application/json"}
        method, target = choose.choice(["GET", "POST", "get", "OPTIONS", ""]), choose.choice(texts)
        response = asked.respond(Request(method, target, headers, choose.choice(bodies)))
        assert response.status in (200, 400, 403, 404, 405, 415)
