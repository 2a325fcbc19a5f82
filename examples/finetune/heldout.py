"""Runs the product itself, with the real scanners, over held-out cases, and says how many of its remedies are sound.

    python heldout.py SOURCES DATA OUT ASSIZE [--model FOLDER] [--most 500] [--clock MINUTES] [--again] [--write]

Each case is a file of its own: that of the package, with the flaw in it. Semgrep with the rules of `rules.tsv`, Bandit and
flawfinder, which have to be on the path, look at all of them by `assize scan`; a case is covered where one of them reports its
weakness in its place. For those `assize propose` is asked twice: with the model and nothing behind it that the scanner offers,
and without the model, for what the rules' own fixes come to. Then half of what was sound is accepted, and the other half asked
without a model, under rules without a fix, for what is recalled.

With `--again` the scans of the last run in OUT stand, and what the rules' own fixes came to: another model is asked.

Sound is what the product says is: `yes` where all required checks hold, the scanners' second look among them.
"""

import argparse
import collections
import json
import math
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import evaluate
import scan
from evaluate import interval

BEGIN, END = "<!-- sound: made by examples/finetune/heldout.py -->", "<!-- end of sound -->"
SPLITS = {"real": "fixes undone in real code", "package": "shapes that were trained", "variant": "variants of a shape"}


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


def chosen(data: Path, most: int) -> list[dict]:
    """All undone fixes, and of the shapes as many as are missing, drawn the same way every time."""
    rows = [json.loads(line) for line in (data / "test.jsonl").open()]
    rows = [row for row in rows if row["answer"] != "=" and row["split"] in SPLITS]
    random.Random(0).shuffle(rows)
    return sorted(rows, key=lambda row: row["split"] != "real")[:most]


