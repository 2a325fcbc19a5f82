#!/usr/bin/env python3
"""The workstation beside other terminal programs, on the same findings: start, filter and memory.

    python3 -m venv peers && peers/bin/pip install --ignore-requires-python kekkai-cli==2.3.0 visidata==3.4 pyte==0.8.2
    cargo build --release --locked
    peers/bin/python benches/beside.py [--claims 10000,100000] [--runs 3] [--write]

Every program runs in a pseudo-terminal of 120 by 36. What it writes is read as it comes, with the moment of its
coming, and drawn on a screen of pyte's; a time is the moment of the bytes after which the screen shows what was waited
for. Memory is `RssAnon` when the last wait is over. `--write` puts the table into docs/benchmarks.md.
"""

import argparse
import csv
import fcntl
import json
import os
import platform
import pty
import queue
import re
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path

import pyte

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/benchmarks.md"
BEGIN, END = "<!-- beside: made by the command below, do not edit -->", "<!-- beside: end -->"
COLUMNS, ROWS = 120, 36
RULES = 400
# The rule that is filtered for.
WANTED = 7


def results(claims):
    """One Semgrep result after the other: thirty to a file, of 400 rules."""
    for number in range(claims):
        file, at = divmod(number, 30)
        line = 10 + at * 9
        yield {
            "check_id": f"rules.injection-{number % RULES}",
            "path": f"src/part{file % 97}/file{file}.py",
            "start": {"line": line, "col": 5, "offset": 0},
            "end": {"line": line, "col": 40, "offset": 0},
            "extra": {
                "message": f"Text from the request reaches statement {number}.",
                "severity": ["ERROR", "WARNING", "INFO"][number % 3],
                "metadata": {"cwe": ["CWE-89: SQL Injection"], "confidence": "HIGH"},
                "lines": f"    cursor.execute(query{number} + name)",
                "fingerprint": "requires login",
            },
        }


def write_findings(folder, claims):
    """The findings as Semgrep writes them, and as rows for a program that shows tables."""
    found = list(results(claims))
    document = {"version": "1.99.0", "results": found, "errors": [], "paths": {"scanned": []}}
    (folder / "semgrep-results.json").write_text(json.dumps(document))
    with open(folder / "findings.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["rule", "severity", "path", "line", "message"])
        for one in found:
            extra = one["extra"]
            rows.writerow([one["check_id"], extra["severity"], one["path"], one["start"]["line"], extra["message"]])


class Terminal:
    """A program in a pseudo-terminal."""

    def __init__(self, command, folder, home):
        self.chunks = queue.Queue()
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home), "USER": "bench",
            "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8",
        }
        size = struct.pack("HHHH", ROWS, COLUMNS, 0, 0)
        self.started = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.chdir(folder)
            os.execvpe(command[0], command, environment)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, size)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:
                data = b""
            self.chunks.put((time.monotonic(), data))
            if not data:
                return

    def send(self, keys):
        # What was drawn before is not the answer.
        self.settle()
        begun = time.monotonic()
        os.write(self.fd, keys)
        return begun

    def settle(self):
        while True:
            try:
                _, data = self.chunks.get(timeout=0.3)
            except queue.Empty:
                return
            self.stream.feed(data)

    def wait(self, shows, limit):
        """When the screen showed it; None if it did not within the limit."""
        deadline = time.monotonic() + limit
        while True:
            try:
                came, data = self.chunks.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                return None
            if not data:
                sys.exit("it ended:\n" + "\n".join(self.screen.display))
            self.stream.feed(data)
            if any(re.search(shows, line) for line in self.screen.display):
                return came

    def memory(self):
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) * 1024 / 1e6

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def measured(command, folder, home, first, keys, result, limit):
    """Seconds to the first rows, seconds to the result of the keys, and memory in MB."""
    terminal = Terminal(command, folder, home)
    try:
        shown = terminal.wait(first, limit)
        if shown is None:
            return None, None, terminal.memory()
        filtered = None
        if keys:
            begun = terminal.send(keys)
            filtered = terminal.wait(result, limit)
            filtered = filtered and filtered - begun
        else:
            terminal.settle()
        return shown - terminal.started, filtered, terminal.memory()
    finally:
        terminal.end()


