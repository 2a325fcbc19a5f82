"""The same statement as other people write it around: returned, kept in a field, passed on, tested, over several lines.

Only training examples are turned; those that are tested stay as their shapes say.
"""

import random
import re

Lines = list[tuple[str, str]]

_END = {"python": "", "javascript": ";", "java": ";", "go": "", "c": ";"}
_ASSIGNED = {
    "python": re.compile(r"(?P<type>)(?P<name>\w+) = (?P<code>.+)"),
    "javascript": re.compile(r"(?P<type>const |let |var )(?P<name>\w+) = (?P<code>.+?);?"),
    "java": re.compile(r"(?P<type>(?:final )?[A-Za-z][\w<>\[\], ]*? )(?P<name>\w+) = (?P<code>.+);"),
    "go": re.compile(r"(?P<type>)(?P<name>\w+(?:, err)?) :?= (?P<code>.+)"),
    "c": re.compile(r"(?P<type>(?:const )?(?:\w+ \*?)?)(?P<name>\w+) = (?P<code>.+);"),
}
_RETURNED = re.compile(r"return (?P<code>.+?);?")
_CALLED = re.compile(r"(?P<code>[\w.>$\[\]\"'-]+\(.*\));?")

# What becomes of a value: `X` is the code, `N` the name it had, `T` its type, `W`, `K` and `F` are words. A line before ends
# in `\n`, and one behind is written with `^`.
_VALUES = {
    "python": """return X|self.N = X|W.append(X)|N["K"] = X|N = F(X)|N = W.F(X)|if X:^    return|yield X|N = X if W else None|N = {\n    "K": X,^}
        |F(\n    X,^)|N = [X]|W["K"] = X|self.W = N = X|N, K = X, W|print(X)|return F(X)|return {"K": X}|N = self.F(X, W)|N: str = X""",
    "javascript": """return X;|this.N = X;|W.push(X);|N.K = X;|const N = F(X);|if (X) {^  return;^}|const N = { K: X };|const N = {\n  K: X,^};|cb(null, X);
        |module.exports.N = X;|N = X;|return F(X);|W["K"] = X;|let N = X;|var N = X;|const N = W ?? X;|F(\n  X,^);|return { K: X };|const N = W ? X : null;""",
    "java": """return X;|this.N = X;|W.add(X);|final TN = X;|var N = X;|F(X);|return F(X);|TN = W == null ? null : X;|W.put("K", X);|TN =\n        X;|this.W = X;|N = X;""",
    "go": "N = X|return X|s.W = X|F(X)|var N = X|W = append(W, X)|return F(X)|c.K = X|return X, nil",
    "c": "return X;|ctx->W = X;|F(X);|int N = X;|s->K = X;|if ((N = X) == 0)^    return -1;|N = F(X);|W[K] = X;",
}
_ERRORS = ["N, err = X", "if _, err := X; err != nil {^\treturn err^}", "return X", "N, err := X^if err != nil {^\treturn err^}"]
_CALLS = {
    "python": 'N = X|return X|self.N = X|if W:\n    X|try:\n    X^except Exception:^    raise|N["K"] = X|with W:\n    X|return F(X)',
    "javascript": "await X;|return X;|const N = X;|if (W) {\n  X;^}|W.then(() => X);|void X;|const N = await X;|try {\n  X;^} catch (err) {^  throw err;^}|return await X;",
    "java": "return X;|if (W != null) {\n    X;^}|try {\n    X;^} finally {^    W.close();^}|var N = X;",
    "go": "return X|defer X|if W != nil {\n\tX^}|if X != nil {^\treturn^}",
    "c": "return X;|(void)X;|if (X != 0)^    return -1;|N = X;|if (W)\n    X;|int N = X;|if (X < 0) {^    return -1;^}",
}
_BEHIND = "\0"
_WORDS = "items results value entry data ctx args name state options payload params cfg".split()
_KEYS = "name value key path data result token body kind".split()
_CALLABLE = {
    "python": "str list load process normalize Response handle parse self.render".split(), "javascript": "String process render handle parse resolve this.load".split(),
    "java": "process handle render wrap Objects.requireNonNull parse".split(), "go": "process handle render parse wrap".split(), "c": "process handle use check parse".split(),
}
_BETWEEN = {
    "python": ['log.debug("§K")', "if not §W:\n    return None", "§K = §W", "§K = None"], "javascript": ['console.log("§K");', "if (!§W) return;", "let §K = null;"],
    "java": ['log.debug("§K");', "int count = 0;", "String §K = null;"], "go": ['log.Println("§K")', "var §K string", "defer §W.Close()"],
    "c": ["int i = 0;", "§K = 0;", "memset(&§W, 0, sizeof(§W));"],
}


def parted(line: str, language: str):
    """How a line uses a value: `assigned`, `returned` or `called`, its type, its name, and the code of the value."""
    for kind, pattern in (("returned", _RETURNED), ("assigned", _ASSIGNED[language]), ("called", _CALLED)):
        match = pattern.fullmatch(line)
        if match:
            named = match.groupdict()
            return kind, named.get("type") or "", named.get("name") or "", named["code"]
    return None


def whole(code: str) -> bool:
    """Whether what is opened is closed, so that the code is one value."""
    depth, quote, before = 0, "", ""
    for sign in code:
        if quote:
            quote = "" if sign == quote and before != "\\" else quote
        elif sign in "\"'`":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
            if depth < 0:
                return False
        elif sign == ";" or (sign == "#" and before == " "):
            return False
        before = sign
    return depth == 0 and not quote


