"""Trains Mender on what `corpus.py` made, on the processor.

    python train.py DATA OUT --minutes 75 [--clock MINUTES] [--seed N] [--threads N] [--from MODEL.pt] [--resume]

Minutes are those of the process on the processor, not of the clock: the rate rises, stays and falls with what of them is left,
so that a run that is paused or held up ends as one that is not. With `--clock` it ends by the clock as well, and the rate falls
with whichever of both is nearer to its end. `curve.tsv` keeps what was seen; what `--resume` goes on from, the optimizers' state
too, is kept as often, and when the process is asked to end.
"""

import argparse
import array
import json
import random
import re
import signal
import time
from pathlib import Path

import torch

import prompt
import tokens
from model import Mender, Shape
from muon import Muon
from tokenizers import Tokenizer

MOST_ANSWER = 120
# How often the curve is written, in minutes of the processor.
SHOWN = 5
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Words:
    """Tokens of text, line by line: a line's end stands alone, so that those of the lines are those of the text."""

    def __init__(self, tokenizer):
        self.tokenizer, self.known = tokenizer, {}

    def __call__(self, text: str) -> list[int]:
        found = []
        for line in _LINE.findall(text):
            if line not in self.known:
                if len(self.known) > 200_000:
                    self.known.clear()
                self.known[line] = self.tokenizer.encode(line, add_special_tokens=False).ids
            found.extend(self.known[line])
        return found


def text(row: dict, words: Words, most: int) -> str | None:
    measure = lambda told: len(words(told))
    return prompt.prompt(row["language"], row["cwe"], row["rule"], row["imports"], row["lines"], row["flagged"], measure, most)


def encoded(row: dict, words: Words, most: int):
    told = text(row, words, most)
    if told is None:
        return None
    answer = words.tokenizer.encode(prompt.hidden(row["answer"])).ids
    if len(answer) > MOST_ANSWER:
        return None
    return [*words(told), tokens.END], answer


def stream(path: Path, tokenizer, mosts: list[int], dice: random.Random, batch_tokens: int, seen: int = 0):
    """Batches without end, from behind the examples that were seen; a pool is sorted by length and its batches shuffled. Prompts
    are short, since what is near matters most and a short one costs little. The second time round examples are read from
    memory, in another order."""
    words, kept = Words(tokenizer), []

    def read():
        with path.open() as rows:
            lines = list(rows)
            start = seen % len(lines)
            for line in [*lines[start:], *lines[:start]]:
                pair = encoded(json.loads(line), words, dice.choice(mosts))
                if pair:
                    pair = tuple(array.array("H", part) for part in pair)
                    kept.append(pair)
                    yield pair
        while True:
            dice.shuffle(kept)
            yield from kept

    pool = []
    for pair in read():
        pool.append(tuple(part.tolist() for part in pair))
        if len(pool) == 2048:
            yield from batches(pool, dice, batch_tokens)
            pool = []


def batches(pool, dice: random.Random, batch_tokens: int):
    pool.sort(key=lambda pair: len(pair[0]) + dice.random() * 8)
    made, now = [], []
    for pair in pool:
        if now and (len(now) + 1) * max(len(pair[0]), len(now[-1][0])) > batch_tokens:
            made.append(now)
            now = []
        now.append(pair)
    if now:
        made.append(now)
    dice.shuffle(made)
    for batch in made:
        yield padded(batch)


def padded(batch):
    def table(rows):
        width = max(map(len, rows))
        return torch.tensor([row + [tokens.PAD] * (width - len(row)) for row in rows])

    source = table([pair[0] for pair in batch])
    target = table([pair[1] for pair in batch])
    lengths = torch.tensor([len(pair[0]) for pair in batch])
    mask = torch.arange(source.shape[1])[None] < lengths[:, None]
    given = torch.cat([torch.full((len(batch), 1), tokens.PAD), target[:, :-1]], 1)
    return source, mask, given, target


def loss(model, batch):
    """A word of a short answer counts more than one of a long one: whether anything is to be changed is said by one word."""
    source, mask, given, target = batch
    with torch.autocast("cpu", torch.bfloat16):
        lost = model.unlikely(source, mask, given, target)
    wanted = target != tokens.PAD
    weights = wanted.sum(1, keepdim=True).float().rsqrt().expand(-1, target.shape[1])[wanted]
    return (lost * weights).sum() / weights.sum()


