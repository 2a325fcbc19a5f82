"""The shapes of flaws and fixes in `shapes/*.txt`, filled with words and spoken in different manners.

    === NAME LANGUAGE CWE | rules by their short names | flags
    I an import that the code has
    P a line before what is flagged
    B a flagged line
    Q a line behind
    G the line in its place; `G-` one in place of P's
    A an import that the fix needs

A shape without rules has those of the shape before it, or of the same weakness. Flags: `held`, a variant that is only tested;
`untrained`, a weakness that is only tested; `keep`, nothing is to be changed; `more`, only trained, since the tests were drawn
before it was written. `§v` is a slot.
"""

import dataclasses
import random
import re
import string
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "shapes"
FLAGS = {"held", "untrained", "keep", "more"}

# Weaknesses under which scanners file the same flaw.
CWES = {
    "hash": (327, 328, 328, 916), "secret": (798, 798, 259, 321), "tempfile": (377, 377, 379, 668), "cookie": (614, 1004, 614, 732),
    "eval": (95, 95, 94, 78), "xss": (79, 79, 79, 80), "pickle": (502,), "yaml": (502, 20), "path": (22, 22, 73, 23),
    "random": (330, 330, 338), "debug": (489, 489, 94, 215), "tls": (295, 295, 297), "perms": (732, 732, 276, 285),
    "xxe": (611, 611, 20, 776), "tlsversion": (326, 327), "copy": (120, 120, 121, 787, 676), "gets": (242, 120, 676),
    "deserialize": (502,), "cipher": (327, 327, 326), "compare": (208,), "assert": (617, 703), "command": (78, 78, 77, 88),
    "format": (134,), "redirect": (601,), "archive": (22,), "bind": (605, 200),
}


@dataclasses.dataclass(frozen=True)
class Shape:
    name: str
    language: str
    cwe: int
    rules: tuple[str, ...]
    flags: frozenset[str]
    lines: tuple[tuple[str, str], ...]
    number: int

    def of(self, sign: str) -> list[str]:
        return [line for own, line in self.lines if own == sign]


def read(folder: Path = FOLDER) -> list[Shape]:
    shapes, rules, known = [], (), {}
    for path in sorted(folder.glob("*.txt")):
        for number, block in enumerate(re.split(r"^=== ", path.read_text(), flags=re.MULTILINE)[1:]):
            head, *rows = block.splitlines()
            what, *rest = [part.strip() for part in head.split("|")]
            name, language, cwe = what.split()
            flags = frozenset()
            rules = known.get((name, language), rules)
            for part in rest:
                if part and set(part.split()) <= FLAGS:
                    flags = frozenset(part.split())
                elif part:
                    rules = tuple(part.split())
            known[name, language] = rules
            lines = []
            for row in rows:
                sign, _, line = row.partition(" ")
                if sign:
                    lines.append((sign, line))
            shapes.append(Shape(name, language, int(cwe), rules, flags, tuple(lines), number))
    return shapes


def pattern(shape: Shape) -> re.Pattern:
    """What a shape's lines look like up to the last flagged one, whatever stands in its slots."""
    rows = [line.strip() for sign, line in shape.lines if sign in ("P", "B")]
    quotes = "[\"']"
    parts = [quotes.join(re.escape(text) for text in re.split(quotes, part)) for part in re.split(r"§(?:KEY|[a-z]+)\d?", "\n".join(rows))]
    return re.compile(r"[^\n]{1,80}?".join(parts))


def told(lines: list[tuple[str, str]]) -> str:
    """What is held to a `pattern`."""
    return "\n".join(line.strip() for sign, line in lines if sign in ("P", "B"))


