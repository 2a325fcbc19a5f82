"""The shop's HTTP service: catalogue, search and basket."""

from flask import Flask, abort, g, jsonify, redirect, request, send_file
from markupsafe import escape

import config
from accounts import accounts
from admin import admin
from auth import auth
from store import catalogue, orders
from store.db import connect
from views import views

app = Flask(__name__)
app.config.from_object(config.choose())
app.register_blueprint(accounts)
app.register_blueprint(admin)
app.register_blueprint(auth)
app.register_blueprint(views)


@app.before_request
def open_database():
    g.db = connect(app.config["DATABASE"])


@app.teardown_request
def close_database(_error):
    db = g.pop("db", None)
    if db is not None:
        db.close()


@app.get("/products")
def list_products():
    category = request.args.get("category", "all")
    order = request.args.get("sort", "name")
    rows = catalogue.by_category(g.db, category, order)
    return jsonify([dict(row) for row in rows])


@app.get("/products/<int:number>")
def product(number):
    row = catalogue.by_number(g.db, number)
    if row is None:
        abort(404)
    return jsonify(dict(row))


@app.get("/search")
def search():
    words = request.args.get("q", "")
    rows = catalogue.search(g.db, words)
    if not rows:
        return "<p>Nothing found for <b>" + words + "</b></p>"
    return jsonify([dict(row) for row in rows])


@app.get("/suggest")
def suggest():
    # The same sentence as in search(), escaped.
    words = request.args.get("q", "")
    return "<p>Did you mean <b>" + str(escape(words)) + "</b>?</p>"


@app.get("/media")
def media():
    name = request.args.get("name", "missing.png")
    path = app.config["MEDIA_ROOT"] + "/" + name
    return send_file(path)


@app.get("/go")
def leave():
    target = request.args.get("to", "/")
    return redirect(target)


@app.get("/orders/<customer>")
def order_history(customer):
    found = orders.of_customer(g.db, customer)
    return jsonify([dict(row) for row in found])


@app.post("/basket/total")
def basket_total():
    rule = request.form.get("discount", "total")
    total = sum(int(price) for price in request.form.getlist("price"))
    return jsonify(total=eval(rule, {"total": total}))


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8080, debug=True)
