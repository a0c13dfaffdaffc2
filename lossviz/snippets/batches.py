"""What batches do to weights, as code to paste; every snippet prints the number that the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossviz.literals import tensor_code

if TYPE_CHECKING:
    from torch import Tensor


def batch_snippet(logits: Tensor, targets: Tensor, class_weights: Tensor) -> str:
    """Prints the weighted mean of the batch, then its numerators' sum over N, from torch alone; -100 is ignored."""
    counted = targets != -100
    n = "len(targets)" if counted.all() else "(targets != -100).sum().item()"
    return f"""import torch
from torch.nn.functional import cross_entropy

logits = {tensor_code(logits.masked_fill(~counted[:, None], 0.0), "torch.float64")}
targets = torch.tensor({targets.tolist()!r})
weight = {tensor_code(class_weights)}.double()
print(cross_entropy(logits, targets, weight).item())
print(cross_entropy(logits, targets, weight, reduction="sum").item() / {n})
"""


def effective_weight_snippet(prevalence: float, weight: float, batch_size: int) -> str:
    """Prints the effective weight, then the share of batches without a rare row."""
    return f"""import lossviz

print(lossviz.effective_weight({prevalence!r}, {weight!r}, {batch_size}).item())
print(lossviz.share_of_batches_without({prevalence!r}, {batch_size}).item())
"""


def training_snippet(prevalence: float, weight: float, batch_size: int) -> str:
    """Trains the intercepts again, divided by weights, then by rows; prints the low, median and high shift of each."""
    return f"""import lossviz

for divide_by in ("weights", "rows"):
    trained = lossviz.train_intercept({prevalence!r}, {weight!r}, {batch_size}, divide_by=divide_by)
    print(*trained.band())
"""


def epoch_snippet(prevalence: float, weight: float, batch_size: int, of_rare: float, of_common: float) -> str:
    """Prints the weighted mean of all rows of an epoch, then the mean over its batches, medians over the seeds."""
    return f"""import lossviz

for means in lossviz.epoch_means(
    {prevalence!r}, {weight!r}, {batch_size}, loss_of_rare={of_rare!r}, loss_of_common={of_common!r}
):
    print(means.median().item())
"""


def cosines_snippet(rows: int, rare: int, weight: float, micro_batch: int) -> str:
    """Prints the median cosine between both gradients, then the share of steps that go uphill."""
    return f"""import lossviz

cosines = lossviz.gradient_cosines({rows}, {rare}, {weight!r}, [{micro_batch}])
print(cosines.median().item())
print((cosines < 0).double().mean().item())
"""


def exact_step_snippet(rows: int, rare: int, weight: float, micro_batch: int) -> str:
    """An optimiser step of micro-batches that is exact, in torch alone; prints by how much it is wrong, at most."""
    return f"""import torch
from torch.nn.functional import cross_entropy

weight = torch.tensor([1.0, {weight!r}])
model = torch.nn.Linear(6, 2)
inputs, targets = torch.randn({rows}, 6), (torch.randperm({rows}) < {rare}).long()

total = weight[targets].sum()  # of the whole step: over all micro-batches, and all-reduced over workers
for x, y in zip(inputs.split({micro_batch}), targets.split({micro_batch})):
    loss = cross_entropy(model(x), y, weight, reduction="sum") / total  # under DDP times the number of workers
    loss.backward()
accumulated = model.weight.grad.clone()

model.zero_grad()
cross_entropy(model(inputs), targets, weight).backward()  # the same rows in one batch
print((accumulated - model.weight.grad).abs().max().item())
"""


def smoothing_snippet(weight: float, smoothing: float) -> str:
    """Prints the scores of class 0 and of class 1 at which a row of class 0 costs least."""
    return f"""import torch
import lossviz

loss = torch.nn.CrossEntropyLoss(weight=torch.tensor([1.0, {weight!r}]), label_smoothing={smoothing!r})
rare = torch.sigmoid(lossviz.optimal_logit(loss, 0.0)).item()  # no row is of class 1
print(1 - rare, rare)
"""


def smoothed_bce_snippet(prevalence: float, pos_weight: float, smoothing: float) -> str:
    """Prints the score at which BCE on smoothed targets is least, and the gradient of its logit there, which is 0."""
    return f"""import torch

targets = torch.tensor([1.0, 0.0], dtype=torch.float64) * (1 - {smoothing!r}) + {smoothing!r} / 2
share = torch.tensor([{prevalence!r}, 1 - {prevalence!r}], dtype=torch.float64)
positive, negative = {pos_weight!r} * (share * targets).sum(), (share * (1 - targets)).sum()
score = positive / (positive + negative)

logit = torch.logit(score).requires_grad_()
loss = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor({pos_weight!r}), reduction="none")
(gradient,) = torch.autograd.grad((share * loss(logit.expand(2), targets)).sum(), logit)
print(score.item(), gradient.item())
"""
