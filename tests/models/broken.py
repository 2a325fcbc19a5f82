"""Models that are wrong in one way each, for what must be refused. Each is a folder that would work but for it."""

import json
import shutil
from pathlib import Path

import numpy
import onnx
from onnx import TensorProto, external_data_helper, helper, numpy_helper

KEPT = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]

RUNS_IN_A_CIRCLE = """\
{%- macro turn(messages) %}{{ answer(messages) }}{% endmacro %}
{%- macro answer(messages) %}{{ turn(messages) }}{% endmacro %}
{{- turn(messages) }}
"""

NEVER_ENDS = """\
{%- for a in range(100000) %}{%- for b in range(100000) %}{{ messages[0].content }}{%- endfor %}{%- endfor %}
"""


def make(models: Path) -> None:
    """Makes all of them into `models/broken`."""
    place = models / "broken"
    shutil.rmtree(place, ignore_errors=True)
    for name, wrong in WRONG.items():
        folder = place / name
        folder.mkdir(parents=True)
        for file in KEPT:
            if (models / "llama" / file).exists():
                shutil.copyfile(models / "llama" / file, folder / file)
        config = json.loads((folder / "config.json").read_text())
        config.update(num_hidden_layers=1, hidden_size=8, num_attention_heads=2, num_key_value_heads=2, head_dim=4)
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        wrong(folder)
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"broken/{name}: {size // 1024} KB", flush=True)


