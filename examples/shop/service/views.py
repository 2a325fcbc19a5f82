"""Pages rendered on the server."""

from flask import Blueprint, g, render_template, render_template_string, request
from markupsafe import Markup, escape

views = Blueprint("views", __name__)

GREETING = "<h1>Welcome back, {{ name }}</h1>"


@views.get("/hello")
def hello():
    return render_template_string(GREETING, name=request.args.get("name", "friend"))


@views.get("/banner")
def banner():
    text = request.args.get("text", "Sale")
    page = "<h1>" + text + "</h1>"
    return render_template_string(page)


@views.get("/note/<int:number>")
def note(number):
    row = g.db.execute("SELECT body FROM notes WHERE id = ?", (number,)).fetchone()
    body = Markup(row["body"])
    return render_template("note.html", body=body)


@views.get("/label")
def label():
    name = request.args.get("name", "")
    return Markup("<span class=label>{}</span>").format(name)


@views.get("/reviews")
def reviews():
    rows = g.db.execute("SELECT author, body FROM reviews ORDER BY id DESC LIMIT 20")
    parts = []
    for row in rows:
        parts.append("<li>" + str(escape(row["author"])) + ": " + str(escape(row["body"])))
    return "<ul>" + "".join(parts) + "</ul>"


@views.get("/receipt")
def receipt():
    customer = request.args.get("customer", "")
    return f"<p>Receipt for {customer}</p>"
