"""Trains Mender on what `corpus.py` made, on the processor.

    python train.py DATA OUT --minutes 75 [--seed N] [--threads N] [--from MODEL.pt]

Batches are of about the same length; the rate rises, stays and falls with the time that is left, so that a run that is
held up for a while ends well all the same. `curve.tsv` keeps what was seen.
"""

import argparse
import json
import random
import time
from pathlib import Path

import torch

import prompt
import tokens
from model import Mender, Shape
from tokenizers import Tokenizer

MOST_ANSWER = 120


def text(row: dict, tokenizer, most: int) -> str | None:
    measure = lambda told: len(tokenizer.encode(told, add_special_tokens=False).ids)
    return prompt.prompt(row["language"], row["cwe"], row["rule"], row["imports"], row["lines"], row["flagged"], measure, most)


def encoded(row: dict, tokenizer, most: int):
    told = text(row, tokenizer, most)
    if told is None:
        return None
    answer = tokenizer.encode(prompt.hidden(row["answer"])).ids
    if len(answer) > MOST_ANSWER:
        return None
    return tokenizer.encode(told).ids, answer


def stream(path: Path, tokenizer, mosts: list[int], dice: random.Random, batch_tokens: int):
    """Batches without end; a pool is sorted by length and its batches shuffled. Most prompts are short, since what is near
    matters most and a short one costs little."""
    while True:
        pool = []
        with path.open() as rows:
            for line in rows:
                pair = encoded(json.loads(line), tokenizer, dice.choice(mosts))
                if pair:
                    pool.append(pair)
                if len(pool) == 1024:
                    yield from batches(pool, dice, batch_tokens)
                    pool = []
        yield from batches(pool, dice, batch_tokens)


def batches(pool, dice: random.Random, batch_tokens: int):
    pool.sort(key=lambda pair: len(pair[0]) + dice.random() * 12)
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
    wanted = torch.zeros_like(target, dtype=torch.bool)
    for row, pair in enumerate(batch):
        wanted[row, : len(pair[1])] = True
    return source, mask, given, target, wanted


def loss(model, batch):
    source, mask, given, target, wanted = batch
    with torch.autocast("cpu", torch.bfloat16):
        shares = model(source, mask, given)
    picked = shares.gather(-1, target[..., None])[..., 0]
    right = (shares.argmax(-1) == target) | ~wanted
    return -(picked * wanted).sum() / wanted.sum(), right.all(1).float().mean()


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains Mender.")
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=75)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--most", type=int, nargs="+", default=[96, 112, 128, 256], help="tokens of a prompt in training, each as often")
    parser.add_argument("--batch", type=int, default=2560, help="tokens of a batch")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--vocabulary", type=int, default=2048)
    parser.add_argument("--from", dest="start", type=Path)
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
    flat = [p for p in model.parameters() if p.ndim < 2]
    deep = [p for p in model.parameters() if p.ndim >= 2]
    optimizer = torch.optim.AdamW([{"params": deep, "weight_decay": 0.02}, {"params": flat, "weight_decay": 0.0}], lr=asked.rate, betas=(0.9, 0.98), eps=1e-8, fused=True)
    data = stream(asked.data / "train.jsonl", tokenizer, asked.most, dice, asked.batch)
    checked = []
    with (asked.data / "valid.jsonl").open() as rows:
        pairs = [pair for line in list(rows)[:400] if (pair := encoded(json.loads(line), tokenizer, max(asked.most)))]
    checked = list(batches(pairs, random.Random(1), asked.batch))
    begin = time.monotonic()
    seconds = asked.minutes * 60
    curve = (asked.out / "curve.tsv").open("a", buffering=1)
    curve.write("minutes\tsteps\texamples\ttokens\trate\tloss\texact\tvalid_loss\tvalid_exact\n")
    step = examples = words = 0
    shown = [0.0, 0.0, 0]
    last = time.monotonic()

    def keep(name: str) -> None:
        state = {"model": model.state_dict(), "shape": vars(shape), "steps": step, "examples": examples, "minutes": (time.monotonic() - begin) / 60, "seed": asked.seed}
        torch.save(state, asked.out / (name + ".part"))
        (asked.out / (name + ".part")).rename(asked.out / name)

    while True:
        spent = (time.monotonic() - begin) / seconds
        if spent >= 1:
            break
        rate = asked.rate * min(1, (step + 1) / 100) * min(1.0, 0.01 + (1 - spent) / 0.45)
        for group in optimizer.param_groups:
            group["lr"] = rate
        batch = next(data)
        value, exact = loss(model, batch)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        examples += len(batch[0])
        words += batch[0].numel()
        shown = [shown[0] + value.item(), shown[1] + exact.item(), shown[2] + 1]
        if time.monotonic() - last > 300:
            with torch.no_grad():
                model.eval()
                seen = [tuple(float(x) for x in loss(model, other)) for other in checked[:8]]
                model.train()
            valid = [sum(column) / len(seen) for column in zip(*seen)]
            row = [f"{(time.monotonic() - begin) / 60:.1f}", step, examples, words, f"{rate:.2e}", f"{shown[0] / shown[2]:.4f}", f"{shown[1] / shown[2]:.3f}", f"{valid[0]:.4f}", f"{valid[1]:.3f}"]
            curve.write("\t".join(map(str, row)) + "\n")
            print("\t".join(map(str, row)), flush=True)
            keep("model.pt")
            shown = [0.0, 0.0, 0]
            last = time.monotonic()
    keep("model.pt")


if __name__ == "__main__":
    main()
