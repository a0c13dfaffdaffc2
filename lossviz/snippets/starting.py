"""The biases to begin with, as code to paste."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lossviz.choice.starting import Start


def bias_snippet(start: Start, names: Sequence[str]) -> str:
    """Sets the biases of a model's last layer; prints the first of them."""
    biases = [round(bias, 4) + 0.0 for bias in start.usable.tolist()]
    head = f"head = torch.nn.Linear(512, {len(biases)})  # the last layer of your model"
    if not any(biases):
        how = "torch.nn.init.zeros_(head.bias)"
    elif len(biases) == 1:
        how = f"torch.nn.init.constant_(head.bias, {biases[0]!r})"
    else:
        rows = "".join(
            f"    {bias!r},  # output {k}: {name!r}\n" for k, (bias, name) in enumerate(zip(biases, names, strict=True))
        )
        how = f"biases = torch.tensor([\n{rows}])\nwith torch.no_grad():\n    head.bias.copy_(biases)"
    return f"import torch\n\n{head}\n{how}\nprint(head.bias[0].item())\n"
