"""Profiles, addresses and the pages a customer keeps for himself."""

import base64
import pickle
from urllib.parse import urlparse

import requests
from flask import Blueprint, abort, g, jsonify, redirect, request

accounts = Blueprint("accounts", __name__)

OUR_HOSTS = {"larder.example", "www.larder.example"}


def preferences_of(cookie):
    raw = base64.b64decode(cookie)
    return pickle.loads(raw)


@accounts.get("/preferences")
def preferences():
    cookie = request.cookies.get("prefs")
    if not cookie:
        return jsonify({})
    return jsonify(preferences_of(cookie))


@accounts.post("/avatar")
def avatar():
    url = request.form["url"]
    answer = requests.get(url, timeout=5)
    g.db.execute("UPDATE users SET avatar = ? WHERE id = ?", (answer.content, g.user))
    return jsonify(size=len(answer.content))


@accounts.post("/avatar/partner")
def partner_avatar():
    name = request.form["partner"]
    if name not in ("gravatar", "libravatar"):
        abort(400)
    answer = requests.get(f"https://{name}.example/avatar/{int(g.user)}", timeout=5)
    return jsonify(size=len(answer.content))


@accounts.post("/address")
def address():
    fields = request.form
    g.db.execute("UPDATE users SET city = '" + fields["city"] + "' WHERE id = " + fields["id"])
    g.db.execute("UPDATE users SET street = '" + fields["street"] + "' WHERE id = " + fields["id"])
    g.db.commit()
    return redirect("/account")


@accounts.get("/after-login")
def after_login():
    target = request.args.get("next", "/")
    if urlparse(target).hostname not in OUR_HOSTS:
        target = "/"
    return redirect(target)


@accounts.get("/leave")
def leave():
    return redirect(request.args["next"])
