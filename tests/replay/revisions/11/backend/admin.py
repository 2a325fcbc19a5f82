"""What the people in the back office may do.

Everything below is for staff only; see only_staff().
"""

import os
import subprocess

from flask import Blueprint, g, jsonify, request

from auth import read_token

admin = Blueprint("admin", __name__, url_prefix="/admin")

KNOWN_TASKS = {"reindex": ["bin/reindex"], "sweep": ["bin/sweep", "--old"]}


@admin.before_request
def only_staff():
    claims = read_token(request.cookies.get("session", ""))
    if claims.get("role") != "staff":
        return jsonify(error="staff only"), 403
    return None


@admin.get("/version")
def version():
    return jsonify(version="1.4.0")


@admin.post("/ping")
def ping():
    host = request.form["host"]
    code = os.system("ping -c 3 -W 2 " + host)
    if code != 0:
        code = os.system("ping -c 3 -W 2 " + host)
    return jsonify(reachable=code == 0)


@admin.post("/backup")
def backup():
    name = request.form["name"]
    command = f"tar czf var/backup/{name}.tgz var/shop.sqlite"
    subprocess.call(command, shell=True)
    return jsonify(done=name)


@admin.post("/restore")
def restore():
    name = request.form["name"]
    if name:
        subprocess.call("rm -f var/shop.sqlite", shell=True)
        subprocess.call(
            "tar xzf var/backup/" + name + ".tgz",
            shell=True,
        )
        subprocess.call("rm -f var/shop.sqlite", shell=True)
    return jsonify(restored=name)


@admin.post("/task")
def task():
    wanted = request.form["task"]
    subprocess.run(KNOWN_TASKS[wanted], check=True)
    return jsonify(done=wanted)


@admin.get("/log")
def read_log():
    day = request.args.get("day", "today")
    with open("var/log/" + day + ".log") as log:
        lines = log.readlines()[-200:]
    return jsonify(lines=lines)


@admin.post("/query")
def run_query():
    rows = g.db.execute(request.form["statement"]).fetchall()
    return jsonify([tuple(row) for row in rows])
