"""Outbound calls: only checked addresses, nothing unbounded. The corpus is the one of TRUST.md."""

import base64
import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sessions_app import outbound
from sessions_app.outbound import Away, Refused, fetch

INSIDE = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255",  # noqa: S104
    "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "::ffff:224.0.0.1",
    "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1:ffff::a00:1", "2002:a00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "::ffff:169.254.169.254", "::ffff:0.0.0.0", "::ffff:100.64.0.1", "fd00:ec2::254", "fe80::a9fe:a9fe", "100::1", "2001:10::1", "2001:20::1",
    "169.254.170.2", "0.0.0.1", "10.255.255.255", "172.31.255.255", "203.0.113.1", "198.51.100.1", "233.252.0.1", "ff0e::1",
    "::7f00:1", "::ffff:0:7f00:1", "fec0::1", "3fff::1", "192.0.0.9", "192.88.99.1",
]  # fmt: skip
NAMES_OF_LOOPBACK = [
    "127.1", "127.0.1", "0x7f000001", "0X7F000001", "0x7f.1", "0x7f.0.0.0x1", "2130706433", "017700000001", "0177.0.0.1", "0177.0.0x0.1", "00000177.0.0.1",
    "0", "0x0",
    "localhost", "LOCALHOST", "localhost.", "localhost..", "127.0.0.1.", "127.0.0.1..", "１２７.0.0.1", "127。0。0。1", "①②⑦.⓪.⓪.①", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "[::1%lo]", "[::1%25lo]", "[fe80::1%1]", "[fe80::1%25eth0]", "[0:0:0:0:0:0:0:1]", "[0000:0000::0001]", "[::ffff:7f00:1]", "[::ffff:0x7f.0.0.1]",
    "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::127.0.0.1]", "[::]", "[::0]", "[::ffff:0:0]",
    "169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518", "%31%32%37.0.0.1", "127.0.0.1%00", "127.0.0.1%2eexample.com",
    "ⅼocalhost",
]  # fmt: skip
NO_WEB_ADDRESSES = [
    "file:///etc/passwd", "gopher://example.com/", "ftp://example.com/", "http://example.com/", "//example.com/", "example.com", "", "https://",
    "https://example.com@127.0.0.1/", "https://example.com:443@127.0.0.1/", "https://@127.0.0.1/", "https://:@127.0.0.1/", "https://127.0.0.1#@example.com/",
    "https://example.com\\@127.0.0.1/", "https://127.0.0.1\\.example.com/", "https:/127.0.0.1/", "https:127.0.0.1", "https:///127.0.0.1/", "https://127.0.0.1:80:443/",
    "https://[127.0.0.1]/", "https://[::1]@example.com:25/", "https://example.com:-1/", "https://example.com:1e3/", "https://example.com:８４４３０/", "HTTP://example.com/",
    "https://[::1]127.0.0.1/", "https://.127.0.0.1/", "https://xn--a/", "https://user@example.com/", "https://user:password@example.com/", "https://example.com:22/",
    "https://example.com:5432/", "https://example.com:6379/",
    "https://example.com:0/", "https://example.com:99999/", "https://example.com/\r\nX: y", "https://example.com/ x", "https://exa\tmple.com/", "https://[::1",
    "https://\0example.com/", "https://example.com/ü", "data:text/plain,x", "https://" + "a" * 300 + ".com/",
]  # fmt: skip


