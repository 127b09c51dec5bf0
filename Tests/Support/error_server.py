"""A server that takes reports of errors, as those do that speak Sentry's protocol.

Usage: error_server.py FOLDER

Prints one line of JSON, {"port": …}, when it accepts connections, and ends when its standard input
does. What is posted to /api/PROJECT/envelope/ is read by the envelope parser of Sentry's own SDK; what is
right is kept as N.json in FOLDER: the path, the headers, the event, and the body as it came.

The project says what is answered:
  429     429 and Retry-After, and nothing is kept
  silent  nothing, for longer than anybody waits
"""

import json
import pathlib
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

try:
    from sentry_sdk.envelope import Envelope
except ModuleNotFoundError as missing:
    sys.exit(f"the Python module {missing.name} is missing: install "
             "scripts/requirements-test.txt for REPORTD_TEST_PYTHON (`make test` does)")

folder = pathlib.Path(sys.argv[1])
lock, asked = threading.Lock(), 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, code, text, **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_POST(self):
        global asked
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parts = self.path.strip("/").split("/")
        if len(parts) != 3 or (parts[0], parts[2]) != ("api", "envelope"):
            return self.answer(404, "no such project")
        with lock:
            asked += 1
            number = asked
        if parts[1] == "silent":
            (folder / f"{number}.asked").touch()
            time.sleep(120)
            return None
        if parts[1] == "429":
            (folder / f"{number}.asked").touch()
            return self.answer(429, "later", Retry_After="60")
        envelope = Envelope.deserialize(body)
        event = envelope.get_event()
        auth = dict(part.strip().split("=", 1) for part in
                    self.headers["X-Sentry-Auth"].removeprefix("Sentry ").split(","))
        if event is None or len(envelope.items) != 1 or auth.get("sentry_version") != "7" \
                or envelope.headers["event_id"] != event["event_id"]:
            return self.answer(400, "not an envelope with an event")
        record = {"path": self.path, "key": auth["sentry_key"], "event": event,
                  "body": body.decode()}
        (folder / f"{number}.part").write_text(json.dumps(record))
        (folder / f"{number}.part").rename(folder / f"{number}.json")
        return self.answer(200, json.dumps({"id": event["event_id"]}))


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"port": server.server_address[1]}), flush=True)
sys.stdin.read()
