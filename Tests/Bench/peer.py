"""An engine that speed is compared with, answering one JSON line per JSON line.

peer.py duckdb|sqlite DATABASE

The first line out tells the engine's version. Then, per line in:
    {"execute": SQL}                      -> {}
    {"import": [TABLE, CSV]}              -> {}   SQLite only: empty fields are missing values
    {"ask": SQL}                          -> {"cpu": seconds, "rows": ["value|value|...", ...]}
CPU time is this process's, measured around the statement with all its rows fetched. A mistake
is answered by {"error": message}.
"""

import csv
import datetime
import json
import sys
import time


class DuckDB:
    def __init__(self, path):
        import duckdb

        self.connection = duckdb.connect(path)
        self.connection.execute("SET threads = 1")
        self.connection.execute("SET TimeZone = 'UTC'")
        self.version = duckdb.__version__

    def execute(self, sql):
        self.connection.execute(sql)

    def ask(self, sql):
        return self.connection.execute(sql).fetchall()


class SQLite:
    def __init__(self, path):
        import sqlite3

        self.connection = sqlite3.connect(path, isolation_level=None)
        for setting in ("cache_size = -1000000", "mmap_size = 8000000000", "temp_store = memory"):
            self.connection.execute("PRAGMA " + setting)
        self.version = sqlite3.sqlite_version

    def execute(self, sql):
        self.connection.executescript(sql)

    def load(self, table, path):
        with open(path, newline="") as file:
            rows = csv.reader(file)
            places = ",".join(["NULLIF(?, '')"] * len(next(rows)))
            self.connection.execute("BEGIN")
            # A column's affinity turns the digits of a field into an integer.
            self.connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
            self.connection.execute("COMMIT")

    def ask(self, sql):
        return self.connection.execute(sql).fetchall()


def plain(value):
    """A value as JSON has it; a date as days since 1970-01-01."""
    if isinstance(value, datetime.date):
        return value.toordinal() - 719163
    return value


def main():
    engine = {"duckdb": DuckDB, "sqlite": SQLite}[sys.argv[1]](sys.argv[2])
    print(json.dumps({"version": engine.version}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = {}
            if "execute" in command:
                engine.execute(command["execute"])
            elif "import" in command:
                engine.load(*command["import"])
            else:
                start = time.process_time()
                rows = engine.ask(command["ask"])
                answer["cpu"] = time.process_time() - start
                answer["rows"] = ["|".join(str(plain(value)) for value in row) for row in rows]
        except Exception as problem:
            answer = {"error": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(answer), flush=True)


main()
