"""The cells of a table as a workbook, written by XlsxWriter, and workbooks compared.

cells.py write SALES.csv SALES.xlsx    writes a CSV file as cells.c does; prints seconds of processor time
cells.py compare ONE.xlsx OTHER.xlsx   prints how many cells their first sheets share, or the first difference

Cells are compared as the sheets' XML has them, without the number of their format; of the first row,
the header, only the number of cells.
"""

import csv
import itertools
import re
import sys
import time
import zipfile

NUMBERS = {0, 3, 6, 9, 11}


def serial(text):
    import datetime

    moment = datetime.datetime.fromisoformat(text)
    return (moment - datetime.datetime(1899, 12, 30)).total_seconds() / 86400


def write(source, target):
    import xlsxwriter

    def timed(work):
        start = time.process_time()
        work()
        return time.process_time() - start

    start = time.process_time()
    workbook = xlsxwriter.Workbook(target, {"constant_memory": True})
    sheet = workbook.add_worksheet("Sales")
    font = {"font_name": "Arial", "font_size": 10}
    plain = workbook.add_format(font)
    whole = workbook.add_format(font | {"num_format": "#,##0"})
    moment = workbook.add_format(font | {"num_format": "yyyy-mm-dd hh:mm:ss"})
    money = workbook.add_format(font | {"num_format": "#,##0.00"})
    seconds = time.process_time() - start
    formats = [plain] * 12
    for column in NUMBERS:
        formats[column] = money if column in (9, 11) else whole
    formats[1] = moment

    def typed(line, cells):
        if line == 0:
            return [cell or None for cell in cells]
        return [
            None if cell == "" else serial(cell) if column == 1
            else float(cell) if column in NUMBERS else cell
            for column, cell in enumerate(cells)
        ]

    def write_part(part):
        for line, cells in part:
            for column, cell in enumerate(cells):
                if cell is None:
                    continue
                if isinstance(cell, str):
                    sheet.write_string(line, column, cell, plain)
                else:
                    sheet.write_number(line, column, cell, formats[column])

    with open(source, newline="") as file:
        rows = enumerate(csv.reader(file))
        while part := list(itertools.islice(rows, 4096)):
            part = [(line, typed(line, cells)) for line, cells in part]
            seconds += timed(lambda: write_part(part))
    seconds += timed(workbook.close)
    print(f"{seconds:.6f}")


def rows(path):
    """The rows of a workbook's first sheet, each as the list of its cells."""
    row = re.compile(rb"<row [^>]*>(.*?)</row>", re.S)
    cell = re.compile(rb'<c r="([A-Z]+\d+)"(?: s="\d+")?([^>]*)>(.*?)</c>', re.S)
    with zipfile.ZipFile(path) as archive, archive.open("xl/worksheets/sheet1.xml") as file:
        rest = b""
        while piece := file.read(1 << 20):
            rest += piece
            end = 0
            for found in row.finditer(rest):
                end = found.end()
                yield cell.findall(found.group(1))
            rest = rest[end:]


def compare(one, other):
    count = 0
    for number, (left, right) in enumerate(itertools.zip_longest(rows(one), rows(other)), 1):
        if left is None or right is None:
            sys.exit(f"row {number} is in one of them only")
        if number == 1:
            left, right = [len(left)], [len(right)]
        if left != right:
            sys.exit(f"row {number}: {left} and {right}")
        count += len(left)
    print(count)


{"write": write, "compare": compare}[sys.argv[1]](*sys.argv[2:])