class Server:
    """What a test wants of a server, said in the path."""

    def __init__(self):
        asked = self.asked = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                asked.append((self.path, dict(self.headers)))
                with contextlib.suppress(OSError):
                    getattr(self, self.path.strip("/").replace("-", "_") or "plain")()

            def do_CONNECT(self):
                asked.append((self.path, dict(self.headers)))
                host, _, port = self.path.rpartition(":")
                with socket.create_connection((host, int(port)), timeout=5) as there:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                    self.connection.settimeout(5)
                    with contextlib.suppress(OSError):
                        there.sendall(self.connection.recv(65536))
                        while piece := there.recv(65536):
                            self.connection.sendall(piece)
                self.close_connection = True

            def plain(self, body=b"hello", status=200, **headers):
                self.send_response(status)
                for name, value in {"Content_Length": str(len(body)), **headers}.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)

            def redirect(self):
                self.plain(status=302, Location="http://127.0.0.1:1/secret")

            def large(self):
                self.send_response(200)
                self.end_headers()
                for _ in range(200):
                    self.wfile.write(b"x" * 1_000_000)

            def slow_body(self):
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                for _ in range(100):
                    self.wfile.write(b"x")
                    time.sleep(0.1)

            def slow_head(self):
                for sign in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
                    self.wfile.write(bytes([sign]))
                    time.sleep(0.1)

            def silent(self):
                time.sleep(5)

            def thoughtful(self):
                time.sleep(0.6)
                self.plain()

            def cut(self):
                self.plain(b"hel", Content_Length="1000")
                self.close_connection = True

            def garbage(self):
                self.wfile.write(b"\0\0\0 not http \r\n\r\n")
                self.close_connection = True

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def speak_tls(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Key and certificate of localhost in one file, good for a day."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - timedelta(hours=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    kept = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(kept + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def server():
    server = Server()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def resolver(monkeypatch):
    """A name that has the addresses a test gives it, one list after the other."""
    answers = []

    def getaddrinfo(host, port, *args, **kwargs):
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(outbound.socket, "getaddrinfo", getaddrinfo)
    return answers


@pytest.fixture
def connections(monkeypatch):
    made = []

    def create_connection(address, timeout):
        made.append(address)
        raise OSError("no network in tests")

    monkeypatch.setattr(outbound.socket, "create_connection", create_connection)
    return made


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused(address, connections):
    host = f"[{address}]" if ":" in address else address

    with pytest.raises(Refused):
        fetch(f"https://{host}/")

    assert connections == []
    assert outbound.is_inside(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_of_the_world_is_called(address, connections):
    host = f"[{address}]" if ":" in address else address

    with pytest.raises(Away):
        fetch(f"https://{host}/")

    assert connections == [(address, 443)]


@pytest.mark.parametrize("name", NAMES_OF_LOOPBACK)
def test_no_spelling_of_loopback_gets_through(name, connections):
    with pytest.raises((Refused, Away)):
        fetch(f"https://{name}/")

    assert connections == []


@pytest.mark.parametrize("url", NO_WEB_ADDRESSES)
def test_what_is_no_web_address_is_refused(url, connections):
    with pytest.raises((Refused, Away)):
        fetch(url, seconds=2)

    assert connections == []


@pytest.mark.parametrize("host", [*(f"[{one}]" if ":" in one else one for one in INSIDE), *NAMES_OF_LOOPBACK])
def test_what_is_not_called_is_not_taken_down_either(host):
    """The same guard when an address is saved."""
    assert outbound.why_not_call(f"https://{host}/", seconds=2) != ""


def test_an_address_of_the_world_may_be_taken_down():
    assert outbound.why_not_call("https://93.184.216.34/hook?x=1") == ""


def test_every_address_of_a_name_is_checked(resolver, connections):
    resolver.append(["93.184.216.34", "127.0.0.1"])

    with pytest.raises(Refused):
        fetch("https://rebind.example/")

    assert connections == []


def test_the_address_that_was_checked_is_the_one_that_is_called(resolver, connections):
    """A resolver that says public first and loopback second is asked once."""
    resolver += [["93.184.216.34"], ["127.0.0.1"]]

    with pytest.raises(Away):
        fetch("https://rebind.example/")

    assert connections == [("93.184.216.34", 443)]


def test_an_inside_host_that_the_environment_names_is_called(server, settings):
    settings.OUTBOUND_ALLOWED = frozenset({f"localhost:{server.port}"})

    assert fetch(f"http://localhost:{server.port}/").body == b"hello"
    with pytest.raises(Refused):
        fetch(f"http://127.0.0.1:{server.port}/")
    with pytest.raises(Refused):
        fetch("http://localhost:5432/")


def test_a_redirect_is_an_answer_and_not_followed(server):
    answer = fetch(f"http://127.0.0.1:{server.port}/redirect", is_trusted=True)

    assert (answer.status, answer.headers["location"], len(server.asked)) == (302, "http://127.0.0.1:1/secret", 1)


def test_a_body_that_is_too_large_is_not_read_to_its_end(server):
    with pytest.raises(Away):
        fetch(f"http://127.0.0.1:{server.port}/large", is_trusted=True, most_bytes=2_000_000)


def test_where_only_the_status_is_wanted_the_rest_is_not_waited_for(server):
    began = time.monotonic()

    answer = fetch(f"http://127.0.0.1:{server.port}/slow-body", is_trusted=True, reads_body=False)

    assert (answer.status, answer.body, time.monotonic() - began < 1) == (200, b"", True)


def test_there_is_less_time_to_connect_than_to_answer(server, monkeypatch):
    given = []

    def create_connection(address, timeout):
        given.append(timeout)
        made = socket.socket()
        made.settimeout(timeout)
        made.connect(address)
        return made

    monkeypatch.setattr(outbound.socket, "create_connection", create_connection)

    answer = fetch(f"http://127.0.0.1:{server.port}/thoughtful", is_trusted=True, connect_seconds=0.3)

    assert given[0] <= 0.3
    assert answer.body == b"hello"


@pytest.mark.parametrize("path", ["slow-body", "slow-head", "silent"])
def test_the_time_is_for_everything_together(server, path):
    began = time.monotonic()

    with pytest.raises(Away):
        fetch(f"http://127.0.0.1:{server.port}/{path}", is_trusted=True, seconds=0.7)

    assert time.monotonic() - began < 2


@pytest.mark.parametrize("path", ["slow-body", "slow-head", "silent"])
def test_the_time_holds_behind_tls_too(server, path, certificate, settings):
    """TLS takes over the socket: what ends a slow answer has to reach the new one."""
    settings.CA_BUNDLE = str(certificate)
    server.speak_tls(certificate)
    assert fetch(f"https://localhost:{server.port}/", is_trusted=True).body == b"hello"
    began = time.monotonic()

    with pytest.raises(Away):
        fetch(f"https://localhost:{server.port}/{path}", is_trusted=True, seconds=0.7)

    assert time.monotonic() - began < 2


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *args: time.sleep(3))
    began = time.monotonic()

    with pytest.raises(Away, match="took too long"):
        fetch("https://slow.example/", seconds=0.5)

    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("path", ["cut", "garbage"])
def test_half_an_answer_is_none_and_is_not_repeated(server, path):
    with pytest.raises(Away) as away:
        fetch(f"http://127.0.0.1:{server.port}/{path}", is_trusted=True)

    assert "hel" not in str(away.value)
    assert "not http" not in str(away.value)


def test_a_certificate_that_nobody_vouches_for_is_refused(server):
    """A server that does not even speak TLS stands for it: what is not proven is not talked to."""
    with pytest.raises(Away):
        fetch(f"https://127.0.0.1:{server.port}/", is_trusted=True)

    assert server.asked == []


def test_a_proxy_is_used_and_is_told_the_name(server, settings, monkeypatch):
    proxy = Server()
    settings.OUTBOUND_ALLOWED = frozenset({f"localhost:{server.port}"})
    monkeypatch.setenv("http_proxy", f"http://user:p%40ss@127.0.0.1:{proxy.port}")

    answer = fetch(f"http://localhost:{server.port}/")

    assert answer.body == b"hello"
    path, headers = proxy.asked[0]
    assert path == f"localhost:{server.port}"
    assert headers["Proxy-Authorization"] == "Basic " + base64.b64encode(b"user:p@ss").decode()
    assert "Proxy-Authorization" not in server.asked[0][1]


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://localhost/", "https://[::ffff:169.254.169.254]/", "https://2130706433/"])
def test_the_guard_holds_with_a_proxy(url, monkeypatch, connections):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")

    with pytest.raises(Refused):
        fetch(url)

    assert connections == []


def test_a_name_that_only_the_proxy_knows_is_left_to_it(monkeypatch, connections):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *args: (_ for _ in ()).throw(socket.gaierror()))

    with pytest.raises(Away):
        fetch("https://only-outside.example/")

    assert connections == [("proxy.example", 3128)]


def test_a_name_that_only_the_proxy_knows_may_be_taken_down(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *args: (_ for _ in ()).throw(socket.gaierror()))

    assert outbound.why_not_call("https://only-outside.example/") == ""
    assert outbound.why_not_call("https://only-outside.example:22/") != ""


def test_no_proxy_is_honored(monkeypatch, connections):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "93.184.216.34")

    with pytest.raises(Away):
        fetch("https://93.184.216.34/")

    assert connections == [("93.184.216.34", 443)]
