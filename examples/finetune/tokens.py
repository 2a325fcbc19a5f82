"""The tokenizer: byte-level pairs over code, in which a word, a number's digit and a line's end stand alone."""


from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

PAD, END = 0, 1
SPECIAL = ["<pad>", "</s>", "<unk>"]
PATTERN = r"\n|\d| ?[A-Za-z]+|_+[A-Za-z]*|[ \t]+| ?[^\sA-Za-z\d_]+|\s"


def train(texts, size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(PATTERN), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False, min_frequency=8
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", END)])
    return tokenizer
