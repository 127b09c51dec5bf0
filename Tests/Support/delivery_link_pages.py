"""Looks at a delivery whose file was too large for a mail and revokes its links, in Chromium.

Usage: delivery_link_pages.py ADDRESS NAME PASSWORD FOLDER DELIVERY

Prints JSON: what it saw, and `problems`, a list of sentences that is empty when everything is well.
Pictures are left in FOLDER.
"""

import json
import sys

from playwright.sync_api import sync_playwright

from browsing import Visit

address, name, password, folder, delivery = sys.argv[1:6]
visit, seen = Visit(folder), {}

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(15_000)
    tab.on("console", lambda message: visit.problems.append(message.text)
           if message.type == "error" else None)
    tab.goto(f"{address}/deliveries/{delivery}")
    tab.fill("#name", name)
    tab.fill("#password", password)
    tab.click("main button")
    tab.wait_for_url(f"**/deliveries/{delivery}")
    links = tab.locator("section", has=tab.locator("h2:text('Links to large files')"))
    seen["before"] = " ".join(links.locator("tbody").inner_text().split())
    links.locator("summary").click()
    visit.examine(tab, "delivery-links")
    links.locator("button").click()
    tab.wait_for_url("**done=unlinked")
    seen["done"] = tab.inner_text(".notices")
    seen["after"] = " ".join(links.locator("tbody").inner_text().split())
    seen["forms"] = str(links.locator("form").count())
    visit.examine(tab, "delivery-links-revoked")
    browser.close()

print(json.dumps({"seen": seen, "problems": visit.problems}))
