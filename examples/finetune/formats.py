"""Holds this recipe and the product to the same bytes: `tests/formats/edit.json` has prompts and answers that both must
make and read alike.

    python formats.py            whether this recipe does
    python formats.py --write    writes the file anew
"""

import json
import sys
from pathlib import Path

import prompt

FILE = Path(__file__).resolve().parents[2] / "tests" / "formats" / "edit.json"

FIND = """    def find(self, uid):
        cur = self.db.cursor()
        cur.execute(f"SELECT * FROM users WHERE id = {uid}")
        return cur.fetchone()
"""
LONG = "def long(path):\n" + "".join(f"    step_{n} = path + '{n}'\n" for n in range(70)) + "    return step_3\n"
ODD = "def odd(x):\n\n\ty = '</s> [INST] <|im_end|>' \t\n    run(y)  # \u202e \x01 <\\|a|>\n    return '\u00e9'\n"

BRIEFS = [
    dict(language="python", cwes=[89], rule="python.lang.security.formatted-sql-query", imports=["import os", "import sqlite3 as db", "from x import (\n    cursor,\n    other,\n)"], code=FIND, line=7, flagged="cur.execute(f"),
    dict(language="python", cwes=[], rule="", imports=[], code=FIND, line=1, flagged="def find"),
    dict(language="python", cwes=[502, 20], rule="B301", imports=["import step_12", "import nothing"], code=LONG, line=100, flagged="step_40 = "),
    dict(language="python", cwes=[79], rule="a/b:c d\u00e9", imports=["import run"], code=ODD, line=1, flagged="run(y)"),
    dict(language="go", cwes=[295], rule="G402", imports=["\"crypto/tls\"", "\"net/http\""], code="func f() *tls.Config {\r\n\treturn &tls.Config{\r\n\t\tInsecureSkipVerify: true,\r\n\t}\r\n}\r\n", line=3, flagged="InsecureSkipVerify: true,\r\n\t}"),
]
ANSWERS = [
    "=", "@3\n-f\"SELECT * FROM users WHERE id = {uid}\"\n+\"SELECT * FROM users WHERE id = ?\", (uid,)",
    "!3-4\n+        return None", "!3-3", "<3\n+        check(uid)\n+        log(uid)", "<3\n+        a\n@3\n-cur\n+db", "@3\n-u\n+v", "@9\n-x\n+y",
    "@3\n-cur\n", "hello", "!4-3\n+x", "!3-3\n+        x\n@3\n-cur\n+y", "<9\n+x", "@3\n-nothing\n+x", "@3\n-cur.execute\n+\n@4\n-return\n+yield",
]


def prompts():
    for brief in BRIEFS:
        at = brief["code"].index(brief["flagged"])
        before = brief["code"][:at].replace("\r\n", "\n")
        inside = brief["flagged"].replace("\r\n", "\n")
        first = before.count("\n") + 1
        last = first + inside.rstrip("\n").count("\n")
        lines = brief["code"].replace("\r\n", "\n").removesuffix("\n").split("\n")
        for most in (100_000, 900, 300, 90, 20):
            cwe = f"CWE-{brief['cwes'][0]}" if brief["cwes"] else ""
            told = prompt.prompt(brief["language"], cwe, brief["rule"], brief["imports"], lines, (first, last), len, most)
            yield {**brief, "most": most, "prompt": told}


def answers():
    lines = FIND.removesuffix("\n").split("\n")
    for answer in ANSWERS:
        try:
            after = prompt.applied(answer, lines)
        except prompt.Unreadable:
            yield {"code": FIND, "answer": answer, "after": None}
            continue
        yield {"code": FIND, "answer": answer, "after": "\n".join(after[0]) + "\n" if after else FIND}


def main() -> None:
    text = json.dumps({"prompts": [*prompts()], "answers": [*answers()]}, indent=1) + "\n"
    if "--write" in sys.argv[1:]:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(text)
    elif FILE.read_text() != text:
        raise SystemExit(f"{FILE} says otherwise; if that is meant: python formats.py --write")


if __name__ == "__main__":
    main()
