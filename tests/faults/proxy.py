"""A TCP proxy that goes wrong when told to: it cuts, it stalls, or it loses the answer to a COMMIT."""

import contextlib
import selectors
import socket
import threading

COMMIT = b"COMMIT\0"


class Proxy:
    """Between a client and a server. `upstream` is a port of this machine or the path of a socket. Ends with its block."""

    def __init__(self, upstream):
        self.upstream = upstream
        self.is_stalled = self.is_closed = False
        # How many answers to a COMMIT are still to be lost, and how many were.
        self.commits_to_lose = self.commits_lost = 0
        self._lock, self._pairs = threading.Lock(), set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.is_closed, self.is_stalled = True, False
        self._listener.close()
        self.cut()

    def cut(self):
        """This will end every connection there is, in the middle of whatever it carries."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while not self.is_closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client):
        server = None
        try:
            server = self._connect()
            with self._lock:
                self._pairs.add((client, server))
            self._pass_on(client, server)
        except OSError:
            pass
        finally:
            with self._lock:
                self._pairs.discard((client, server))
            client.close()
            if server:
                server.close()

    def _connect(self):
        if isinstance(self.upstream, int):
            return socket.create_connection(("127.0.0.1", self.upstream), timeout=20)
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.upstream)
        return server

    def _pass_on(self, client, server):
        loses = False
        with selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while not self.is_closed:
                for key, _ in ready.select(0.05):
                    if self.is_stalled:
                        # Taken from nobody: it waits where it is, as behind a proxy that stopped.
                        threading.Event().wait(0.05)
                        break
                    data = key.fileobj.recv(1 << 16)
                    if not data:
                        return
                    if key.fileobj is client and COMMIT in data and self._may_lose():
                        loses = True
                    elif key.fileobj is server and loses:
                        # The server has answered, so it has committed; nobody hears of it.
                        self.commits_lost += 1
                        return
                    key.data.sendall(data)

    def _may_lose(self):
        with self._lock:
            if self.commits_to_lose <= 0:
                return False
            self.commits_to_lose -= 1
            return True
