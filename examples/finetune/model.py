"""The model: a deep encoder, a shallow decoder, one table of words for all, and a pointer by which words are copied.

It is laid out as T5 is, but for the positions: what a head looks at is biased by fixed slopes on distances, so that some
heads look at neighbours from the start, and that is what copying is made of. What the decoder says is the share of the
vocabulary and the share of what stands in the prompt, mixed as it sees fit.
"""

import dataclasses

import torch
from torch import nn
from torch.nn import functional as F

from tokens import PAD

# Of each head: the distance it looks at, and what a step to the left and to the right of that costs.
ENCODER_HEADS = [(-1, 2.0, 2.0), (1, 2.0, 2.0), (-3, 0.2, 0.2), (0, 0.0, 0.0)]
DECODER_HEADS = [(-1, 2.0, 2.0), (-2, 1.0, 1.0), (0, 0.1, 0.1), (0, 0.0, 0.0)]
AWAY = -1e4
# Added to a share before its logarithm is taken: what is much less likely two runtimes tell apart by their rounding alone.
LEAST = 1e-6


@dataclasses.dataclass
class Shape:
    vocabulary: int = 2048
    width: int = 192
    inner: int = 640
    encoder: int = 5
    decoder: int = 2

    @property
    def heads(self) -> int:
        return len(ENCODER_HEADS)


def slopes(heads, rows: int, columns: int) -> torch.Tensor:
    """What each head's look from a row at a column costs: heads, rows, columns. The rows are the last ones."""
    table = torch.tensor(heads)
    at, left, right = (table[:, i, None, None] for i in range(3))
    distance = torch.arange(columns)[None, None] - torch.arange(columns - rows, columns)[None, :, None] - at
    return -(left * (-distance).clamp(min=0) + right * distance.clamp(min=0))


class Norm(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return F.layer_norm(x, x.shape[-1:], self.weight.to(x.dtype), None, 1e-5)


def linear(inside: int, outside: int, share: float = 1.0) -> nn.Linear:
    made = nn.Linear(inside, outside, bias=False)
    nn.init.normal_(made.weight, std=share * inside**-0.5)
    return made


class Attention(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.heads = shape.heads
        self.q, self.k, self.v = (linear(shape.width, shape.width) for _ in range(3))
        self.o = linear(shape.width, shape.width, 0.4)

    def forward(self, x, source, mask):
        q, k, v = (part(at).unflatten(-1, (self.heads, -1)).transpose(1, 2) for part, at in ((self.q, x), (self.k, source), (self.v, source)))
        # One product with the mask added to it: passes over the scores are what costs most here.
        batch, heads, rows, width = q.shape
        mask = mask.to(q.dtype).expand(batch, heads, rows, k.shape[2]).reshape(-1, rows, k.shape[2])
        scores = torch.baddbmm(mask, q.reshape(-1, rows, width), k.reshape(-1, k.shape[2], width).transpose(1, 2), alpha=width**-0.5)
        return self.o((torch.softmax(scores, -1) @ v.reshape(-1, k.shape[2], width)).view(batch, heads, rows, width).transpose(1, 2).flatten(2))


class Inner(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.up, self.down = linear(shape.width, shape.inner), linear(shape.inner, shape.width, 0.4)

    def forward(self, x):
        return self.down(F.relu(self.up(x)))


class EncoderLayer(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.norm, self.attention = Norm(shape.width), Attention(shape)
        self.inner_norm, self.inner = Norm(shape.width), Inner(shape)

    def forward(self, x, mask):
        h = self.norm(x)
        x = x + self.attention(h, h, mask)
        return x + self.inner(self.inner_norm(x))


class DecoderLayer(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.norm, self.attention = Norm(shape.width), Attention(shape)
        self.cross_norm, self.cross = Norm(shape.width), Attention(shape)
        self.inner_norm, self.inner = Norm(shape.width), Inner(shape)

    def forward(self, x, states, mask, cross_mask):
        h = self.norm(x)
        x = x + self.attention(h, h, mask)
        x = x + self.cross(self.cross_norm(x), states, cross_mask)
        return x + self.inner(self.inner_norm(x))


class Mender(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.words = nn.Embedding(shape.vocabulary, shape.width)
        nn.init.normal_(self.words.weight, std=1.0)
        self.encoder = nn.ModuleList(EncoderLayer(shape) for _ in range(shape.encoder))
        self.encoder_norm = Norm(shape.width)
        self.decoder = nn.ModuleList(DecoderLayer(shape) for _ in range(shape.decoder))
        self.decoder_norm = Norm(shape.width)
        self.pointer_q, self.pointer_k = linear(shape.width, shape.width), linear(shape.width, shape.width)
        self.gate = nn.Linear(shape.width, 1)

    def encode(self, ids):
        """The states of a prompt. Those of a batch are of about one length: what pads them is read as it is."""
        x = self.words(ids)
        if torch.is_autocast_enabled("cpu"):
            x = x.bfloat16()
        mask = slopes(ENCODER_HEADS, ids.shape[1], ids.shape[1])[None].to(x.dtype)
        for layer in self.encoder:
            x = layer(x, mask)
        return self.encoder_norm(x)

    def read(self, ids, states, mask):
        """What the decoder makes of each of `ids` and all before it."""
        x = self.words(ids).to(states.dtype)
        length = ids.shape[1]
        ahead = slopes(DECODER_HEADS, length, length)[None] + torch.full((length, length), AWAY).triu(1)
        away = (~mask)[:, None, None, :].float() * AWAY
        ahead, away = ahead.to(x.dtype), away.to(x.dtype)
        for layer in self.decoder:
            x = layer(x, states, ahead, away)
        return self.decoder_norm(x)

    def said(self, x):
        """How likely each word is, before a softmax."""
        return (x @ self.words.weight.T.to(x.dtype)).float() * self.shape.width**-0.5

    def looked(self, x, states, mask):
        """The share of each place of the prompt."""
        scores = (self.pointer_q(x) @ self.pointer_k(states).transpose(-1, -2)).float() * self.shape.width**-0.5
        return torch.softmax(scores + (~mask)[:, None, :].float() * AWAY, -1)

    def decode(self, ids, states, source, mask):
        """The logarithm of the share of each word behind each of `ids`."""
        return self.say(self.read(ids, states, mask), states, source, mask)

    def say(self, x, states, source, mask):
        said, looked = torch.softmax(self.said(x), -1), self.looked(x, states, mask)
        own = torch.sigmoid(self.gate(x).float())
        mixed = (own * said).scatter_add(-1, source[:, None, :].expand(-1, x.shape[1], -1), (1 - own) * looked)
        return torch.log(mixed + LEAST)

    def unlikely(self, source, mask, ids, wanted):
        """Minus the logarithm of the share of each wanted word; no other word's share is worked out, which is most of the work."""
        states = self.encode(source)
        x = self.read(ids, states, mask)
        copied = (self.looked(x, states, mask) * (source[:, None, :] == wanted[:, :, None])).sum(-1)
        here = wanted != PAD
        x, wanted, copied = x[here], wanted[here], copied[here]
        said = self.said(x)
        said = torch.exp(said.gather(-1, wanted[:, None])[:, 0] - torch.logsumexp(said, -1))
        own = torch.sigmoid(self.gate(x).float())[:, 0]
        return -torch.log(own * said + (1 - own) * copied + LEAST)

    def forward(self, source, mask, ids):
        return self.decode(ids, self.encode(source), source, mask)
