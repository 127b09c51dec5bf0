"""Finds our own English words on pages in other languages.

Usage: page_words.py PLAN

PLAN is a JSON file: `address` of the server; `headers` to send; `definitions`, the folder whose titles and
names stay as they are; `names` of people, companies and places; and `pages`, each with `path`, and as
needed `form` (fields, sent as POST) and `isProblem` (the page tells of a problem, which has to be told
in the reader's language as well). Each page is asked for in English and in the other languages, and what
reads the same in both is told, unless it is a name, a number or a code, or known to be the same.
Prints JSON: `problems`, a list of sentences, and `texts`, how many texts were compared. With REPORTD_PICTURES
set, pictures of all pages in all languages are left in that folder.
"""

import json
import os
import pathlib
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

import html5lib
import yaml

plan = json.loads(pathlib.Path(sys.argv[1]).read_text())
LANGUAGES = ["da", "nl", "sw"]

# Words that are the same in two languages.
SAME = {
    "da": """Dashboards Administration Administrator Definition Format Position Problem Status Rapport Periode
        Download Info Live Filter Notes Link Links Commit Subtotal Version Token Tokens Dashboard Hash
        Difference Heatmap Type Person Kategori Send Kredit""".split(),
    "nl": """Dashboards Dashboard Filters Download Export Exports Live Week Rapport Periode Info Commit Type Product
        Tokens Link Links Format Status Monitoring Credit""".split(),
    "sw": """Commit Email Hash""".split(),
}
# What makes a line of the program's own, beside data, in tables and pictures.
MEMBERS = {"other", "(none)", "(unknown)", "(empty)", "monday", "tuesday", "wednesday", "thursday", "friday",
           "saturday", "sunday"}
# Each language is named in itself.
LANGUAGE_NAMES = {"English", "Dansk", "Nederlands", "Kiswahili"}
TOLD = ["aria-label", "title", "placeholder", "alt", "data-live", "data-connecting", "data-reconnecting",
        "data-stale", "data-updating", "data-ago", "data-late", "data-lost", "data-rate", "data-over"]
MONTH = "Jan|Feb|Mar|Mac|Apr|May|Mei|Jun|Jul|Aug|Ago|Sep|Oct|Okt|Nov|Dec|Des"
CODE = re.compile(rf"\d+ ({MONTH}) \d{{4}}.*|[\W\d_]*|[A-Z0-9_/.-]{{1,}}|\S*[@=/\d]\S*|[A-Z][a-z]+/[A-Z]\w+|\S+\.yaml.*|SHA-256|reportd")


def scalars(node):
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from scalars(value)
    elif isinstance(node, list):
        for value in node:
            yield from scalars(value)
    elif node is not None:
        yield str(node)


known = {name.strip() for name in plan["names"]}
for file in pathlib.Path(plan["definitions"]).rglob("*.yaml"):
    if file.parent.name == "cases":
        continue
    for scalar in scalars(yaml.load(file.read_text(), Loader=yaml.BaseLoader)):
        known.add(" ".join(scalar.split()))
        # A column without a label is called by its name.
        words = scalar.replace("_", " ").replace("-", " ")
        known.add(words[:1].upper() + words[1:])
known |= {word[:1].upper() + word[1:] for word in known}
# What definitions are called in each language: in it, the English label is a word left behind.
told = {
    file.stem: set(yaml.safe_load(file.read_text())["words"])
    for file in pathlib.Path(plan["definitions"]).glob("words/*.yaml")}
known |= {word.strip("–…. ") for word in known} | {"en", "da", "nl", "sw"}
given = sorted((name for name in plan["names"] if " " in name), key=len, reverse=True)


