"""Uses the page of exports as a person would, in Chromium.

Usage: export_pages.py ADDRESS NAME PASSWORD FOLDER

Signs in, and follows what the test does: it writes a word to standard output when it has come to a
point, and goes on when it reads a line. At the end it prints JSON: what it saw, and `problems`, a list
of sentences that is empty when everything is well. Pictures are left in FOLDER.
"""

import json
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

address, name, password, folder = sys.argv[1:5]
problems, seen = [], {}


def point(word):
    print(word, flush=True)
    sys.stdin.readline()


def sign_in(tab):
    tab.goto(address + "/exports")
    tab.fill("#name", name)
    tab.fill("#password", password)
    tab.click("main button")
    tab.wait_for_url("**/exports")


def examine(tab, where):
    over = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    if over > 0:
        problems.append(f"{where}: is {over} px too wide")
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
    for rule in Axe().run(tab, options=rules).response["violations"]:
        for node in rule["nodes"][:2]:
            problems.append(f"{where}: {rule['id']}: {node['html'][:160]}")


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    context = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=False)
    tab = context.new_page()
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("console", lambda message: problems.append(message.text)
           if message.type == "error" else None)
    sign_in(tab)
    seen["empty"] = tab.inner_text("main h2")
    seen["areas"] = tab.locator(".bar nav a").all_inner_texts()
    point("empty")
    # The test has asked for one: it appears by itself, and grows.
    tab.wait_for_selector("progress")
    seen["waiting"] = tab.inner_text(".export-state")
    point("waiting")
    tab.locator(".export-state", has_text="Being made").wait_for()
    tab.locator("progress[value='50']").wait_for()
    seen["running"] = tab.inner_text(".export .lead")
    tab.screenshot(path=folder + "/exports-running.png", full_page=True)
    point("running")
    tab.locator(".export-state", has_text="Done").wait_for()
    seen["done"] = tab.inner_text(".export .lead")
    with tab.expect_download() as download:
        tab.click("text=Download")
    download.value.save_as(folder + "/downloaded")
    seen["name"] = download.value.suggested_filename
    tab.click("text=Make a link")
    tab.wait_for_selector(".export-links input")
    seen["link"] = tab.input_value(".export-links input")
    point("linked")
    # Several of them, on screens of all kinds.
    tab.locator(".export-state", has_text="Failed").wait_for()
    for width, height, scheme in [(1280, 900, "light"), (1280, 900, "dark"), (390, 844, "light")]:
        tab.set_viewport_size({"width": width, "height": height})
        tab.emulate_media(color_scheme=scheme)
        tab.screenshot(path=f"{folder}/exports-{width}-{scheme}.png", full_page=True)
        examine(tab, f"{width} {scheme}")
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.click("text=Revoke")
    tab.wait_for_selector(".export-links", state="detached")
    state = context.storage_state()
    context.close()

    # Without script: forms lead back to the list, and it asks again by itself while one is open.
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    tab = context.new_page()
    tab.goto(address + "/exports")
    seen["refresh"] = tab.locator("noscript").count() > 0
    tab.click("text=Cancel")
    tab.wait_for_url("**/exports")
    seen["cancelled"] = tab.locator(".export-state", has_text="Cancelled").count()
    context.close()
    browser.close()
print(json.dumps({"seen": seen, "problems": problems}))
