#!/usr/bin/env python3
"""Writes seed inputs into fuzz/corpus: the samples of the readers' own unit tests, and what each makes in other forms.

A sample is any raw string of the sources under src/ingest/read that begins like a document. A reader's target gets
those of its own files; the targets that read any document get all of them.
"""

import gzip
import hashlib
import json
import pathlib
import re

FUZZ = pathlib.Path(__file__).resolve().parent
READ = FUZZ.parent / "src" / "ingest" / "read"
RAW = re.compile(r'r(#+)"(.*?)"\1', re.DOTALL)
PLAIN = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def samples(text):
    """The documents among a source file's strings."""
    for match in RAW.finditer(text):
        yield match.group(2)
    for match in PLAIN.finditer(RAW.sub("", text)):
        body = re.sub(r"\\\n\s*", "", match.group(1))
        try:
            yield body.encode("latin-1", "backslashreplace").decode("unicode_escape")
        except UnicodeDecodeError:
            continue


def write(target, data):
    folder = FUZZ / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def others():
    """Answers, filters and a manifest; how many."""
    source = FUZZ.parent / "src"
    answers = samples((source / "remedy" / "answer" / "tests.rs").read_text(encoding="utf-8"))
    terms = re.findall(r"`((?:is|sev|cwe|path|rule|tool)[:][^`]*)`", (FUZZ.parent / "docs" / "filter.md").read_text())
    manifest = {"schema": 1, "files": [{"path": "data/train.jsonl", "bytes": 1, "sha256": "00" * 32}]}
    kept = [("answer", text.encode("utf-8", "surrogatepass")) for text in answers]
    kept += [("filter", term.encode()) for term in [*terms, "is:open sev:>=high -path:tests/ \"a b\""]]
    kept += [("batch", b"\x00" + json.dumps(manifest).encode())]
    for target, data in kept:
        write(target, data)
    return len(kept)


def main():
    targets = re.findall(r'name = "read_(\w+)"', (FUZZ / "Cargo.toml").read_text())
    # `opengrep` and `semgrep_platform` live in Semgrep's files.
    owners = {"opengrep": "semgrep", "semgrep_platform": "semgrep", "osv_scanner": "osv"}
    count = 0
    for path in sorted(READ.rglob("*.rs")):
        own = path.relative_to(READ).parts[0].removesuffix(".rs")
        for sample in samples(path.read_text(encoding="utf-8")):
            begins = sample.lstrip()[:1] in ("{", "[", "<") or own == "model" and len(sample) > 20
            if not begins or len(sample) < 3:
                continue
            data = sample.encode("utf-8", "surrogatepass")
            count += 1
            for target in targets:
                if owners.get(target, target) == own:
                    write(f"read_{target}", data)
            write("shape", data)
            write("repair", data)
            write("decode", data)
            write("decode", sample.encode("utf-16", "surrogatepass"))
            write("decode", gzip.compress(data, mtime=0))
            write("json", data + bytes([0, 2, 3, 4]))
    count += others()
    print(f"{count} samples for {len(targets) + 7} targets")


if __name__ == "__main__":
    main()
