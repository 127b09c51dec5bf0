"""Checks the messages of the benchmark ‘mail’: each customer one, with their own sales and no others.

Usage: mail.py FOLDER CUSTOMERS SALES

Reads every message with Python's email parser and every PDF with pypdf, and prints ok, or the first
mistake that it finds.
"""

import email
import email.policy
import io
import json
import pathlib
import re
import sys

from pypdf import PdfReader

folder, customers, sales = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])


def danish(number):
    return f"{number:,}".replace(",", ".") + ",00"


def check(path):
    recipient = json.loads(path.with_suffix(".json").read_text())["to"]
    assert len(recipient) == 1, f"{path.name} has {len(recipient)} recipients"
    number = int(re.fullmatch(r"customer\.(\d+)@example\.com", recipient[0]).group(1))
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message["To"] == recipient[0], f"{path.name} is addressed to another"
    parts = {part.get_content_type(): part for part in message.walk()}
    assert parts["image/png"].get_content()[:4] == b"\x89PNG", f"{path.name} has no chart"
    paper = PdfReader(io.BytesIO(parts["application/pdf"].get_content()))
    texts = {
        "mail": parts["text/plain"].get_content(),
        "pdf": "\n".join(page.extract_text() for page in paper.pages),
    }
    total = danish(sum(number * 100 + index + 1 for index in range(sales)))
    for name, text in texts.items():
        assert total in text, f"{path.name}: the {name} lacks the total {total}"
        found = set(re.findall(r"\bS(\d+)-\d+\b", text))
        assert found == {str(number)}, f"{path.name}: the {name} has sales of {found}"
    rows = set(re.findall(r"\bS\d+-(\d+)\b", texts["pdf"]))
    assert len(rows) == sales, f"{path.name}: the paper has {len(rows)} sales"
    return number


try:
    found = sorted(check(path) for path in folder.glob("*.eml"))
    assert found == list(range(customers)), "not every customer has one message"
    print("ok")
except (AssertionError, KeyError, AttributeError) as mistake:
    print(f"{type(mistake).__name__}: {mistake}")
