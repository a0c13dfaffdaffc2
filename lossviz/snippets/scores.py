"""What the page on scores shows, as code to paste."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lossviz.literals import tensor_code

if TYPE_CHECKING:
    from torch import Tensor


def undo_snippet(code: str) -> str:
    """Prints the probabilities that some scores mean."""
    return f"""import torch
import lossviz

scores = torch.tensor([0.1, 0.32, 0.5, 0.9])  # sigmoid of your model's logits
print(lossviz.recalibrate({code}, scores))
"""


def undone_snippet(code: str) -> str:
    """Prints the curve of what scores mean: score and true probability, nan where it cannot be recovered."""
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

weight = {tensor_code(weight)}
logits = torch.zeros(1, len(weight))  # your model's logits
print(torch.log_softmax(logits - weight.log(), dim=-1).exp())
"""


def class_loss_code(loss: str, weights: Sequence[float], setting: float) -> str:
    """The expression that makes a softmax loss: "ce" with its label smoothing, or "softmax_focal" with its gamma.

    Examples
    --------
    >>> class_loss_code("ce", [1.0, 9.0], 0.0)
    'torch.nn.CrossEntropyLoss(weight=torch.tensor([1.0, 9.0], dtype=torch.float64))'
    """
    weight = f"weight={tensor_code(weights, 'torch.float64')}"
    if loss == "softmax_focal":
        return f"lossviz.SoftmaxFocalLoss(gamma={setting!r}, {weight})"
    smoothing = f", label_smoothing={setting!r}" if setting else ""
    return f"torch.nn.CrossEntropyLoss({weight}{smoothing})"


def undo_classes_snippet(code: str, rows: Sequence[Sequence[float]]) -> str:
    """Prints the probabilities that some rows of class scores mean, nan where they cannot be recovered."""
    return f"""import torch
import lossviz

# Softmax of your model's logits, a row per sample.
scores = {tensor_code([list(row) for row in rows], "torch.float64")}
loss = {code}
for row in lossviz.recalibrate(loss, scores).tolist():
    print(*row)
"""
