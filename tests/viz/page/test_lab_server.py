"""The lab as others meet it: everybody is answered, whatever they send, however slowly, and sixteen at once."""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from autograd_core import InputValueError
from viz.page import lab_server
from viz.page.lab_server import LabServer
from viz.page.lab_worker import Worker

pytestmark = pytest.mark.slow

CLIENTS = 16


@pytest.fixture(scope="module")
def server() -> Iterator[LabServer]:
    with LabServer("tanh(w*x)", "w=2") as started:
        thread = threading.Thread(target=started.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield started
        started.shutdown()
        thread.join()


# --- the process that draws -------------------------------------------------------------------------------------------


def test_what_takes_too_long_is_ended_and_the_next_is_drawn() -> None:
    worker = Worker()
    assert worker.ask({"expression": "w*x"})["nodes"] == 3
    first = worker.pid
    worker.seconds = 0.05
    os.kill(first, signal.SIGSTOP)  # it would be quicker
    assert worker.ask({"expression": "w*x"})["wrong"]["key"] == "toolate"
    worker.seconds = 60.0
    assert worker.ask({"expression": "w*x*b"})["nodes"] == 5
    assert worker.pid != first
    os.kill(worker.pid, signal.SIGKILL)  # or it ends for a reason of its own
    assert worker.ask({"expression": "w*x"})["wrong"]["key"] == "toolate"
    assert worker.ask({"expression": "w*x"})["nodes"] == 3
    assert worker.ask({"expression": "w*x"}, lambda: False) == {"overtaken": True}
    worker.end()


# --- with sockets -----------------------------------------------------------------------------------------------------


def post(server: LabServer, given: Any, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    usual = {"Content-Type": "application/json", "X-Lab-Token": server.session.token}
    connection.request("POST", "/draw", json.dumps(given), {**usual, **headers})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, json.loads(text) if answer.status == 200 else text


def raw(server: LabServer, sent: bytes) -> bytes:
    """What comes back for bytes that need not be a request."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=60) as connection:
        received = b""
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65_536):
                received += piece
        except OSError:  # it has heard enough
            pass
        return received


def test_it_listens_to_this_machine_only(server: LabServer) -> None:
    assert server.socket.getsockname()[0] == "127.0.0.1"
    with urllib.request.urlopen(server.url, timeout=60) as shell:
        text = shell.read().decode()
        assert shell.headers["Server"] == "autograd-core"
    assert '"expression":"tanh(w*x)","numbers":"w=2"' in text


def test_sixteen_clients_at_once_get_each_what_they_asked_for(server: LabServer) -> None:
    def client(number: int) -> list[Any]:
        answers = []
        for edit in range(3):
            name = f"n{number}_{edit}"
            status, answer = post(
                server, {"expression": f"tanh({name}*x) + {'(' if edit == 1 else ''}1", "numbers": ""}
            )
            answers.append((status, "wrong" in answer or [leaf[1] for leaf in answer["leaves"]] == [name, "x"]))
        return answers

    with ThreadPoolExecutor(CLIENTS) as pool:
        for answers in pool.map(client, range(CLIENTS)):
            assert answers == [(200, True)] * 3


def test_wrong_hosts_origins_and_tokens_are_refused(server: LabServer) -> None:
    given = {"expression": "w*x"}
    assert post(server, given)[0] == 200
    assert post(server, given, Origin=f"http://127.0.0.1:{server.server_port}")[0] == 200
    assert post(server, given, Origin="http://evil.example")[0] == 403
    assert post(server, given, Host="evil.example")[0] == 403
    assert post(server, given, **{"X-Lab-Token": "guess"})[0] == 403


MALFORMED = {
    b"": b"",
    b"\r\n\r\n": b"",
    b"GET\r\n\r\n": b"400",
    b"GET / HTTP/9.9\r\n\r\n": b"400",
    b"GET / HTTP/x\r\n\r\n": b"400",
    b"GET / / HTTP/1.1\r\n\r\n": b"400",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a browser that speaks TLS\r\n\r\n": b"400",
    b"GET / HTTP/1.1\r\n\r\n": b"403",
    b"GET / HTTP/1.1\r\nHost\r\n\r\n": b"403",
    b"GET / HTTP/1.1\r\nHost: evil\r\nHost: evil\r\n\r\n": b"403",
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n": b"414",
    b"GET / HTTP/1.1\r\n" + b"A: " + b"b" * 70_000 + b"\r\n\r\n": b"431",
    b"GET / HTTP/1.1\r\n" + b"".join(b"A%d: b\r\n" % number for number in range(300)) + b"\r\n": b"431",
    b"BREW / HTTP/1.1\r\n\r\n": b"405",
    b"DELETE /draw HTTP/1.1\r\n\r\n": b"405",
    b"\xff\xfe /\xff HTTP/1.1\r\n\r\n": b"405",
    b"POST /draw HTTP/1.1\r\n\r\n": b"411",
    b"POST /draw HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n": b"411",
    b"POST /draw HTTP/1.1\r\nContent-Length: many\r\n\r\n": b"400",
    b"POST /draw HTTP/1.1\r\nContent-Length: 99\r\nContent-Length: 99\r\n\r\n": b"400",
    b"POST /draw HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n" + b"a" * 300_000: b"413",
    b"POST /draw HTTP/1.1\r\nContent-Length: 99\r\n\r\nless than that": b"",
}


def test_what_is_no_request_gets_a_short_answer_or_none(server: LabServer, capfd: pytest.CaptureFixture[str]) -> None:
    for sent, status in MALFORMED.items():
        received = raw(server, sent)
        first, _, rest = received.partition(b"\r\n")
        assert first[9:12] == status or (status == b"400" and received.startswith(b"this is")), (
            sent[:60],
            received[:90],
        )
        assert b"Traceback" not in rest
        if status:
            assert len(received) < 1500
    assert post(server, {"expression": "w*x"})[0] == 200
    assert capfd.readouterr() == ("", "")


def test_bytes_of_all_kinds_are_answered_or_end_the_connection(server: LabServer) -> None:
    choose = random.Random(3)
    whole = (
        f"POST /draw HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\nX-Lab-Token: {server.session.token}\r\n"
        'Content-Type: application/json\r\nContent-Length: 21\r\n\r\n{"expression": "w*x"}'
    ).encode()
    assert raw(server, whole).startswith(b"HTTP/1.0 200 ")
    for _ in range(100):
        sent = bytearray(whole)
        for _ in range(choose.randint(1, 5)):
            place = choose.randrange(len(sent))
            sent[place : place + choose.choice([0, 1, 1, 20])] = choose.randbytes(choose.choice([0, 1, 1, 4]))
        received = raw(server, bytes(sent))
        assert received == b"" or re.match(rb"HTTP/1.0 (200|400|403|404|405|411|413|415|431) |this is not", received)


def test_who_sends_nothing_or_slowly_holds_nobody_up(server: LabServer, monkeypatch: pytest.MonkeyPatch) -> None:
    idle = [socket.create_connection(("127.0.0.1", server.server_port), timeout=60) for _ in range(40)]
    for number, connection in enumerate(idle):
        connection.sendall(b"POST /draw HTTP/1.1\r\nContent-Length: 99\r\n\r\n"[: number + 1])
    assert post(server, {"expression": "w*x"})[0] == 200
    monkeypatch.setattr(lab_server, "_READ_SECONDS", 0.0)  # their time is over
    for connection in idle:
        assert connection.recv(1) in (b"", b"H")  # the end, or what is wrong with the part of a line that it sent
        connection.close()
    monkeypatch.undo()
    assert post(server, {"expression": "w*x"})[0] == 200


def test_with_too_many_connections_others_are_turned_away(server: LabServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_server, "_MOST_CONNECTIONS", 0)
    assert raw(server, b"GET / HTTP/1.1\r\n\r\n") == b""
    monkeypatch.undo()
    assert post(server, {"expression": "w*x"})[0] == 200


def test_who_does_not_wait_for_the_answer_does_no_harm(server: LabServer, capfd: pytest.CaptureFixture[str]) -> None:
    body = json.dumps({"expression": "tanh(w*x)"}).encode()
    head = f"Host: 127.0.0.1:{server.server_port}\r\nX-Lab-Token: {server.session.token}\r\n"
    head = f"POST /draw HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=60) as connection:
            connection.sendall(head.encode() + body)
    assert post(server, {"expression": "w*x"})[0] == 200
    assert capfd.readouterr() == ("", "")


def test_a_port_that_is_taken_is_told(server: LabServer) -> None:
    with pytest.raises(InputValueError, match=f"port {server.server_port} is not free; leave out --port"):
        LabServer(port=server.server_port)


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="sends the signal of Ctrl-C")
def test_the_command_says_where_it_is_and_ends_at_ctrl_c_with_a_line() -> None:
    command = [sys.executable, "-W", "error", "-c", "from viz.cli import main; main()", "lab", "w*x", "--at", "w=2"]
    with subprocess.Popen(
        [*command, "--no-browser"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        url = re.fullmatch(r"the lab is at (http://127\.0\.0\.1:\d+/\?token=\S+)\n", said)
        assert url
        with urllib.request.urlopen(url[1], timeout=60) as shell:
            assert '"expression":"w*x","numbers":"w=2"' in shell.read().decode()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (out, err, process.returncode) == ("the lab has ended\n", "", 0)