def turned(lines: Lines, language: str, dice: random.Random) -> Lines:
    """The lines of a filled shape with another statement around the flagged one, where that can be told."""
    flagged = [line for sign, line in lines if sign == "B"]
    good = [line for sign, line in lines if sign == "G" and line.strip()]
    if len(flagged) != 1 or len(good) != 1 or any(sign in ("Q", "G-") for sign, _ in lines) or flagged[0][:1].isspace():
        return lines
    parts = [parted(line, language) for line in (flagged[0], good[0])]
    if None in parts or parts[0][0] != parts[1][0] or parts[0][2] != parts[1][2] or not all(whole(part[3]) for part in parts):
        return lines
    kind, _, name, _ = parts[0]
    if kind == "called":
        forms = _CALLS[language].split("|")
    elif name.endswith(", err"):
        forms, name = _ERRORS, name.removesuffix(", err")
    else:
        forms = _VALUES[language].split("|")
    form = dice.choice(forms).strip().replace("^", _BEHIND)
    word = {"N": name or dice.choice(_KEYS), "W": dice.choice(_WORDS), "K": dice.choice(_KEYS), "F": dice.choice(_CALLABLE[language])}

    def written(part) -> str:
        said = {**word, "X": part[3], "T": part[1]}
        return re.sub(r"(?<![A-Za-z])[NWKFXT](?![A-Za-z])|T(?=N)|(?<=T)N", lambda match: said[match[0]], form)

    return _laid(lines, [written(part) for part in parts])


def _laid(lines: Lines, texts: list[str]) -> Lines:
    """The lines before and behind of the one text, and the flagged line of both."""
    heads, tails, middles = [], [], []
    for text in texts:
        middle, *tail = text.split(_BEHIND)
        *head, middle = middle.split("\n")
        heads.append(head)
        tails.append(tail)
        middles.append(middle)
    if heads[0] != heads[1]:
        return lines
    made, done = [], False
    for sign, line in lines:
        if sign == "B":
            made += [("P", row) for row in heads[0]]
            made += [("B", middles[0])]
            made += [("Q", row) for row in tails[0]]
        elif sign == "G" and line.strip() and not done:
            made += [("G", middles[1])]
            done = True
        else:
            made.append((sign, line))
    return made


def _arguments(line: str):
    """A line as what stands before its last call's arguments, these, and what stands behind."""
    end = len(line.rstrip(";")) - 1
    if end < 0 or line[end] != ")":
        return None
    depth, start = 0, None
    for at in range(end, -1, -1):
        depth += (line[at] == ")") - (line[at] == "(")
        if depth == 0:
            start = at
            break
    if start is None or not whole(line[start + 1 : end]):
        return None
    found, depth, quote, last = [], 0, "", start + 1
    for at in range(start + 1, end):
        sign = line[at]
        if quote:
            quote = "" if sign == quote and line[at - 1] != "\\" else quote
        elif sign in "\"'`":
            quote = sign
        else:
            depth += (sign in "([{") - (sign in ")]}")
            if sign == "," and depth == 0:
                found.append(line[last:at].strip())
                last = at + 1
    found.append(line[last:end].strip())
    return (line[: start + 1], found, line[end:]) if all(found) else None


def spread(lines: Lines, language: str, dice: random.Random) -> Lines:
    """A flagged call with each argument on a line of its own, and the mended one as well."""
    flagged = [line for sign, line in lines if sign == "B"]
    good = [line for sign, line in lines if sign == "G" and line.strip()]
    if len(flagged) != 1 or len(good) != 1 or flagged[0].rstrip().endswith((":", "{")):
        return lines
    parts = [_arguments(line) for line in (flagged[0], good[0])]
    if None in parts or len(parts[0][1]) < 2 or parts[0][2] != parts[1][2]:
        return lines
    lead = re.match(r"\s*", flagged[0])[0]
    step = "\t" if language == "go" else "  " if language == "javascript" else "    "
    comma = "," if language == "go" or (language in ("python", "javascript") and dice.random() < 0.7) else ""

    def rows(part):
        *most, final = part[1]
        return [part[0], *(f"{lead}{step}{one}," for one in most), f"{lead}{step}{final}{comma}", f"{lead}{part[2]}"]

    made = []
    for sign, line in lines:
        if sign == "B":
            made += [("B", row) for row in rows(parts[0])]
        elif sign == "G" and line.strip():
            made += [("G", row) for row in rows(parts[1])]
        else:
            made.append((sign, line))
    return made


def parted_by(lines: Lines, language: str, dice: random.Random) -> Lines:
    """Something else between the lines before and the flagged one."""
    before = [line for sign, line in lines if sign == "P"]
    if not before or any(line.rstrip().endswith((":", "{", "(", ",")) for line in before):
        return lines
    text = dice.choice(_BETWEEN[language]).replace("§K", dice.choice(_KEYS)).replace("§W", dice.choice(_WORDS))
    rows = text.split("\n")
    made, seen = [], {sign: sum(own == sign for own, _ in lines) for sign in ("P", "G-")}
    for sign, line in lines:
        made.append((sign, line))
        if sign in seen:
            seen[sign] -= 1
            if seen[sign] == 0:
                made += [(sign, row) for row in rows]
    return made


def other(lines: Lines, language: str, dice: random.Random) -> Lines:
    """The lines of a shape as an example of training tells them."""
    if dice.random() < 0.45:
        lines = turned(lines, language, dice)
    if dice.random() < 0.2:
        lines = parted_by(lines, language, dice)
    if dice.random() < 0.15:
        lines = spread(lines, language, dice)
    return lines
