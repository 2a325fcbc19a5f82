#!/usr/bin/env python3
"""Models as Assize runs them beside Python's onnxruntime: the same loop, the same model, the same machine, in alternation.

    python3.11 -m venv venv && venv/bin/pip install -r tests/models/requirements.txt
    cargo build --release --locked
    venv/bin/python benches/model.py [--model DIR] [--prompt 256] [--tokens 128] [--rounds 7] [--write]

Where no model is named, `tests/models/make.py --mid` makes one of thirty million random weights. Assize is the process that
proposing starts (`assize model serve`), asked as proposing asks it: once over the library of this Python's own onnxruntime,
once over the runtime that is compiled in. Python keeps keys and values in the runtime between tokens
(`run_with_ort_values`), as Assize does. In every round each answers a prompt that nobody has read before; who begins changes
from round to round. `--write` puts the table into docs/benchmarks.md.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/benchmarks.md"
BEGIN, END = "<!-- model: made by the command below, do not edit -->", "<!-- model: end -->"
SPEED_BOUND, MEMORY_BOUND = 1.0, 1.15


def prompt(number, words):
    """A prompt as long as that, in words that no other begins with."""
    code = "def load(path):\n    with open(path) as file:\n        return yaml.load(file, Loader=yaml.Loader)\n\n"
    return f"round {number} of the measurement", (code * 200)[:words]


def rendered(system, user):
    """As Assize puts a prompt together for a model without a template."""
    return f"{system}\n\n{user}\n"


class Python:
    """This script again, as a process that answers with Python's onnxruntime."""

    name = "Python"

    def __init__(self, model):
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--worker", str(model)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert json.loads(self.process.stdout.readline()) == "ready"

    def answer(self, system, user, tokens):
        begun = time.monotonic()
        self.process.stdin.write(json.dumps([rendered(system, user), tokens]) + "\n")
        self.process.stdin.flush()
        first = None
        for line in self.process.stdout:
            told = json.loads(line)
            if isinstance(told, int):
                first = first or time.monotonic()
            else:
                return first - begun, time.monotonic() - first, told


