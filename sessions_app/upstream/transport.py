"""What the vendor's SDK calls through: the one guarded way out of this installation, with a bound on time and size."""

import threading

import httpx

from sessions_app import outbound
from sessions_app.upstream.facts import AddressRefused

# What httpx would say of a connection is said by the guard, which makes one of its own for each call.
OURS = frozenset({"host", "connection", "accept-encoding", "content-length", "transfer-encoding"})
UNPACKED = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection"})


class GuardedTransport(httpx.BaseTransport):
    """Every call goes to an address that was checked in that moment, follows no redirect, and ends."""

    def __init__(self, *, seconds: float, most_bytes: int = outbound.MOST_BYTES) -> None:
        self.seconds, self.most_bytes = seconds, most_bytes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises AddressRefused, and httpx's own exception for what did not come."""
        headers = {name: value for name, value in request.headers.items() if name not in OURS}
        try:
            answer = outbound.fetch(
                str(request.url),
                method=request.method,
                headers=headers,
                body=request.read() or None,
                most_bytes=self.most_bytes,
                seconds=self.seconds,
            )
        except outbound.Refused as reason:
            raise AddressRefused(str(reason)) from None
        except outbound.Away as reason:
            raise httpx.ReadError(str(reason), request=request) from None
        kept = {name: value for name, value in answer.headers.items() if name not in UNPACKED}
        return httpx.Response(answer.status, headers=kept, content=answer.body, request=request)


class RememberingClient(httpx.Client):
    """Keeps what came last in each thread, as it came: the SDK's models drop the fields they do not know."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        # The guard looks for a proxy by itself.
        super().__init__(transport=transport, follow_redirects=False, trust_env=False)
        self._came = threading.local()

    def send(self, request: httpx.Request, **options: object) -> httpx.Response:  # type: ignore[override]
        self._came.last = None
        came = self._came.last = super().send(request, **options)  # type: ignore[arg-type]
        return came

    @property
    def last(self) -> httpx.Response | None:
        return getattr(self._came, "last", None)


class NoAsyncClient:
    """The SDK wants one, and making a real one reads every certificate there is."""

    async def send(self, request: httpx.Request, **options: object) -> httpx.Response:
        raise NotImplementedError

    def build_request(self, method: str, url: str, **options: object) -> httpx.Request:
        raise NotImplementedError

    async def aclose(self) -> None:
        """Nothing was opened."""