def tree(rows: list[dict], sources: Path, out: Path) -> list[dict]:
    """Writes the files; the cases with where their flaw stands."""
    cases = []
    for number, row in enumerate(rows):
        code, lower = text(row, sources)
        # The flagged lines have to be where they are said to be.
        if code.split("\n")[lower : lower + len(row["lines"])] != row["lines"]:
            continue
        path = f"{row['language']}/{row['split']}/{row['name']}/case_{number}.{scan.SUFFIX[row['language']]}"
        (out / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (out / "tree" / path).write_text(code)
        cases.append({**row, "path": path, "from": lower + row["flagged"][0], "to": lower + row["flagged"][1]})
    return cases


class Product:
    """The program in a workspace of its own."""

    def __init__(self, program: str, out: Path):
        self.program, self.out = program, out
        self.settings = out / "settings" / "assize" / "config.toml"
        self.settings.parent.mkdir(parents=True, exist_ok=True)

    def set(self, rules: Path, ask: bool) -> None:
        self.settings.write_text(f'[scanner.semgrep]\nrules = "{rules.resolve()}"\ntimeout = 3600\n\n[model]\nask = {str(ask).lower()}\n')

    def run(self, *words: str, ends: bool = False) -> list[dict] | None:
        env = {**os.environ, "XDG_CONFIG_HOME": str(self.settings.parent.parent.resolve())}
        done = subprocess.run([self.program, *words, "--json"], cwd=self.out, env=env, capture_output=True, text=True)
        if ends and done.returncode < 0:
            print(f"{words[0]}: {done.stderr.strip()}", flush=True)
            return None
        if done.returncode not in (0, 4):
            raise SystemExit(f"assize {' '.join(words[:3])}: {done.stdout}{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def weaknesses(told: dict) -> set[str]:
    """Of which of our weaknesses the tools of a case speak."""
    found = set()
    for rule in told["rules"]:
        last = rule.split(".")
        found.add(last[-3] if len(last) > 2 else scan.BANDIT.get(rule, scan.FLAWFINDER.get(rule.split("/")[-1], "")))
        found.update(name for name in scan.FLAWFINDER.values() if rule.endswith(name))
    return found


def covered(cases: list[dict], listed: list[dict]) -> dict[str, dict]:
    """The product's cases that are held-out ones, by their names."""
    by = collections.defaultdict(list)
    for told in listed:
        by[told["path"].removeprefix("tree/")].append(told)
    found = {}
    for row in cases:
        here = [told for told in by[row["path"]] if told["start_line"] <= row["to"] and told["end_line"] >= row["from"]]
        here.sort(key=lambda told: row["name"] not in weaknesses(told))
        if here and row["name"] in weaknesses(here[0]):
            found[here[0]["case"]] = row
    return found


def fault(line: dict) -> str:
    """Why nothing of use came of a case, in a word or two."""
    if line.get("origin") is None:
        return line["misses"][0]["fault"] if line.get("misses") else "nothing"
    for check in line["checks"]:
        if check["result"] == "failed":
            return check["name"] + (f": {check['evidence'].split(':')[0][:40]}" if check["name"] == "recheck" else "")
    for check in line["checks"]:
        if check["result"] in ("inconclusive", "not_run") and check["name"] != "project":
            return f"{check['name']} {check['result']}"
    return "sound"


def proposed(product: Product, names: list[str], most: int = 32, ends: float = math.inf) -> dict[str, list[dict]]:
    """What is proposed for each case, as far as the time goes; one at which the program ends is told by itself."""
    found = collections.defaultdict(list)
    for at in range(0, len(names), most):
        if time.monotonic() > ends:
            break
        some = names[at : at + most]
        lines = product.run("propose", *some, ends=True)
        if lines is None and len(some) == 1:
            lines = [{"case": some[0], "origin": None, "misses": [{"fault": "the program ended"}]}]
        elif lines is None:
            found.update(proposed(product, some, most // 4 or 1))
            continue
        for line in lines:
            if "case" in line:
                found[line["case"]].append(line)
        print(f"{min(at + most, len(names))} of {len(names)}", flush=True)
    return found


def best(lines: list[dict], origin: str) -> str:
    """The best of what one origin offers: `yes`, `unproven`, `no` or `none`."""
    told = {line["sound"] for line in lines if line.get("origin") == origin}
    return next((sound for sound in ("yes", "unproven", "no") if sound in told), "none")


def table(title: str, groups: dict[str, list[dict]]) -> list[str]:
    out = [f"| {title} | cases | sound | unproven | unsound | none | a rule's own fix is sound | the model or that |", "|---|---:|---:|---:|---:|---:|---:|---:|"]
    for name, rows in groups.items():
        count = collections.Counter(row["model"] for row in rows)
        own = sum(row["autofix"] == "yes" for row in rows)
        either = sum("yes" in (row["model"], row["autofix"]) for row in rows)
        share = lambda part: f"{100 * part / max(1, len(rows)):.0f} %"
        out.append(f"| {name} | {len(rows)} | {interval(count['yes'], len(rows))} | {share(count['unproven'])} | {share(count['no'])} | {share(count['none'])} | {share(own)} | {share(either)} |")
    return [*out, ""]


def page(rows: list[dict], of: int, covered: int, recalled: list[str]) -> str:
    by = lambda key: {name: [row for row in rows if row[key] == name] for name in sorted({row[key] for row in rows})}
    asked = "these are counted" if covered == len(rows) else f"{len(rows)} of these were asked in the time there was, and are counted"
    out = [f"Of {of} held-out cases the scanners report {covered}; {asked}.", ""]
    out += table("held out", {"all": rows, **{text: [row for row in rows if row["split"] == split] for split, text in SPLITS.items()}})
    out += table("language", by("language"))
    out += table("weakness", by("name"))
    right = [row for row in rows if row["model"] == "yes"]
    same = sum(row["right"] for row in right)
    out += [f"Of the {len(right)} sound ones {same} are what the reference makes of the code; a codemod is equal to the reference in {sum(map(evaluate.codemod, rows))} of {len(rows)}.", ""]
    if recalled:
        out += [f"Recalled alone, where half of the sound remedies had been accepted and the rules had no fix: {recalled.count('yes')} of the other {len(recalled)} sound.", ""]
    kinds = collections.Counter(row["fault"] for row in rows)
    out += ["What came of the model's best: " + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()) + "."]
    return "\n".join(out)


def is_right(row: dict, lines: list[dict], out: Path) -> bool:
    """Whether a sound difference makes of the file what the reference makes of it, the imports aside."""
    made, _ = evaluate.prompt.applied(row["answer"], row["lines"])
    wanted = evaluate.squeezed(made)
    for line in lines:
        if line.get("sound") == "yes":
            after = patched((out / "tree" / row["path"]).read_text().split("\n"), line["diff"])
            if after is not None and "\0".join(wanted) in "\0".join(evaluate.squeezed(after)):
                return True
    return False


def patched(lines: list[str], diff: str) -> list[str] | None:
    made, at = [], 0
    for line in diff.split("\n")[2:]:
        if line.startswith("@@"):
            start = int(line.split()[1][1:].split(",")[0]) - 1
            made += lines[at:start]
            at = start
        elif line.startswith("+"):
            made.append(line[1:])
        elif line.startswith("-"):
            at += 1
        elif line.startswith(" "):
            made.append(line[1:])
            at += 1
    return made + lines[at:]


def bare(rules: Path) -> Path:
    """The same rules without their fixes."""
    told = json.loads(rules.read_text())
    path = rules.with_name("bare.json")
    path.write_text(json.dumps({"rules": [{key: value for key, value in rule.items() if key != "fix"} for rule in told["rules"]]}))
    return path


def own_fixes(program: str, cases: list[dict], out: Path, rules: Path) -> dict[str, str]:
    """What the rules' own fixes come to, by the cases' files; in another workspace, since the claims carry them."""
    aside = Product(program, out / "autofix")
    aside.set(rules, False)
    tree = str((out / "tree").resolve())
    aside.run("scan", tree, "--source", tree, "--project", "heldout")
    own = covered(cases, aside.run("cases", "is:open", "--limit", "1000000"))
    fixed = proposed(aside, sorted(own))
    return {row["path"]: best(fixed[name], "autofix") for name, row in own.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Says how many remedies for held-out cases are sound.")
    parser.add_argument("sources", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("assize")
    parser.add_argument("--model", type=Path, help="another than the one that the program holds")
    parser.add_argument("--most", type=int, default=500)
    parser.add_argument("--clock", type=float, default=math.inf, help="minutes after which no more cases are asked")
    parser.add_argument("--again", action="store_true", help="with the scans of the last run in OUT")
    parser.add_argument("--write", action="store_true", help="into docs/mender.md")
    asked = parser.parse_args()
    ends = time.monotonic() + 60 * asked.clock
    program = shutil.which(asked.assize) or str(Path(asked.assize).resolve())
    product = Product(program, asked.out)
    rows = chosen(asked.data, asked.most)
    if not asked.again:
        shutil.rmtree(asked.out, ignore_errors=True)
        asked.out.mkdir(parents=True)
    cases = tree(rows, asked.sources, asked.out)
    rules = scan.rules(asked.out)
    plain = bare(rules)

    # Without fixes first: a rung that comes behind the model would hide what the model alone comes to.
    product.set(plain, True)
    if not asked.again:
        for scanner in product.run("scan", "tree", "--source", "tree", "--project", "heldout")[0]["scanners"]:
            print(scanner["scanner"], scanner["result"], scanner.get("why", ""), flush=True)
    if asked.model:
        name = f"measured-{int(time.time())}"
        product.run("model", "add", str(asked.model.resolve()), "--name", name)
        product.run("model", "use", name)
    found = covered(cases, product.run("cases", "is:open", "--limit", "1000000"))
    print(f"{len(found)} of {len(cases)} covered", flush=True)
    names = sorted(found)
    answers = proposed(product, names, ends=ends)
    # A case's name is a hash, so that those that were asked are as good as drawn.
    names = [name for name in names if name in answers]
    of = len(found)
    found = {name: found[name] for name in names}
    for name in names:
        lines = answers[name]
        order = {"yes": 0, "unproven": 1, "no": 2}
        told = min(lines, key=lambda line: order.get(line.get("sound"), 3), default={"origin": None})
        found[name].update(model=best(lines, "model"), fault=fault(told), right=is_right(found[name], lines, asked.out), case=name)

    ends += 60 * asked.clock / 4
    sound = [line["remedy"] for name in names[::2] for line in answers[name] if line.get("sound") == "yes"]
    recalled = []
    if sound:
        for remedy in sound:
            product.run("remedy", "accept", remedy)
        product.set(plain, False)
        others = names[1::2]
        more = proposed(product, others, ends=ends)
        recalled = [best(more[name], "recalled") for name in others if name in more]

    kept = asked.out / "autofix.json"
    if not asked.again or not kept.exists():
        kept.write_text(json.dumps(own_fixes(program, cases, asked.out, rules)))
    by_path = json.loads(kept.read_text())
    for row in found.values():
        row["autofix"] = by_path.get(row["path"], "none")

    rows = list(found.values())
    (asked.out / "judged.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = page(rows, len(cases), of, recalled)
    print(told)
    if asked.write:
        before, _, rest = evaluate.PAGE.read_text().partition(BEGIN)
        _, _, after = rest.partition(END)
        evaluate.PAGE.write_text(f"{before}{BEGIN}\n\n{told}\n\n{END}{after}")


if __name__ == "__main__":
    main()
