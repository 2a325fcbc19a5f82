#!/usr/bin/env python3
"""Loads a batch as those who train on it do, by `datasets` and by `pyarrow`, and holds it to its manifest.

Takes the batch's folder. Prints the rows of each split; ends with 1 where something differs.
"""

import collections
import json
import os
import pathlib
import sys

# Nothing is looked up elsewhere.
os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"

import datasets
import pyarrow.json
import pyarrow.parquet

COLUMNS = {
    "labels": {"id", "level", "project", "path", "label", "verdict", "code", "cwe", "provenance"},
    "sft": {"id", "messages", "prompt", "completion", "provenance"},
    "dpo": {"id", "prompt", "chosen", "rejected", "provenance"},
    "kto": {"id", "prompt", "completion", "label", "provenance"},
    "reward": {"id", "level", "prompt", "completion", "code", "reward", "told", "tools", "provenance"},
}


def check(holds, *words):
    if not holds:
        sys.exit(" ".join(map(str, words)))


def main():
    folder = pathlib.Path(sys.argv[1])
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    loaded = datasets.load_dataset(str(folder), cache_dir=sys.argv[2])
    rows = {split: len(part) for split, part in loaded.items()}
    check(rows == manifest["splits"], "splits", rows, manifest["splits"])
    check(sum(rows.values()) == manifest["rows"], "rows", rows, manifest["rows"])
    labels = collections.Counter()
    ids = set()
    for split, part in loaded.items():
        file = folder / "data" / f"{split}.{manifest['encoding']}"
        parquet = manifest["encoding"] == "parquet"
        table = pyarrow.parquet.read_table(file) if parquet else pyarrow.json.read_json(file)
        check(table.num_rows == len(part), split, table.num_rows, len(part))
        lacking = COLUMNS[manifest["format"]] - set(part.column_names)
        check(not lacking, split, "lacks", lacking)
        check(set(table.column_names) == set(part.column_names), split, table.column_names, part.column_names)
        ids.update(part["id"])
        if manifest["format"] == "labels":
            labels.update(part["label"])
        else:
            labels.update(of["origin"] for of in part["provenance"])
    check(len(ids) == manifest["rows"], "ids repeat")
    check(dict(labels) == manifest["labels"], "labels", dict(labels), manifest["labels"])
    if len(sys.argv) > 3:
        same_as(pathlib.Path(sys.argv[3]), loaded)
    print(json.dumps(rows))


def same_as(other, loaded):
    """Holds the rows to those of another batch as lines of JSON, in their order and value by value."""
    for split, part in loaded.items():
        lines = (other / "data" / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
        check(len(lines) == len(part), split, "has other rows than the other batch")
        for line, row in zip(lines, part):
            check(json.loads(line) == row, split, "differs:", line, row)


main()
