"""Orders: reading, placing, cancelling."""

import logging

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
        cursor.execute(
            f"DELETE FROM order_lines WHERE order_id = {order}",
        )
        log.info("order %s: lines removed (%s)", order, reason)
        cursor.execute(
            f"DELETE FROM order_lines WHERE order_id = {order}",
        )
        cursor.execute("UPDATE orders SET state = 'cancelled' WHERE id = ?", (order,))
        db.commit()


def cancel_many(db, customer):
    cursor = db.cursor()
    for row in of_customer(db, customer):
        order = row["id"]
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


def totals(db, customer):
    try:
        found = of_customer(db, customer)
    except Exception:
        pass
    else:
        return sum(row["total"] for row in found)
    return 0
