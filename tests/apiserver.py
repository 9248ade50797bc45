"""A made-up API server over real TLS: what tests of its clients share."""

import ipaddress
import json
import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    token: str
    body: bytes = b""


Answer = Callable[[Asked], tuple[int, Mapping[str, Any]]]
"""Takes a request, returns the status and the document of the answer."""


@dataclass
class Server:
    """A server that is up."""

    port: int
    asked: list[Asked] = field(default_factory=list)


def self_signed() -> tuple[bytes, bytes]:
    """Return a certificate for ADDRESS that is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(tz=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ADDRESS))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()),
    )


class _Http(ThreadingHTTPServer):
    found: Server

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as its base
        """Say nothing of a client that was killed meanwhile."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


@contextmanager
def serving(folder: Path, answer: Answer, date: str | None = None, port: int = 0) -> Iterator[Server]:
    """Serve with `tls.crt` and `tls.key` of a folder; `date` is what the server says that the time is, if not the real one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    with _Http((ADDRESS, port), _handler(answer, date)) as http:
        http.daemon_threads = True
        http.socket = context.wrap_socket(http.socket, server_side=True)
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        found = Server(http.server_port)
        http.found = found
        try:
            yield found
        finally:
            http.shutdown()
            thread.join()


def _handler(answer: Answer, date: str | None) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        # HTTP/1.0: each answer ends its connection, so that a server that is gone answers nobody any more.

        def date_time_string(self, timestamp: float | None = None) -> str:
            return date if date is not None else super().date_time_string(timestamp)

        def do_GET(self) -> None:
            self._answer()

        def do_DELETE(self) -> None:
            self._answer()

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            asked = Asked(self.command, self.path, token, self.rfile.read(length))
            self.server.found.asked.append(asked)  # type: ignore[attr-defined]  # of _Http
            status, document = answer(asked)
            payload = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
