"""The lab on a port of this machine: sockets, and nothing of what is asked."""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from autograd_core.errors import InputValueError

from .lab_requests import Refused, Request, Response, Session, length_of_body
from .lab_worker import MOST_SECONDS, Worker

__all__ = ["LabServer"]

_IDLE_SECONDS = 10.0  # between two pieces of a request
_READ_SECONDS = 20.0  # for the whole of it
_MOST_CONNECTIONS = 200
_DRAIN_SECONDS = 2.0  # for what is sent beyond the answer


class LabServer(ThreadingHTTPServer):
    """The lab, listening to this machine only.

    Parameters
    ----------
    expression, numbers
        What it begins with.
    port
        Where it listens; 0 for a port that is free.
    seconds
        How long an answer may take.

    Raises
    ------
    InputValueError
        If the port is not free, or no port.

    Examples
    --------
    >>> with LabServer("tanh(w*x)") as server:
    ...     server.url.partition("?token=")[0] == f"http://127.0.0.1:{server.server_port}/"
    True
    """

    daemon_threads = True
    request_queue_size = 64
    allow_reuse_address = os.name != "nt"  # where it would let two servers have one port

    def __init__(self, expression: str = "", numbers: str = "", port: int = 0, seconds: float = MOST_SECONDS) -> None:
        self.worker = Worker(seconds)
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except (OSError, OverflowError):
            raise InputValueError(f"port {port} is not free; leave out --port for one that is") from None
        self.session = Session(self.server_port, self.worker.ask, expression, numbers)
        self._reading: dict[socket.socket, float] = {}
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """What a browser opens."""
        return f"http://127.0.0.1:{self.server_port}/?token={self.session.token}"

    def server_bind(self) -> None:
        """Take the port, and ask nobody for the name of this machine."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def server_close(self) -> None:
        """Give the port back, and end the process that draws."""
        super().server_close()
        self.worker.end()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Whether there are not too many connections already."""
        with self._lock:
            return len(self._reading) < _MOST_CONNECTIONS

    def begins(self, connection: socket.socket) -> None:
        """A request is being read."""
        with self._lock:
            self._reading[connection] = time.monotonic()

    def has_read(self, connection: socket.socket) -> None:
        """It was read, or given up."""
        with self._lock:
            self._reading.pop(connection, None)

    def service_actions(self) -> None:
        """Close what sends its request too slowly."""
        late = time.monotonic() - _READ_SECONDS
        with self._lock:
            for connection, since in self._reading.items():
                if since < late:
                    with contextlib.suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that is gone."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    timeout = _IDLE_SECONDS
    server: LabServer

    def setup(self) -> None:
        super().setup()
        self.server.begins(self.connection)

    def finish(self) -> None:
        """Read what is left: to close before would take the answer from who has not read it yet."""
        self.server.has_read(self.connection)
        super().finish()
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1.0)
            end = time.monotonic() + _DRAIN_SECONDS
            while time.monotonic() < end and self.connection.recv(65_536):
                pass

    def do_GET(self) -> None:
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
        try:
            length = length_of_body(self.command, headers)
            body = self.rfile.read(length)
            self.server.has_read(self.connection)
            if len(body) == length:
                self._send(self.server.session.respond(Request(self.command, self.path, headers, body)))
        except Refused as refused:
            self._send(refused.response)

    do_POST = do_GET  # noqa: N815 (the library's name)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no request: what the client got wrong is never called the server's fault."""
        status = {501: 405, 505: 400}.get(code, code)
        self._send(
            Refused(status, "only GET and POST are answered" if status == 405 else "this is not a request").response
        )

    def _send(self, response: Response) -> None:
        self.close_connection = True
        self.send_response(response.status)
        for name, value in response.all_headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    def version_string(self) -> str:
        return "autograd-core"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: one line a request would hide what the lab has to say."""