def graph(words: int = 512) -> onnx.ModelProto:
    """The smallest graph with the inputs and outputs of a decoder with one layer: it multiplies an embedding out."""
    random = numpy.random.default_rng(7)
    width, heads, per_head = 8, 2, 4
    cache = ["batch_size", heads, "past_sequence_length", per_head]
    now = ["batch_size", heads, "past_sequence_length + sequence_length", per_head]
    value = helper.make_tensor_value_info
    inputs = [
        value("input_ids", TensorProto.INT64, ["batch_size", "sequence_length"]),
        value("attention_mask", TensorProto.INT64, ["batch_size", "past_sequence_length + sequence_length"]),
        value("past_key_values.0.key", TensorProto.FLOAT, cache),
        value("past_key_values.0.value", TensorProto.FLOAT, cache),
    ]
    outputs = [
        value("logits", TensorProto.FLOAT, ["batch_size", "sequence_length", words]),
        value("present.0.key", TensorProto.FLOAT, now),
        value("present.0.value", TensorProto.FLOAT, now),
    ]
    nodes = [
        helper.make_node("Gather", ["embedding", "input_ids"], ["seen"]),
        helper.make_node("MatMul", ["seen", "head"], ["logits"]),
        helper.make_node("Reshape", ["seen", "shape"], ["apart"]),
        helper.make_node("Transpose", ["apart"], ["turned"], perm=[0, 2, 1, 3]),
        helper.make_node("Concat", ["past_key_values.0.key", "turned"], ["present.0.key"], axis=2),
        helper.make_node("Concat", ["past_key_values.0.value", "turned"], ["present.0.value"], axis=2),
    ]
    weights = [
        numpy_helper.from_array(random.standard_normal((words, width), numpy.float32), "embedding"),
        numpy_helper.from_array(random.standard_normal((width, words), numpy.float32), "head"),
        numpy_helper.from_array(numpy.array([0, 0, heads, per_head], numpy.int64), "shape"),
    ]
    made = helper.make_model(helper.make_graph(nodes, "decoder", inputs, outputs, weights),
                             opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    return made


def save(model: onnx.ModelProto, folder: Path) -> None:
    (folder / "model.onnx").write_bytes(model.SerializeToString())


def sound(folder: Path) -> None:
    """Nothing is wrong with it: what the others are but for one thing."""
    save(graph(), folder)


def missing_input(folder: Path) -> None:
    """No `input_ids`: the words are called otherwise."""
    model = graph()
    model.graph.input[0].name = model.graph.node[0].input[1] = "words"
    save(model, folder)


def extra_input(folder: Path) -> None:
    """An input that nobody knows what to feed."""
    model = graph()
    model.graph.input.append(helper.make_tensor_value_info("image_features", TensorProto.FLOAT, ["batch_size", 4]))
    save(model, folder)


def missing_output(folder: Path) -> None:
    """No `logits`."""
    model = graph()
    model.graph.output[0].name = model.graph.node[1].output[0] = "scores"
    save(model, folder)


def small_vocabulary(folder: Path) -> None:
    """Fewer words than the tokenizer knows."""
    save(graph(300), folder)


def not_a_number(folder: Path) -> None:
    """Weights that are not numbers, so neither are the logits."""
    model = graph()
    head = numpy.full((8, 512), numpy.nan, numpy.float32)
    model.graph.initializer[1].CopyFrom(numpy_helper.from_array(head, "head"))
    save(model, folder)


def elsewhere(location: str):
    """Weights that are said to be in a file that may not be read, or is not there."""
    def wrong(folder: Path) -> None:
        model = graph()
        tensor = model.graph.initializer[1]
        external_data_helper.set_external_data(tensor, location, offset=0, length=len(tensor.raw_data))
        tensor.ClearField("raw_data")
        save(model, folder)
    return wrong


def huge_tensor(folder: Path) -> None:
    """A tensor that is said to take 4 GB and holds four bytes."""
    model = graph()
    tensor = model.graph.initializer[1]
    del tensor.dims[:]
    tensor.dims.extend([1 << 15, 1 << 15])
    tensor.raw_data = b"\0\0\0\0"
    save(model, folder)


def huge_length(folder: Path) -> None:
    """A file that says of its graph that it takes 4 GB, and ends."""
    # Field 1, `ir_version`, is 8; field 7, `graph`, is 4 294 967 295 bytes long.
    (folder / "model.onnx").write_bytes(b"\x08\x08\x3a\xff\xff\xff\xff\x0f" + b"\x0a\x02\x12\x00")


def cut_short(folder: Path) -> None:
    """The first half of a graph."""
    whole = graph().SerializeToString()
    (folder / "model.onnx").write_bytes(whole[: len(whole) // 2])


def no_graph(folder: Path) -> None:
    """A text where a graph should be: what a large file is in a repository that was cloned without them."""
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 4294967296\n"
    (folder / "model.onnx").write_text(text)


def template(text: str):
    """A chat template that must be stopped."""
    def wrong(folder: Path) -> None:
        save(graph(), folder)
        (folder / "chat_template.jinja").write_text(text)
    return wrong


def deep_tokenizer(folder: Path) -> None:
    """A tokenizer nested deeper than a stack."""
    save(graph(), folder)
    (folder / "tokenizer.json").write_text("[" * 20_000 + "]" * 20_000)


def no_tokenizer(folder: Path) -> None:
    """A tokenizer that is JSON and no tokenizer."""
    save(graph(), folder)
    (folder / "tokenizer.json").write_text('{"version": "1.0", "model": {"type": "BPE", "vocab": {"a": -1}, "merges": [["a"]]}}\n')


def heads_that_differ(folder: Path) -> None:
    """A `config.json` that speaks of other layers and heads than the graph has."""
    save(graph(), folder)
    config = json.loads((folder / "config.json").read_text())
    config.update(num_hidden_layers=2_000_000_000, num_attention_heads=0, hidden_size=-1, head_dim=None)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


WRONG = {
    "sound": sound,
    "missing-input": missing_input,
    "extra-input": extra_input,
    "missing-output": missing_output,
    "small-vocabulary": small_vocabulary,
    "not-a-number": not_a_number,
    "external-outside": elsewhere("../../etc/passwd"),
    "external-absolute": elsewhere("/etc/passwd"),
    "external-missing": elsewhere("model.onnx_data"),
    "huge-tensor": huge_tensor,
    "huge-length": huge_length,
    "cut-short": cut_short,
    "no-graph": no_graph,
    "template-in-a-circle": template(RUNS_IN_A_CIRCLE),
    "template-without-end": template(NEVER_ENDS),
    "deep-tokenizer": deep_tokenizer,
    "no-tokenizer": no_tokenizer,
    "config-that-lies": heads_that_differ,
}
