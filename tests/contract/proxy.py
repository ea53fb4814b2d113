"""A small proxy between a client and the server, which loses the answers to its first requests."""

import socket
import threading

# What a gateway says that had an answer and could not pass it on.
LOST = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class LossyProxy:
    """Passes each request on whole, and loses the answer as often as it is told to."""

    def __init__(self, port, losses):
        self.port, self.losses, self.requests = port, losses, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self.listener.close()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                self._pass_on(client)

    def _pass_on(self, client):
        request = _read_message(client)
        if not request:
            return
        self.requests += 1
        # One request a connection, so that each of them can be lost.
        head, _, body = request.partition(b"\r\n\r\n")
        head = b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:"))
        with socket.create_connection(("127.0.0.1", self.port)) as server:
            server.sendall(head + b"\r\nConnection: close\r\n\r\n" + body)
            answer = b"".join(iter(lambda: server.recv(65_536), b""))
        client.sendall(answer if self.requests > self.losses else LOST)


def _read_message(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65_536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < sum(lengths):
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
