"""Writes the held-out examples as a source tree and a SARIF file, so that the product itself can be run over them.

    python heldout.py SOURCES DATA OUT
    (cd OUT && assize import heldout.sarif && assize propose --where FILTER)

Each case is a file of its own: that of the package, with the flaw in it. `cases.jsonl` says what is expected of each.
"""

import argparse
import json
from pathlib import Path


SUFFIX = {"python": "py", "javascript": "js", "typescript": "ts", "java": "java", "go": "go", "c": "c"}


def text(row: dict, sources: Path) -> tuple[str, int]:
    """The file's text, and by how many lines the function stands lower than in the package's own file."""
    folder = next(sources.glob(f"*/{row['package']}"))
    lines = (folder / row["path"]).read_text().replace("\r\n", "\n").split("\n")
    lines[row["first"] - 1 : row["first"] - 1 + row["length"]] = row["lines"]
    known = "\n".join(lines)
    missing = [line for line in row["imports"] if line not in known]
    at = 0
    for number, line in enumerate(lines[: row["first"] - 1], 1):
        if line.startswith(("import ", "from ", "#include", "package ", "const ")) and not line.rstrip().endswith(("(", "{", "\\")):
            at = number
    lines[at:at] = missing
    return "\n".join(lines), row["first"] - 1 + len(missing)


def result(row: dict, uri: str, lower: int) -> dict:
    first, last = row["flagged"]
    cwe = row["cwe"] or "CWE-0"
    return {
        "ruleId": row["rule"] or row["name"], "level": "warning", "message": {"text": f"{row['name']} ({cwe})"},
        "properties": {"tags": [cwe]},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": lower + first, "endLine": lower + last}}}],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the held-out examples as a tree and a SARIF file.")
    parser.add_argument("sources", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    results, cases, rules = [], [], {}
    for number, line in enumerate((asked.data / "test.jsonl").open()):
        row = json.loads(line)
        code, lower = text(row, asked.sources)
        # The flagged lines have to be where they are said to be.
        if code.split("\n")[lower : lower + len(row["lines"])] != row["lines"]:
            continue
        uri = f"tree/{row['language']}/{row['split']}/{row['name']}/case_{number}.{SUFFIX[row['language']]}"
        (asked.out / uri).parent.mkdir(parents=True, exist_ok=True)
        (asked.out / uri).write_text(code)
        results.append(result(row, uri, lower))
        rules[results[-1]["ruleId"]] = {"id": results[-1]["ruleId"], "properties": {"tags": [row["cwe"] or "CWE-0"]}}
        cases.append({"path": uri, "first": lower + 1, **{key: row[key] for key in ("name", "language", "split", "kind", "answer", "lines", "flagged")}})
    run = {"tool": {"driver": {"name": "mender-heldout", "rules": list(rules.values())}}, "results": results}
    sarif = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    (asked.out / "heldout.sarif").write_text(json.dumps(sarif))
    (asked.out / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()
