#!/usr/bin/env python3
"""Reruns the scanners over every revision and rewrites scans/.

    python3 make.py [TOOLS]

TOOLS is a folder with the scanners as examples/shop/scans/make.sh installs
them (SCANNERS=TOOLS sh make.sh): TOOLS/sg182, TOOLS/sg99 and TOOLS/py are
virtual environments, TOOLS/js holds node_modules. The rules are those of the
example shop. truth.tsv is not touched: it is checked by hand and stays true
as long as revisions/ and the scanners' versions stay the same.

What is done to the outputs: the temporary folder is taken out of eslint.json
(ESLint names files absolutely). From revision 09 on Semgrep 1.182 is run
without --no-rewrite-rule-ids and from another folder, so that its rule ids
get the prefix `audit.rules.`; its results in revision 09 are also shuffled.
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
RULES = HERE.parent.parent / "examples/shop/scans"
ESLINT = HERE.parent.parent / "examples/shop/api/eslint.config.mjs"
SEMGREP = ["scan", "--metrics=off", "--disable-version-check", "--quiet", "--json", "--dataflow-traces"]
RENAMED_FROM = "09"
SHUFFLED = "09"


def run(command, cwd, allowed=(0,), **more):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, **more)
    if done.returncode not in allowed:
        sys.exit(f"{command}: left with {done.returncode}\n{done.stderr}")
    return done.stdout


def semgrep(tools, venv, arguments, cwd):
    # The engine is found through PATH: each version needs its own first.
    folder = tools / venv / "bin"
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return run([folder / "semgrep", *SEMGREP, *arguments], cwd, env={**os.environ, "PATH": path})


def scan(tools, revision):
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary).resolve() / "shop"
        shutil.copytree(HERE / "revisions" / revision, work)
        shutil.copytree(RULES / "rules", work / "audit/rules")
        shutil.copytree(RULES / "rules-opengrep", work / "audit/rules-opengrep")
        sources = sorted(p.name for p in work.iterdir() if p.name != "audit")
        python = next(name for name in sources if name in ("service", "backend"))
        outputs = {}
        renamed = [] if revision >= RENAMED_FROM else ["--no-rewrite-rule-ids"]
        outputs["semgrep.json"] = semgrep(tools, "sg182", [*renamed, "--config", "audit/rules", *sources], work)
        outputs["opengrep.json"] = semgrep(
            tools, "sg99", ["--no-rewrite-rule-ids", "--config", "audit/rules-opengrep", *sources], work
        )
        if revision == SHUFFLED:
            document = json.loads(outputs["semgrep.json"])
            random.Random(9).shuffle(document["results"])
            outputs["semgrep.json"] = json.dumps(document, ensure_ascii=False)
        outputs["bandit.json"] = run([tools / "py/bin/bandit", "-q", "-r", python, "-f", "json"], work, (0, 1))
        outputs["flawfinder.sarif"] = run([tools / "py/bin/flawfinder", "--sarif", "legacy"], work)
        shutil.copy(ESLINT, work)
        (work / "node_modules").symlink_to(tools / "js/node_modules")
        eslint = run(["node", tools / "js/node_modules/eslint/bin/eslint.js", "-f", "json", "api"], work, (0, 1))
        outputs["eslint.json"] = eslint.replace(f"{work}/", "")
        target = HERE / "scans" / revision
        target.mkdir(parents=True, exist_ok=True)
        for name, text in outputs.items():
            json.loads(text)
            if str(work) in text:
                sys.exit(f"{revision}/{name} names the temporary folder")
            (target / name).write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    return revision


def main():
    tools = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SCANNERS", "tools")).resolve()
    revisions = sorted(p.name for p in (HERE / "revisions").iterdir())
    with ThreadPoolExecutor(4) as pool:
        for revision in pool.map(lambda r: scan(tools, r), revisions):
            print(revision)


if __name__ == "__main__":
    main()
