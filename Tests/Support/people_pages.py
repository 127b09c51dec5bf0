"""Uses the pages about people as they would: an administrator invites, somebody accepts, forgets their
password, changes it, and ends sessions.

Usage: people_pages.py ADDRESS FOLDER

It writes a word to standard output when it has come to a point, and goes on when it reads a line, which
is the address of a mail where it waits for one. At the end it prints JSON: what it saw, and `problems`,
a list of sentences that is empty when everything is well. Pictures are left in FOLDER.
"""

import json
import sys

from playwright.sync_api import sync_playwright

from browsing import Visit

address, folder = sys.argv[1:3]
visit, seen = Visit(folder), {}
problems, examine = visit.problems, visit.examine


def point(word):
    print(word, flush=True)
    return sys.stdin.readline().strip()


def watched(context):
    tab = context.new_page()
    tab.on("pageerror", lambda error: problems.append(str(error)))
    # A refusal that is meant is reported by the browser as well.
    tab.on("console", lambda message: problems.append(message.text)
           if message.type == "error" and "status of 40" not in message.text else None)
    return tab


def sign_in(tab, name, password):
    tab.goto(address + "/sign-in?next=%2Faccount")
    tab.fill("#name", name)
    tab.fill("#password", password)
    tab.click("main button")
    tab.wait_for_url("**/account")


def choose(tab, password, again=None):
    tab.fill("#password", password)
    tab.fill("#again", again or password)
    tab.click("main button")


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium", args=["--no-sandbox"])

    # The administrator invites.
    ada = watched(browser.new_context())
    sign_in(ada, "ada", "a good password")
    ada.click("text=People")
    ada.wait_for_url("**/users")
    seen["areas"] = ada.locator(".bar nav a").all_inner_texts()
    ada.fill("#invite-name", "bo")
    ada.fill("#invite-mail", "bo@example.org")
    ada.select_option("#invite-role", "SALES_MANAGER")
    ada.select_option("#invite-locale", "da")
    ada.locator("form:has(#invite-name)").get_by_label("Rendetalje").check()
    ada.get_by_role("button", name="Invite", exact=True).click()
    ada.wait_for_selector(".outcome")
    seen["invited"] = ada.inner_text(".outcome")
    seen["row"] = ada.locator(".report-list li", has_text="bo@example.org").inner_text()
    ada.locator("details").first.evaluate("each => { each.open = true }")
    examine(ada, "people")

    # Whoever was invited chooses a password, and is in.
    link = point("invited")
    bos = browser.new_context()
    bo = watched(bos)
    bo.goto(link)
    seen["welcome"] = bo.inner_text("main .lead")
    examine(bo, "invitation")
    choose(bo, "one password", "another password")
    seen["unlike"] = bo.inner_text("[role=alert]")
    choose(bo, "bo's first password")
    bo.wait_for_selector("form.viewer")
    seen["viewer"] = bo.inner_text("form.viewer span")
    seen["managed"] = bo.locator(".bar nav a", has_text="People").count()
    second = watched(browser.new_context())
    second.goto(link)
    seen["again"] = second.inner_text("main")
    examine(second, "void")

    # They forget it, in another browser.
    second.goto(address + "/sign-in")
    second.click("text=Forgot your password?")
    examine(second, "forgotten")
    second.fill("#name", "BO@example.org")
    second.click("main button")
    seen["forgotten"] = second.inner_text("[role=status]")
    link = point("forgotten")
    second.goto(link)
    examine(second, "reset")
    choose(second, "bo's second password")
    second.wait_for_selector("form.viewer")
    bo.goto(address + "/account")
    seen["out"] = bo.url
    sign_in(bo, "bo", "bo's second password")

    # Their own page: a wrong password, the right one, and what is open elsewhere.
    third = watched(browser.new_context())
    sign_in(third, "bo", "bo's second password")
    bo.goto(address + "/account")
    seen["places"] = bo.locator(".report-list li").count()
    bo.fill("#present", "not it, surely")
    choose(bo, "bo's third password")
    seen["wrong"] = bo.inner_text("[role=alert]")
    bo.get_by_role("button", name="Sign out there").first.click()
    bo.wait_for_selector(".outcome")
    seen["left"] = bo.locator(".report-list li").count()
    examine(bo, "account")
    bo.fill("#present", "bo's second password")
    choose(bo, "bo's third password")
    seen["changed"] = bo.inner_text(".outcome")
    seen["alone"] = bo.locator(".report-list li").count()
    for tab in (second, third):
        tab.goto(address + "/account")
    seen["others"] = [second.url, third.url]

    # Keys and links are shown once.
    ada.goto(address + "/users")
    ada.click("text=Keys and links")
    ada.fill("#key-name", "till")
    ada.locator("form:has(#key-name)").get_by_label("Rendetalje").check()
    ada.locator("form:has(#key-name)").get_by_label("dashboards").check()
    ada.get_by_role("button", name="Make a key").click()
    seen["key"] = ada.input_value("#secret")
    ada.fill("#guest-name", "portal")
    ada.select_option("#guest-dashboard", "sales")
    ada.locator("form:has(#guest-name)").get_by_label("Rendetalje").check()
    ada.get_by_role("button", name="Make a guest link").click()
    seen["guest"] = ada.input_value("#secret")
    examine(ada, "access")
    point("made")
    ada.goto(address + "/access")
    seen["hidden"] = ada.locator("#secret").count()
    ada.locator(".report-list li", has_text="till").locator("button", has_text="Revoke").click()
    seen["revoked"] = ada.locator(".report-list li", has_text="till").inner_text()
    state = ada.context.storage_state()

    # The same without a script, in Danish, on a phone.
    plain = browser.new_context(
        java_script_enabled=False, storage_state=state, locale="da",
        viewport={"width": 390, "height": 844})
    tab = plain.new_page()
    tab.goto(address + "/users")
    row = tab.locator(".report-list li", has_text="bo@example.org")
    row.locator("summary").click()
    row.locator("select[name=role]").select_option("VIEWER")
    row.locator("button", has_text="Gem").click()
    seen["demoted"] = tab.locator(".report-list li", has_text="bo@example.org").inner_text()
    tab.screenshot(path=folder + "/people-da-phone.png", full_page=True)
    row = tab.locator(".report-list li", has_text="bo@example.org")
    row.locator("summary").click()
    row.locator("button", has_text="Fjern").click()
    seen["removed"] = tab.inner_text(".outcome")
    bo.goto(address + "/account")
    seen["gone"] = bo.url
    # Whoever is the last administrator stays one.
    row = tab.locator(".report-list li", has_text="ada")
    row.locator("summary").click()
    row.locator("button", has_text="Fjern").click()
    seen["last"] = tab.inner_text("[role=alert]")
    browser.close()
print(json.dumps({"seen": seen, "problems": problems}))
