"""The n best answers of a model to a prompt, as the product looks for them."""

import torch

END = 1


@torch.no_grad()
def best(model, prompt: list[int], width: int = 4, most: int = 120) -> list[tuple[list[int], bool]]:
    """Answers, the likeliest first, and whether each came to an end."""
    source = torch.tensor([prompt])
    states, mask = model.encode(source), torch.ones_like(source, dtype=torch.bool)
    lines = [(0.0, [0])]
    done: list[tuple[float, list[int], bool]] = []
    for length in range(1, most + 1):
        rows = len(lines)
        given = torch.tensor([tokens for _, tokens in lines])
        shares = model.decode(given, states.expand(rows, -1, -1), source.expand(rows, -1), mask.expand(rows, -1))[:, -1]
        totals = shares + torch.tensor([[total] for total, _ in lines])
        picked = totals.flatten().topk(2 * width)
        lines_next = []
        for rank, (total, at) in enumerate(zip(picked.values.tolist(), picked.indices.tolist())):
            row, token = divmod(at, shares.shape[1])
            tokens = lines[row][1]
            if token == END:
                if rank < width:
                    done.append((total / length, tokens[1:], True))
            elif len(lines_next) < width:
                lines_next.append((total, [*tokens, token]))
        done = sorted(done, reverse=True)[:width]
        if not lines_next or (len(done) >= width and done[-1][0] >= lines_next[0][0] / length):
            break
        lines = lines_next
    if len(done) < width:
        done.extend((total / len(tokens), tokens[1:], False) for total, tokens in lines)
    return [(tokens, ended) for _, tokens, ended in sorted(done, reverse=True)[:width]]
