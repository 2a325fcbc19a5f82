#!/usr/bin/env python3
"""Holds SARIF logs to the format's schema (OASIS, 2.1.0, its descriptions left out). Takes their paths.

Prints the results of each; ends with 1 where something is not as the schema asks.
"""

import json
import pathlib
import sys

import jsonschema

SCHEMA = pathlib.Path(__file__).parent.parent / "fixtures" / "sarif-2.1.0.schema.json"


def main():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    for path in sys.argv[1:]:
        log = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        wrong = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(log)]
        if wrong:
            sys.exit("\n".join(wrong[:20]))
        print(sum(len(run["results"]) for run in log["runs"]))


main()
