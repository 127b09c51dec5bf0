"""Opens the pages of a demo in Chromium with an empty cache, and tells what each weighs and when it is painted.

Usage: weight.py ADDRESS NAME PASSWORD ROUNDS

Prints JSON: for the start page and every dashboard, in each round, the bytes of all that was transferred, the
milliseconds until the first contentful paint, and until the document was there. A first round is not counted.
Anything that does not arrive, or arrives as an error, ends it.
"""

import json
import sys

from playwright.sync_api import sync_playwright

address, name, password, rounds = sys.argv[1:4] + [int(sys.argv[4])]


def measure(context, path):
    """One visit in a tab of its own."""
    tab = context.new_page()
    devtools = context.new_cdp_session(tab)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    # What the page asks for once it is there, to stay current, is not what it weighs.
    sizes, later, failures = {}, set(), []
    devtools.on("Network.requestWillBeSent", lambda event: later.add(event["requestId"])
                if event["type"] in ("EventSource", "Fetch") else None)
    devtools.on("Network.loadingFinished", lambda event: sizes.__setitem__(
        event["requestId"], event["encodedDataLength"]))
    tab.on("response", lambda answer: failures.append(f"{answer.url}: {answer.status}")
           if answer.status >= 400 else None)
    tab.on("requestfailed", lambda request: failures.append(f"{request.url}: {request.failure}")
           if request.resource_type not in ("eventsource", "fetch") else None)
    tab.goto(address + path, wait_until="load")
    # The observer tells of a paint that has been, too.
    paint = tab.evaluate("""() => new Promise((resolve) => new PerformanceObserver((list) => {
        const found = list.getEntriesByName("first-contentful-paint")[0];
        if (found) resolve(found.startTime);
    }).observe({type: "paint", buffered: true}))""")
    document = tab.evaluate("performance.getEntriesByType('navigation')[0].responseEnd")
    tab.locator(".status[data-state=live]").wait_for()
    if failures:
        sys.exit("; ".join(failures))
    tab.close()
    return sum(size for key, size in sizes.items() if key not in later), paint, document


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.goto(address + "/sign-in")
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("main button")
    page.wait_for_selector(".tabs a")
    paths = ["/"] + [link.get_attribute("href") for link in page.query_selector_all(".tabs a")]
    page.close()
    found = {path: [] for path in paths}
    for turn in range(rounds + 1):
        for path in paths:
            visit = measure(context, path)
            if turn:
                found[path].append(visit)
    browser.close()

json.dump([
    {"name": path.rsplit("/", 1)[1] or "start", "bytes": [visit[0] for visit in visits],
     "paints": [visit[1] for visit in visits], "documents": [visit[2] for visit in visits]}
    for path, visits in found.items()], sys.stdout)
