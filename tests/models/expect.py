"""What a model decodes: by PyTorch to choose a seed, by ONNX Runtime for the record."""

import json
from importlib.metadata import version
from pathlib import Path

import numpy
import onnxruntime
import torch
from optimum.onnxruntime import ORTModelForCausalLM, ORTModelForSeq2SeqLM
from transformers import AutoTokenizer

import chat

NEW = 24
BEAMS = {"num_beams": 4, "max_new_tokens": 16, "length_penalty": 1.0, "early_stopping": False}
PENALTY = {"repetition_penalty": 1.3, "max_new_tokens": NEW}

# A decision closer than this share of the logits' spread is a near miss: other kernels may decide otherwise.
NEAR = 0.002


def of_torch(model, place: Path, prompts) -> dict | None:
    """What PyTorch decodes; nothing if a decision is a near miss or the texts are not worth a test."""
    tokenizer = AutoTokenizer.from_pretrained(place)
    wide = [decoded(model, ids(tokenizer, text)) for _, text in prompts]
    if min(min(told["margins"]) for told in wide) < NEAR:
        return None
    ends = {told["ended"] for told in wide}
    if ends != {True, False} or any(len(set(told["greedy"])) < 5 for told in wide if not told["ended"]):
        return None
    beams = [beam(model, ids(tokenizer, text)) for _, text in prompts]
    # What is decided by rounding is decided otherwise in double precision.
    model.double()
    try:
        for (_, text), told, found in zip(prompts, wide, beams):
            tokens = ids(tokenizer, text)
            if decoded(model, tokens)["greedy"] != told["greedy"]:
                return None
            if beam(model, tokens)["tokens"] != found["tokens"]:
                return None
    finally:
        model.float()
    return {"torch": [{**told, "beams": found} for told, found in zip(wide, beams)]}


def write(place: Path, told: dict, prompts, exact: bool, graph: str = "model.onnx") -> None:
    """Writes `expected.json`: what ONNX Runtime makes of the folder. With `exact`, PyTorch has to agree."""
    tokenizer = AutoTokenizer.from_pretrained(place)
    both = (place / "encoder_model.onnx").exists()
    ways = [(merged, runner(place, merged, graph)) for merged in ([False, True] if both else [None])
            if merged is not True or (place / "decoder_model_merged.onnx").exists()]
    texts = []
    for at, (name, text) in enumerate(prompts):
        tokens = ids(tokenizer, text)
        runs = [{**decoded(model, tokens), "beams": beam(model, tokens)} for _, model in ways]
        run = runs[0]
        others = runs[1:] + ([told["torch"][at]] if exact else [])
        for other in others:
            assert other["greedy"] == run["greedy"], (place.name, name, other["greedy"], run["greedy"])
            assert other["beams"]["tokens"] == run["beams"]["tokens"], (place.name, name)
            spread = numpy.std(run["logits"])
            far = numpy.max(numpy.abs(numpy.subtract(other["logits"], run["logits"]))) / spread
            assert far < NEAR / 10, (place.name, name, far)
        penalised = ways[0][1].generate(**inputs(tokens), do_sample=False, **PENALTY)
        texts.append({
            "name": name,
            "text": text,
            "tokens": tokens,
            "read_back": tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False),
            "greedy": run["greedy"],
            "greedy_text": tokenizer.decode(run["greedy"], skip_special_tokens=True, clean_up_tokenization_spaces=False),
            "ended": run["ended"],
            "margins": [short(margin) for margin in run["margins"]],
            "logits": [short(logit) for logit in run["logits"]],
            "beams": run["beams"],
            "penalised": new(penalised[0].tolist(), tokens, both),
        })
    whole = {
        "family": told["family"],
        "of": told.get("of"),
        "kind": "encoder-decoder" if both else "decoder",
        "graph": None if both else graph,
        "seed": told["seed"],
        "exact": exact,
        "versions": {name: version(name) for name in ["onnxruntime", "transformers", "torch", "tokenizers", "optimum-onnx"]},
        "max_new_tokens": NEW,
        "beam_search": BEAMS,
        "penalty": PENALTY,
        "prompts": texts,
        "chats": chats(tokenizer),
    }
    (place / "expected.json").write_text(pretty(whole) + "\n")


