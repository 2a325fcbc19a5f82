"""Measures a trained model on the held-out examples and writes the figures into `docs/mender.md`.

    python evaluate.py MODEL.pt TOKENIZER.json DATA --calibrate [--most N]
    python evaluate.py MODEL.pt TOKENIZER.json DATA [--sure N] [--write] [--most N] [--processes N] [--again]

The first says on the validation examples what each measure of `sure` comes to, and which one is to be taken; the second
holds the model to it, as the product does: what it finds less likely than that nothing is to be changed, and what it is not
sure of, is no answer.

Right is what comes to the tokens of the reference, blanks and the kind of quotes aside, and asks for the same imports.
Intervals are Wilson's at 95 %.
"""

import argparse
import collections
import functools
import json
import math
import multiprocessing
import random
import re
from pathlib import Path

import torch
from tokenizers import Tokenizer

import export
import inverse
import prompt
import search
import surroundings
from marks import shown
from model import Mender, Shape

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mender.md"
BEGIN, END = "<!-- figures: made by examples/finetune/evaluate.py -->", "<!-- end of figures -->"
SPLITS = {
    "package": "shapes that were trained, in packages that were not",
    "variant": "shapes of a trained weakness that were not trained, in packages that were not",
    "real": "fixes undone in real code of packages that were not trained",
    "untrained": "weaknesses that were not trained",
}
# As many tokens as the product tells it: `context` less what is kept free.
MOST_PROMPT = export.CONTEXT - 10
# On how many of the safe validation examples a change may be proposed, in hundredths.
MOST_CHANGED = 5


def interval(right: int, of: int) -> str:
    if of == 0:
        return "–"
    z, p = 1.96, right / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return f"{100 * p:.0f} % ({100 * max(0, middle - half):.0f}–{100 * min(1, middle + half):.0f})"


def squeezed(lines: list[str]) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", "\n".join(lines).replace("'", '"'))


def parses(language: str, lines: list[str]) -> bool:
    """Whether the code has no more errors of syntax than a function by itself has."""
    code = "\n".join(lines)
    if language == "java" or (language in ("javascript", "typescript") and not code.lstrip().startswith(("function", "async", "const", "let", "var"))):
        code = "class A {\n" + code + "\n}"
    return not surroundings.PARSERS[language].parse(code.encode()).root_node.has_error


def judged(row: dict, text: str, ended: bool) -> str:
    """`right`, or what is wrong with an answer."""
    if not ended:
        return "truncated"
    try:
        made = prompt.applied(text, row["lines"])
    except prompt.Unreadable as error:
        return "wrong place" if "not there" in str(error) else "unreadable"
    wanted = prompt.applied(row["answer"], row["lines"])
    if made is None or wanted is None:
        return "right" if made is wanted else ("no change" if made is None else "changed")
    same = squeezed(made[0]) == squeezed(wanted[0])
    if same:
        return "right" if set(made[1]) == set(wanted[1]) else "right but for imports"
    if parses(row["language"], row["lines"]) and not parses(row["language"], made[0]):
        return "unparsable"
    return "other change"


def answers(model, tokenizer, row: dict, width: int = 4):
    measure = lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)
    told = prompt.prompt(row["language"], row["cwe"], row["rule"], row["imports"], row["lines"], row["flagged"], measure, MOST_PROMPT)
    if told is None:
        return []
    found = search.best(model, tokenizer.encode(told).ids, width)
    return [(shown(tokenizer.decode(tokens)), ended, math.exp(score)) for tokens, ended, score in found]


def offered(answers, sure: int) -> list:
    """What is left of a model's answers where it has to be sure."""
    kept = []
    for text, ended, share in answers:
        if text.strip() == "=":
            return [*kept, (text, ended)]
        if share >= sure / 100:
            kept.append((text, ended))
    return kept


def is_change(row: dict) -> bool:
    """Whether a change is proposed: an answer that can be read and is none is not."""
    return any(kind in ("changed", "right", "right but for imports", "unparsable", "other change") for kind in row["kinds"] if kind != "right" or row["answer"] != "=")


def calibrated(rows: list[dict]) -> int:
    """The least measure at which few enough safe examples are changed."""
    best = None
    print("sure\tsafe, changed\tright, first\tright, of four\twrong, first")
    for sure in range(0, 100, 5):
        safe = [is_change(judge(row, sure)) for row in rows if row["answer"] == "="]
        kinds = [judge(row, sure)["kinds"] for row in rows if row["answer"] != "="]
        share = lambda found, of: f"{100 * sum(found) / max(1, len(of)):.1f} %"
        wrong = [bool(k) and k[0] not in ("right", "no change") for k in kinds]
        print(sure, share(safe, safe), share([k[:1] == ["right"] for k in kinds], kinds), share(["right" in k for k in kinds], kinds), share(wrong, kinds), sep="\t")
        if best is None and 100 * sum(safe) <= MOST_CHANGED * len(safe):
            best = sure
    return 95 if best is None else best


