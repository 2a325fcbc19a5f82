"""Goes on training a model on a batch that `assize export --format sft` wrote, and writes a folder that `assize model add` takes.

    python finetune.py BATCH MODEL OUT [--steps N] [--replay DATA]

MODEL is a folder as `export.py` writes it, so the one that is shipped too; how sure it has to be stays as it is there. With `--replay` half of each step's examples are those it
was trained on before, so that what it knew is kept.
"""

import argparse
import json
import random
import re
import tempfile
import tomllib
from pathlib import Path

import numpy
import onnx
import torch
from onnx import TensorProto, numpy_helper
from tokenizers import Tokenizer

import export
import prompt
import train
from model import Mender, Shape

_FENCED = re.compile(r"^(`{3,})([\w+]*)\n(.*?)^\1\s*$", re.MULTILINE | re.DOTALL)
GRAPHS = ("encoder_model.onnx", "decoder_model.onnx")


def weights(folder: Path) -> dict[tuple[str, str], numpy.ndarray]:
    """The weights of a folder's graphs by their names there, widened."""
    found = {}
    for graph in GRAPHS:
        for weight in onnx.load(folder / graph).graph.initializer:
            if weight.data_type in (TensorProto.FLOAT, TensorProto.FLOAT16):
                found[graph, weight.name] = numpy_helper.to_array(weight).astype(numpy.float32)
    return found


def loaded(folder: Path) -> Mender:
    """The model of a folder. Graphs name weights as they like, but always alike: a model whose weights are known is written
    too, and says which is which."""
    config = json.loads((folder / "config.json").read_text())
    shape = Shape(config["vocab_size"], config["d_model"], config["d_ff"], config["num_layers"], config["num_decoder_layers"])
    model = Mender(shape)
    with torch.no_grad(), tempfile.TemporaryDirectory() as aside:
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter).half().float())
        export.write_graphs(model, Path(aside))
        known = weights(Path(aside))
        told = weights(folder)
        for parameter in model.parameters():
            for key, value in known.items():
                own = parameter.numpy()
                if value.shape == own.shape and numpy.array_equal(value, own):
                    parameter.copy_(torch.from_numpy(told[key]))
                    break
                if value.ndim == 2 and value.shape == own.T.shape and numpy.array_equal(value, own.T):
                    parameter.copy_(torch.from_numpy(told[key].T.copy()))
                    break
            else:
                raise SystemExit(f"{folder}: not a model of this recipe")
    return model


def sure(folder: Path) -> int | None:
    """How sure the manifest of a folder says that it has to be."""
    return tomllib.loads((folder / "assize.toml").read_text()).get("sure")


def examples(batch: Path):
    """The batch's pairs as this recipe's examples: what changed is what was flagged."""
    for line in (batch / "data" / "train.jsonl").open():
        row = json.loads(line)
        before, after = _FENCED.search(row["prompt"]), _FENCED.search(row["completion"])
        if not before or not after:
            continue
        old, new = (match[3].removesuffix("\n").split("\n") for match in (before, after))
        edit = prompt.answer(old, new)
        lines = [int(number) for number in re.findall(r"^[@!<](\d+)", edit, re.MULTILINE)]
        if not lines:
            continue
        flagged = min(max(lines), len(old))
        cwe = re.search(r"CWE-\d+", row["prompt"])
        rules = row["provenance"]["rules"]
        yield {
            "language": before[2], "cwe": cwe[0] if cwe else "", "rule": rules[0]["rule"] if rules else "", "imports": [], "lines": old,
            "flagged": (flagged, flagged), "answer": edit,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description="Goes on training a model on a batch of Assize's.")
    parser.add_argument("batch", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--rate", type=float, default=1e-4, help="at first; it falls to nothing")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--replay", type=Path, help="what `corpus.py` wrote")
    asked = parser.parse_args()
    torch.manual_seed(asked.seed)
    torch.set_num_threads(1)
    dice = random.Random(asked.seed)
    model = loaded(asked.model)
    vocabulary = asked.model / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(vocabulary))
    words = train.Words(tokenizer)
    own = [pair for row in examples(asked.batch) if (pair := train.encoded(row, words, 256))]
    if not own:
        raise SystemExit(f"{asked.batch}: no pair that can be learnt from")
    replayed = train.stream(asked.replay / "train.jsonl", tokenizer, [128], dice, 2048) if asked.replay else None
    optimizer = torch.optim.AdamW(model.parameters(), lr=asked.rate, betas=(0.9, 0.98), weight_decay=0.0)
    for step in range(asked.steps):
        value = train.loss(model, train.padded(dice.sample(own, min(8, len(own)))))
        if replayed:
            value = value + train.loss(model, next(replayed))
        for group in optimizer.param_groups:
            group["lr"] = asked.rate * (1 - step / asked.steps)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 10 == 9:
            print(f"{step + 1} steps: loss {value.item():.3f}", flush=True)
    state = {"model": model.state_dict(), "shape": vars(model.shape)}
    export.write(state, vocabulary, asked.out, sure(asked.model))


if __name__ == "__main__":
    main()