class Assize:
    """`assize model serve`, on one of its runtimes."""

    def __init__(self, options, folder, runtime, library):
        self.name = f"Assize, {runtime}"
        # As proposing starts it.
        environment = dict(
            os.environ, ASSIZE_RUNTIME=runtime, ORT_DYLIB_PATH=library, MALLOC_MMAP_THRESHOLD_="1048576"
        )
        command = [str(options.assize), "model", "serve", str(folder)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.number = 0
        for line in self.process.stdout:
            told = json.loads(line)
            if "ready" in told:
                return
            assert "failed" not in told, told
        sys.exit(f"{self.name} ended")

    def answer(self, system, user, tokens):
        self.number += 1
        limits = {"tokens": tokens, "ms": 600_000, "answers": 1, "watch_circles": False, "repetition_penalty": 1.0}
        question = {"answer": {"system": system, "user": user, "limits": limits}}
        begun = time.monotonic()
        self.process.stdin.write(json.dumps({"number": self.number, "question": question}) + "\n")
        self.process.stdin.flush()
        first, length = None, 0
        for line in self.process.stdout:
            told = json.loads(line)
            if "reading" in told:
                length = told["reading"][1]
            elif "written" in told:
                first = first or time.monotonic()
            elif "answers" in told:
                return first - begun, time.monotonic() - first, {"read": length, "tokens": told["answers"][0]["tokens"]}
            else:
                sys.exit(f"{self.name}: {told}")


def memory(pid):
    """What a process holds now and what it held at most, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return tuple(int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM"))


def worker(folder):
    """Answers prompts, one a line, until there is none: greedily, by the model's own graph."""
    import numpy
    import onnxruntime
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    value = lambda array: onnxruntime.OrtValue.ortvalue_from_numpy(array)
    inputs = {one.name: one for one in session.get_inputs()}
    outputs = [one.name for one in session.get_outputs()]
    past = [name for name in inputs if name.startswith("past_key_values")]
    empty = {name: value(numpy.zeros([1, inputs[name].shape[1], 0, inputs[name].shape[3]], numpy.float32)) for name in past}
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        text, count = json.loads(line)
        tokens = tokenizer.encode(text).ids
        read, new, state = len(tokens), [], dict(empty)
        feed, total = tokens, len(tokens)
        while len(new) < count:
            given = {"input_ids": numpy.array([feed], numpy.int64), "attention_mask": numpy.ones([1, total], numpy.int64)}
            if "position_ids" in inputs:
                given["position_ids"] = numpy.arange(total - len(feed), total, dtype=numpy.int64)[None]
            values = {name: value(array) for name, array in given.items()} | state
            made = dict(zip(outputs, session.run_with_ort_values(outputs, values)))
            token = int(made["logits"].numpy()[0, -1].argmax())
            state = {name: made[name.replace("past_key_values", "present")] for name in past}
            new.append(token)
            feed, total = [token], total + 1
            print(json.dumps(token), flush=True)
        print(json.dumps({"read": read, "tokens": new}), flush=True)


def cache_bytes(folder, tokens):
    """What keys and values of so many tokens take."""
    config = json.loads((folder / "config.json").read_text())
    heads = config.get("num_key_value_heads", config.get("num_attention_heads"))
    size = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    return config["num_hidden_layers"] * 2 * heads * size * 4 * tokens


def bounded(number, bound, most):
    """A ratio, bold where it is beyond its bound."""
    text = f"{number:.2f} ×"
    return text if (number <= bound if most else number >= bound) else f"**{text}**"


def library():
    """The library of this Python's onnxruntime."""
    import onnxruntime

    return str(next((Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so*")))


def made(folder):
    """A model of thirty million random weights."""
    subprocess.run([sys.executable, str(ROOT / "tests/models/make.py"), "--mid", str(folder)], check=True)
    return folder


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--assize", type=Path, default=ROOT / "target/release/assize")
    parser.add_argument("--model", type=Path, help="a folder as Optimum exports it, a decoder in fp32")
    parser.add_argument("--prompt", type=int, default=600, help="characters of the prompt")
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.worker:
        return worker(options.worker)
    options.assize = options.assize.resolve()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="assize-model-") as place:
        place = Path(place)
        source = options.model or made(place / "mid")
        runtime = dict(os.environ, ASSIZE_RUNTIME="native", ORT_DYLIB_PATH=library())
        add = [str(options.assize), "model", "add", str(source.resolve()), "--name", "bench", "--quiet"]
        subprocess.run(add, cwd=place, env=runtime, check=True, stdout=subprocess.DEVNULL)
        folder = place / ".assize/models/bench"
        asked = [
            Python(folder), Assize(options, folder, "native", library()), Assize(options, folder, "embedded", library()),
        ]
        text = measured(asked, folder, options, load)
        for one in asked:
            one.process.kill()
    print(text)
    if options.write:
        page = PAGE.read_text()
        before, rest = page.split(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}")


def measured(asked, folder, options, load):
    weights = sum(file.stat().st_size for file in folder.iterdir() if ".onnx" in file.name)
    times = {one.name: ([], []) for one in asked}
    answers = {one.name: [] for one in asked}
    # The first answer of each is not counted: pages are touched and threads are started.
    for number in range(options.rounds + 1):
        turn = number % len(asked)
        for one in asked[turn:] + asked[:turn]:
            first, rest, told = one.answer(*prompt(number, options.prompt), options.tokens)
            assert len(told["tokens"]) == options.tokens, (one.name, len(told["tokens"]))
            answers[one.name].append(told)
            if number:
                times[one.name][0].append(first)
                times[one.name][1].append(rest)
    read = answers[asked[0].name][0]["read"]
    for told in answers.values():
        assert told[0]["read"] == read, "they do not read the same tokens"
    need = (weights + cache_bytes(folder, read + options.tokens)) / 1e6
    speed = lambda one: (options.tokens - 1) / statistics.median(times[one.name][1])
    base = speed(asked[0])
    lines = []
    for one in asked:
        first = statistics.median(times[one.name][0])
        now, peak = memory(one.process.pid)
        same = sum(a["tokens"] == b["tokens"] for a, b in zip(answers[one.name], answers[asked[0].name]))
        ratio, much = speed(one) / base, now / need
        is_bound = one.name.endswith("native")
        lines.append(
            f"| {one.name} | {speed(one):.0f} | {bounded(ratio, SPEED_BOUND, False) if is_bound else f'{ratio:.2f} ×'} | "
            f"{first * 1000:.0f} ms | {read / first:,.0f} | {now:.0f} MB | "
            f"{bounded(much, MEMORY_BOUND, True) if is_bound else f'{much:.2f} ×'} | {peak:.0f} MB | "
            f"{same} of {len(answers[one.name])} |"
        )
    import onnxruntime

    cpu = next((line.split(": ")[1] for line in open("/proc/cpuinfo") if line.startswith("model name")), "?").strip()
    which = f"`{options.model.name}`" if options.model else "a Llama of random weights"
    return (
        f"Measured on {os.cpu_count()} × {cpu}: onnxruntime {onnxruntime.__version__}, Python {platform.python_version()}. "
        f"{which[0].upper()}{which[1:]}, {weights / 1e6:.0f} MB in fp32; a prompt of {read} tokens, {options.tokens} written. "
        f"Medians of {options.rounds} rounds in alternation; load before the first {load:.1f}. Over the native runtime at least "
        f"{SPEED_BOUND:.1f} times Python's tokens and at most {MEMORY_BOUND:.2f} times the weights and the cache, {need:.0f} MB; "
        "what is not is bold.\n\n"
        "| who | tokens/s | of Python's | first token | prompt, tokens/s | memory | of weights and cache | most | same tokens |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n" + "\n".join(lines)
    )


main()