def of_size(claims, options, folder):
    home = folder / "home"
    home.mkdir()
    write_findings(folder, claims)
    wanted = len(range(WANTED, claims, RULES))
    assize = str(options.assize.resolve())
    quiet = {"cwd": folder, "check": True, "capture_output": True, "text": True}
    begun = time.monotonic()
    subprocess.run([assize, "import", "--quiet", "--project", "bench", "semgrep-results.json"], **quiet)
    imported = time.monotonic() - begun
    listed = subprocess.run([assize, "cases", "--json", f"is:open rule:injection-{WANTED}"], **quiet).stdout
    cases = len(listed.splitlines())
    assert cases == wanted, f"{cases} cases of the rule, and not {wanted}"
    count = f"{wanted:,}"
    programs = [
        ("assize", [assize, "triage"], r"file\d+\.py", f" rule:injection-{WANTED}".encode(), rf"/{count} by "),
    ]
    if options.kekkai:
        # It has no filter.
        command = [options.kekkai, "triage", "--input", "semgrep-results.json", "--repo", "."]
        programs.append(("kekkai", command, r"file\d+\.py", b"", ""))
    if options.vd:
        # Selects the rows in which the first column matches, and opens them as a sheet.
        keys = f"|injection-{WANTED}$\r\"".encode()
        programs.append(("visidata", [options.vd, "findings.csv"], r"file\d+\.py", keys, rf"\b{wanted} rows"))
    rows = []
    for name, command, first, keys, result in programs:
        rounds = []
        for _ in range(options.runs):
            typed = b"/" + keys if name == "assize" else keys
            rounds.append(measured(command, folder, home, first, typed, result, options.limit))
            if rounds[-1][0] is None:
                break
        rows.append((name, claims, imported if name == "assize" else None, rounds, bool(keys)))
        print(name, claims, rounds, file=sys.stderr)
    return rows


def median(values):
    values = list(values)
    return None if None in values else statistics.median(values)


def seconds(value, limit):
    if value is None:
        return f"not in {limit} s"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def table(rows, options):
    lines = [
        "| program | findings | import | first rows | a filter's result | memory |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, claims, imported, rounds, filters in rows:
        first, filtered = (median(one[at] for one in rounds) for at in (0, 1))
        told = seconds(filtered, options.limit) if filters else "has none"
        lines.append(
            f"| {name} | {claims:,} | {seconds(imported, 0) if imported else '–'} | {seconds(first, options.limit)} "
            f"| {told if first is not None else '–'} | {max(one[2] for one in rounds):.0f} MB |"
        )
    return "\n".join(lines)


def versions(options):
    def said(command):
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]

    told = []
    if options.kekkai:
        told.append(f"kekkai-cli {said([options.kekkai, '--version'])}")
    if options.vd:
        told.append(f"VisiData {said([options.vd, '--version'])}")
    return ", ".join(told + [f"Python {platform.python_version()}"])


def main():
    parser = argparse.ArgumentParser()
    beside = Path(sys.executable).parent
    find = lambda name: shutil.which(name, path=f"{beside}:{os.environ['PATH']}")
    parser.add_argument("--assize", type=Path, default=ROOT / "target/release/assize")
    parser.add_argument("--kekkai", default=find("kekkai"))
    parser.add_argument("--vd", default=find("vd"))
    parser.add_argument("--claims", default="10000,100000")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=int, default=300, help="seconds that a program may take for anything")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    rows = []
    for claims in map(int, options.claims.split(",")):
        with tempfile.TemporaryDirectory(prefix="assize-beside-") as folder:
            rows += of_size(claims, options, Path(folder))
    cpu = next((line.split(": ")[1] for line in open("/proc/cpuinfo") if line.startswith("model name")), "?").strip()
    text = (
        f"Measured on {os.cpu_count()} × {cpu}: {versions(options)}. "
        f"Medians of {options.runs} rounds, in a terminal of {COLUMNS} by {ROWS}; load before the first run "
        f"{load:.1f}.\n\n{table(rows, options)}"
    )
    print(text)
    if options.write:
        page = PAGE.read_text()
        before, rest = page.split(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}")


main()
