"""Makes the tiny models of this folder: random, seeded weights in the layout that Hugging Face Optimum exports.

    python make.py                 all of them
    python make.py llama t5        some, by name
    python make.py --list
    python make.py --mid DIR       one of thirty million weights, to be measured and not kept

Each model's `expected.json` says what `onnxruntime` and `transformers` make of it here: tokens of prompts, the tokens
decoded greedily and with beams, the first step's logits, and chats as the template renders them. Where the graph is
as exact as the model it was exported from, PyTorch must decode the same tokens, or nothing is written.

Weights are random, so what is decoded is noise; but it is noise that every right implementation repeats token for
token: a seed is taken only if no decision along the way was a near miss.
"""

import argparse
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHOP = HERE.parent.parent / "examples" / "shop"
sys.path.insert(0, str(HERE))
warnings.filterwarnings("ignore")

from transformers import logging  # noqa: E402

logging.set_verbosity_error()

import broken  # noqa: E402
import chat  # noqa: E402
import expect  # noqa: E402
import families  # noqa: E402
import variants  # noqa: E402


def make(name: str) -> None:
    """Makes one model in a folder aside and puts it in its place when it is whole."""
    with tempfile.TemporaryDirectory() as aside:
        made = Path(aside) / name
        made.mkdir()
        if name in families.FAMILIES:
            families.make(name, made, SHOP)
        elif name in variants.VARIANTS:
            variants.make(name, HERE, made)
        else:
            raise SystemExit(f"no model is called {name}")
        place = HERE / name
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(made, place)
    size = sum(file.stat().st_size for file in place.iterdir())
    print(f"{name}: {size // 1024} KB", flush=True)


def main() -> None:
    names = [*families.FAMILIES, *variants.VARIANTS]
    parser = argparse.ArgumentParser(description="Makes the tiny models of the tests.")
    parser.add_argument("names", nargs="*", help="which; all when none is named; `broken` for the broken ones")
    parser.add_argument("--list", action="store_true", help="say which there are")
    parser.add_argument("--mid", type=Path, help="a larger one into this folder, which is made, for benchmarks")
    asked = parser.parse_args()
    if asked.mid:
        asked.mid.mkdir(parents=True)
        families.make_mid(asked.mid, SHOP)
        return
    if asked.list:
        print("\n".join([*names, "broken"]))
        return
    for name in asked.names or [*names, "broken"]:
        if name == "broken":
            broken.make(HERE)
        else:
            make(name)


if __name__ == "__main__":
    main()
