"""Shows a guest's dashboard in a frame of another page, and takes pictures of it by itself.

Usage: guest_frame.py LINK ALLOWED-PORT OTHER-PORT FOLDER

Serves a page with the link in a frame on two ports of 127.0.0.1. Prints JSON: what the frame shows on
each, what the dashboard says after another period was chosen, its links, the faults that axe finds,
and complaints of the browser. Pictures: `guest-light.png`, `guest-dark.png`, `guest-phone.png`.
"""

import http.server
import json
import sys
import threading

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

link, allowed, other, folder = sys.argv[1:5]


class Portal(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"<!doctype html><title>Portal</title><iframe src='{link}'></iframe>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


for port in (allowed, other):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Portal)
    threading.Thread(target=server.serve_forever, daemon=True).start()

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    answer, faults = {}, []
    for name, port in (("allowed", allowed), ("other", other)):
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        frame = page.frame_locator("iframe")
        try:
            frame.locator("h1").wait_for(timeout=3000)
            answer[name] = frame.locator("h1").inner_text()
        except Exception:
            answer[name] = ""
        page.close()
    for name, scheme, width in (
            ("light", "light", 1280), ("dark", "dark", 1280), ("phone", "light", 375)):
        looked = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
        page = looked.new_page()
        page.goto(link)
        page.screenshot(path=f"{folder}/guest-{name}.png", full_page=True)
        faults += [fault["id"] for fault in Axe().run(page).response["violations"]]
        if name == "phone":
            answer["wide"] = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        looked.close()
    page = browser.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text)
            if message.type in ("error", "warning") else None)
    page.goto(link)
    page.select_option("#pick-period", "last-year")
    page.wait_for_url("**period=last-year**", timeout=10_000)
    page.locator("h1").wait_for()
    answer["chosen"] = page.url
    answer["links"] = [node.get_attribute("href") for node in page.query_selector_all("a")]
    browser.close()
answer |= {"faults": faults, "complaints": complaints}
json.dump(answer, sys.stdout)
