#!/bin/sh
# Reruns every scanner that needs no account over the example shop and
# rewrites the outputs beside this script. Needs python3, node and npm;
# installs pinned scanners into a temporary folder (or into $SCANNERS, which
# is kept, when that is set).
#
#   sh make.sh
set -eu

here=$(cd "$(dirname "$0")" && pwd)
shop=$(dirname "$here")
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
tools=${SCANNERS:-$temporary/tools}
mkdir -p "$tools"

venv() { # folder, packages...
    folder=$tools/$1
    shift
    [ -x "$folder/bin/pip" ] || python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
}

if [ ! -e "$tools/ready" ]; then
    venv sg182 semgrep==1.182.0
    venv sg99 'setuptools<81' semgrep==1.99.0
    venv py 'bandit[sarif]==1.9.4' flawfinder==2.0.20
    mkdir -p "$tools/js"
    (cd "$tools/js" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund \
        eslint@10.15.0 eslint-plugin-security@4.1.0 eslint-plugin-no-unsanitized@4.1.5 \
        @microsoft/eslint-formatter-sarif@3.1.0)
    touch "$tools/ready"
fi

# A copy outside any repository: what git ignores or tracks plays no part.
work=$temporary/shop
cp -R "$shop" "$work"
mkdir "$temporary/outputs"
out=$temporary/outputs
cd "$work"
sources="service api pricing warehouse courier legacy kiosk"
quiet="--metrics=off --disable-version-check --quiet --no-rewrite-rule-ids"

# Semgrep finds its own engine through PATH: each version needs its own first.
semgrep() { # version folder, arguments...
    bin=$tools/$1/bin
    shift
    PATH=$bin:$PATH "$bin/semgrep" scan "$@"
}

# shellcheck disable=SC2086
semgrep sg182 $quiet --json --dataflow-traces --config scans/rules $sources >"$out/semgrep.json"
# shellcheck disable=SC2086
semgrep sg182 $quiet --sarif --dataflow-traces --config scans/rules $sources >"$out/semgrep.sarif"
# shellcheck disable=SC2086
semgrep sg99 $quiet --json --dataflow-traces --config scans/rules-opengrep $sources >"$out/opengrep.json"
# shellcheck disable=SC2086
semgrep sg99 $quiet --sarif --dataflow-traces --config scans/rules-opengrep $sources >"$out/opengrep.sarif"

# Bandit leaves with 1 when it finds something.
"$tools/py/bin/bandit" -q -r service -f json >"$out/bandit.json" || [ $? -eq 1 ]
"$tools/py/bin/bandit" -q -r service -f sarif >"$out/bandit.sarif" || [ $? -eq 1 ]
"$tools/py/bin/flawfinder" --sarif legacy >"$out/flawfinder.sarif"

ln -s "$tools/js/node_modules" node_modules
cp api/eslint.config.mjs eslint.config.mjs
eslint() { node "$tools/js/node_modules/eslint/bin/eslint.js" "$@"; }
eslint -f json api >"$out/eslint.json" || [ $? -eq 1 ]
eslint -f @microsoft/eslint-formatter-sarif api >"$out/eslint.sarif" || [ $? -eq 1 ]

# ESLint names files absolutely. JSON: relative, like the others. SARIF: the
# URIs keep their shape, under a folder that says nothing about this machine.
python3 - "$work" "$out" "$here" <<'PY'
import json, pathlib, sys

work, out, here = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
for file in sorted(out.iterdir()):
    text = file.read_text(encoding="utf-8")
    if file.name == "eslint.json":
        text = text.replace(work + "/", "")
    text = text.replace(work, "/home/dev/shop")
    json.loads(text)
    if file.name in ("eslint.json", "semgrep.json", "opengrep.json"):
        # One result a line: a difference between two runs can be read.
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=1)
    (here / file.name).write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    print(f"{file.name}: {len(text)} characters")
PY
