"""HTTP/1.1 over one kept connection, with as little work as can be: what the generator spends, the application under test does not get."""

import asyncio


class Gone(Exception):
    """The connection ended in the middle."""


class Connection:
    def __init__(self, port):
        self.port, self.reader, self.writer = port, None, None

    async def ask(self, method, path, cookie, *, body="", headers=""):
        """Status and body. A connection that the server closed while nobody used it is opened anew, once."""
        fresh = self.writer is None
        try:
            return await self._ask(method, path, cookie, body, headers)
        except (OSError, asyncio.IncompleteReadError) as problem:
            self.close()
            if fresh or method != "GET":
                raise Gone from problem
        return await self._ask(method, path, cookie, body, headers)

    async def _ask(self, method, path, cookie, body, headers):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        sent = body.encode()
        length = f"Content-Length: {len(sent)}\r\n" if method != "GET" else ""
        self.writer.write(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {cookie}\r\n{headers}{length}\r\n".encode() + sent)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        if "transfer-encoding: chunked" in head:
            return status, await self._chunks()
        _, _, rest = head.partition("content-length:")
        return status, await self.reader.readexactly(int(rest.split("\r\n", 1)[0])) if rest else b""

    async def _chunks(self):
        parts = []
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            parts.append((await self.reader.readexactly(size + 2))[:-2])
        await self.reader.readexactly(2)
        return b"".join(parts)

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None