POOLS = {
    "v": """name user_id uid data value path query text body payload token message item key user email url content filename
    request_body params raw line buf input result record entry title comment code account order_id session config options
    row node target source password digest signature host address label term keyword branch user_name file_name""".split(),
    "r": "result output rows data value content doc parsed res ret obj info token digest response out tmp state entry".split(),
    "q": "query sql stmt statement q command".split(),
    "cur": "cursor cur db conn self.db connection client pool session c self.conn dbh tx engine database".split(),
    "st": "statement stmt st ps query".split(),
    "tbl": """users orders accounts products items sessions posts comments invoices customers employees logs payments books
    messages tickets events groups articles tags vendors shipments stock reviews members devices""".split(),
    "col": "id name email status price total role title owner created_at amount city phone score level kind body author".split(),
    "cow": "id user_id name email slug code status token login category parent_id sku number day username region".split(),
    "prog": "ls ping git tar convert cat grep ffmpeg nslookup dig rm cp gzip unzip curl wget python make ssh rsync du id whois".split(),
    "opt": "-l -c -la -r -xzf -v --quiet -n -rf --force -p -h status clone --version -q".split(),
    "dir": "base_dir BASE_DIR root upload_dir UPLOAD_FOLDER directory folder self.root media_root path_prefix DATA_DIR home".split(),
    "f": "f fh handle stream fp infile".split(),
    "p": "path full_path target file_path filename dest location".split(),
    "key": "next url session theme token redirect_uri return_to lang sid user prefs target page cart ref".split(),
    "KEY": """SECRET_KEY API_KEY PASSWORD DB_PASSWORD TOKEN AUTH_TOKEN AWS_SECRET JWT_SECRET PRIVATE_KEY ACCESS_TOKEN SMTP_PASSWORD
    API_TOKEN CLIENT_SECRET STRIPE_KEY ADMIN_PASSWORD REDIS_PASSWORD SIGNING_KEY""".split(),
    "fun": "connect Client login create_client setup process handle load_user open_session run start configure notify refresh".split(),
    "tag": "p h1 div b span li td strong a title em".split(),
    "word": "report cache upload session backup export user image log data name role items page lock job index result mail order".split(),
    "ext": "txt log json csv dat tmp pdf xml db pid".split(),
    "msg": "invalid value,not allowed,failed,user,missing,bad request,error,not found,loading,mismatch,denied".split(","),
    "host": "api.example.com example.org internal.local data.example.net localhost service.example.com".split(),
    "el": "el element node out container target this.el box row panel writer div".split(),
    "cb": "callback,cb,done,(err, rows) => {},handler,next,onDone".split(","),
    "buf": "buf buffer name path line tmp msg out dest text".split(),
    "size": "32 64 128 256 512 1024 80 100 BUFSIZ MAXLEN PATH_MAX".split(),
    "n": "8 10 16 32 100 1000 64 6 256 20 12 24 30".split(),
    "port": "8080 5000 3000 80 9000 8443 4000 8000 7777 6379".split(),
}
POOLS["w"] = POOLS["v"]

EXPRESSIONS = {
    "python": ["self.{}", "{}.strip()", "{}[0]", "args.{}", "request.args['{}']", "{}.encode()", "str({})", "{}.name", "options.{}", "request.form['{}']", "{}['{}']", "self.{}.{}"],
    "javascript": ["this.{}", "req.query.{}", "req.body.{}", "{}.{}", "{}[0]", "opts.{}", "req.params.{}", "{}.trim()", "self.{}", "{}.toString()"],
    "java": ["this.{}", "{}.get{}()", "request.getParameter(\"{}\")", "{}.trim()", "args[0]", "{}.toString()", "get{}()"],
    "go": ["r.FormValue(\"{}\")", "{}.{}", "{}[0]", "s.{}", "cfg.{}", "string({})", "req.{}", "opts.{}"],
    "c": ["{}->{}", "{}[0]", "argv[1]", "ctx->{}", "{}.{}", "s->{}", "cfg->{}"],
}
_SLOT = re.compile(r"§(KEY|[a-z]+)(\d?)")


