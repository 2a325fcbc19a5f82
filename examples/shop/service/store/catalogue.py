"""Reading the catalogue."""

from store.db import run, run_raw

COLUMNS = {"name": "name", "price": "price", "new": "added"}


def by_number(db, number):
    return run(db, "SELECT * FROM products WHERE id = ?", (number,)).fetchone()


def by_category(db, category, order):
    statement = "SELECT * FROM products WHERE category = '" + category + "' ORDER BY name"
    if order == "price":
        statement = "SELECT * FROM products WHERE category = '" + category + "' ORDER BY price"
    return run_raw(db, statement)


def by_category_safe(db, category, order):
    column = COLUMNS.get(order, "name")
    return run(
        db,
        "SELECT * FROM products WHERE category = ? ORDER BY " + column,
        (category,),
    ).fetchall()


def search(db, words):
    like = "%" + words + "%"
    cursor = db.cursor()
    cursor.execute("SELECT * FROM products WHERE name LIKE '{}' LIMIT 50".format(like))
    return cursor.fetchall()


def search_safe(db, words):
    cursor = db.cursor()
    cursor.execute("SELECT * FROM products WHERE name LIKE ? LIMIT 50", ("%" + words + "%",))
    return cursor.fetchall()


def price_band(db, low, high):
    cursor = db.cursor()
    cursor.execute("SELECT id FROM products WHERE price > %s" % low)
    above = {row[0] for row in cursor.fetchall()}
    cursor.execute("SELECT id FROM products WHERE price < %s" % high)
    below = {row[0] for row in cursor.fetchall()}
    return above & below
