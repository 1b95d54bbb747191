#!/usr/bin/env python3
"""A key-value store over HTTP that misbehaves on demand, for tests: store.py PORT PID_FILE.

GET and PUT /kv/KEY, GET /health. GET /mode/forget: writes are acknowledged and not stored. GET /mode/down: every operation
is answered with 503. GET /mode/serve: as usual again.
"""

import http.server
import json
import os
import pathlib
import socketserver
import sys

STORED = {}
MODE = ["serve"]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together

    def answer(self, status, body=None):
        text = json.dumps(body or {}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        if self.path.startswith("/mode/"):
            MODE[0] = self.path.rsplit("/", 1)[1]
            return self.answer(200)
        if self.path == "/health":
            return self.answer(200)
        if MODE[0] == "down":
            return self.answer(503)
        key = self.path.removeprefix("/kv/")
        return self.answer(200, {"value": STORED[key]}) if key in STORED else self.answer(404)

    def do_PUT(self):
        value = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if MODE[0] == "down":
            return self.answer(503)
        if MODE[0] != "forget":
            STORED[self.path.removeprefix("/kv/")] = value
        return self.answer(200)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 100


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
    pathlib.Path(sys.argv[2]).write_text(str(os.getpid()))
    server.serve_forever()
