"""Writes a trained model as Hugging Face Optimum lays such models out, with the manifest that `assize model add` reads.

    python export.py MODEL.pt TOKENIZER.json OUT

Three graphs: the encoder, the decoder's first run and its later ones. What the pointer needs of the prompt, its keys and
the words themselves, goes along as one more layer of the encoder's cache. Weights are 16 bits wide on disk and widened
when they are loaded. `golden.json` holds what Python's onnxruntime makes of a fixed text.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from torch import nn

import search
from model import AWAY, DECODER_HEADS, ENCODER_HEADS, LEAST, Attention, Mender, Shape

# It was trained on prompts of up to so many tokens.
CONTEXT = 170
GOLDEN = "def find(users, name):\n    query = \"SELECT * FROM users WHERE name = '\" + name + \"'\"\n"
STEPS, KEPT = 6, 48


def slopes(heads, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    table = torch.tensor(heads)
    at, left, right = (table[:, i, None, None] for i in range(3))
    distance = columns[None, None].float() - rows[None, :, None].float() - at
    return -(left * torch.relu(-distance) + right * torch.relu(distance))[None]


def norm(module, x):
    centred = x - x.mean(-1, keepdim=True)
    return centred / torch.sqrt((centred * centred).mean(-1, keepdim=True) + 1e-5) * module.weight


def parted(attention: Attention, x):
    return x.reshape(x.shape[0], -1, attention.heads, x.shape[-1] // attention.heads).transpose(1, 2)


def attend(attention: Attention, q, k, v, mask):
    scores = q @ k.transpose(-1, -2) * (q.shape[-1] ** -0.5) + mask
    x = (torch.softmax(scores, -1) @ v).transpose(1, 2)
    return attention.o(x.reshape(x.shape[0], -1, attention.heads * x.shape[-1]))


def away(mask):
    return ((1 - mask.float()) * AWAY)[:, None, None, :]


class Encoder(nn.Module):
    def __init__(self, model: Mender):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        x = self.model.words(input_ids)
        at = torch.arange(input_ids.shape[1])
        mask = slopes(ENCODER_HEADS, at, at) + away(attention_mask)
        for layer in self.model.encoder:
            h, a = norm(layer.norm, x), layer.attention
            x = x + attend(a, parted(a, a.q(h)), parted(a, a.k(h)), parted(a, a.v(h)), mask)
            x = x + layer.inner(norm(layer.inner_norm, x))
        # The words go along, as numbers in a column of their own: the pointer copies them.
        return torch.cat([norm(self.model.encoder_norm, x), input_ids[..., None].float()], -1)


class Decoder(nn.Module):
    """`first`: it makes the caches of the encoder's states; else it is given all of them."""

    def __init__(self, model: Mender, first: bool):
        super().__init__()
        self.model, self.first = model, first

    def forward(self, encoder_attention_mask, input_ids, *given):
        model = self.model
        x = model.words(input_ids)
        rest = list(given)
        if self.first:
            (states,) = rest
            words, states = states[..., -1:], states[..., :-1]
            start = 0
        else:
            start = rest[0].shape[2]
        length = input_ids.shape[1]
        columns = torch.arange(start + length)
        rows = columns[start:]
        ahead = torch.relu((columns[None, :] - rows[:, None]).float()).clamp(max=1) * AWAY
        mask = slopes(DECODER_HEADS, rows, columns) + ahead
        cross_mask = away(encoder_attention_mask)
        made = []
        for layer in model.decoder:
            a, c = layer.attention, layer.cross
            h = norm(layer.norm, x)
            k, v = parted(a, a.k(h)), parted(a, a.v(h))
            if self.first:
                cross_k, cross_v = parted(c, c.k(states)), parted(c, c.v(states))
                made += [k, v, cross_k, cross_v]
            else:
                k, v = torch.cat([rest.pop(0), k], 2), torch.cat([rest.pop(0), v], 2)
                cross_k, cross_v = rest.pop(0), rest.pop(0)
                made += [k, v]
            x = x + attend(a, parted(a, a.q(h)), k, v, mask)
            x = x + attend(c, parted(c, c.q(norm(layer.cross_norm, x))), cross_k, cross_v, cross_mask)
            x = x + layer.inner(norm(layer.inner_norm, x))
        if self.first:
            keys, words = model.pointer_k(states)[:, None], words[:, None]
            made += [keys, words]
        else:
            keys, words = rest
        x = norm(model.decoder_norm, x)
        root = model.shape.width**-0.5
        said = torch.softmax(x @ model.words.weight.T * root, -1)
        scores = model.pointer_q(x) @ keys[:, 0].transpose(-1, -2) * root
        looked = torch.softmax(scores + cross_mask[:, 0], -1)
        # Each place of the prompt as the word that stands there.
        places = (words[:, 0] == torch.arange(model.shape.vocabulary).float()).float()
        own = torch.sigmoid(model.gate(x))
        return torch.log(own * said + (1 - own) * (looked @ places) + LEAST), *made


