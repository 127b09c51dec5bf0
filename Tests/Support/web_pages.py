"""Reads the rendered pages as other programs do.

    web_pages.py parse FOLDER     an HTML parser that forgives nothing
    web_pages.py look FOLDER      Chromium and axe: every page, light, dark, phone; without script
    web_pages.py live FOLDER      Chromium: a dashboard that stays open while figures change

With REPORTD_PICTURES set, `look` leaves a picture of each page in that folder.
FOLDER holds `manifest.json` and the files it names. Answers with JSON: `problems` is a list of
sentences, and everything is well when it is empty.
"""

import http.server
import json
import os
import pathlib
import queue
import re
import sys
import threading
import urllib.parse

BROWSER = "/usr/bin/chromium"
# Width, height and colour scheme; the manifest says which page is looked at in which.
SCREENS = [
    (1440, 900, "light"), (1440, 900, "dark"), (390, 844, "light"), (320, 640, "dark"),
]


def main():
    mode, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    manifest = json.loads((folder / "manifest.json").read_text())
    try:
        answer = {"parse": parse, "look": look, "live": live}[mode](folder, manifest)
    except ModuleNotFoundError as missing:
        sys.exit(f"the Python module {missing.name} is missing: install "
                 "scripts/requirements-test.txt for REPORTD_TEST_PYTHON (`make test` does)")
    json.dump(answer, sys.stdout)


# Documents


def parse(folder, manifest):
    import html5lib

    problems = []
    for page in manifest["pages"]:
        text = (folder / page["file"]).read_text()

        def complain(words):
            problems.append(f"{page['file']}: {words}")

        try:
            parser = html5lib.HTMLParser(
                tree=html5lib.getTreeBuilder("etree"), strict=True, namespaceHTMLElements=False)
            document = parser.parse(text)
        except Exception as error:
            complain(f"is not well formed: {error!r}")
            continue
        elements = [each for each in document.iter() if isinstance(each.tag, str)]
        ids = [each.get("id") for each in elements if each.get("id")]
        for name in {name for name in ids if ids.count(name) > 1}:
            complain(f"the id ‘{name}’ stands twice")
        for each in elements:
            tag = re.sub(r"\{.*\}", "", each.tag)
            if tag == "style" or each.get("style") is not None:
                complain(f"<{tag}> has inline style")
            if tag == "script" and not each.get("src"):
                complain("a script stands inline")
            for name, value in each.attrib.items():
                if name.lower().startswith("on"):
                    complain(f"<{tag}> has the handler {name}")
                if name in ("href", "src", "action", "data-events"):
                    if not re.match(r"(/(?!/)|#)", value):
                        complain(f"<{tag} {name}> leads elsewhere: {value}")
                if name in ("for", "aria-labelledby", "aria-describedby"):
                    for target in value.split():
                        if target not in ids:
                            complain(f"<{tag} {name}> names ‘{target}’, which is not there")
            if tag == "table" and each.find("caption") is None:
                complain("a table has no caption")
            if tag == "th" and each.get("scope") not in ("row", "col"):
                complain("a heading of a table has no scope")
        texts = {"".join(each.itertext()).strip() for each in elements}
        for phrase in page["phrases"]:
            if not any(phrase in text for text in texts):
                complain(f"does not say: {phrase}")
        for secret in page["secrets"]:
            if secret in text:
                complain(f"tells: {secret}")
    return {"problems": problems}


# Browser


