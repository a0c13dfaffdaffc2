from __future__ import annotations

import math

import pytest
import torch
from torch import nn

import lossviz
from lossviz import gradient_budget, optimal_logit
from lossviz.logits.curves import element_loss
from lossviz.logits.optimum import gradients

LOSSES = {
    **{key: loss.from_knobs() for key, loss in lossviz.LOSSES.items()},
    "pos_weight": nn.BCEWithLogitsLoss(pos_weight=torch.tensor([9.0])),
    "focal 5": lossviz.SigmoidFocalLoss(alpha=0.25, gamma=5.0),
    "asl 0 4": lossviz.AsymmetricLoss(gamma_pos=0.0),
    "detached": lossviz.AsymmetricLoss(detach_focusing=True),
}


@pytest.mark.parametrize(
    ("separation", "prevalence"), [(0.5, 0.5), (0.5, 0.001), (2.0, 0.05), (4.0, 0.5), (4.0, 0.001)]
)
@pytest.mark.parametrize("name", LOSSES)
def test_positives_hold_half_at_the_optimum(name: str, separation: float, prevalence: float) -> None:
    budget = gradient_budget(LOSSES[name], prevalence, separation=separation)
    assert budget.positives == pytest.approx(0.5, abs=5e-5)
    assert budget.positives + budget.negatives == pytest.approx(1)
    parts = (budget.easy_positives, budget.hard_positives, budget.easy_negatives, budget.hard_negatives)
    assert min(parts) >= 0


def test_where_training_starts() -> None:
    """Positives are one in twenty."""
    balanced = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([19.0]))
    assert gradient_budget(balanced, 0.05).positives == pytest.approx(0.5, rel=1e-12)
    assert gradient_budget(nn.BCEWithLogitsLoss(), 0.05).positives == pytest.approx(0.05, rel=1e-12)
    asl = gradient_budget(LOSSES["asl 0 4"], 0.05)
    assert asl.positives == pytest.approx(0.27, abs=0.01)
    assert asl.easy_positives == asl.easy_negatives == 0


def test_balanced_weights_make_the_optimum_symmetric() -> None:
    budget = gradient_budget(nn.BCEWithLogitsLoss(pos_weight=torch.tensor([99.0])), 0.01, separation=2.0)
    parts = (budget.easy_positives, budget.hard_positives, budget.easy_negatives, budget.hard_negatives)
    assert parts == pytest.approx([0.25] * 4, abs=1e-5)


@pytest.mark.parametrize("name", ["bce", "focal", "asl", "pos_weight"])
def test_it_is_the_gradient_of_a_perfect_model(name: str) -> None:
    """Against a plain sum over features, each given its best logit."""
    prevalence, separation = 0.1, 2.0
    x = torch.linspace(-7, 9, 1601, dtype=torch.float64)
    positives = prevalence * torch.exp(-((x - separation) ** 2) / 2)
    negatives = (1 - prevalence) * torch.exp(-(x**2) / 2)
    z = optimal_logit(LOSSES[name], positives / (positives + negatives))
    up, down = gradients(element_loss(LOSSES[name]), z)
    pull, push = -positives * up, negatives * down
    total = (pull + push).nansum()
    budget = gradient_budget(LOSSES[name], prevalence, separation=separation)
    assert budget.hard_positives == pytest.approx((pull[z <= 0].nansum() / total).item(), abs=2e-3)
    assert budget.hard_negatives == pytest.approx((push[z > 0].nansum() / total).item(), abs=2e-3)


def test_without_gradient_there_are_no_shares() -> None:
    class Flat(nn.Module):
        def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            return 0 * logits * targets

    assert math.isnan(gradient_budget(Flat(), 0.1).positives)


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="prevalence must lie"):
        gradient_budget(nn.BCEWithLogitsLoss(), 0.0)
    with pytest.raises(ValueError, match="separation must be positive"):
        gradient_budget(nn.BCEWithLogitsLoss(), 0.1, separation=0.0)
