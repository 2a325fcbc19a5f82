"""The n best answers of a model to a prompt, as the product looks for them."""

import torch

from model import DECODER_HEADS, slopes

END = 1
# An answer's score is the logarithm of its share, over its length to this power. With the mean, which is a power of 1, long
# answers come before `=`, however likely that is.
PENALTY = 0.1


class Decoding:
    """The decoder over several lines at once, a token each at a time; what was read before is kept."""

    def __init__(self, model, prompt: list[int]):
        self.model = model
        self.source = torch.tensor([prompt])
        self.states = model.encode(self.source)
        self.mask = torch.ones_like(self.source, dtype=torch.bool)
        self.crossed = [(self.parted(layer.cross, layer.cross.k(self.states)), self.parted(layer.cross, layer.cross.v(self.states))) for layer in model.decoder]
        self.read: list[tuple[torch.Tensor, torch.Tensor] | None] = [None] * len(model.decoder)

    @staticmethod
    def parted(attention, x):
        return x.unflatten(-1, (attention.heads, -1)).transpose(1, 2)

    def look(self, attention, x, k, v, costs=0.0):
        q = self.parted(attention, attention.q(x))
        shares = torch.softmax(q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5 + costs, -1)
        return attention.o((shares @ v).transpose(1, 2).flatten(2))

    def step(self, lines: list[int], last: list[int]):
        """The shares behind each line's last token; `lines` says which line of the step before each goes on from."""
        x = self.model.words(torch.tensor(last))[:, None]
        for at, layer in enumerate(self.model.decoder):
            h = layer.norm(x)
            k, v = self.parted(layer.attention, layer.attention.k(h)), self.parted(layer.attention, layer.attention.v(h))
            if self.read[at] is not None:
                k, v = (torch.cat([kept[lines], new], 2) for kept, new in zip(self.read[at], (k, v)))
            self.read[at] = (k, v)
            x = x + self.look(layer.attention, h, k, v, slopes(DECODER_HEADS, 1, k.shape[2])[None])
            x = x + self.look(layer.cross, layer.cross_norm(x), *self.crossed[at])
            x = x + layer.inner(layer.inner_norm(x))
        rows = len(last)
        return self.model.say(self.model.decoder_norm(x), self.states.expand(rows, -1, -1), self.source.expand(rows, -1), self.mask.expand(rows, -1))[:, 0]


@torch.no_grad()
def best(model, prompt: list[int], width: int = 4, most: int = 120) -> list[tuple[list[int], bool, float]]:
    """Answers, the likeliest first, whether each came to an end, and its score."""
    decoding = Decoding(model, prompt)
    lines, before = [(0.0, [0])], [0]
    done: list[tuple[float, list[int], bool]] = []
    for length in range(1, most + 1):
        shares = decoding.step(before, [tokens[-1] for _, tokens in lines])
        totals = shares + torch.tensor([[total] for total, _ in lines])
        picked = totals.flatten().topk(2 * width)
        following, before = [], []
        for rank, (total, at) in enumerate(zip(picked.values.tolist(), picked.indices.tolist())):
            row, token = divmod(at, shares.shape[1])
            tokens = lines[row][1]
            if token == END:
                if rank < width:
                    done.append((total / length**PENALTY, tokens[1:], True))
            elif len(following) < width:
                following.append((total, [*tokens, token]))
                before.append(row)
        done = sorted(done, reverse=True)[:width]
        if not following or (len(done) >= width and done[-1][0] >= following[0][0] / length**PENALTY):
            break
        lines = following
    if len(done) < width:
        done.extend((total / len(tokens) ** PENALTY, tokens[1:], False) for total, tokens in lines)
    return [(tokens, ended, score) for score, tokens, ended in sorted(done, reverse=True)[:width]]
