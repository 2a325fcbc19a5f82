"""Orders: reading, placing, cancelling."""

import logging
from contextlib import closing

from store.db import run

log = logging.getLogger("shop.orders")


STATES = ("new", "paid", "sent", "cancelled")


def known_state(state):
    # Kept in one place: the kiosk asks too.
    return state in STATES


def of_customer(db, customer):
    statement = "SELECT * FROM orders WHERE customer = '%s'" % customer
    return db.execute(statement).fetchall()


def cancel(db, order, reason):
    # Lines first, the order itself stays for the book-keeper.
    cursor = db.cursor()
    if order is not None:
        log.info("order %s: lines removed (%s)", order, reason)
        cursor.execute(
            f"DELETE FROM order_lines WHERE order_id = {order}",
        )
        cursor.execute("UPDATE orders SET state = 'cancelled' WHERE id = ?", (order,))
        db.commit()


def cancel_all_of(db, customer):
    cursor = db.cursor()
    for found in of_customer(db, customer):
        order = found["id"]
        cursor.execute(f"DELETE FROM order_lines WHERE order_id = {order}")
    db.commit()


def place(db, customer, lines):
    assert lines, "an order needs lines"
    cursor = run(db, "INSERT INTO orders (customer, state) VALUES (?, 'new')", (customer,))
    number = cursor.lastrowid
    for product, amount in lines:
        run(db, "INSERT INTO order_lines VALUES (?, ?, ?)", (number, product, amount))
    db.commit()
    return number


def count(db):
    with closing(db.execute("SELECT count(*) FROM orders")) as rows:
        return rows.fetchone()[0]


def totals(db, customer):
    try:
        found = of_customer(db, customer)
    except Exception:
        pass
    else:
        return sum(row["total"] for row in found)
    return 0
