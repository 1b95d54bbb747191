"""Write patterns of real protocols between a server and a client of our own, each told apart by its first byte.

Both ends have TCP_NODELAY, as those of databases, gRPC and browsers do: what is slow then is slow because of what is
between them. A naive relay (no TCP_NODELAY) shows what that looks like: 40 ms, the time of a delayed ACK.
"""

import multiprocessing
import socket
import struct
import threading
import time

FORK = multiprocessing.get_context("fork")
EXCHANGES = 20
FRAMES = 100


def no_delay(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def take(connection, size):
    """Exactly so many bytes; raises EOFError when the stream ends before."""
    got = bytearray()
    while len(got) < size:
        more = connection.recv(size - len(got))
        if not more:
            raise EOFError
        got += more
    return bytes(got)


def say(connection, pieces, gap=0.0):
    """Each piece by a write of its own."""
    for i, piece in enumerate(pieces):
        if i and gap:
            time.sleep(gap)
        connection.sendall(piece)


def exchange(request, response, request_gap=0.0, response_gap=0.0):
    """(serve, ask): requests and responses in pieces, one exchange after the other; ask gives the ms of each."""
    asked, answered = sum(map(len, request)), sum(map(len, response))

    def serve(connection):
        while True:
            take(connection, asked)
            say(connection, response, response_gap)

    def ask(connection):
        took = []
        for _ in range(EXCHANGES):
            begin = time.monotonic()
            say(connection, request, request_gap)
            take(connection, answered)
            took.append((time.monotonic() - begin) * 1000)
        return took

    return serve, ask


def stream(frames_a_reply):
    """(serve, ask): a frame of 16 bytes every 5 ms, and one back for each so many; ask gives the ms that each was under way."""

    def serve(connection):
        for number in range(FRAMES):
            connection.sendall(struct.pack("!qq", number, time.monotonic_ns()))
            time.sleep(0.005)
        take(connection, FRAMES // frames_a_reply)

    def ask(connection):
        under_way = []
        for number in range(FRAMES):
            _, sent = struct.unpack("!qq", take(connection, 16))
            under_way.append((time.monotonic_ns() - sent) / 1e6)
            if (number + 1) % frames_a_reply == 0:
                connection.sendall(b"w")
        return under_way

    return serve, ask


PATTERNS = {
    "response: head, 1 ms later the body": exchange([b"q" * 80], [b"h" * 120, b"b" * 64], response_gap=0.001),
    "request: head, 1 ms later the body": exchange([b"h" * 120, b"b" * 64], [b"a" * 80], request_gap=0.001),
    "cursor: bind, execute and sync, then 20 rows": exchange([b"B" * 30, b"E" * 10, b"S" * 5], [b"r" * 40] * 20),
    "websocket: header, soon the payload, both ways": exchange([b"hd", b"p" * 30], [b"hd", b"p" * 30], 0.0005, 0.0005),
    "stream: frames one way, few replies": stream(20),
    "stream: a reply to each frame": stream(1),
}
# Those that a relay without TCP_NODELAY must slow down. Where each frame is answered, replies carry the ACKs.
TELLING = list(PATTERNS)[:-1]


def listen():
    return socket.create_server(("127.0.0.1", 0))


def accept_for_ever(listener, serve):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def serve_pattern(connection):
    with no_delay(connection):
        try:
            list(PATTERNS.values())[take(connection, 1)[0]][0](connection)
        except (EOFError, ConnectionError):
            pass  # The client has gone: that is how each exchange ends.


def pump(source, sink):
    try:
        while some := source.recv(65536):
            sink.sendall(some)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # One end has gone, and the other goes with it.


def relay_to(port):
    def serve(client):
        with client, socket.create_connection(("127.0.0.1", port)) as upstream:
            back = threading.Thread(target=pump, args=(upstream, client), daemon=True)
            back.start()
            pump(client, upstream)
            back.join()

    return serve


class Place:
    """A process that serves on a port of its own."""

    def __init__(self, serve):
        with listen() as listener:
            self.port = listener.getsockname()[1]
            self.process = FORK.Process(target=accept_for_ever, args=(listener, serve), daemon=True)
            self.process.start()

    def end(self):
        self.process.terminate()
        self.process.join(20)


def measure(pattern, port):
    """The ms of each exchange or frame of one connection to that port."""
    number = list(PATTERNS).index(pattern)
    with no_delay(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
        connection.sendall(bytes([number]))
        return PATTERNS[pattern][1](connection)


def measure_paths(pattern, ports, rounds):
    """{path: ms of all rounds, sorted}; rounds of the paths alternate, so that a busy spell meets all of them."""
    seen = {path: [] for path in ports}
    for _ in range(rounds):
        for path, port in ports.items():
            seen[path] += measure(pattern, port)
    return {path: sorted(each) for path, each in seen.items()}


def quantile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
