"""Makes the examples: shapes put into real functions, fixes undone in real code, and what only looks like a flaw.

    python corpus.py SOURCES OUT [--seed N] [--count N]

SOURCES is the folder that `fetch.py` fills. Packages are parted before anything is made of them: those with a star in
`packages.tsv` are only tested, and so are the shapes marked `held` (variants) and `untrained` (weaknesses).
"""

import argparse
import collections
import json
import pickle
import random
import re
from pathlib import Path

import idioms
import inverse
import packages
import prompt
import shapes
import surroundings

# How many functions of a package are taken at most, so that none of them is most of a language.
MOST = 1500


def read_functions(sources: Path, dice: random.Random) -> list[surroundings.Function]:
    """The functions of all packages; they are kept beside the sources, since parsing takes minutes."""
    kept = sources / "functions.pickle"
    if kept.exists():
        found = pickle.loads(kept.read_bytes())
        return [function for function in found if function.package in packages.KNOWN]
    found = []
    for folder in sorted(sources / package.language / package.name for package in packages.read()):
        files = [path for path in sorted(folder.rglob("*")) if path.suffix in surroundings.SUFFIXES and path.is_file() and not path.name.endswith((".d.ts", ".min.js"))]
        dice.shuffle(files)
        own = []
        for path in files[:700]:
            own.extend(surroundings.functions(path, folder.name, folder))
            if len(own) > 2 * MOST:
                break
        dice.shuffle(own)
        found.extend(own[:MOST])
        print(f"{folder.name}: {min(len(own), MOST)}", flush=True)
    kept.write_bytes(pickle.dumps(found))
    return found


def code(cwe: int, name: str, dice: random.Random) -> str:
    if dice.random() < 0.04:
        return ""
    return f"CWE-{dice.choice(shapes.CWES.get(name, (cwe,)))}"


def rule(rules, dice: random.Random) -> str:
    return dice.choice(rules) if rules and dice.random() > 0.08 else ""


def named(line: str) -> str:
    """A line that reads the environment, under the name that can be told from the line: the constant's own, or SECRET."""
    constant = re.match(r"\s*(?:const |let |var )?([A-Z][A-Z0-9_]+) :?= ", line)
    name = constant[1] if constant else "SECRET"
    line = re.sub(r"(environ(?:\.get\(|\[)|getenv\(|Getenv\()([\"'])\w+[\"']", rf"\g<1>\g<2>{name}\g<2>", line)
    return re.sub(r"process\.env\.\w+", f"process.env.{name}", line)


class Maker:
    def __init__(self, functions, seed: int):
        self.dice = random.Random(seed)
        self.all = shapes.read()
        self.rules = {(shape.name, shape.language): shape.rules for shape in self.all}
        self.tested = [shape for shape in self.all if "more" not in shape.flags]
        self.held = collections.defaultdict(list)
        for shape in self.all:
            if "held" in shape.flags:
                self.held[shape.name, shape.language].append(shapes.pattern(shape))
        self.by = {True: collections.defaultdict(list), False: collections.defaultdict(list)}
        for function in functions:
            self.by[function.package in packages.TESTED][function.language].append(function)

    def example(self, function, name, cwe, unsafe, safe, flagged, adds, kind, number, imports):
        language = function.language
        fresh = [line for line in adds if line not in imports]
        text = "=" if safe is None else prompt.answer(unsafe, safe, fresh)
        rules = self.rules.get((name, language if language != "typescript" else "javascript"), ())
        return {
            "name": name, "language": language, "cwe": code(cwe, name, self.dice), "rule": rule(rules, self.dice), "imports": imports,
            "lines": unsafe, "flagged": flagged, "answer": text, "kind": kind, "variant": f"{name}.{language}.{number}",
            "package": function.package, "path": function.path, "first": function.first, "length": len(function.lines),
        }

    def shaped(self, shape, tested: bool, language: str | None = None):
        language = language or shape.language
        dice = self.dice
        functions = self.by[tested][language]
        if not functions:
            return None
        for _ in range(6):
            function = dice.choice(functions)
            if dice.random() < 0.75 and len(function.lines) > 18:
                continue
            lines = shapes.fill(shape, dice, function.names)
            own = [line for sign, line in lines if sign == "I"]
            adds = [line for sign, line in lines if sign == "A"]
            if not tested:
                plain, lines = lines, idioms.other(lines, shape.language, dice)
                # What is put together by chance is not to be a variant that is tested.
                ways = [plain, lines] if plain != lines or "more" in shape.flags else []
                if any(pattern.fullmatch(shapes.told(way)) for way in ways for pattern in self.held[shape.name, shape.language]):
                    continue
            if language == "typescript":
                own, adds = [*map(shapes.as_module, own)], [*map(shapes.as_module, adds)]
            placed = surroundings.place(function, lines, dice)
            if placed is None:
                continue
            unsafe, safe, flagged = placed
            imports = [*function.imports, *(line for line in own if line not in function.imports)]
            keep = "keep" in shape.flags
            kind = "keep" if keep else "shape"
            return self.example(function, shape.name, shape.cwe, unsafe, None if keep else safe, flagged, adds, kind, shape.number, imports)
        return None

    def lookalike(self, tested: bool):
        """A line that a rule flags for nothing."""
        dice = self.dice
        language = dice.choice([*self.by[tested]])
        function = dice.choice(self.by[tested][language])
        shape = dice.choice([s for s in (self.tested if tested else self.all) if s.language == (language if language != "typescript" else "javascript")])
        row, _ = dice.choice(function.places)
        return self.example(function, shape.name, shape.cwe, function.lines, None, (row + 1, row + 1), [], "other", 0, function.imports)

    def repaired(self, shape, tested: bool, language: str | None = None):
        """The repaired code flagged all the same: nothing is to be changed."""
        made = self.shaped(shape, tested, language)
        if made is None or made["answer"] == "=":
            return None
        try:
            lines, adds = prompt.applied(made["answer"], made["lines"])
        except prompt.Unreadable:
            return None
        first, last = made["flagged"]
        last = max(first, last + len(lines) - len(made["lines"]))
        return {**made, "lines": lines, "flagged": (first, min(last, len(lines))), "answer": "=", "kind": "fixed", "imports": [*made["imports"], *adds]}

    def undone(self, tested: bool):
        """Every fix that can be undone in the functions, and the same lines as they are."""
        dice = self.dice
        seen = set()
        for language, functions in self.by[tested].items():
            for function in functions:
                for row, flaw, unsafe in inverse.undone(function.lines, function.quoted, language):
                    unsafe = unsafe.replace("§secret", shapes.secret(dice))
                    key = (unsafe.strip(), function.lines[max(0, row - 1)].strip())
                    if key in seen:
                        continue
                    seen.add(key)
                    lines = [*function.lines[:row], unsafe, *function.lines[row + 1 :]]
                    fixed = [*function.lines]
                    if flaw.name == "secret":
                        fixed[row] = named(fixed[row])
                    yield self.example(function, flaw.name, flaw.cwe, lines, fixed, (row + 1, row + 1), [], "undone", 900, function.imports)
                    if dice.random() < 0.5:
                        yield self.example(function, flaw.name, flaw.cwe, function.lines, None, (row + 1, row + 1), [], "real", 900, function.imports)