@torch.no_grad()
def measured(model, batch) -> tuple[float, float]:
    """The loss of a word on average, and the share of answers that are said word for word."""
    source, mask, given, target = batch
    with torch.autocast("cpu", torch.bfloat16):
        shares = model(source, mask, given)
    wanted = target != tokens.PAD
    right = (shares.argmax(-1) == target) | ~wanted
    lost = -shares.gather(-1, target[..., None])[..., 0][wanted].mean()
    return lost.item(), right.all(1).float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains Mender.")
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=75, help="of the processor")
    parser.add_argument("--clock", type=float, help="minutes of the clock from now, at most")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--most", type=int, nargs="+", default=[96, 112, 128, 160], help="tokens of a prompt in training, each as often")
    parser.add_argument("--batch", type=int, default=3072, help="tokens of a batch")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--vocabulary", type=int, default=2048)
    parser.add_argument("--from", dest="start", type=Path)
    parser.add_argument("--resume", action="store_true", help="go on from OUT/resume.pt")
    asked = parser.parse_args()
    torch.manual_seed(asked.seed)
    torch.set_num_threads(asked.threads)
    dice = random.Random(asked.seed)
    asked.out.mkdir(parents=True, exist_ok=True)

    vocabulary = asked.out / "tokenizer.json"
    if not vocabulary.exists():
        def texts():
            with (asked.data / "train.jsonl").open() as rows:
                for number, line in enumerate(rows):
                    if number == 25_000:
                        break
                    row = json.loads(line)
                    yield prompt.prompt(row["language"], row["cwe"], row["rule"], row["imports"], row["lines"], row["flagged"]) or ""
                    yield row["answer"]
        tokens.train(texts(), asked.vocabulary).save(str(vocabulary))
    tokenizer = Tokenizer.from_file(str(vocabulary))

    shape = Shape(vocabulary=tokenizer.get_vocab_size())
    model = Mender(shape)
    if asked.start:
        model.load_state_dict(torch.load(asked.start)["model"])
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters", flush=True)
    inner = [p for name, p in model.named_parameters() if p.ndim == 2 and name not in ("words.weight", "gate.weight")]
    chosen = {id(p) for p in inner}
    rest = [p for p in model.parameters() if id(p) not in chosen]
    optimizers = [
        Muon(inner, lr=asked.rate),
        torch.optim.AdamW(rest, lr=asked.rate, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.0, fused=True),
    ]
    step = examples = words = 0
    spent = 0.0
    if asked.resume:
        state = torch.load(asked.out / "resume.pt")
        model.load_state_dict(state["model"])
        for optimizer, kept in zip(optimizers, state["optimizers"]):
            optimizer.load_state_dict(kept)
        step, examples, words, spent = state["steps"], state["examples"], state["words"], state["minutes"]
        dice.seed(asked.seed + step)
    data = stream(asked.data / "train.jsonl", tokenizer, asked.most, dice, asked.batch, examples)
    with (asked.data / "valid.jsonl").open() as rows:
        reader = Words(tokenizer)
        pairs = [pair for line in list(rows)[:300] if (pair := encoded(json.loads(line), reader, max(asked.most)))]
    checked = list(batches(pairs, random.Random(1), asked.batch))
    curve = (asked.out / "curve.tsv").open("a", buffering=1)
    if not asked.resume:
        curve.write("minutes\tsteps\texamples\ttokens\trate\tloss\tvalid_loss\tvalid_exact\n")
    lost, counted = 0.0, 0
    begin = time.process_time() / asked.threads / 60 - spent
    last = spent

    def keep(name: str, **more) -> None:
        state = {"model": model.state_dict(), "shape": vars(shape), "steps": step, "examples": examples, "words": words, "minutes": spent, "seed": asked.seed}
        torch.save({**state, **more}, asked.out / (name + ".part"))
        (asked.out / (name + ".part")).rename(asked.out / name)

    def show() -> None:
        seen = [measured(model, other) for other in checked]
        valid = [sum(column) / len(seen) for column in zip(*seen)]
        row = [f"{spent:.1f}", step, examples, words, f"{rate:.2e}", f"{lost / max(1, counted):.4f}", f"{valid[0]:.4f}", f"{valid[1]:.3f}"]
        curve.write("\t".join(map(str, row)) + "\n")
        print("\t".join(map(str, row)), flush=True)

    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    started = time.monotonic()
    rate = asked.rate
    while (spent := time.process_time() / asked.threads / 60 - begin) < asked.minutes:
        passed = (time.monotonic() - started) / 60 / asked.clock if asked.clock else 0.0
        if passed >= 1:
            break
        if stopped or spent - last > SHOWN:
            show()
            keep("model.pt")
            keep("resume.pt", optimizers=[optimizer.state_dict() for optimizer in optimizers])
            lost, counted, last = 0.0, 0, spent
            if stopped:
                return
        rate = asked.rate * min(1, (step + 1) / 100) * min(1.0, 0.01 + (1 - max(spent / asked.minutes, passed)) / 0.5)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
        batch = next(data)
        value = loss(model, batch)
        model.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        step += 1
        examples += len(batch[0])
        words += batch[0].numel()
        lost, counted = lost + value.item(), counted + 1
    show()
    keep("model.pt")


if __name__ == "__main__":
    main()
