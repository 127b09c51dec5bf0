"""Keeps cards of questions on dashboards, as a person would, in Chromium.

Usage: own_dashboard_pages.py ADDRESS NAME PASSWORD FOLDER

Signs in, puts a question together, keeps it by keyboard on a new dashboard and another one beside it, takes
cards out, and does the same without script. It writes a word to standard output when it has come to a
point, and goes on when it reads a line. At the end it prints JSON: what it saw, and `problems`, a list of
sentences that is empty when everything is well. Pictures are left in FOLDER.
"""

import json
import sys

from playwright.sync_api import sync_playwright

from browsing import Visit

address, name, password, folder = sys.argv[1:5]
visit, seen = Visit(folder), {}
problems, examine = visit.problems, visit.examine


def point(word):
    print(word, flush=True)
    sys.stdin.readline()


def reach(tab, selector):
    visit.reach(tab, selector, steps=120)


def write(tab, selector, text):
    """Goes to a field and writes in it, over what stands there."""
    reach(tab, selector)
    tab.keyboard.press("Control+A")
    tab.keyboard.type(text)


def numbers(tab):
    """The numbers of the first card, row by row."""
    rows = tab.locator("main .cards > section").first.locator("tbody tr")
    return [" ".join(text.split()) for text in rows.all_text_contents()]


def headings(tab):
    return [text.strip() for text in tab.locator("main .cards > section h2").all_inner_texts()]


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    tab = context.new_page()
    tab.set_default_timeout(15_000)
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("console", lambda message: problems.append(message.text)
           if message.type == "error" and "422" not in message.text else None)
    tab.goto(address + "/explore?metric=revenue&grain=month&period=2026")
    tab.fill("#name", name)
    tab.fill("#password", password)
    tab.click("main button")
    tab.wait_for_url("**/explore?**")
    seen["explored"] = numbers(tab)
    examine(tab, "explore-first")

    # A name that is taken is told where it was written, and what was written stays.
    write(tab, "#card-title", "Revenue of our own")
    write(tab, "#card-heading", "My month")
    write(tab, "#card-name", "sales")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#failure")
    seen["refused"] = tab.inner_text("#failure")
    if not tab.evaluate(
            "(() => { const box = document.querySelector('#failure').getBoundingClientRect();"
            " return box.top >= 0 && box.bottom <= innerHeight })()"):
        problems.append("why it was refused is not to be seen without scrolling")
    examine(tab, "explore-refused")
    write(tab, "#card-name", "my-month")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/dashboards/my-month**")
    seen["kept"], seen["title"] = numbers(tab), tab.inner_text("h1")

    # Another one beside it: a dashboard that is there needs no name.
    tab.goto(address + "/explore?metric=revenue&by=company&period=2026")
    if tab.input_value("#card-dashboard") != "my-month":
        problems.append("the dashboard that is there is not offered first")
    if tab.is_visible("#card-name"):
        problems.append("a name is asked for where there is one already")
    tab.select_option("#card-dashboard", "")
    if not tab.is_visible("#card-name"):
        problems.append("a new dashboard cannot be named")
    tab.select_option("#card-dashboard", "my-month")
    examine(tab, "explore-second")
    tab.fill("#card-title", "By company")
    tab.click("button:has-text('Save the card')")
    tab.wait_for_url("**/dashboards/my-month**")
    seen["headings"] = headings(tab)
    examine(tab, "own-dashboard")

    # Taking out, from the dashboard’s own page; who saw an older state is told.
    reach(tab, "a[href='/own-dashboards#my-month']")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/own-dashboards#my-month")
    seen["lists"] = tab.locator(".own-cards span:not(.hidden)").all_inner_texts()
    examine(tab, "own-dashboards")
    point("looking")
    tab.click(".own-cards button >> nth=0")
    tab.wait_for_selector("#failure")
    seen["conflict"] = tab.inner_text("#failure")
    examine(tab, "own-dashboards-refused")
    tab.goto(address + "/own-dashboards")
    reach(tab, ".own-cards button")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/own-dashboards?done=taken-out")
    seen["takenOut"] = tab.inner_text(".notices")
    state = context.storage_state()
    context.close()

    # Without script.
    context = browser.new_context(
        java_script_enabled=False, storage_state=state, locale="en-GB",
        viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(15_000)
    tab.goto(address + "/explore?metric=sales&period=2026-11")
    tab.fill("#card-title", "Without script")
    tab.click("button:has-text('Save the card')")
    tab.wait_for_url("**/dashboards/my-month**")
    seen["plain"] = headings(tab)
    tab.goto(address + "/own-dashboards")
    tab.click("summary")
    tab.click("details button")
    tab.wait_for_url("**/own-dashboards?done=removed")
    seen["removed"] = tab.inner_text(".notices")
    tab.screenshot(path=f"{folder}/own-dashboards-empty.png", full_page=True)
    context.close()
    browser.close()
print(json.dumps({"seen": seen, "problems": problems}))
