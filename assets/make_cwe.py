#!/usr/bin/env python3
"""Makes cwe.tsv from MITRE's list of weaknesses and the descriptions in cwe_words.tsv.

usage: make_cwe.py INPUT [OUTPUT]

INPUT is the research view (1000) as CSV from https://cwe.mitre.org/data/csv/1000.csv.zip, unpacked, or a table with
the columns id, name, abstraction, parents, peers, can_precede separated by tabs. Without OUTPUT, the cwe.tsv beside
this script is written.
"""

import csv
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
LETTERS = {"Pillar": "P", "Class": "C", "Base": "B", "Variant": "V", "Compound": "M", "Category": "G"}
HEADER = """\
# CWE is copyright The MITRE Corporation (https://cwe.mitre.org/about/termsofuse.html).
# Made by make_cwe.py from the research view; the descriptions are the project's own (cwe_words.tsv).
# Kinds: P pillar, C class, B base, V variant, M compound, G category.
# id\tkind\tparents\tname\tdescription
"""


def related(text, nature):
    """The weaknesses of one nature in MITRE's Related Weaknesses column, within the research view."""
    found = re.findall(r"NATURE:([^:]+):CWE ID:(\d+):VIEW ID:1000\b", text)
    return [int(number) for kind, number in found if kind == nature]


def weaknesses(path):
    """Yields (id, kind, parents, name) from either form of input."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        if "\t" in first:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                parents = [int(number) for number in row["parents"].split(",") if number]
                yield int(row["id"]), row["abstraction"], parents, row["name"]
            return
        for row in csv.DictReader(file):
            parents = related(row["Related Weaknesses"], "ChildOf")
            yield int(row["CWE-ID"]), row["Weakness Abstraction"], parents, row["Name"]


def words(path):
    """Yields (id, words, kind, parents, name) from the descriptions."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            number, text, kind, parents, name = (line.split("\t") + [""] * 3)[:5]
            yield int(number), text, kind, [int(parent) for parent in parents.split(",") if parent], name


def main(arguments):
    if len(arguments) not in (1, 2):
        sys.exit(__doc__)
    rows = {}
    for number, kind, parents, name in weaknesses(arguments[0]):
        rows[number] = [LETTERS[kind], sorted(set(parents)), " ".join(name.split()), ""]
    for number, text, kind, parents, name in words(HERE / "cwe_words.tsv"):
        if number not in rows:
            if not kind:
                sys.exit(f"cwe_words.tsv: CWE-{number} is not in the list and has no kind and name of its own")
            rows[number] = [LETTERS[kind], parents, name, ""]
        rows[number][3] = text
    lines = []
    for number, (kind, parents, name, text) in sorted(rows.items()):
        lines.append("\t".join([str(number), kind, ",".join(map(str, parents)), name, text]).rstrip("\t") + "\n")
    output = pathlib.Path(arguments[1]) if len(arguments) == 2 else HERE / "cwe.tsv"
    output.write_text(HEADER + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
