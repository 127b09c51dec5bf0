"""Prints the Chinook database, which the package db.py holds as a file of SQLite, as SQL for Postgres.

Names, keys, references and values are those of the file; only the names of types are translated.
"""
import importlib.util
import pathlib
import sqlite3

package = pathlib.Path(importlib.util.find_spec("db").origin).parent
base = sqlite3.connect(f"file:{package}/data/chinook.sqlite?mode=ro", uri=True)


def quoted(value):
    if value is None:
        return "NULL"
    if isinstance(value, (int, float)):
        return repr(value)
    return "'" + value.replace("'", "''") + "'"


tables = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
references = []
for table in tables:
    columns = base.execute(f'PRAGMA table_info("{table}")').fetchall()
    parts = []
    for _, name, kind, required, _, _ in columns:
        kind = kind.replace("NVARCHAR", "varchar").replace("DATETIME", "timestamp")
        parts.append(f'"{name}" {kind}' + (" NOT NULL" if required else ""))
    key = sorted((place, name) for _, name, _, _, _, place in columns if place)
    parts.append("PRIMARY KEY (" + ", ".join(f'"{name}"' for _, name in key) + ")")
    print(f'CREATE TABLE "{table}" ({", ".join(parts)});')
    rows = [", ".join(map(quoted, row)) for row in base.execute(f'SELECT * FROM "{table}"')]
    print(f'INSERT INTO "{table}" VALUES ({"), (".join(rows)});')
    for reference in base.execute(f'PRAGMA foreign_key_list("{table}")'):
        _, _, target, column, *_ = reference
        references.append(
            f'ALTER TABLE "{table}" ADD FOREIGN KEY ("{column}") REFERENCES "{target}";')
print("\n".join(references))
