"""Checks pairs with real scanners: the flaw has to be flagged where one covers it, and the fix must not be.

    python scan.py DATA [--most N]

Semgrep with the rules of `rules.tsv`, Bandit and flawfinder have to be on the path; each runs once over all. Writes
`DATA/scanned.json`: of each shape how many of its pairs were flagged before, and which fixes still are.
"""

import argparse
import collections
import csv
import io
import json
import subprocess
import tempfile
from pathlib import Path

import prompt
import shapes

RULES = Path(__file__).resolve().parent / "rules.tsv"
SUFFIX = {"python": "py", "javascript": "js", "typescript": "ts", "java": "java", "go": "go", "c": "c"}
# Bandit's and flawfinder's names for the weaknesses here.
BANDIT = {
    "B608": "sql", "B602": "command", "B605": "command", "B604": "command", "B307": "eval", "B301": "pickle", "B302": "pickle", "B506": "yaml", "B314": "xxe",
    "B318": "xxe", "B324": "hash", "B303": "hash", "B304": "cipher", "B305": "cipher", "B311": "random", "B501": "tls", "B323": "tls", "B502": "tlsversion",
    "B306": "tempfile", "B108": "tempfile", "B201": "debug", "B103": "perms", "B113": "timeout", "B104": "bind", "B101": "assert", "B202": "archive", "B308": "xss",
    "B704": "xss", "B701": "xss", "B105": "secret", "B106": "secret",
}
FLAWFINDER = {
    "strcpy": "copy", "strcat": "copy", "sprintf": "copy", "vsprintf": "copy", "strncpy": "copy", "memcpy": "copy", "gets": "gets", "scanf": "gets", "sscanf": "gets",
    "fscanf": "gets", "printf": "format", "fprintf": "format", "syslog": "format", "snprintf": "format", "system": "command", "popen": "command", "mktemp": "tempfile",
    "tmpnam": "tempfile", "random": "random", "srand": "random",
}


def rules(folder: Path) -> Path:
    """The rules as Semgrep reads them, named as such rules are; one with a fix of its own is a rule of its own."""
    known, groups = {}, collections.defaultdict(list)
    for shape in shapes.read():
        known.setdefault(shape.name, (shape.cwe, shape.rules))
    for line in RULES.read_text().splitlines():
        if line and not line.startswith("#"):
            name, language, pattern = line.split("\t")
            pattern, _, fix = pattern.partition(" => ")
            flaw, *fixes = pattern.replace("; ... ", "\n...\n").split(" !! ")
            groups[name, language, fix].append({"patterns": [{"pattern": flaw}, *({"pattern-not": fix} for fix in fixes)]})
    made, numbers = [], collections.Counter()
    for (name, language, fix), shown in groups.items():
        cwe, words = known[name]
        numbers[name, language] += 1
        word = next((word for word in words if "-" in word), name)
        rule = {
            "id": f"{language}.{name}.{numbers[name, language]}.{word}", "languages": ["javascript", "typescript"] if language == "javascript" else [language],
            "severity": "WARNING", "message": name, "metadata": {"cwe": f"CWE-{cwe}"}, "pattern-either": shown,
        }
        made.append({**rule, "fix": fix} if fix else rule)
    path = folder / "rules.json"
    path.write_text(json.dumps({"rules": made}))
    return path


def whole(row: dict, lines: list[str], imports: list[str]) -> str:
    """The function with its imports as a file."""
    code = "\n".join(lines)
    head = "\n".join(dict.fromkeys([*(line for line in imports if "\n" not in line and "__future__" not in line)]))
    if row["language"] == "python":
        lead = len(lines[0]) - len(lines[0].lstrip())
        code = "if True:\n" + code if lead else code
    elif row["language"] == "java":
        code = "class A {\n" + code + "\n}"
    elif row["language"] == "go":
        specs = [line.strip() for line in imports if line.strip().startswith(('"', "import"))]
        return "package a\n" + "\n".join(s if s.startswith("import") else f"import {s}" for s in dict.fromkeys(specs)) + "\n" + code + "\n"
    elif row["language"] in ("javascript", "typescript") and not code.lstrip().startswith(("function", "async function", "const ", "let ", "var ")):
        code = "class A {\n" + code + "\n}"
    return head + "\n" + code + "\n"


def flagged(folder: Path) -> dict[str, set[str]]:
    """The weaknesses that scanners see, by the file's name."""
    seen: dict[str, set[str]] = collections.defaultdict(set)
    run = lambda *words: subprocess.run(words, capture_output=True, text=True).stdout
    found = json.loads(run("semgrep", "scan", "--quiet", "--json", "--metrics=off", "--disable-version-check", "--no-git-ignore", "--jobs=1", "--config", str(rules(folder)), str(folder / "code")))
    for result in found["results"]:
        seen[Path(result["path"]).name].add(result["extra"]["message"])
    for result in json.loads(run("bandit", "--quiet", "-r", "-f", "json", str(folder / "code"))).get("results", []):
        seen[Path(result["filename"]).name].add(BANDIT.get(result["test_id"], ""))
    for result in csv.DictReader(io.StringIO(run("flawfinder", "--csv", "--quiet", "--dataonly", "--minlevel=1", str(folder / "code")))):
        # What is constant or bounded it puts at the lowest levels.
        if int(result["Level"]) > 1:
            seen[Path(result["File"]).name].add(FLAWFINDER.get(result["Name"], ""))
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description="Checks pairs with real scanners.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--most", type=int, default=4, help="pairs of a shape")
    asked = parser.parse_args()
    counts, pairs = collections.Counter(), []
    for line in (asked.data / "test.jsonl").open():
        row = json.loads(line)
        counts[row["variant"], row["language"], row["kind"]] += 1
        if row["answer"] != "=" and counts[row["variant"], row["language"], row["kind"]] <= asked.most:
            pairs.append(row)
    with tempfile.TemporaryDirectory() as aside:
        folder = Path(aside)
        (folder / "code").mkdir()
        for number, row in enumerate(pairs):
            lines, imports = prompt.applied(row["answer"], row["lines"])
            suffix = SUFFIX[row["language"]]
            (folder / "code" / f"b{number}.{suffix}").write_text(whole(row, row["lines"], row["imports"]))
            (folder / "code" / f"g{number}.{suffix}").write_text(whole(row, lines, [*row["imports"], *imports]))
        seen = flagged(folder)
    table = collections.defaultdict(lambda: {"pairs": 0, "flagged before": 0, "flagged after": 0})
    for number, row in enumerate(pairs):
        suffix = SUFFIX[row["language"]]
        entry = table[f"{row['language']} {row['variant']}" + (" undone" if row["kind"] == "undone" else "")]
        entry["pairs"] += 1
        entry["flagged before"] += row["name"] in seen[f"b{number}.{suffix}"]
        entry["flagged after"] += row["name"] in seen[f"g{number}.{suffix}"]
    (asked.data / "scanned.json").write_text(json.dumps(table, indent=1) + "\n")
    total = collections.Counter()
    for entry in table.values():
        total.update(entry)
    print(dict(total), "covered shapes:", sum(entry["flagged before"] > 0 for entry in table.values()), "of", len(table))
    for name, entry in sorted(table.items()):
        if entry["flagged after"]:
            print("still flagged:", name, entry)


if __name__ == "__main__":
    main()
