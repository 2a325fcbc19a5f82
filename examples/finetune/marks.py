"""What code may not say to a model, as the product keeps it: words that part turns, and characters that are not seen."""

_KNOWN = """<| <s> </s> <pad> <unk> <mask> <bos> <eos> <EOT> <PRE> <SUF> <MID> <start_of_turn> <end_of_turn> <extra_id_ <fim_
<file_sep> <reponame> <filename> <think> </think> <tool_call> </tool_call> <tool_response> </tool_response> <<SYS>> <</SYS>>
[INST] [/INST] [SYSTEM_PROMPT] [/SYSTEM_PROMPT] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_CALLS] [TOOL_RESULTS]
[/TOOL_RESULTS] [gMASK] [CLS] [SEP] [MASK] [PAD] [UNK]""".split() + [
    "### Instruction", "### Response", "### System", "### User", "### Assistant",
]
_RESTS: dict[str, list[str]] = {}
for _word in _KNOWN:
    _RESTS.setdefault(_word[0], []).append(_word[1:])


def _folded(text: str) -> str:
    return "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)


def hidden(text: str) -> str:
    """A text in which a backslash stands behind the first character of each such word."""
    folded = _folded(text)
    if not any(c in _RESTS for c in folded):
        return text
    out = []
    for at, c in enumerate(text):
        out.append(c)
        rests = _RESTS.get(folded[at])
        if rests and any(folded[at + 1 :].lstrip("\\").startswith(rest) for rest in rests):
            out.append("\\")
    return "".join(out)


def shown(text: str) -> str:
    """The text that was hidden."""
    out: list[str] = []
    for c in reversed(text):
        rests = _RESTS.get(_folded(c))
        if rests:
            behind = "".join(reversed(out))
            bare = behind.lstrip("\\")
            if bare != behind and any(_folded(bare).startswith(rest) for rest in rests):
                out.pop()
        out.append(c)
    return "".join(reversed(out))


_UNSEEN = [
    (0x7F, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x180B, 0x180F), (0x3164, 0x3164),
    (0xFFA0, 0xFFA0), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF0, 0xFFFB),
    (0xFFFE, 0xFFFF), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
]


def visible(line: str) -> str:
    """A line in which everything is seen; tabs stay."""
    if line.isascii() and line.replace("\t", "").isprintable():
        return line
    out = []
    for c in line:
        code = ord(c)
        if c == "\t":
            out.append(c)
        elif code < 0x20:
            out.append(chr(0x2400 + code))
        elif code == 0x7F:
            out.append("\u2421")
        elif any(low <= code <= high for low, high in _UNSEEN):
            out.append(f"\\u{{{code:x}}}")
        else:
            out.append(c)
    return "".join(out)