class Server(http.server.ThreadingHTTPServer):
    """Serves the folder with the program's own headers, and plays its live part."""

    daemon_threads = True

    def __init__(self, folder, manifest):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.manifest = folder, manifest
        self.state = 0          # which of the live states is in force; None answers 500
        self.is_up = True       # whether the event stream can be had
        self.streams = []
        self.opened = 0         # how many event streams there have been
        self.asked = []         # how fragment requests were answered
        self.base = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def say(self, event, value):
        for stream in list(self.streams):
            stream.put(f"event: {event}\ndata: {json.dumps(value)}\n\n")

    def cut(self):
        self.is_up = False
        for stream in list(self.streams):
            stream.put(None)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", kind="text/html; charset=utf-8", more=()):
        self.send_response(status)
        for name, value in self.server.manifest["headers"]:
            self.send_header(name, value)
        for name, value in more:
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 304:
            self.wfile.write(body)

    def do_GET(self):
        server, manifest = self.server, self.server.manifest
        path = urllib.parse.urlparse(self.path).path
        if path == "/api/v1/events":
            return self.stream()
        if path == manifest["live"]["path"]:
            if server.state is None:
                return self.answer(500, b"")
            state = manifest["live"]["states"][server.state]
            if self.headers.get("X-Fragment") != "main":
                return self.answer(200, (server.folder / state["page"]).read_bytes())
            tag = f'"{state["version"]}"'
            status = 304 if self.headers.get("If-None-Match") == tag else 200
            server.asked.append(status)
            return self.answer(
                status, (server.folder / state["fragment"]).read_bytes(), more=[("ETag", tag)])
        for asset in manifest["assets"]:
            if asset["path"] == path:
                body = (server.folder / asset["file"]).read_bytes()
                return self.answer(
                    200, body, asset["type"], [("Cache-Control", asset["cache"])])
        file = server.folder / path.lstrip("/")
        if file.is_file():
            return self.answer(200, file.read_bytes())
        self.answer(404, b"none")

    def stream(self):
        if not self.server.is_up:
            return self.answer(503, b"")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        mine = queue.Queue()
        self.server.streams.append(mine)
        self.server.opened += 1
        try:
            self.wfile.write(b": hello\n\n")
            while (text := mine.get()) is not None:
                self.wfile.write(text.encode())
        except OSError:
            pass
        self.server.streams.remove(mine)


def browsing(work):
    """Runs `work(browser)` in Chromium, or says what is missing."""
    if not os.path.exists(BROWSER):
        sys.exit(f"{BROWSER} is not there: install the Debian package chromium (`make test` does)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        try:
            return work(browser)
        finally:
            browser.close()


def look(folder, manifest):
    from axe_playwright_python.sync_playwright import Axe

    server, problems = Server(folder, manifest), []
    rules = {
        "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        "resultTypes": ["violations"],
    }
    passed = set()

    def work(browser):
        for width, height, scheme in SCREENS:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme,
                reduced_motion="reduce")
            tab, name = context.new_page(), ""
            tab.on("pageerror", lambda error: problems.append(f"{name}: {error}"))
            tab.on("console", lambda message: problems.append(f"{name}: {message.text}")
                   if message.type == "error" else None)
            for page in manifest["pages"]:
                if f"{width} {scheme}" not in page["screens"]:
                    continue
                name = f"{page['file']} at {width} px, {scheme}"
                tab.goto(server.base + "/" + page["file"])
                if pictures := os.environ.get("REPORTD_PICTURES"):
                    stem = pathlib.Path(page["file"]).stem
                    tab.screenshot(
                        path=pathlib.Path(pictures) / f"{stem}-{width}-{scheme}.png",
                        full_page=True)
                over = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
                if over > 0:
                    problems.append(f"{name}: is {over} px too wide")
                tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
                response = Axe().run(tab, options=rules).response
                passed.update(rule["id"] for rule in response["passes"])
                for rule in response["violations"]:
                    for node in rule["nodes"][:3]:
                        problems.append(f"{name}: {rule['id']}: {node['html'][:200]}")
            context.close()
        keyboard(browser)
        without_script(browser)

    def keyboard(browser):
        tab = browser.new_page()
        tab.goto(server.base + "/dashboard.html")
        tab.keyboard.press("Tab")
        first = tab.evaluate("document.activeElement.className")
        if first != "skip":
            problems.append(f"the first Tab goes to ‘{first}’, not to the skip link")
        tab.keyboard.press("Enter")
        if tab.evaluate("document.activeElement.id") != "main":
            problems.append("the skip link does not lead to the content")
        tab.keyboard.press("Tab")
        outline = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        if outline != "solid":
            problems.append("focus is not visible")
        tab.close()

    def without_script(browser):
        context = browser.new_context(java_script_enabled=False)
        tab = context.new_page()
        path = manifest["live"]["path"]
        tab.goto(server.base + path)
        tab.select_option("#pick-period", "last-month")
        tab.click(".controls button")
        query = urllib.parse.parse_qs(urllib.parse.urlparse(tab.url).query)
        if query.get("period") != ["last-month"] or query.get("company") != ["rendetalje"]:
            problems.append(f"without script the pickers lead to {tab.url}")
        tab.goto(server.base + "/sign-in.html")
        sent = []
        tab.on("request", lambda request: sent.append(request)
               if request.method == "POST" else None)
        tab.fill("#name", "mette")
        tab.fill("#password", "a password")
        tab.keyboard.press("Enter")
        tab.wait_for_timeout(200)
        fields = urllib.parse.parse_qs(sent[0].post_data) if sent else {}
        if set(fields) != {"name", "password", "token", "next"}:
            problems.append(f"sign-in sends {sorted(fields)}")
        context.close()

    browsing(work)
    for rule in ("color-contrast", "label", "svg-img-alt", "scrollable-region-focusable"):
        if rule not in passed:
            problems.append(f"axe did not try {rule}")
    return {"problems": problems}


