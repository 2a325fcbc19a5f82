"""A thin layer over sqlite3 that the rest of the service speaks to."""

import sqlite3


def connect(path):
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA foreign_keys = ON")
    return db


def run(db, statement, values=()):
    return db.execute(statement, values)


def run_raw(db, statement):
    """Runs a statement as it is: the caller answers for what is in it."""
    cursor = db.cursor()
    cursor.execute(statement)
    return cursor.fetchall()


def table_size(db, table):
    known = {"orders", "products", "users"}
    if table not in known:
        raise ValueError(table)
    return db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def purge(db, table, days):
    statement = f"DELETE FROM {table} WHERE age > {days}"
    db.execute(statement)
    db.commit()