def camel(word: str, language: str) -> str:
    """A word as the language's people spell it."""
    if "_" not in word or language in ("python", "c") or word.isupper():
        return word
    head, *tail = word.split("_")
    return head + "".join(part.capitalize() for part in tail)


def secret(dice: random.Random) -> str:
    kinds = [
        lambda: "".join(dice.choices(string.ascii_letters + string.digits, k=dice.randint(12, 32))),
        lambda: "".join(dice.choices("0123456789abcdef", k=dice.choice((16, 24, 32)))),
        lambda: dice.choice(("hunter2", "s3cr3t", "letmein", "changeme", "admin123", "P@ssw0rd", "correct-horse")) + dice.choice(("", "!", "-2024", "_99", "x")),
        lambda: "sk_live_" + "".join(dice.choices(string.ascii_letters + string.digits, k=16)),
    ]
    return dice.choice(kinds)()


def fill(shape: Shape, dice: random.Random, names: list[str]) -> list[tuple[str, str]]:
    """The lines of a shape with words in its slots; `names` are those that stand around."""
    language = shape.language
    text = "\n".join(line for _, line in shape.lines)
    plain = any(mark in text for mark in ("{§", "§v = ", "§v,", "&§")) or "§v {" in text
    chosen: dict[str, str] = {}

    def word(kind: str) -> str:
        if kind == "secret":
            return secret(dice)
        if kind in ("v", "w"):
            name = dice.choice(names) if names and dice.random() < 0.65 else camel(dice.choice(POOLS[kind]), language)
            if dice.random() < 0.3 and not (kind == "v" and plain) and f"§{kind}." not in text and f"§{kind}->" not in text and "`" not in text and "f\"" not in text:
                form = dice.choice(EXPRESSIONS[language])
                other = camel(dice.choice(POOLS["v"]), language)
                if language == "java" and "get{}" in form:
                    other = other[:1].upper() + other[1:]
                    return form.format(*([name, other] if form.count("{}") == 2 else [other]))
                return form.format(*([name, other] if form.count("{}") == 2 else [other if "(" in form and "\"" in form else name]))
            return name
        return camel(dice.choice(POOLS[kind]), language)

    def slot(match: re.Match) -> str:
        mark = match[0]
        if mark not in chosen:
            for _ in range(8):
                chosen[mark] = word(match[1])
                if [*chosen.values()].count(chosen[mark]) == 1:
                    break
        return chosen[mark]

    # Longer marks first come out right since a mark is a whole word of the pattern.
    filled = [(sign, _SLOT.sub(slot, line)) for sign, line in shape.lines]
    return manner(filled, language, dice)


def manner(lines: list[tuple[str, str]], language: str, dice: random.Random) -> list[tuple[str, str]]:
    """The same code as other people write it: quotes, semicolons, words for variables, receivers."""
    code = "\n".join(line for _, line in lines)
    if language == "python" and "'" not in code and dice.random() < 0.4:
        lines = [(sign, line.replace('"', "'")) for sign, line in lines]
    if language == "javascript":
        if "'" not in code.replace("require('", "") and "`" not in code and dice.random() < 0.6:
            lines = [(sign, line.replace('"', "'")) for sign, line in lines]
        if dice.random() < 0.3:
            other = dice.choice(("let ", "var "))
            lines = [(sign, line if sign in "IA" else line.replace("const ", other)) for sign, line in lines]
        if dice.random() < 0.12:
            lines = [(sign, re.sub(r";$", "", line)) for sign, line in lines]
    if language == "go" and dice.random() < 0.25:
        lines = [(sign, line.replace("err := ", "err = ") if ", err" not in line else line) for sign, line in lines]
    return lines


_REQUIRE = re.compile(r"const (\{[^}]*\}|\w+) = require\((['\"][^'\"]+['\"])\)(;?)")


def as_module(line: str) -> str:
    """`const x = require('y')` as an import of TypeScript."""
    match = _REQUIRE.fullmatch(line)
    return f"import {match[1]} from {match[2]}{match[3]}" if match else line