def write(path: Path, rows) -> int:
    with path.open("w") as out:
        count = 0
        for row in rows:
            out.write(json.dumps(row) + "\n")
            count += 1
    return count


def key(row) -> str:
    first, last = row["flagged"]
    return row["language"] + "\n".join(line.strip() for line in row["lines"][max(0, first - 3) : last + 1])


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the examples.")
    parser.add_argument("sources", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--count", type=int, default=120_000)
    asked = parser.parse_args()
    dice = random.Random(asked.seed)
    functions = read_functions(asked.sources, dice)
    maker = Maker(functions, asked.seed)
    asked.out.mkdir(parents=True, exist_ok=True)
    known = [s for s in maker.all if not s.flags & {"held", "untrained"}]
    tongues = lambda s: [s.language, "typescript"] if s.language == "javascript" else [s.language]
    weights = {}
    for shape in known:
        # Each weakness of a language counts the same, however many shapes it has; C and Go have fewer shapes, not fewer examples.
        group = [s for s in known if (s.name, s.language, "keep" in s.flags) == (shape.name, shape.language, "keep" in shape.flags)]
        weights[shape] = (0.3 if "keep" in shape.flags else 1.0) / len(group) ** 0.7

    tests = []
    for shape in maker.tested:
        if shape.flags & {"held", "untrained"}:
            for language in tongues(shape):
                for _ in range(6 if "held" in shape.flags else 5):
                    if made := maker.shaped(shape, True, language):
                        tests.append({**made, "split": "variant" if "held" in shape.flags else "untrained"})
                if "held" in shape.flags and (made := maker.repaired(shape, True, language)):
                    tests.append({**made, "split": "variant"})
        elif "keep" in shape.flags:
            for language in tongues(shape):
                for _ in range(2):
                    if made := maker.shaped(shape, True, language):
                        tests.append({**made, "split": "keep"})
        else:
            for language in tongues(shape):
                if made := maker.shaped(shape, True, language):
                    tests.append({**made, "split": "package"})
    tests.extend({**maker.lookalike(True), "split": "keep"} for _ in range(150))
    counts = collections.Counter()
    for made in maker.undone(True):
        group = (made["name"], made["language"], made["kind"])
        if counts[group] < 40:
            counts[group] += 1
            tests.append({**made, "split": "real"})
    tested = {key(row) for row in tests}
    print("test", write(asked.out / "test.jsonl", tests), collections.Counter(row["split"] for row in tests), flush=True)

    counts = collections.Counter()
    real = []
    for made in maker.undone(False):
        group = (made["name"], made["language"], made["kind"])
        if key(made) not in tested and counts[group] < 400:
            counts[group] += 1
            real.append(made)
    print("real", len(real), flush=True)

    def training():
        shapes_, odds = list(weights), list(weights.values())
        while True:
            drawn = maker.dice.random()
            if drawn < 0.04:
                made = maker.lookalike(False)
            else:
                shape = maker.dice.choices(shapes_, odds)[0]
                language = maker.dice.choice(tongues(shape)) if maker.dice.random() < 0.5 else shape.language
                make = maker.repaired if drawn < 0.1 else maker.shaped
                made = make(shape, False, language)
            if made is not None and key(made) not in tested:
                yield made

    rows = training()
    bulk = [next(rows) for _ in range(asked.count)]
    bulk.extend(row for row in real for _ in range(3))
    maker.dice.shuffle(bulk)
    print("train", write(asked.out / "train.jsonl", bulk[1500:]), "valid", write(asked.out / "valid.jsonl", bulk[:1500]), flush=True)


if __name__ == "__main__":
    main()
