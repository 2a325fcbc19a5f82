"""An optimizer for matrices: each step goes the same length in all directions that the gradients of late have pointed to.

What is learnt from few examples is then learnt in about half of them, which counts where there is one core. Steps are as
long as AdamW's, so that one rate serves both."""

import torch


def straightened(wide: torch.Tensor, rounds: int = 5) -> torch.Tensor:
    """About the nearest orthogonal matrix of each of a stack, by Newton and Schulz."""
    x = wide.bfloat16()
    turned = x.shape[-2] > x.shape[-1]
    if turned:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(rounds):
        square = x @ x.mT
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * (square @ square)) @ x
    return (x.mT if turned else x).float()


class Muon(torch.optim.Optimizer):
    def __init__(self, weights, lr: float, momentum: float = 0.95, weight_decay: float = 0.02):
        super().__init__(list(weights), {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            alike: dict[torch.Size, list[torch.Tensor]] = {}
            for weight in group["params"]:
                if weight.grad is not None:
                    alike.setdefault(weight.shape, []).append(weight)
            for shape, weights in alike.items():
                moments = []
                for weight in weights:
                    kept = self.state[weight].setdefault("moment", torch.zeros_like(weight))
                    kept.lerp_(weight.grad, 1 - group["momentum"])
                    moments.append(weight.grad.lerp(kept, group["momentum"]))
                steps = straightened(torch.stack(moments)) * (0.2 * max(shape) ** 0.5 * group["lr"])
                for weight, step in zip(weights, steps):
                    weight.mul_(1 - group["lr"] * group["weight_decay"]).sub_(step)
