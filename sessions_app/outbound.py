"""The one way to fetch what lies at an address: every address is checked, the checked one is called, and nothing is unbounded."""

import base64
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from django.conf import settings
from django.utils.translation import gettext_noop

SECONDS = 10
MOST_BYTES = 50_000_000
CHUNK = 65_536
PORTS = {"https": 443, "http": 80}
# A web server's ports. Any other takes a place in OUTBOUND_ALLOWED, as host:port.
USUAL_PORTS = frozenset({80, 443, 8080, 8443})
# Ways to write an inside address, and addresses of no one's, that Python takes for those of the world.
DISGUISES = [
    ipaddress.ip_network(net)
    for net in (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        # Protocol assignments: which of them Python takes for the world's has changed between its versions.
        "2001::/23",
        "::/96",
        "::ffff:0:0:0/96",
        "fec0::/10",
        "3fff::/20",
        "192.0.0.0/24",
        "192.88.99.0/24",
    )
]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """This address is not called: it is no web address, or it lies inside."""


class Away(Exception):
    """Nothing usable came back in time and size. Never what came back: it may say more than its reader may know."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """An address in its parts, and whether it may lie inside."""

    scheme: str
    host: str
    port: int
    path: str
    may_be_inside: bool


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    is_trusted: bool = False,
    most_bytes: int = MOST_BYTES,
    seconds: float = SECONDS,
    connect_seconds: float = SECONDS,
    reads_body: bool = True,
    write: Callable[[bytes], object] | None = None,
) -> Answer:
    """This will fetch what lies at an address, without following a redirect. Raises Refused and Away.

    Only an address from this installation's own environment is trusted. The time is for everything together: finding the
    host, connecting, and the last byte (the last header, where the body is not read). Through a proxy a host is called by its
    name: an address inside, and a name that leads there from here, are refused before; what the proxy makes of a name that
    nobody knows here cannot be checked. `write` takes the body of a good answer piece by piece, instead of its being held.
    """
    target = _target(url, is_trusted=is_trusted)
    deadline = time.monotonic() + seconds
    proxy = _proxy(target)
    addresses = _checked(target, deadline, has_proxy=proxy is not None)
    try:
        with _socket(target, addresses, proxy, deadline, min(deadline, time.monotonic() + connect_seconds)) as connected:
            return _exchange(connected, target, method, headers or {}, body, most_bytes if reads_body else None, write)
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise Away(type(problem).__name__) from None


def why_not_call(url: str, *, seconds: float = SECONDS) -> str:
    """This will say why an address that somebody typed would not be called, as far as that can be known today."""
    try:
        target = _target(url, is_trusted=False)
        _checked(target, time.monotonic() + seconds, has_proxy=_proxy(target) is not None)
    except (Refused, Away) as reason:
        return str(reason)
    return ""


def is_inside(address: Address) -> bool:
    """Whether an address is not one of the open internet."""
    bare = getattr(address, "ipv4_mapped", None) or address
    if not bare.is_global or bare.is_multicast:
        return True
    return any(bare in net for net in DISGUISES if net.version == bare.version)


def _target(url: str, *, is_trusted: bool) -> Target:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or PORTS.get(parts.scheme, 0)
        host = host if ":" in host else host.encode("idna").decode()
    except (ValueError, UnicodeError):
        raise Refused(gettext_noop("This is no web address.")) from None
    if not host or parts.username is not None or parts.password is not None or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url):
        raise Refused(gettext_noop("This is no web address."))
    is_listed = bool({host.lower(), f"{host.lower()}:{port}"} & settings.OUTBOUND_ALLOWED)
    if parts.scheme != "https" and not (parts.scheme == "http" and (is_trusted or is_listed)):
        raise Refused(gettext_noop("Only https addresses are called."))
    if port not in USUAL_PORTS and not is_trusted and f"{host.lower()}:{port}" not in settings.OUTBOUND_ALLOWED:
        raise Refused(gettext_noop("This port is not called."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise Refused(gettext_noop("This is no web address."))
    return Target(parts.scheme, host, port, path, may_be_inside=is_trusted or is_listed)


def _checked(target: Target, deadline: float, *, has_proxy: bool) -> list[str]:
    """Every address a name has, if all of them may be called. One call, so that a second answer cannot differ from the first."""
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        found = pool.submit(socket.getaddrinfo, target.host, target.port, 0, socket.SOCK_STREAM).result(timeout=max(deadline - time.monotonic(), 0.01))
    except TimeoutError:
        # First, because it is an OSError too: what was not found in time was not looked at.
        raise Away(gettext_noop("Finding the host took too long.")) from None
    except (OSError, UnicodeError):
        if has_proxy:
            return []
        raise Away(gettext_noop("The host is not known.")) from None
    finally:
        pool.shutdown(wait=False)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not target.may_be_inside and any(is_inside(ipaddress.ip_address(address.partition("%")[0])) for address in addresses):
        raise Refused(gettext_noop("This address lies inside."))
    return addresses


def _proxy(target: Target) -> SplitResult | None:
    if proxy_bypass_environment(target.host):
        return None
    address = getproxies_environment().get(target.scheme, "")
    return urlsplit(address if "://" in address else f"http://{address}") if address else None


@contextmanager
def _socket(target: Target, addresses: list[str], proxy: SplitResult | None, deadline: float, connect_by: float) -> Iterator[socket.socket]:
    """A socket that is shut when the time is over, whatever it waits for: a greeting, a header, the next byte."""
    plain = _connected([proxy.hostname or ""], proxy.port or 8080, connect_by) if proxy else _connected(addresses, target.port, connect_by)
    plain.settimeout(max(deadline - time.monotonic(), 0.01))
    # Of its own: TLS takes the socket over, and what it took can no longer be shut by the name it had.
    handle = plain.dup()
    watch = threading.Timer(max(deadline - time.monotonic(), 0.01), _shut, [handle])
    watch.daemon = True
    watch.start()
    try:
        if proxy is not None:
            _open_tunnel(plain, target, proxy)
        if target.scheme == "https":
            context = ssl.create_default_context(cafile=settings.CA_BUNDLE or None)
            with context.wrap_socket(plain, server_hostname=target.host) as safe:
                yield safe
        else:
            yield plain
    finally:
        watch.cancel()
        handle.close()
        plain.close()


def _connected(hosts: list[str], port: int, deadline: float) -> socket.socket:
    problem: OSError = OSError("no address")
    for host in hosts:
        try:
            return socket.create_connection((host, port), timeout=max(deadline - time.monotonic(), 0.01))
        except OSError as latest:
            problem = latest
    raise problem


def _open_tunnel(plain: socket.socket, target: Target, proxy: SplitResult) -> None:
    """Also for a plain address, so that the proxy never reads what is asked."""
    name = f"[{target.host}]" if ":" in target.host else target.host
    lines = [f"CONNECT {name}:{target.port} HTTP/1.1", f"Host: {name}:{target.port}"]
    if proxy.username is not None:
        given = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(given.encode()).decode()}")
    plain.sendall("\r\n".join([*lines, "", ""]).encode())
    said = b""
    while b"\r\n\r\n" not in said:
        piece = plain.recv(1)
        said += piece
        if not piece or len(said) > CHUNK:
            raise OSError("the proxy ended it")
    if said.split(None, 2)[1:2] != [b"200"]:
        raise OSError("the proxy refused")


def _exchange(
    connected: socket.socket,
    target: Target,
    method: str,
    headers: Mapping[str, str],
    body: bytes | None,
    most_bytes: int | None,
    write: Callable[[bytes], object] | None,
) -> Answer:
    caller = http.client.HTTPConnection(target.host, target.port)
    caller.sock = connected
    # Not packed: what is small on the way could be large when unpacked.
    caller.request(method, target.path, body=body, headers={"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "review-desk", **headers})
    reply = caller.getresponse()
    body_read = _body(reply, most_bytes, write if reply.status == http.client.OK else None) if most_bytes is not None else b""
    return Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, body_read)


def _body(reply: http.client.HTTPResponse, most_bytes: int, write: Callable[[bytes], object] | None) -> bytes:
    read, size = bytearray(), 0
    while piece := reply.read1(CHUNK):
        size += len(piece)
        if size > most_bytes:
            raise OSError("too large")
        (write or read.extend)(piece)
    if reply.length:
        raise OSError("cut short")
    return bytes(read)


def _shut(plain: socket.socket) -> None:
    with suppress(OSError):
        plain.shutdown(socket.SHUT_RDWR)
