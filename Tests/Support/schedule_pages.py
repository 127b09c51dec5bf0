"""Uses the pages of schedules and deliveries as a person would, in Chromium.

Usage: schedule_pages.py ADDRESS NAME PASSWORD FOLDER RECIPIENT UNKNOWN

Signs in, makes a schedule by keyboard for RECIPIENT, has it sent, looks at what was sent, changes and
removes it; UNKNOWN is the number of a delivery of which nobody knows. It writes a word to standard output
when it has come to a point, and goes on when it reads a line. At the end it prints JSON: what it saw, and
`problems`, a list of sentences that is empty when everything is well. Pictures are left in FOLDER.
"""

import json
import sys

from playwright.sync_api import sync_playwright

from browsing import Visit

address, name, password, folder, recipient, unknown = sys.argv[1:7]
visit, seen = Visit(folder), {}
problems, examine, reach = visit.problems, visit.examine, visit.reach


def point(word):
    print(word, flush=True)
    sys.stdin.readline()


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(15_000)
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("console", lambda message: problems.append(message.text)
           if message.type == "error" and "422" not in message.text
           and "400" not in message.text else None)
    tab.goto(address + "/schedules")
    tab.fill("#name", name)
    tab.fill("#password", password)
    tab.click("main button")
    tab.wait_for_url("**/schedules")
    seen["areas"] = tab.locator(".bar nav a").all_inner_texts()
    examine(tab, "schedules")

    # A schedule is made without a mouse: a wrong address is told, and what was written stays.
    reach(tab, "a[href='/new-schedule']")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/new-schedule")
    reach(tab, "#report")
    tab.keyboard.type("Sales reg")
    reach(tab, "#name")
    tab.keyboard.type("month-end")
    reach(tab, "#period")
    tab.keyboard.press("Control+A")
    tab.keyboard.type("last-month")
    reach(tab, "#subject")
    tab.keyboard.type("Sales of the month")
    reach(tab, "input[name='company.rendetalje']")
    tab.keyboard.press("Space")
    reach(tab, "#rhythm")
    tab.keyboard.type("nth business")
    reach(tab, "#number")
    tab.keyboard.press("Control+A")
    tab.keyboard.type("3")
    reach(tab, "#at")
    reach(tab, "input[name='address.1']")
    tab.keyboard.type("mette")
    examine(tab, "schedule-form")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#failure")
    seen["refused"] = tab.inner_text("#failure")
    examine(tab, "schedule-refused")
    reach(tab, "input[name='address.1']")
    tab.keyboard.press("Control+A")
    tab.keyboard.type(recipient)
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#preview")
    seen["preview"] = [" ".join(row.split()) for row in
                       tab.locator("#preview tbody tr").all_inner_texts()]
    seen["written"] = tab.inner_text("#preview pre")
    examine(tab, "schedule-preview")
    reach(tab, "#preview button[value=save]")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/schedules/month-end?done=saved")
    seen["saved"] = tab.inner_text(".notices")
    examine(tab, "schedule-new")
    point("saved")

    # It is sent by a real mail server, and looked at.
    tab.click("text=Send the latest run")
    tab.wait_for_url("**/month-end?done=run")
    point("run")
    tab.goto(address + "/schedules/month-end")
    tab.click(".deliveries a")
    tab.wait_for_selector("iframe")
    seen["reply"] = tab.inner_text("main table tbody")
    body = tab.frame_locator("iframe").locator("body")
    body.wait_for()
    seen["frame"] = body.inner_text()
    with tab.expect_download() as download:
        tab.click(".links a[download] >> nth=0")
    seen["file"] = download.value.suggested_filename
    examine(tab, "delivery")

    # What needs somebody.
    tab.goto(address + "/schedules/mornings")
    examine(tab, "schedule")
    tab.goto(address + "/deliveries")
    examine(tab, "deliveries")
    tab.goto(f"{address}/deliveries/{unknown}?compare=yes")
    seen["same"] = tab.locator("section", has_text="Differences").locator("p").last.inner_text()
    seen["unknown"] = tab.inner_text("details strong")
    examine(tab, "delivery-unknown")
    tab.click("details button:has-text('Send again')")
    tab.wait_for_url("**done=resent")
    tab.goto(address + "/schedules/monday-sales")
    seen["readOnly"] = tab.locator(".aside").first.inner_text()

    # Of two who change one schedule, the later one is told.
    tab.goto(address + "/schedules/month-end/edit")
    if tab.input_value("#number") != "3" or tab.input_value("#rhythm") != "business-day":
        problems.append("the form does not say what the file does")
    tab.fill("#subject", "Another subject")
    point("editing")
    tab.click(".editor button[value=save]")
    tab.wait_for_selector("#failure")
    seen["conflict"] = tab.inner_text("#failure")
    tab.goto(address + "/schedules/month-end")
    tab.click("summary:has-text('Remove')")
    tab.click("details button:has-text('Remove')")
    tab.wait_for_url("**/schedules?done=removed")
    state = context.storage_state()
    context.close()

    # Without script.
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    tab = context.new_page()
    tab.goto(address + "/schedules/mornings")
    tab.click("button:has-text('Pause')")
    tab.wait_for_url("**/mornings?done=paused")
    seen["plain"] = tab.inner_text(".notices")
    context.close()
    browser.close()
print(json.dumps({"seen": seen, "problems": problems}))
