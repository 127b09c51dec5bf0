"""Signs in with an identity provider as a person would, and takes pictures of the way.

Usage: provider_sign_in.py ADDRESS USER FOLDER

Prints JSON: where the way led, what the pages say, the faults that axe finds on the sign-in page, and
every complaint of the browser. Pictures: `sign-in-light.png`, `sign-in-dark.png`, `sign-in-phone.png`.
"""

import json
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

address, user, folder = sys.argv[1:4]

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    for name, scheme, width in (
            ("light", "light", 1280), ("dark", "dark", 1280), ("phone", "light", 375)):
        # Axe is put into the page, which the page's own policy would forbid.
        looked = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
        page = looked.new_page()
        page.goto(address)
        page.screenshot(path=f"{folder}/sign-in-{name}.png")
        if name != "phone":
            found = Axe().run(page).response["violations"]
            faults = (faults if name == "dark" else []) + [fault["id"] for fault in found]
        else:
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        looked.close()
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    complaints = []
    # The provider's own pages are not ours to mend.
    ours = "/".join(address.split("/")[:3])
    page.on("console", lambda message: complaints.append(message.text)
            if message.type in ("error", "warning")
            and message.location["url"].startswith(ours) else None)
    page.goto(address)
    asked = page.url
    way = page.locator("main .other-way a").inner_text()
    page.click("main .other-way a")
    there = page.url
    page.fill("input[name=sub]", user)
    page.locator("button[type=submit], button").first.click()
    page.wait_for_selector("form.viewer")
    answer = {
        "asked": asked, "way": way, "there": there, "shown": page.url,
        "viewer": page.inner_text("form.viewer span"), "text": page.inner_text("body"),
        "faults": faults, "wide": wide, "complaints": complaints,
    }
    page.click("form.viewer button")
    answer["left"] = page.url
    browser.close()
json.dump(answer, sys.stdout)
