"""The models as Optimum exports them, one for each family."""

import json
import math
import tempfile
from collections import Counter
from pathlib import Path

import torch
from optimum.exporters.onnx import main_export
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import GPT2Config, LlamaConfig, PhiConfig, Qwen2Config, T5Config
from transformers import GPT2LMHeadModel, LlamaForCausalLM, PhiForCausalLM, Qwen2ForCausalLM, T5ForConditionalGeneration

import chat
import expect

WORDS = 512
WIDTH = 32
CONTEXT = 512

# The split into words of recent byte-level tokenizers: a look-ahead, classes of Unicode, numbers in threes.
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)

PROMPTS = [
    ("a line", "def load(path):"),
    ("a flaw", "    cursor.execute(\"SELECT * FROM users WHERE name = '\" + name + \"'\")\n"),
    ("other scripts", "# Größe prüfen – 入力を検証する ✓ 🛡️\nx = 1"),
    ("marks in the code", "print('<|im_end|>', '</s>', '[INST]', '<extra_id_0>')"),
    ("blanks and ends of lines", "\tif x:\r\n\r\n\t\treturn   0  \n"),
]


def byte_level(shop: Path, family: dict) -> Tokenizer:
    """A byte-level tokenizer as GPT-2 has it, or with the split of its followers."""
    tokenizer = Tokenizer(models.BPE())
    if family.get("split"):
        tokenizer.normalizer = normalizers.NFC()
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ])
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=WORDS,
        special_tokens=[AddedToken(special, normalized=False, special=True) for special in family["specials"]],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(code(shop), trainer)
    if "around" in family:
        before, after = family["around"]
        pieces = [(special, tokenizer.token_to_id(special)) for special in {before, after} - {None}]
        single = " ".join(filter(None, [before, "$A", after]))
        pair = f"{single} $B:1" if after is None else f"{single} $B:1 {after}:1"
        tokenizer.post_processor = processors.TemplateProcessing(single=single, pair=pair, special_tokens=pieces)
    return tokenizer


def pieces(shop: Path) -> Tokenizer:
    """A tokenizer of pieces with a probability each, as T5 has it. The library's own trainer is not used: it chooses
    otherwise each time."""
    first = ["<pad>", "</s>", "<unk>"]
    counts = Counter()
    for text in code(shop):
        for word in text.split():
            word = f"\u2581{word}"
            counts.update(word[start:end] for start in range(len(word)) for end in range(start + 1, min(start + 9, len(word) + 1)))
    letters = sorted(piece for piece in counts if len(piece) == 1)
    longer = [piece for piece in counts if len(piece) > 1]
    # A piece is worth the letters that it saves.
    longer.sort(key=lambda piece: (-counts[piece] * (len(piece) - 1), piece))
    chosen = letters + longer[: WORDS - 8 - len(first) - len(letters)]
    whole = sum(counts[piece] for piece in chosen)
    vocabulary = [(special, 0.0) for special in first]
    vocabulary += [(piece, round(math.log(counts[piece] / whole), 6)) for piece in chosen]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=2, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(first)
    tokenizer.add_special_tokens([f"<extra_id_{number}>" for number in range(4)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))]
    )
    return tokenizer


def code(shop: Path) -> list[str]:
    """The example shop's own sources."""
    kinds = {".py", ".js", ".ts", ".go", ".java", ".c", ".h", ".php"}
    files = sorted(file for file in shop.rglob("*") if file.suffix in kinds and "scans" not in file.parts)
    return [file.read_text(encoding="utf-8", errors="replace") for file in files]


def decoder(config, model, specials, marks, **tokens):
    return {"config": config, "model": model, "specials": specials, "marks": marks, **tokens}