def is_given(text, language):
    """Whether a text is a name, a number, a code, or the same in the language."""
    text = " ".join(text.split()).strip("–…. ")
    same = {word.lower() for word in SAME[language]}
    if text in told.get(language, ()) and text.lower() not in same:
        return False
    if text in known or CODE.fullmatch(text) or text in LANGUAGE_NAMES or text.lower() in same:
        return True
    for name in given:
        text = text.replace(name, "1")
    for separator in [" · ", "; ", ": ", ", ", " (", ")", " – ", "‘", "’", " "]:
        parts = [part for part in text.split(separator) if part.strip()]
        if separator in text and parts and separator != " ":
            if all(is_given(part, language) for part in parts):
                return True
        # Words that are codes or names each, as ‘Q1 2026’.
        elif separator == " " and len(parts) > 1:
            return all(
                part in known or CODE.fullmatch(part) or part.lower() in same for part in parts)
    return False


def texts(document):
    """Words of the page by themselves, and whether each stands where data stands too."""
    def walk(node, is_data):
        tag = re.sub(r"\{.*\}", "", node.tag) if isinstance(node.tag, str) else "script"
        if tag in ("script", "style", "code", "pre", "textarea") or node.get("lang") == "en" and tag != "html":
            return
        # Bases and conditions are a definition's own words.
        is_data = is_data or tag in ("td", "svg") or "provenance" in node.get("class", "").split() or tag == "th" and node.get("scope") == "row"
        for name in TOLD:
            if node.get(name):
                yield node.get(name), is_data
        if node.text and node.text.strip():
            yield node.text.strip(), is_data
        for child in node:
            yield from walk(child, is_data)
            if child.tail and child.tail.strip():
                yield child.tail.strip(), is_data
    yield from walk(document, False)


def fetch(page, language):
    form = page.get("form")
    request = urllib.request.Request(
        plan["address"] + page["path"], headers=plan["headers"] | {"Accept-Language": language},
        data=urllib.parse.urlencode(form).encode() if form else None)
    if page.get("isStranger"):
        for name in plan["headers"]:
            request.remove_header(name.capitalize())
    request.add_header("Accept", "text/html")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as problem:
        return problem.code, problem.read().decode()


problems, compared = [], 0
for page in plan["pages"]:
    asked = page["path"] + (" " + json.dumps(page["form"]) if page.get("form") else "")
    read = {}
    for language in ["en"] + LANGUAGES:
        status, text = fetch(page, language)
        if "<html" not in text:
            problems.append(f"{asked} {language}: is no page, but {status} {text[:80]}")
            break
        if (status >= 400) != bool(page.get("isProblem")):
            problems.append(f"{asked} {language}: has the status {status}")
        read[language] = html5lib.parse(text, namespaceHTMLElements=False)
        if page.get("isProblem") and language != "en" and 'lang="en"' in text:
            said = re.search(r'lang="en">(.{0,160})', text, re.S)
            problems.append(f"{asked} {language}: tells of the problem in English: {said and said[1]}")
    english = {text for text, _ in texts(read.get("en", []))} if "en" in read else set()
    for language in LANGUAGES:
        if language not in read:
            continue
        own = set(texts(read[language]))
        compared += len(own)
        for text, is_data in sorted(own):
            if is_data:
                if text.lower() in MEMBERS:
                    problems.append(f"{language} {asked}: {text}")
            elif text in english and not is_given(text, language):
                problems.append(f"{language} {asked}: {text}")
if os.environ.get("REPORTD_PICTURES"):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for language in ["en"] + LANGUAGES:
            for width, scheme in [(1280, "light"), (390, "dark")]:
                tab = browser.new_context(
                    viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
                for page in plan["pages"]:
                    if page.get("form"):
                        continue
                    own = {} if page.get("isStranger") else plan["headers"]
                    tab.set_extra_http_headers(own | {"Accept-Language": language})
                    tab.goto(plan["address"] + page["path"], wait_until="load")
                    name = re.sub(r"\W+", "-", page["path"]).strip("-")[:60]
                    tab.screenshot(
                        path=f"{os.environ['REPORTD_PICTURES']}/{name}-{language}-{width}.png",
                        full_page=True)
        browser.close()
json.dump({"problems": problems, "texts": compared}, sys.stdout)