def narrowed(path: Path) -> None:
    """The same graph with its weights in 16 bits, each widened where it is used."""
    graph = onnx.load(path)
    kept, casts = [], []
    for weight in graph.graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.data_type == TensorProto.FLOAT and values.size >= 512:
            small = numpy_helper.from_array(values.astype(numpy.float16), weight.name + "_16")
            kept.append(small)
            casts.append(helper.make_node("Cast", [small.name], [weight.name], f"widen_{weight.name}", to=TensorProto.FLOAT))
        else:
            kept.append(weight)
    del graph.graph.initializer[:]
    graph.graph.initializer.extend(kept)
    nodes = [*casts, *graph.graph.node]
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


def write_graphs(model: Mender, out: Path) -> None:
    shape = model.shape
    ids = torch.tensor([[5, 6, 7, 8, 9]])
    ones = torch.ones_like(ids)
    batch, source, told = {0: "batch_size"}, {1: "encoder_sequence_length"}, {2: "past_decoder_sequence_length"}
    options = dict(opset_version=16, dynamo=False, do_constant_folding=True)
    torch.onnx.export(
        Encoder(model), (ids, ones), out / "encoder_model.onnx", input_names=["input_ids", "attention_mask"], output_names=["last_hidden_state"],
        dynamic_axes={name: {**batch, 1: "encoder_sequence_length"} for name in ("input_ids", "attention_mask", "last_hidden_state")}, **options,
    )
    states = Encoder(model)(ids, ones)
    first, later, made = [], [], []
    axes = {"encoder_attention_mask": {**batch, **source}, "input_ids": {**batch, 1: "decoder_sequence_length"}, "logits": {**batch, 1: "decoder_sequence_length"}}
    for layer in range(shape.decoder):
        for side in ("decoder", "encoder"):
            for what in ("key", "value"):
                name = f"{layer}.{side}.{what}"
                first.append(f"present.{name}")
                later.append(f"past_key_values.{name}")
                if side == "decoder":
                    made.append(f"present.{name}")
                axes[f"present.{name}"] = {**batch, 2: "encoder_sequence_length_out" if side == "encoder" else "past_decoder_sequence_length + 1"}
                axes[f"past_key_values.{name}"] = {**batch, 2: "encoder_sequence_length_out" if side == "encoder" else "past_decoder_sequence_length"}
    for what in ("key", "value"):
        name = f"{shape.decoder}.encoder.{what}"
        first.append(f"present.{name}")
        later.append(f"past_key_values.{name}")
        axes[f"present.{name}"] = axes[f"past_key_values.{name}"] = {**batch, 2: "encoder_sequence_length_out"}
    start = torch.tensor([[0]])
    torch.onnx.export(
        Decoder(model, True), (ones, start, states), out / "decoder_model.onnx", input_names=["encoder_attention_mask", "input_ids", "encoder_hidden_states"],
        output_names=["logits", *first], dynamic_axes={**{k: v for k, v in axes.items() if not k.startswith("past")}, "encoder_hidden_states": {**batch, **source}}, **options,
    )
    _, *caches = Decoder(model, True)(ones, start, states)
    torch.onnx.export(
        Decoder(model, False), (ones, start, *caches), out / "decoder_with_past_model.onnx", input_names=["encoder_attention_mask", "input_ids", *later],
        output_names=["logits", *made], dynamic_axes={k: v for k, v in axes.items() if k in ("encoder_attention_mask", "input_ids", "logits") or k in later or k in made}, **options,
    )
    for name in ("encoder_model", "decoder_model", "decoder_with_past_model"):
        narrowed(out / f"{name}.onnx")


