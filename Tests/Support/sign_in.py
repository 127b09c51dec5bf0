"""Signs in as a person would, looks at a dashboard, and takes its picture.

Usage: sign_in.py ADDRESS NAME PASSWORD PICTURE

Prints JSON: where sign-in led, the headline figures as they stand on the page, what its status says,
and every complaint of the browser.
"""

import json
import sys

from playwright.sync_api import sync_playwright

address, name, password, picture = sys.argv[1:5]

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text)
            if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    asked = page.url
    page.fill("#name", name)
    page.fill("#password", "not " + password)
    page.click("main button")
    refused = page.inner_text("[role=alert]")
    complaints.clear()  # the browser reports the refusal's 401, which is meant
    page.fill("#password", password)
    page.click("main button")
    page.wait_for_selector("[data-figure]")
    # A locator, because the page's policy forbids the evaluation of texts as script.
    page.locator(".status", has_text="Live").wait_for(timeout=20_000)
    figures = {
        node.get_attribute("data-figure"): node.inner_text()
        for node in page.query_selector_all("[data-figure]")
    }
    status = page.inner_text(".status")
    charts = page.locator("main svg").count()
    page.screenshot(path=picture, full_page=True)
    answer = {
        "asked": asked, "refused": refused, "shown": page.url, "figures": figures,
        "status": status, "charts": charts, "complaints": complaints,
    }
    browser.close()
json.dump(answer, sys.stdout)
