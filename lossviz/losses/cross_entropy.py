"""Softmax cross-entropy: torch's own, described."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, logsigmoid

from lossviz.losses.registry import Loss, register, weight_knob
from lossviz.notation import factor


@register("ce", rank=2)
class CrossEntropyLoss(nn.CrossEntropyLoss, Loss):
    r"""``torch.nn.CrossEntropyLoss``, unchanged: cross-entropy of exclusive classes.

    .. math:: L_i = -w_{y_i} \log \mathrm{softmax}(x_i)_{y_i}

    Parameters
    ----------
    weight : Tensor, (C,)
        One per class: a sample counts with the weight of its own class.
    ignore_index : int
        Targets with this value count nowhere.
    reduction : {"mean", "sum", "none"}
        With class indices as targets 'mean' divides by the **sum of the weights** of the targets,
        :math:`\sum_i w_{y_i}`, so that only ratios of weights matter and a batch of one class has no
        weights at all. With probabilities or one-hot rows as targets it divides by N.
    label_smoothing : float in [0, 1]
        Share of each target spread over all classes, weighted by their weights.

    Notes
    -----
    Input is (C), (N, C) or (N, C, d1, ...), the target (), (N) or (N, d1, ...). With every target
    ignored the mean is nan.

    Elsewhere:

    - keras ``SparseCategoricalCrossentropy(from_logits=True)``: weights come from ``class_weight`` in
      ``fit`` and are not divided out.
    - timm ``SoftTargetCrossEntropy`` and ``LabelSmoothingCrossEntropy``: the mean over samples.

    Examples
    --------
    >>> loss = CrossEntropyLoss(weight=torch.tensor([1.0, 9.0]))
    >>> loss(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))  # 9 ln 2 / 9
    tensor(0.6931)
    """

    title = "Weighted cross-entropy"
    label = "Weighted CE"
    knobs = (
        weight_knob("weight_0", "w₀", "weight of class 0, the negatives"),
        weight_knob("weight_1", "w₁", "weight of class 1, the positives"),
    )

    @classmethod
    def from_knobs(cls, **values: float | None) -> Loss:
        chosen = cls.chosen(values)
        return cls(weight=torch.tensor([chosen["weight_0"], chosen["weight_1"]], dtype=torch.float64))

    @classmethod
    def code(cls, **values: float | None) -> str:
        chosen = cls.chosen(values)
        return f"torch.nn.CrossEntropyLoss(weight=torch.tensor([{chosen['weight_0']!r}, {chosen['weight_1']!r}]))"

    @classmethod
    def formula(cls, **values: float | None) -> tuple[str, str]:
        chosen = cls.chosen(values)
        return factor(chosen["weight_1"]) + r"(-\log p)", factor(chosen["weight_0"]) + r"(-\log(1-p))"

    def binary(self, logits: Tensor, target: int) -> Tensor:
        if self.label_smoothing:
            rows = torch.stack([torch.zeros_like(logits), logits], dim=-1).reshape(-1, 2)
            targets = torch.full((len(rows),), target, device=logits.device)
            smoothed = cross_entropy(rows, targets, self.weight, reduction="none", label_smoothing=self.label_smoothing)
            return smoothed.reshape(logits.shape)
        # Softmax over two classes is the sigmoid of their difference, whose margin keeps its digits.
        loss = -logsigmoid(logits if target else -logits)
        return loss if self.weight is None else loss * self.weight[target]
