"""The prompt and the answer of the `edit` format, byte for byte as the product writes and reads them.

    python CWE-89 sql-injection
    |import sqlite3
    1|def find(db, uid):
    2>    db.execute("SELECT * FROM users WHERE id = " + uid)
    3|    return db.fetchone()

The lines are numbered from the excerpt's first; what stands behind the number is `>` where the line is flagged and
`|` where it is not; `..` stands for lines that are left out. The answer is the edit alone:

    @2          in line 2, what stands behind `-` once becomes what stands behind `+`
    -" + uid)
    +?", (uid,))
    !2-3        lines 2 to 3 become the lines behind `+`, if any
    <2          the lines behind `+` come before line 2
    #           an import that the file has to have
    +import shlex

or `=`: nothing is to be changed.
"""

import difflib
import re

from marks import hidden, visible

# How many lines are told on each side of what is flagged: the first that fits.
WINDOWS = (40, 30, 24, 18, 12, 8, 5, 3, 1, 0)
# A longer excerpt is never told whole.
MOST_LINES = 60
MOST_IMPORTS = 12
MOST_RULE = 48
# Words of imports that say nothing of what is imported.
EMPTY_WORDS = frozenset(
    "import from as require const var let include package static com org java javax net use using type github golang io".split()
)
_WORD = re.compile(r"[A-Za-z0-9_]{2,}")
_PIECE = re.compile(r"[A-Za-z0-9_]+|\s+|[^A-Za-z0-9_\s]")


def rule_family(rule: str) -> str:
    """The last part of a rule's name, in letters, digits, `-` and `_`."""
    parts = [part for part in re.split(r"[./:]", rule) if part]
    last = parts[-1] if parts else ""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in last)[:MOST_RULE]
    return kept or "-"


def words(text: str) -> set[str]:
    return set(_WORD.findall(text)) - EMPTY_WORDS


def _line(sign: str, text: str) -> str:
    told = hidden(visible(text.rstrip(" \t"))) if text.strip() else ""
    return sign + told + "\n"


def _excerpt(lines: list[str], flagged: tuple[int, int], window: int | None) -> tuple[str, str]:
    """What is told of the lines, and the told lines as they are."""
    first, last = flagged
    out, told, gap = [], [], False
    for number, line in enumerate(lines, 1):
        near = window is None or first - window <= number <= last + window
        if not (near or (number == 1 and window)):
            gap = True
            continue
        if gap:
            out.append("..\n")
            gap = False
        out.append(_line(f"{number}{'>' if first <= number <= last else '|'}", line))
        told.append(line)
    if gap:
        out.append("..\n")
    return "".join(out), "\n".join(told)


def _imports(imports: list[str], told: str) -> str:
    wanted = words(told)
    lines = [line for text in imports for line in text.split("\n")]
    kept = [line for line in lines if words(line) & wanted][:MOST_IMPORTS]
    return "".join(_line("|", line) for line in kept)


def prompt(language, cwe, rule, imports, lines, flagged, measure=len, most=1 << 30) -> str | None:
    """The prompt that tells the most and fits; None where what is flagged does not fit.

    `flagged` is the first and the last flagged line, counted from 1."""
    head = f"{language} {cwe or '-'} {rule_family(rule)}\n"
    whole = [None] if len(lines) <= MOST_LINES else []
    for window in [*whole, *WINDOWS]:
        code, told = _excerpt(lines, flagged, window)
        for extra in (_imports(imports, told), ""):
            text = head + extra + code
            if measure(text) <= most:
                return text
    return None


# -- answers ---------------------------------------------------------------------------------------------------------


def _piece(old: str, new: str) -> tuple[str, str] | None:
    """The smallest piece of a line that stands in it once and is to be another."""
    a, b = _PIECE.findall(old), _PIECE.findall(new)
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    left = True
    while True:
        piece = "".join(a[head : len(a) - tail])
        if piece.strip() and old.count(piece) == 1:
            return piece, "".join(b[head : len(b) - tail])
        if head == 0 and tail == 0:
            return None
        if (left and head > 0) or tail == 0:
            head -= 1
        else:
            tail -= 1
        left = not left


def answer(before: list[str], after: list[str], imports: list[str] = ()) -> str:
    """The edit from one excerpt to another."""
    out = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            continue
        new = after[j1:j2]
        if kind == "insert":
            out.append(f"<{i1 + 1}\n")
            out.extend(f"+{line}\n" for line in new)
            continue
        pieces = None
        if i2 - i1 == j2 - j1:
            pieces = [_piece(old, fresh) for old, fresh in zip(before[i1:i2], new)]
        if pieces and all(pieces):
            for number, (old, fresh) in enumerate(pieces, i1 + 1):
                out.append(f"@{number}\n-{old}\n+{fresh}\n")
        else:
            out.append(f"!{i1 + 1}-{i2}\n")
            out.extend(f"+{line}\n" for line in new)
    if imports:
        out.append("#\n")
        out.extend(f"+{line}\n" for line in imports)
    return "".join(out).removesuffix("\n") or "="


class Unreadable(ValueError):
    """The answer is none."""


def applied(text: str, lines: list[str]) -> tuple[list[str], list[str]] | None:
    """The lines as an answer has them, and the imports it asks for; None where nothing is to be changed."""
    if text.strip() == "=":
        return None
    new: dict[int, list[str]] = {n: [line] for n, line in enumerate(lines, 1)}
    before: dict[int, list[str]] = {}
    imports: list[str] = []
    changed: set[int] = set()
    rows = text.split("\n")
    at = 0

    def signed(sign: str) -> list[str]:
        nonlocal at
        found = []
        while at < len(rows) and rows[at].startswith(sign):
            found.append(rows[at][1:])
            at += 1
        return found

    while at < len(rows):
        row = rows[at]
        at += 1
        if re.fullmatch(r"@\d+", row):
            number = int(row[1:])
            old, fresh = signed("-"), signed("+")
            if len(old) != 1 or len(fresh) != 1 or number not in new or number in changed:
                raise Unreadable(row)
            changed.add(number)
            if new[number][0].count(old[0]) != 1:
                raise Unreadable(f"{row}: not there once")
            new[number] = [new[number][0].replace(old[0], fresh[0])]
        elif match := re.fullmatch(r"!(\d+)-(\d+)", row):
            a, b = int(match[1]), int(match[2])
            if not 1 <= a <= b <= len(lines):
                raise Unreadable(row)
            fresh = signed("+")
            if changed & set(range(a, b + 1)):
                raise Unreadable(row)
            changed.update(range(a, b + 1))
            for number in range(a, b + 1):
                new[number] = []
            new[a] = fresh
        elif re.fullmatch(r"<\d+", row):
            number = int(row[1:])
            fresh = signed("+")
            if not 1 <= number <= len(lines) + 1 or not fresh:
                raise Unreadable(row)
            before.setdefault(number, []).extend(fresh)
        elif row == "#":
            imports.extend(signed("+"))
        else:
            raise Unreadable(row)
    out = []
    for number in range(1, len(lines) + 2):
        out.extend(before.get(number, []))
        out.extend(new.get(number, []))
    return out, imports
