"""Other forms of a model that is already here: narrower numbers, and weights in a file of their own."""

import json
import shutil
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.float16 import convert_float_to_float16

import expect
import families

# Made anew for each form: the tokenizer, the template and the settings stay.
KEPT = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]


def half(source: Path, place: Path) -> str:
    """Numbers of 16 bits, the cache's too."""
    model = convert_float_to_float16(onnx.load(source / "model.onnx"), keep_io_types=False)
    onnx.save(model, place / "model.onnx")
    return "model.onnx"


def eighth(source: Path, place: Path) -> str:
    """Weights of 8 bits, activations as they come, under the name that Optimum gives it."""
    quantize_dynamic(source / "model.onnx", place / "model_quantized.onnx", weight_type=QuantType.QInt8)
    return "model_quantized.onnx"


def apart(source: Path, place: Path) -> str:
    """Weights beside the graph."""
    onnx.save(onnx.load(source / "model.onnx"), place / "model.onnx", save_as_external_data=True,
              all_tensors_to_one_file=True, location="model.onnx_data", size_threshold=1024)
    return "model.onnx"


VARIANTS = {
    "llama-fp16": ("llama", half, False),
    "qwen2-int8": ("qwen2", eighth, False),
    "gpt2-external": ("gpt2", apart, True),
}


def make(name: str, models: Path, place: Path) -> None:
    """Makes a variant of a model in `models`."""
    source, form, exact = VARIANTS[name]
    source = models / source
    for file in KEPT:
        if (source / file).exists():
            shutil.copyfile(source / file, place / file)
    graph = form(source, place)
    known = json.loads((source / "expected.json").read_text())
    told = {"family": known["family"], "of": source.name, "seed": known["seed"], "torch": known["prompts"]}
    expect.write(place, told, families.PROMPTS, exact=exact, graph=graph)
