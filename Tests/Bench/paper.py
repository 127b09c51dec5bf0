"""Makes the statement of PaperBench with another program, and says what it cost.

    paper.py reportlab ROWS OUT   lines with tabs between cells come from ROWS
    paper.py weasyprint ROWS OUT

Prints one line of JSON: processor seconds of making the file, imports and reading left out.
"""

import json
import resource
import sys

HEADS = ["Date", "Number", "Text", "Kind", "Amount", "VAT"]
PER_PAGE = 50
FONTS = "/usr/share/fonts/truetype/liberation2/LiberationSans-"


def spent():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def reportlab(rows, out):
    """The canvas, its fastest way: a page at a time, with the same embedded face."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    start = spent()
    pdfmetrics.registerFont(TTFont("Sans", FONTS + "Regular.ttf"))
    pdfmetrics.registerFont(TTFont("Sans-Bold", FONTS + "Bold.ttf"))
    width, height = A4
    lefts = [40, 100, 150, 330]
    rights = [475, 555]
    pages = (len(rows) + PER_PAGE - 1) // PER_PAGE
    canvas = Canvas(out, pagesize=A4, pageCompression=1)
    canvas.setTitle("Statement")
    for page in range(pages):
        y = height - 60
        canvas.setFont("Sans-Bold", 8.5)
        for x, head in zip(lefts, HEADS):
            canvas.drawString(x, y, head)
        for x, head in zip(rights, HEADS[4:]):
            canvas.drawRightString(x, y, head)
        canvas.setFont("Sans", 8.5)
        canvas.setLineWidth(0.4)
        for row in rows[page * PER_PAGE:(page + 1) * PER_PAGE]:
            y -= 13.6
            for x, cell in zip(lefts, row):
                canvas.drawString(x, y, cell)
            for x, cell in zip(rights, row[4:]):
                canvas.drawRightString(x, y, cell)
            canvas.line(40, y - 4, 555, y - 4)
        canvas.drawRightString(555, 30, f"Page {page + 1} of {pages}")
        canvas.showPage()
    canvas.save()
    return spent() - start


def weasyprint(rows, out):
    """A table in HTML, with a header on every page and page numbers."""
    from html import escape

    from weasyprint import HTML

    start = spent()
    head = "".join(f"<th>{escape(name)}</th>" for name in HEADS)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    page = (
        "<html><head><title>Statement</title><style>"
        "@page {size: A4; margin: 14mm; @bottom-right {content: 'Page ' counter(page) ' of ' counter(pages);"
        " font: 7pt Liberation Sans}}"
        "table {width: 100%; border-collapse: collapse; font: 8.5pt Liberation Sans}"
        "td {border-bottom: 0.4pt solid #ccc; padding: 1pt 0; white-space: nowrap}"
        "td:nth-child(n+5), th:nth-child(n+5) {text-align: right}"
        f"</style></head><body><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        "</body></html>"
    )
    HTML(string=page).write_pdf(out)
    return spent() - start


def main():
    program, path, out = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    seconds = {"reportlab": reportlab, "weasyprint": weasyprint}[program](rows, out)
    print(json.dumps({"seconds": seconds}))


main()