def live(folder, manifest):
    server, problems = Server(folder, manifest), []

    def expect(truth, words):
        if not truth:
            problems.append(words)

    def work(browser):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        tab = context.new_page()
        tab.clock.install()
        tab.goto(server.base + manifest["live"]["path"])

        def eventually(condition, words):
            """The page's clock runs ten times as fast as ours while we wait."""
            for _ in range(150):
                if tab.evaluate(condition):
                    return
                tab.clock.run_for(200)
                tab.wait_for_timeout(20)
            problems.append(f"{words} (its status: {tab.text_content('.status')})")

        def state(value):
            eventually(f"document.querySelector('.status').dataset.state === '{value}'",
                       f"the page never says that it is {value}")

        state("live")
        expect(server.asked == [304], f"a page that is current is answered by {server.asked}")

        # Figures change: their cards are exchanged, every other element stays the same object.
        tab.evaluate("""() => {
            window.cards = new Map([...document.querySelectorAll('[data-card]')]
                .map(card => [card.dataset.card, card]));
            document.querySelector('[data-card=revenue] details').open = true;
            document.querySelector('[data-card=top-services] .scroll').focus();
        }""")
        server.state = 1
        server.say("commit", {"commit": manifest["live"]["states"][1]["commit"]})
        eventually("document.querySelector('[data-figure]').textContent.includes('1,190,000')",
                   "a commit does not change the figures")
        changed = tab.evaluate("""() => [...document.querySelectorAll('[data-card]')]
            .filter(card => window.cards.get(card.dataset.card) !== card)
            .map(card => card.dataset.card)""")
        expect(changed == ["headlines", "revenue", "top-services", ".provenance"],
               f"cards exchanged: {changed}")
        lit = tab.evaluate(
            "[...document.querySelectorAll('.changed')].map(each => each.dataset.figure)")
        expect(lit == ["revenue 0"], f"figures lit up: {lit}")
        expect(tab.evaluate("document.querySelector('[data-card=revenue] details').open"),
               "opened numbers were closed")
        expect(tab.evaluate("document.activeElement.closest('[data-card]')?.dataset.card")
               == "top-services", "the focus went away")

        # An old commit is not asked about; sources tell their age.
        before = len(server.asked)
        server.say("commit", {"commit": 1})
        server.say("sources", {
            "now": "2026-06-19T13:00:00Z",
            "sources": [{"name": "tekup", "state": "lost", "upTo": "2026-06-19T12:55:00Z"}]})
        eventually("document.querySelector('[data-source=tekup]').dataset.state === 'lost'",
                   "a lost source is not shown")
        tab.clock.run_for(2000)
        expect(len(server.asked) == before, "an old commit was asked about")
        told = tab.evaluate("document.querySelector('[data-source=tekup]').innerText")
        expect("5\u00a0min ago" in told and "not reached" in told, f"the source says: {told!r}")

        # A picker changes the page in place.
        tab.evaluate("window.isSame = true")
        tab.focus("#pick-period")
        tab.select_option("#pick-period", "last-month")
        eventually("location.search.includes('period=last-month')", "a picker does nothing")
        state("live")
        expect(tab.evaluate("window.isSame === true"), "choosing loaded the whole page")
        expect(tab.evaluate("document.activeElement.id") == "pick-period",
               "choosing moved the focus")

        # The stream breaks: said at once, called stale when it lasts, and mended.
        server.cut()
        state("reconnecting")
        state("stale")
        words = tab.text_content(".status")
        expect(re.fullmatch(r"Stale since \d\d:\d\d:\d\d", words), f"the status says: {words}")
        server.is_up = True
        server.state = 2
        state("live")
        eventually("document.querySelector('.card.empty') !== null",
                   "other cards do not take the place of the old ones")

        # Silence is not trusted either: the stream is opened anew.
        opened = server.opened
        tab.clock.run_for(39_000)
        tab.wait_for_timeout(100)
        expect(server.opened == opened, "a stream that may be well was given up")
        eventually("document.querySelector('.status').dataset.state === 'reconnecting'",
                   "silence was trusted")
        state("live")
        expect(server.opened > opened, "the stream was not opened anew")

        # Figures that cannot be fetched are not current, though the stream stands.
        server.state = None
        server.say("commit", {"commit": 99_999})
        state("reconnecting")
        context.close()

    browsing(work)
    return {"problems": problems}


if __name__ == "__main__":
    main()
