"""Softmax cross-entropy: torch's own, with its arguments checked."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, logsigmoid

from lossviz.losses.reduction import reduce_elements, returned
from lossviz.losses.registry import Loss, register, weight_knob
from lossviz.losses.settings import check_ignore_index, check_reduction, check_smoothing
from lossviz.losses.targets import class_axis, of_classes, rows_and_targets
from lossviz.losses.weighting import Weights, as_buffer, per_class
from lossviz.notation import factor, latex, summed

_NO_CLASS = -100


@register("ce", rank=2)
class CrossEntropyLoss(nn.CrossEntropyLoss, Loss):
    r"""``torch.nn.CrossEntropyLoss`` with its arguments checked: cross-entropy of exclusive classes.

    .. math:: L_i = -w_{y_i} \log \mathrm{softmax}(x_i)_{y_i}

    Of a row of probabilities t it is :math:`-\sum_c t_c w_c \log p_c`.

    Parameters
    ----------
    weight : Tensor, array or list, (C,)
        One per class: a sample counts with the weight of its own class. Of any dtype: it is cast to that
        of the computation.
    ignore_index : int, or None for none
        Targets with this value count nowhere, and their logits may be nan. Of probabilities, a row does
        not count that holds nothing else.
    reduction : {"mean", "sum", "none"}
        With class indices as targets 'mean' divides by the **sum of the weights** of the targets,
        :math:`\sum_i w_{y_i}`, so that only ratios of weights matter and in a batch of one class the weight
        cancels. With probabilities or one-hot rows as targets it divides by N, the number of rows that count.
    label_smoothing : float in [0, 1]
        Share of each target spread over all classes, weighted by their weights.

    Raises
    ------
    ValueError
        For shapes that do not fit, targets that are neither a class nor probabilities and not `ignore_index`,
        and weights that do not fit or are negative, nan or infinite.

    Notes
    -----
    Values are those of torch's own function. Input is (C), (N, C) or (N, C, d1, ...), the target (), (N) or
    (N, d1, ...) of class indices, or probabilities of the shape of the input. With every target ignored the
    mean is nan. Half and bfloat16 are computed and reduced in float32 and returned in their own dtype, under
    autocast in float32.

    Targets and weights on an accelerator, and all of them under ``torch.compile``, are checked there by an
    assertion that nothing waits for; a graph of ``torch.jit.trace`` does not check them.

    Elsewhere:

    - keras ``SparseCategoricalCrossentropy(from_logits=True)``: weights come from ``class_weight`` in
      ``fit`` and are not divided out.
    - timm ``SoftTargetCrossEntropy`` and ``LabelSmoothingCrossEntropy``: the mean over samples.

    Examples
    --------
    >>> loss = CrossEntropyLoss(weight=[1, 9])
    >>> loss(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))  # 9 ln 2 / 9
    tensor(0.6931)
    """

    title = "Weighted cross-entropy"
    label = "Weighted CE"
    targets = "classes"
    knobs = (
        weight_knob("weight_0", "w₀", "weight of class 0, the negatives"),
        weight_knob("weight_1", "w₁", "weight of class 1, the positives"),
    )

    def __init__(
        self,
        weight: Weights | None = None,
        size_average: bool | None = None,
        ignore_index: int = _NO_CLASS,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        check_reduction(reduction, ("mean", "sum", "none"))
        mark: Any = check_ignore_index(ignore_index)
        smoothing = check_smoothing(label_smoothing)
        super().__init__(as_buffer(weight, "weight"), size_average, mark, reduce, reduction, smoothing)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        x, t, kept = rows_and_targets(input, target, self.ignore_index)
        weight = per_class(self.weight, x, x.shape[class_axis(x)])
        smoothing = self.label_smoothing
        if kept is not None and t.is_floating_point():  # torch's own function ignores no probabilities
            loss = cross_entropy(x, t, weight, reduction="none", label_smoothing=smoothing)
            return reduce_elements(loss, self.reduction, input, kept)
        y = t if kept is None else torch.where(kept, t, _NO_CLASS)
        loss = cross_entropy(x, y, weight, ignore_index=_NO_CLASS, reduction=self.reduction, label_smoothing=smoothing)
        return returned(loss, input)

    def extra_repr(self) -> str:
        smoothing = f"label_smoothing={self.label_smoothing}, " if self.label_smoothing else ""
        return smoothing + self.settings()

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

    @classmethod
    def worked(cls, x: Tensor, t: Tensor, column: int, **values: float | None) -> tuple[str, str]:
        terms = [f"{factor(share)}(-\\log {latex(score)})" for share, score in of_classes(x, t)]
        return (r"-\log p_y" if t.max() == 1 else r"\sum_c t_c (-\log p_c)"), summed(terms)

    def binary(self, logits: Tensor, target: int) -> Tensor:
        # Softmax over two classes is the sigmoid of their difference, whose margin keeps its digits.
        weight = logits.new_ones(2) if self.weight is None else self.weight.to(logits.dtype)
        own, other = (-logsigmoid(logits if k else -logits) * weight[k] for k in (target, 1 - target))
        spread = self.label_smoothing / 2
        return (1 - spread) * own + spread * other if spread else own