def runner(place: Path, merged: bool | None, graph: str):
    """The folder's model under ONNX Runtime, decoded by `transformers`."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    settings = {"provider": "CPUExecutionProvider", "session_options": options, "local_files_only": True}
    if merged is None:
        return ORTModelForCausalLM.from_pretrained(place, file_name=graph, **settings)
    return ORTModelForSeq2SeqLM.from_pretrained(place, use_merged=merged, **settings)


def ids(tokenizer, text: str) -> list[int]:
    return tokenizer(text)["input_ids"]


def inputs(tokens: list[int]) -> dict:
    row = torch.tensor([tokens])
    return {"input_ids": row, "attention_mask": torch.ones_like(row)}


def new(row: list[int], tokens: list[int], both: bool) -> list[int]:
    """What was decoded: what stands after the prompt, or after the token that a decoder starts with."""
    return row[1:] if both else row[len(tokens):]


def decoded(model, tokens: list[int]) -> dict:
    """Decoded greedily, with how clear each decision was and what the first was made of."""
    both = model.config.is_encoder_decoder
    told = model.generate(**inputs(tokens), do_sample=False, max_new_tokens=NEW, return_dict_in_generate=True,
                          output_logits=True)
    row = new(told.sequences[0].tolist(), tokens, both)
    steps = [logits[0].double() for logits in told.logits]
    margins = []
    for logits in steps:
        top = torch.topk(logits, 2).values
        margins.append(((top[0] - top[1]) / logits.std()).item())
    ends = model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    return {"greedy": row, "ended": row[-1] in ends, "margins": margins, "logits": steps[0].tolist()}


def beam(model, tokens: list[int]) -> dict:
    """Decoded with beams, all that are left at the end, the best first; without what fills the shorter ones up."""
    both = model.config.is_encoder_decoder
    told = model.generate(**inputs(tokens), do_sample=False, return_dict_in_generate=True, output_scores=True,
                          num_return_sequences=BEAMS["num_beams"], **BEAMS)
    ends = model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    rows = []
    for row in told.sequences.tolist():
        row = new(row, tokens, both)
        end = next((at for at, token in enumerate(row) if token in ends), len(row) - 1)
        rows.append(row[: end + 1])
    return {"tokens": rows, "scores": [short(score) for score in told.sequences_scores.tolist()]}


def chats(tokenizer) -> list[dict]:
    """The chats as the model's template renders them, or what it refuses them with."""
    if tokenizer.chat_template is None:
        return []
    told = []
    for case in chat.CHATS:
        for asks in [True, False]:
            one = {**case, "add_generation_prompt": asks}
            try:
                rendered = tokenizer.apply_chat_template(
                    case["messages"], tools=case.get("tools"), add_generation_prompt=asks, tokenize=False
                )
                tokens = tokenizer(rendered, add_special_tokens=False)["input_ids"]
                told.append({**one, "rendered": rendered, "tokens": tokens})
            except Exception as refusal:  # The template's own word, whichever class carries it.
                told.append({**one, "refused": str(refusal)})
    return told


def short(number: float) -> float:
    return float(f"{number:.6g}")


def pretty(value, depth: int = 0) -> str:
    """JSON with lists of numbers on one line."""
    inner, outer = " " * (depth + 1), " " * depth
    if isinstance(value, dict) and value:
        rows = [f"{inner}{json.dumps(key)}: {pretty(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{outer}}}"
    if isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        rows = [f"{inner}{pretty(item, depth + 1)}" for item in value]
        return "[\n" + ",\n".join(rows) + f"\n{outer}]"
    return json.dumps(value, ensure_ascii=False)
