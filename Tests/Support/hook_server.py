"""A server that takes webhooks, as programs and chats do that we did not write.

Usage: hook_server.py FOLDER SECRET

Prints one line of JSON, {"port": …}, when it accepts connections, and ends when its standard input
does. Requests to /hooks are verified with the library of Standard Webhooks and the secret; those to
/chat are checked against the models of Slack's own SDK. What is right is kept as N.json in FOLDER:
path, headers, body, and how many requests its connection had before.

The path says what is answered:
  /hooks, /chat       200 when the request is right, 400 and the reason when it is not
  /hooks/503-2        503 the first two times, then as above
  /hooks/410          410, and nothing is kept
  /hooks/302          a redirect to /hooks
  /hooks/drop         the request is kept, and the connection is cut instead of the answer
"""

import json
import pathlib
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

try:
    from slack_sdk.models.blocks import Block
    from standardwebhooks.webhooks import Webhook, WebhookVerificationError
except ModuleNotFoundError as missing:
    sys.exit(f"the Python module {missing.name} is missing: install "
             "scripts/requirements-test.txt for REPORTD_TEST_PYTHON (`make test` does)")

folder, secret = pathlib.Path(sys.argv[1]), sys.argv[2]
lock, asked, kept = threading.Lock(), {}, 0


class Mistake(Exception):
    pass


def check_chat(body):
    message = json.loads(body)
    previews = {"unfurl_links", "unfurl_media"}
    if set(message) - previews != {"text", "blocks"} or not message["text"]:
        raise Mistake("a message has a text and blocks")
    if any(message.get(name, False) is not False for name in previews):
        raise Mistake("no preview is asked for")
    blocks = message["blocks"]
    if not 0 < len(blocks) <= 50:
        raise Mistake("a message has 1 to 50 blocks")
    parsed = Block.parse_all(blocks)
    if len(parsed) != len(blocks):
        raise Mistake("not every block is one that Slack knows")
    for block in parsed:
        block.validate_json()
        if block.type == "section" and len(block.text.text) > 3000:
            raise Mistake("a section is too long")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served = 0

    def log_message(self, *arguments):
        pass

    def answer(self, code, text, **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_POST(self):
        global kept
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parts = self.path.strip("/").split("/")
        wish = parts[1] if len(parts) > 1 else ""
        with lock:
            asked[self.path] = asked.get(self.path, 0) + 1
            times = asked[self.path]
        if wish.startswith("503-") and times <= int(wish.split("-")[1]):
            return self.answer(503, "later")
        if wish == "410":
            return self.answer(410, "gone")
        if wish == "302":
            return self.answer(302, "", Location="/hooks")
        try:
            if parts[0] == "hooks":
                Webhook(secret).verify(body, dict(self.headers.items()))
            else:
                check_chat(body)
        except (WebhookVerificationError, Mistake, ValueError) as mistake:
            return self.answer(400, f"{type(mistake).__name__}: {mistake}")
        with lock:
            kept += 1
            record = {"path": self.path, "body": json.loads(body), "before": self.served,
                      "headers": {name.lower(): value for name, value in self.headers.items()}}
            (folder / f"{kept}.json").write_text(json.dumps(record))
        self.served += 1
        if wish == "drop":
            self.connection.close()
            return None
        return self.answer(200, "ok")


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"port": server.server_address[1]}), flush=True)
sys.stdin.read()