class Run:
    """A written model as onnxruntime runs it."""

    def __init__(self, folder: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.graphs = {name: onnxruntime.InferenceSession(folder / f"{name}.onnx", options) for name in ("encoder_model", "decoder_model", "decoder_with_past_model")}

    def steps(self, prompt: list[int]):
        """Gives the numbers behind each token that is sent."""
        ids = numpy.array([prompt])
        mask = numpy.ones_like(ids)
        (states,) = self.graphs["encoder_model"].run(None, {"input_ids": ids, "attention_mask": mask})
        graph = self.graphs["decoder_model"]
        given = {"encoder_attention_mask": mask, "input_ids": numpy.array([[0]]), "encoder_hidden_states": states}
        logits, *caches = graph.run(None, given)
        past = {out.name.replace("present", "past_key_values"): value for out, value in zip(graph.get_outputs()[1:], caches)}
        graph = self.graphs["decoder_with_past_model"]
        while True:
            token = yield logits[0, -1]
            logits, *caches = graph.run(None, {"encoder_attention_mask": mask, "input_ids": numpy.array([[token]]), **past})
            past.update({out.name.replace("present", "past_key_values"): value for out, value in zip(graph.get_outputs()[1:], caches)})


def golden(folder: Path, tokenizer: Tokenizer) -> dict:
    prompt = tokenizer.encode(GOLDEN).ids
    steps = Run(folder).steps(prompt)
    numbers, token, made = next(steps), None, []
    while len(made) < STEPS:
        order = numpy.argsort(-numbers)
        spread = numpy.linspace(0, len(numbers) - 1, KEPT // 2).astype(int)
        places = sorted({*map(int, order[: KEPT // 2]), *map(int, spread)})
        step = {} if token is None else {"token": token}
        step["range"] = [float(numbers.min()), float(numbers.max())]
        step["numbers"] = [[place, float(numbers[place])] for place in places]
        made.append(step)
        token = int(order[0])
        numbers = steps.send(token)
    return {"made_by": f"Python's onnxruntime {onnxruntime.__version__}", "prompt": prompt, "steps": made}


def write(state: dict, tokenizer: Path, out: Path, sure: int | None = None) -> Mender:
    model = Mender(Shape(**state["shape"]))
    model.load_state_dict(state["model"])
    model.eval()
    out.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        write_graphs(model, out)
    (out / "tokenizer.json").write_text(tokenizer.read_text())
    common = {"decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0}
    config = {
        "model_type": "t5", "architectures": ["Mender"], "is_encoder_decoder": True, "vocab_size": model.shape.vocabulary, "d_model": model.shape.width,
        "d_ff": model.shape.inner, "num_layers": model.shape.encoder, "num_decoder_layers": model.shape.decoder, "num_heads": model.shape.heads,
        "n_positions": CONTEXT, "tie_word_embeddings": True, **common,
    }
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (out / "generation_config.json").write_text(json.dumps({**common, "length_penalty": search.PENALTY}, indent=1) + "\n")
    words = {"model_max_length": CONTEXT, "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    (out / "tokenizer_config.json").write_text(json.dumps(words, indent=1) + "\n")
    (out / "golden.json").write_text(json.dumps(golden(out, Tokenizer.from_file(str(tokenizer)))) + "\n")
    names = sorted(path.name for path in out.iterdir() if path.name != "assize.toml")
    files = "".join(f'"{name}" = "{hashlib.sha256((out / name).read_bytes()).hexdigest()}"\n' for name in names)
    held = "" if sure is None else f"sure = {sure}\n"
    (out / "assize.toml").write_text(
        f'role = "remediation"\nformat = "edit"\n{held}prompt = "{{user}}"\ncontext = {CONTEXT}\nlicence = "MIT OR Apache-2.0"\nfamily = "t5"\n'
        f'precision = "fp16"\n\n[files]\n{files}'
    )
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes a trained model as a folder that `assize model add` takes.")
    parser.add_argument("model", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sure", type=int, help="how sure it has to be of an answer, in hundredths: evaluate.py says what to give")
    asked = parser.parse_args()
    state = torch.load(asked.model)
    model = write(state, asked.tokenizer, asked.out, asked.sure)
    # The graphs have to say what the model says.
    tokenizer = Tokenizer.from_file(str(asked.tokenizer))
    prompt = tokenizer.encode(GOLDEN).ids
    steps = Run(asked.out).steps(prompt)
    said = [0]
    numbers = next(steps)
    for _ in range(5):
        with torch.no_grad():
            source = torch.tensor([prompt])
            own = model(source, torch.ones_like(source, dtype=torch.bool), torch.tensor([said]))[0, -1].numpy()
        apart = float(numpy.abs(own - numbers).max())
        assert apart < 0.1, f"the graph is {apart} apart from the model"
        said.append(int(own.argmax()))
        numbers = steps.send(said[-1])
    size = sum(path.stat().st_size for path in asked.out.iterdir())
    print(f"{asked.out}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
