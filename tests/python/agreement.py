#!/usr/bin/env python3
"""Compares coefficients of agreement with those of scikit-learn and of the `krippendorff` package.

Reads a JSON document from the file that is named: {"kappa": [{"pairs": [[a, b], …], "value": x or null}, …],
"alpha": [{"units": [[a, b, …], …], "value": x or null}, …]}. Prints how many were compared; ends with 1 where one
differs by more than 1e-9.
"""

import json
import math
import sys
import warnings

import krippendorff
from sklearn.metrics import cohen_kappa_score

CLOSE = 1e-9


def kappa(pairs):
    # Where only one opinion occurs it warns and has no number.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = cohen_kappa_score([a for a, _ in pairs], [b for _, b in pairs])
    return None if math.isnan(value) else float(value)


def alpha(units):
    categories = sorted({said for unit in units for said in unit})
    # A row for each unit, a column for each category: how many said so.
    counts = [[unit.count(category) for category in categories] for unit in units]
    paired = {said for unit in units if len(unit) > 1 for said in unit}
    if len(paired) < 2:
        return None
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    worst = 0.0
    for name, of, told in (("kappa", kappa, "pairs"), ("alpha", alpha, "units")):
        for number, case in enumerate(cases[name]):
            expected, value = of(case[told]), case["value"]
            if (expected is None) != (value is None):
                sys.exit(f"{name} {number}: {value} and not {expected}: {case[told]}")
            if value is not None:
                worst = max(worst, abs(value - expected))
                if abs(value - expected) > CLOSE:
                    sys.exit(f"{name} {number}: {value} and not {expected}: {case[told]}")
    print(json.dumps({"kappa": len(cases["kappa"]), "alpha": len(cases["alpha"]), "worst": worst}))


main()
