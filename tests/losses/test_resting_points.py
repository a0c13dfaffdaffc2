"""The losses at the points where theory says that they rest, peak or cross: many labels, many classes, one logit."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

from lossviz import AsymmetricLoss, SigmoidFocalLoss, loss_curve, multilabel_categorical_cross_entropy
from lossviz import softmax_focal_loss as softmax_focal


def label_sets(name: str, eta: Tensor) -> tuple[Tensor, Tensor]:
    """Every set of labels that occurs, (S, K), and how often, (S,)."""
    labels = len(eta)
    if name.startswith("exclusive"):
        return torch.eye(labels, dtype=torch.float64), eta
    if "identical" in name:
        return torch.tensor([[1.0] * labels, [0.0] * labels]).double(), torch.stack([eta[0], 1 - eta[0]])
    sets = torch.tensor(list(product([0.0, 1.0], repeat=labels)), dtype=torch.float64)
    return sets, (sets * eta + (1 - sets) * (1 - eta)).prod(dim=1)


def test_zlpr_rests_where_theory_says(oracle: Any) -> None:
    for row in oracle("bayes_optimal")["zlpr"]:
        sets, often = label_sets(row["name"], torch.tensor(row["eta"], dtype=torch.float64))
        s = torch.tensor(row["s"], dtype=torch.float64, requires_grad=True)
        losses = multilabel_categorical_cross_entropy(s.expand(sets.shape), sets, reduction="none")
        (slope,) = torch.autograd.grad((often * losses).sum(), s)
        assert slope.abs().max() < 1e-11, row["name"]


def test_softmax_focal_rests_where_theory_says(oracle: Any) -> None:
    tried = 0
    for row in oracle("bayes_optimal")["multiclass"]:
        if row["loss"] != "multiclass_focal":
            continue
        x = torch.tensor(row["p_hat"], dtype=torch.float64).log().requires_grad_()
        eta = torch.tensor(row["eta"], dtype=torch.float64)
        losses = softmax_focal(x.expand(len(eta), -1), torch.arange(len(eta)), row["gamma"], reduction="none")
        (slope,) = torch.autograd.grad((eta * losses).sum(), x)
        assert slope.abs().max() < 1e-12
        tried += 1
    assert tried > 2


def test_asl_peaks_where_theory_says(oracle: Any) -> None:
    for row in oracle("weighted_mean")["asl_gradient_peak"]:
        loss = AsymmetricLoss(row["gamma_neg"], 0, row["clip"], eps=0, detach_focusing=row["detach"])
        beside = row["z_star"] + torch.tensor([-1e-3, 0, 1e-3], dtype=torch.float64)
        left, peak, right = loss_curve(loss, 0, beside).gradient.tolist()
        assert peak == pytest.approx(row["g_max"], rel=1e-12)
        assert left <= peak >= right
        high = torch.logit(torch.tensor([0.99], dtype=torch.float64))
        assert loss_curve(loss, 0, high).gradient.item() == pytest.approx(row["g_at_099"], rel=1e-12)
        far = loss_curve(loss, 0, torch.tensor([500.0])).value.item()
        bound = row["loss_sup"] or 500  # without a margin there is none, and the loss grows with the logit
        assert far == pytest.approx(bound, rel=1e-12)


def test_focal_crosses_cross_entropy_where_theory_says(oracle: Any) -> None:
    for row in oracle("weighted_mean")["focal_vs_ce"]:
        loss = SigmoidFocalLoss(None, row["gamma"])
        p = torch.tensor([row["pt_cross"], row["pt_ratio"], row["pt_peak"], 0.9, 0.99], dtype=torch.float64)
        gradient = -loss_curve(loss, 1, torch.logit(p)).gradient
        ratio = gradient / (1 - p)
        assert ratio[[0, 1, 3, 4]].tolist() == pytest.approx([1, row["ratio_max"], row["ratio9"], row["ratio99"]])
        assert gradient[2].item() == pytest.approx(row["g_peak"], rel=1e-12)
