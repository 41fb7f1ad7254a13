"""A cluster as `podlynx open` and `podlynx status` see it: a kubectl that answers from a file, and a manager behind TLS."""

import datetime
import json
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# Answers what answers.json says for the arguments; each call is noted. A `port-forward` stays until it is ended.
KUBECTL = """\
#!{python}
import json, pathlib, sys, time
here = pathlib.Path(__file__).parent
words = [word for word in sys.argv[1:] if not word.startswith("--context")]
with (here / "calls").open("a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
for known, (code, out, err) in json.loads((here / "answers.json").read_text()).items():
    if " ".join(words).startswith(known):
        print(out, end="", flush=True)
        print(err, end="", file=sys.stderr, flush=True)
        if words[0] == "port-forward" and code == 0:
            time.sleep(600)
        sys.exit(code)
sys.exit("kubectl of the tests does not know: " + " ".join(words))
"""
LOGGED_IN = "session=good"


def install_kubectl(folder: Path, answers: dict[str, tuple[int, str, str]]) -> None:
    """A kubectl in that folder; answers: beginning of the call -> exit code, output, errors."""
    program = folder / "kubectl"
    program.write_text(KUBECTL.format(python=sys.executable))
    program.chmod(0o755)
    (folder / "answers.json").write_text(json.dumps(answers))


def calls(folder: Path) -> list[str]:
    """What kubectl was asked."""
    return (folder / "calls").read_text().splitlines()


def certificate() -> tuple[str, str]:
    """(certificate, key) in PEM for 127.0.0.1, its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "podlynx test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(serialization.Encoding.PEM).decode(), pem.decode()


class FakeManager:
    """Takes one token, gives a code for it, and a cookie for the code."""

    def __init__(self, folder: Path, token: str) -> None:
        self.token = token
        self.authority, key = certificate()
        files = folder / "tls.crt", folder / "tls.key"
        for file, text in zip(files, (self.authority, key), strict=True):
            file.write_text(text)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(manager: FakeManager) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            good = self.path == "/api/v1/session/code" and self.headers["Authorization"] == f"Bearer {manager.token}"
            self._answer(201 if good else 401, json.dumps({"path": "/login?code=once"}) if good else "{}")

        def do_GET(self) -> None:
            if self.path == "/login?code=once":
                self._answer(303, "", {"Location": "/", "Set-Cookie": LOGGED_IN})
            else:
                self._answer(200, "the page" if LOGGED_IN in (self.headers["Cookie"] or "") else "log in")

        def _answer(self, status: int, body: str, more: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(more or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    return Handler