def judge(row: dict, sure: int) -> dict:
    row["kinds"] = [judged(row, *answer) for answer in offered(row["answers"], sure)]
    return row


def codemod(row: dict) -> bool:
    """Whether the inverse rewrites, applied forward, come to the reference."""
    lines = [*row["lines"]]
    at = row["flagged"][0] - 1
    lines[at] = inverse.redone(lines[at], row["language"], row["name"]) or lines[at]
    wanted = prompt.applied(row["answer"], row["lines"])
    return squeezed(lines) == squeezed(wanted[0]) and not wanted[1]


def table(title: str, groups: dict[str, list[dict]]) -> list[str]:
    out = [f"| {title} | cases | the first answer is right | one of four is | a codemod is |", "|---|---:|---:|---:|---:|"]
    for name, rows in groups.items():
        first = sum(row["kinds"][:1] == ["right"] for row in rows)
        any_ = sum("right" in row["kinds"] for row in rows)
        out.append(f"| {name} | {len(rows)} | {interval(first, len(rows))} | {interval(any_, len(rows))} | {100 * sum(map(codemod, rows)) / max(1, len(rows)):.0f} % |")
    return [*out, ""]


def page(state: dict, rows: list[dict], sure: int) -> str:
    flawed = [row for row in rows if row["answer"] != "="]
    safe = [row for row in rows if row["answer"] == "="]
    out = [f"{len(flawed)} cases with a flaw, {len(safe)} without; {state['examples']:,} examples seen in {state['minutes']:.0f} minutes of one core, seed {state['seed']}; `sure = {sure}`.", ""]
    out += table("held out", {text: [row for row in flawed if row["split"] == split] for split, text in SPLITS.items()})
    known = [row for row in flawed if row["split"] != "untrained"]
    by = lambda key, rows: {name: [row for row in rows if row[key] == name] for name in sorted({row[key] for row in rows})}
    out += table("language", by("language", known))
    out += table("weakness", by("name", known))
    out += table("untrained weakness", by("name", [row for row in flawed if row["split"] == "untrained"]))
    out += ["| safe | cases | a change is proposed |", "|---|---:|---:|"]
    names = {"keep": "safe shapes and what cannot be repaired", "fixed": "repaired code, flagged all the same", "real": "safe lines of real code", "other": "any line, flagged for nothing"}
    groups = {text: [row for row in safe if row["kind"] == kind] for kind, text in names.items()}
    for name, group in {"all": safe, **groups}.items():
        out.append(f"| {name} | {len(group)} | {interval(sum(map(is_change, group)), len(group))} |")
    kinds = collections.Counter(row["kinds"][0] if row["kinds"] else "not sure" for row in known)
    out += ["", "First answers to trained weaknesses by what they are: " + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()) + "."]
    return "\n".join(out)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures a model on the held-out examples.")
    parser.add_argument("model", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", action="store_true", help="into docs/mender.md")
    parser.add_argument("--most", type=int, default=1 << 30, help="cases of a split, the same ones every time")
    parser.add_argument("--sure", type=int, default=0)
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--again", action="store_true", help="with the answers of the last run, held to another measure")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--width", type=int, default=4)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    state = torch.load(asked.model)
    model = Mender(Shape(**state["shape"]))
    model.load_state_dict(state["model"])
    model.eval()
    tokenizer = Tokenizer.from_file(str(asked.tokenizer))
    name = "valid" if asked.calibrate else "test"
    rows = [json.loads(line) for line in (asked.data / f"{name}.jsonl").open()]
    random.Random(0).shuffle(rows)
    counts = collections.Counter()
    chosen = []
    for row in rows:
        counts[row.get("split")] += 1
        if counts[row.get("split")] <= asked.most:
            chosen.append(row)
    if asked.again:
        chosen = [json.loads(line) for line in (asked.data / "answers.jsonl").open()]
    else:
        ask = functools.partial(answers, model, tokenizer, width=asked.width)
        with multiprocessing.get_context("fork").Pool(asked.processes) as pool:
            for number, (row, found) in enumerate(zip(chosen, pool.imap(ask, chosen, 8))):
                row["answers"] = found
                if number % 200 == 199:
                    print(number + 1, flush=True)
    if asked.calibrate:
        print("sure =", calibrated(chosen))
        return
    for row in chosen:
        judge(row, asked.sure)
    text = page(state, chosen, asked.sure)
    print(text)
    (asked.data / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in chosen))
    if asked.write:
        whole = PAGE.read_text()
        before, _, rest = whole.partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


if __name__ == "__main__":
    main()
