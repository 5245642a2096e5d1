"""What the lab answers to a request: who may ask for what, before any socket.

Other programs of this machine, and pages of other sites in the same browser, can reach the lab as well as the person
who started it: so a request is answered only if it names this host, comes from no other page, and has the token that
was made when the lab began.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from .document import as_script, beside, fill
from .lab import MOST_CHARACTERS, examples
from .words import words_of

__all__ = ["MOST_BYTES", "Refused", "Request", "Response", "Session", "length_of_body"]

#: Of a body: two texts of the most characters, each of them escaped, and what is around them.
MOST_BYTES = 2 * 6 * MOST_CHARACTERS + 8_192
_MOST_CLIENTS = 64
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was read: names of headers in small letters, what was given twice joined by a comma."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back."""

    status: int
    kind: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_headers(self) -> dict[str, str]:
        """Its headers, with those that every answer has."""
        what = {"Content-Type": self.kind, "Content-Length": str(len(self.body))}
        return {**_HEADERS, "Content-Security-Policy": _NOTHING, **what, **self.headers}


class Refused(Exception):  # noqa: N818 (it names what happened)
    """A request that gets no other answer than why."""

    def __init__(self, status: int, why: str, **headers: str) -> None:
        super().__init__(why)
        self.response = Response(status, "text/plain; charset=utf-8", f"{why}\n".encode(), headers)


def length_of_body(method: str, headers: Mapping[str, str]) -> int:
    """How many bytes follow the headers.

    Raises
    ------
    Refused
        If it is not said, or too many.

    Examples
    --------
    >>> length_of_body("POST", {"content-length": "12"})
    12
    """
    if "transfer-encoding" in headers:
        raise Refused(411, "say the length of the body; it is not read in chunks")
    length = headers.get("content-length")
    if length is None:
        if method == "POST":
            raise Refused(411, "say the length of the body")
        return 0
    if not (length.isascii() and length.isdigit()):
        raise Refused(400, "the length of the body is not a number")
    if len(length) > 9 or int(length) > MOST_BYTES:
        raise Refused(413, f"the body has more than {MOST_BYTES} bytes")
    return int(length)


class Session:
    """What one start of the lab knows: its address, its token, and what it begins with.

    Parameters
    ----------
    port
        Where it listens.
    draw
        What makes an answer of what a person typed, see :func:`viz.page.lab.drawn`. It is also given a function that
        says whether the answer is still wanted.
    expression, numbers
        What stands in the fields at first.
    """

    def __init__(
        self,
        port: int,
        draw: Callable[[Mapping[str, Any], Callable[[], bool]], Mapping[str, Any]],
        expression: str = "",
        numbers: str = "",
    ) -> None:
        self.token = secrets.token_urlsafe(32)
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self._origins = {f"http://{host}" for host in self._hosts}
        self._draw = draw
        self._start = {"expression": expression, "numbers": numbers}
        self._newest: OrderedDict[str, int] = OrderedDict()  # of each page that is open
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Response:
        """Answer a request, whatever it is."""
        try:
            if request.headers.get("host") not in self._hosts:
                raise Refused(403, "another host is asked for")
            if request.headers.get("origin") not in (None, *self._origins):
                raise Refused(403, "another page asks")
            path, _, query = request.target.partition("?")
            known = {"/": ("GET", self._shell), "/draw": ("POST", self._drawn)}.get(path)
            if known is None:
                raise Refused(404, "there is nothing here")
            method, answer = known
            if request.method != method:
                raise Refused(405, f"only {method} is answered here", Allow=method)
            given = request.headers.get("x-lab-token", "") if method == "POST" else _in_query(query, "token")
            if not hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode()):
                raise Refused(403, "\n".join(words["notoken"] for words in words_of(None, "lab_words.json").values()))
            return answer(request)
        except Refused as refused:
            return refused.response

    def _shell(self, request: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        data = {
            "words": words_of(None, "lab_words.json"),
            "examples": examples(),
            "start": self._start,
        }
        script = beside("script/elements.js") + beside("lab.js")
        document = fill("lab.html", nonce=nonce, style=beside("lab.css"), data=as_script(data), script=script)
        allowed = (
            f"{_NOTHING}; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:"
        )
        return Response(
            200, "text/html; charset=utf-8", document.encode("utf-8", "replace"), {"Content-Security-Policy": allowed}
        )

    def _drawn(self, request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(415, "the body is not called application/json")
        try:
            given = json.loads(request.body.decode("utf-8"))
        except (ValueError, RecursionError):
            raise Refused(400, "the body is not JSON") from None
        if not isinstance(given, dict):
            raise Refused(400, "the body is not an object of JSON")
        answer = self._draw(given, self._wanted(given.get("client"), given.get("number")))
        return Response(200, "application/json", json.dumps(answer).encode())

    def _wanted(self, client: Any, number: Any) -> Callable[[], bool]:
        """Whether a page has not asked again since."""
        if not isinstance(client, str) or len(client) > 64 or type(number) is not int:
            return lambda: True
        with self._lock:
            self._newest[client] = max(number, self._newest.pop(client, number))
            while len(self._newest) > _MOST_CLIENTS:
                self._newest.popitem(last=False)
        return lambda: self._newest.get(client, number) <= number


def _in_query(query: str, name: str) -> str:
    try:
        return parse_qs(query, max_num_fields=8).get(name, [""])[0]
    except ValueError:
        return ""