FAMILIES = {
    "llama": decoder(
        lambda ids: LlamaConfig(
            vocab_size=WORDS, hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, max_position_embeddings=CONTEXT, tie_word_embeddings=False, initializer_range=0.3,
            bos_token_id=ids["<s>"], eos_token_id=ids["</s>"], pad_token_id=ids["<unk>"],
        ),
        LlamaForCausalLM, ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"],
        {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<unk>"},
        around=("<s>", None), split=True, ends=["</s>"], template_file=chat.BRACKETED,
    ),
    "qwen2": decoder(
        lambda ids: Qwen2Config(
            vocab_size=WORDS, hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, max_position_embeddings=CONTEXT, tie_word_embeddings=True, initializer_range=0.3,
            bos_token_id=ids["<|endoftext|>"], eos_token_id=ids["<|im_end|>"], use_sliding_window=False,
        ),
        Qwen2ForCausalLM, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"},
        split=True, ends=["<|im_end|>", "<|endoftext|>"], template=chat.MARKED,
    ),
    "gpt2": decoder(
        lambda ids: GPT2Config(
            vocab_size=WORDS, n_embd=WIDTH, n_layer=2, n_head=4, n_positions=CONTEXT, initializer_range=0.3,
            bos_token_id=ids["<|endoftext|>"], eos_token_id=ids["<|endoftext|>"],
        ),
        GPT2LMHeadModel, ["<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<fim_pad>"],
        {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"},
        ends=["<|endoftext|>"],
    ),
    "phi": decoder(
        lambda ids: PhiConfig(
            vocab_size=WORDS, hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=2, num_attention_heads=4,
            partial_rotary_factor=0.5, max_position_embeddings=CONTEXT, tie_word_embeddings=False, initializer_range=0.3,
            bos_token_id=ids["<|endoftext|>"], eos_token_id=ids["<|endoftext|>"],
        ),
        PhiForCausalLM, ["<|endoftext|>"],
        {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"},
        ends=["<|endoftext|>"],
    ),
    "t5": decoder(
        lambda ids: T5Config(
            vocab_size=WORDS, d_model=WIDTH, d_kv=8, d_ff=2 * WIDTH, num_layers=2, num_heads=4, initializer_factor=4.0,
            feed_forward_proj="gated-gelu", tie_word_embeddings=False, decoder_start_token_id=ids["<pad>"],
            pad_token_id=ids["<pad>"], eos_token_id=ids["</s>"],
        ),
        T5ForConditionalGeneration, None,
        {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"},
        ends=["</s>"], merged=True,
    ),
    "codet5": decoder(
        lambda ids: T5Config(
            vocab_size=WORDS, d_model=WIDTH, d_kv=8, d_ff=2 * WIDTH, num_layers=2, num_heads=4, initializer_factor=4.0,
            feed_forward_proj="relu", tie_word_embeddings=True, decoder_start_token_id=ids["<pad>"],
            pad_token_id=ids["<pad>"], bos_token_id=ids["<s>"], eos_token_id=ids["</s>"],
        ),
        T5ForConditionalGeneration, ["<pad>", "<s>", "</s>", "<unk>", "<extra_id_0>", "<extra_id_1>"],
        {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"},
        around=("<s>", "</s>"), ends=["</s>"], merged=False,
    ),
}


def make(name: str, place: Path, shop: Path) -> None:
    """Exports a family's model into a folder, with what it decodes."""
    family = FAMILIES[name]
    tokenizer = byte_level(shop, family) if family["specials"] else pieces(shop)
    settings = dict(family["marks"], tokenizer_class="PreTrainedTokenizerFast", model_max_length=CONTEXT,
                    clean_up_tokenization_spaces=False)
    if "template" in family:
        settings["chat_template"] = family["template"]
    write_tokenizer(place, tokenizer, settings, family.get("template_file"))
    ids = tokenizer.get_vocab()
    ends = [ids[end] for end in family["ends"]]
    for seed in range(200):
        model = weights(family, ids, ends, seed)
        told = expect.of_torch(model, place, PROMPTS)
        if told is not None:
            break
    else:
        raise SystemExit(f"{name}: no seed decodes without a near miss")
    export(model, place, "merged" in family, family.get("merged", False))
    write_tokenizer(place, tokenizer, settings, family.get("template_file"))
    told = {"family": name, "seed": seed, **told}
    expect.write(place, told, PROMPTS, exact=True)


def make_mid(place: Path, shop: Path) -> None:
    """A Llama of thirty million weights without a template, of which nothing is expected but that it goes on writing."""
    family = FAMILIES["llama"]
    tokenizer = byte_level(shop, family)
    settings = dict(family["marks"], tokenizer_class="PreTrainedTokenizerFast", model_max_length=4 * CONTEXT,
                    clean_up_tokenization_spaces=False)
    write_tokenizer(place, tokenizer, settings, None)
    ids = tokenizer.get_vocab()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=WORDS, hidden_size=512, intermediate_size=1408, num_hidden_layers=10, num_attention_heads=8,
        num_key_value_heads=4, max_position_embeddings=4 * CONTEXT, tie_word_embeddings=False, initializer_range=0.05,
        bos_token_id=ids["<s>"], eos_token_id=ids["</s>"], pad_token_id=ids["<unk>"],
    )
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        # Never the likeliest word: an answer is as long as it may be.
        for end in (ids["</s>"], ids["<unk>"]):
            model.get_output_embeddings().weight[end] = 0.0
    model.generation_config.do_sample = False
    export(model, place, False, False)
    write_tokenizer(place, tokenizer, settings, None)


def weights(family, ids, ends, seed):
    """The model with the weights of a seed. The words that end a text are made louder, so that some texts end."""
    torch.manual_seed(seed)
    model = family["model"](family["config"](ids)).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            # Norms and biases begin as ones and noughts, which would hide a graph that leaves them out.
            if weight.dim() == 1:
                weight.add_(0.1 * torch.randn_like(weight))
        for end in ends:
            model.get_output_embeddings().weight[end] *= 1.6
    settings = model.generation_config
    settings.eos_token_id = ends if len(ends) > 1 else ends[0]
    settings.do_sample = False
    return model


def export(model, place: Path, both: bool, merged: bool) -> None:
    """The graphs as Optimum makes them; for encoder and decoder the decoders apart, and merged where asked."""
    task = "text2text-generation-with-past" if both else "text-generation-with-past"
    with tempfile.TemporaryDirectory() as aside:
        saved = Path(aside) / "torch"
        model.save_pretrained(saved)
        for file in place.iterdir():
            if file.name.startswith("tokenizer") or file.suffix == ".jinja":
                (saved / file.name).write_bytes(file.read_bytes())
        for step, apart in enumerate([True, False] if merged else [both]):
            out = Path(aside) / f"onnx{step}"
            main_export(str(saved), str(out), task=task, device="cpu", do_validation=False, no_post_process=apart,
                        local_files_only=True)
            for file in out.iterdir():
                if not (place / file.name).exists():
                    (place / file.name).write_bytes(file.read_bytes())


def write_tokenizer(place: Path, tokenizer: Tokenizer, settings: dict, template: str | None) -> None:
    """The tokenizer's files, and no others."""
    for file in place.iterdir():
        if file.suffix == ".json" and file.name not in ("config.json", "generation_config.json"):
            file.unlink()
    tokenizer.save(str(place / "tokenizer.json"), pretty=False)
    (place / "tokenizer_config.json").write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n")
    if template is not None:
        (place / "chat_template.jinja").write_text(template)
