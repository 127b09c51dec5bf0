"""Leaves a guest's dashboard open in Chromium while its figures change and its link is revoked.

Usage: guest_live.py LINK FOLDER

Goes on when the test says so: it writes a word to standard output when it has come to a point, and reads
a line. The page's clock is turned ahead, so that nobody waits for it. At the end it prints JSON: what it
saw, and `problems`, a list of sentences that is empty when everything is well. Pictures are left in
FOLDER.
"""

import json
import sys

from browsing import Visit
from playwright.sync_api import sync_playwright

link, folder = sys.argv[1:3]
visit, seen, answers = Visit(folder), {}, []


def point(word):
    print(word, flush=True)
    sys.stdin.readline()


def figures(tab):
    return tab.eval_on_selector_all("[data-figure]", "all => all.map(each => each.innerText)")


def says(tab, state):
    tab.wait_for_selector(f".status[data-state={state}]", timeout=30_000)
    return tab.inner_text(".status")


def ahead(tab):
    """Goes on until the page has asked once more, and answers with the status it got."""
    with tab.expect_response(lambda answer: "/guest/" in answer.url, timeout=30_000) as asked:
        tab.clock.fast_forward(16_000)
    return asked.value.status


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    # axe is put into the page, which the policy of the page does not allow.
    context = browser.new_context(bypass_csp=True, locale="da")
    tab = context.new_page()
    errors = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.clock.install()
    tab.goto(link)
    seen["live"] = says(tab, "live")
    seen["first"] = figures(tab)
    seen["unchanged"] = ahead(tab)
    visit.examine(tab, "guest-live")
    point("open")
    seen["changed"] = ahead(tab)
    tab.wait_for_selector(".changed")
    seen["second"] = figures(tab)
    # A guest may choose, and the page goes on from there.
    version = tab.get_attribute("#main", "data-version")
    tab.select_option("#pick-compare", "none")
    tab.wait_for_url("**compare=none**")
    tab.wait_for_function(
        "before => document.getElementById('main').dataset.version !== before", arg=version)
    seen["chosen"] = ahead(tab)
    # Without its server it says that it is stale, and comes back.
    context.set_offline(True)
    tab.clock.fast_forward(16_000)
    tab.wait_for_selector(".status[data-state=reconnecting], .status[data-state=stale]")
    tab.clock.fast_forward(16_000)
    seen["stale"] = says(tab, "stale")
    context.set_offline(False)
    tab.clock.fast_forward(16_000)
    says(tab, "live")
    point("followed")
    seen["revoked"] = ahead(tab)
    tab.wait_for_selector("main.narrow")
    seen["over"] = tab.inner_text(".status")
    seen["words"] = tab.inner_text("main")
    seen["left"] = len(figures(tab))
    visit.examine(tab, "guest-over")
    tab.on("request", lambda request: answers.append(request.url))
    for _ in range(3):
        tab.clock.fast_forward(60_000)
    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    tab.wait_for_timeout(200)
    seen["asked"] = len(answers)
    browser.close()
visit.problems += errors
print(json.dumps({"seen": seen, "problems": visit.problems}), flush=True)
