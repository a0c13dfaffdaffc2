"""What the page on scores shows, as code to paste."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lossviz.snippets import tensor

if TYPE_CHECKING:
    from torch import Tensor


def scores_snippet(losses: Sequence[tuple[str, str]], case: float, worth: float) -> str:
    """Prints for every loss the score of a case, the threshold, and the pos_weight that acts alike at 0.5."""
    lines = "".join(f"    {name!r}: {code},\n" for name, code in losses)
    return f"""import torch
import lossviz

losses = {{
{lines}}}
for name, loss in losses.items():
    reported = lossviz.optimal_logit(loss, {case!r}).sigmoid().item()
    threshold = lossviz.score_threshold(loss, {worth!r}).item()
    print(name, reported, threshold, lossviz.equivalent_pos_weight(loss))
"""


def undo_snippet(code: str) -> str:
    """Prints the probabilities that some scores mean."""
    return f"""import torch
import lossviz

scores = torch.tensor([0.1, 0.32, 0.5, 0.9])  # sigmoid of your model's logits
print(lossviz.recalibrate({code}, scores))
"""


def undone_snippet(code: str) -> str:
    """Prints the curve of what scores mean: score and true probability, nan where it cannot be had back."""
    return f"""import torch
import lossviz

scores = torch.linspace(0.0005, 0.9995, 1000, dtype=torch.float64)
means = lossviz.recalibrate({code}, scores)
for score, mean in zip(scores[::111].tolist(), means[::111].tolist()):
    print(score, mean)
"""


def classes_snippet(weight: Tensor) -> str:
    """Prints the probabilities of a softmax model without its class weights."""
    return f"""import torch

weight = {tensor(weight)}
logits = torch.zeros(1, len(weight))  # your model's logits
print(torch.log_softmax(logits - weight.log(), dim=-1).exp())
"""
