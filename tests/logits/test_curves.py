from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

import lossviz
from lossviz import equivalent_pos_weight, largest_difference, loss_curve, optimal_logit, true_probability
from tests.losses.knob_ends import SETTINGS


class Brier(nn.Module):
    """A loss from elsewhere that insists on its mean."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return ((torch.sigmoid(input) - target) ** 2).mean()


# Where a factor is detached the gradient is not the slope of the value, by definition.
ATTACHED = [setting for setting in SETTINGS if not setting[1].get("detach_focusing")]


@pytest.mark.parametrize(("key", "knobs"), ATTACHED, ids=[str(setting) for setting in ATTACHED])
@pytest.mark.parametrize("target", [1, 0])
def test_gradient_is_the_slope_of_the_value(key: str, knobs: dict[str, float | None], target: int) -> None:
    """Against central differences, away from kinks."""
    loss = lossviz.LOSSES[key].from_knobs(**knobs)
    x = torch.tensor([-7.3, -3.1, -1.2, 0.4, 1.9, 6.7], dtype=torch.float64)
    step = 1e-6
    curve = loss_curve(loss, target, x)
    slope = (loss_curve(loss, target, x + step).value - loss_curve(loss, target, x - step).value) / (2 * step)
    scale = 1 + curve.gradient.abs().max().item()
    torch.testing.assert_close(curve.gradient, slope, rtol=1e-6, atol=1e-8 * scale)


def test_default_grid_and_dtype() -> None:
    curve = loss_curve(nn.BCEWithLogitsLoss(), 1)
    assert curve.logits.shape == (401,)
    assert curve.value.dtype == curve.gradient.dtype == torch.float64
    with pytest.raises(ValueError, match="target must be 0 or 1"):
        loss_curve(nn.BCEWithLogitsLoss(), 2)


def test_digits_survive_far_out() -> None:
    """Where torch's own form has lost every digit, the curve has not."""
    x = torch.tensor([-40.0, -60.0], dtype=torch.float64)
    for loss in (nn.BCEWithLogitsLoss(), nn.CrossEntropyLoss()):
        curve = loss_curve(loss, 0, x)
        expected = torch.tensor([math.exp(-40), math.exp(-60)], dtype=torch.float64)
        torch.testing.assert_close(curve.value, expected, rtol=1e-12, atol=0)
        torch.testing.assert_close(curve.gradient, expected, rtol=1e-12, atol=0)


def test_modules_from_elsewhere() -> None:
    x = torch.tensor([-1.0, 0.0, 2.0], dtype=torch.float64)
    p = torch.sigmoid(x)
    curve = loss_curve(Brier(), 1, x)
    torch.testing.assert_close(curve.value, (p - 1) ** 2)
    torch.testing.assert_close(curve.gradient, 2 * (p - 1) * p * (1 - p))
    weighted = loss_curve(nn.CrossEntropyLoss(weight=torch.tensor([1.0, 9.0])), 1, x)
    torch.testing.assert_close(weighted.value, -9 * torch.log(p))
    soft = loss_curve(nn.SoftMarginLoss(), 1, x)  # its targets are -1 and 1; asked with 1
    torch.testing.assert_close(soft.value, -torch.log(p))


def test_the_module_itself_is_left_alone() -> None:
    loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([9.0]))
    loss_curve(loss, 1)
    assert loss.reduction == "mean"
    assert loss.pos_weight is not None
    assert loss.pos_weight.dtype == torch.float32


def test_gamma_zero_falls_on_bce() -> None:
    focal = lossviz.SigmoidFocalLoss(alpha=None, gamma=0)
    assert largest_difference(focal, nn.BCEWithLogitsLoss()) < 1e-15
    assert largest_difference(lossviz.SigmoidFocalLoss(), nn.BCEWithLogitsLoss()) > 1


# What a score means.


def test_optimum_is_exact(oracle: object) -> None:
    data = oracle("bayes_optimal")  # type: ignore[operator]
    tried = 0
    for row in data["binary"]:
        config = row["config"]
        detach = bool(config.get("detach"))
        if config["loss"] == "wbce":
            loss: nn.Module = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([config["w"]], dtype=torch.float64))
        elif config["loss"] == "focal" and not detach:
            loss = lossviz.SigmoidFocalLoss(config.get("alpha"), config["gamma"])
        elif config["loss"] == "focal":
            alpha = config.get("alpha", 0.5)
            weight = torch.tensor([alpha / (1 - alpha)], dtype=torch.float64)
            gamma = config["gamma"]
            loss = lossviz.AsymmetricLoss(gamma, gamma, 0, eps=None, detach_focusing=True, pos_weight=weight)
        else:
            gammas = config["gamma_neg"], config["gamma_pos"], config["clip"]
            loss = lossviz.AsymmetricLoss(*gammas, eps=None, detach_focusing=detach)
        shares = torch.tensor([float(eta) for eta in row["bayes"]], dtype=torch.float64)
        logits = optimal_logit(loss, shares)
        meant = true_probability(loss, logits)
        for (eta, best), z, back in zip(row["bayes"].items(), logits, meant, strict=True):
            assert abs(torch.sigmoid(z).item() - best["p_hat"]) <= 1e-9, (config, eta)
            if best["status"] == "interior":
                assert back.item() == pytest.approx(float(eta), abs=1e-9)
            if best["status"].startswith("diverges"):
                assert z.item() == math.inf
            tried += 1
        assert 1 / (1 + equivalent_pos_weight(loss)) == pytest.approx(row["eta_at_phat_0.5"], abs=1e-9)
    assert tried > 200


def test_asl_cannot_be_undone_in_its_clip_zone() -> None:
    loss = lossviz.AsymmetricLoss(4, 1, 0.05)
    z = torch.tensor([-5.0, -2.95, -2.9, 0.0])
    assert torch.isnan(true_probability(loss, z)).tolist() == [True, True, False, False]


def test_the_kink_is_the_optimum_where_it_sits_there() -> None:
    clip_only = lossviz.AsymmetricLoss(0, 0, 0.05, eps=None)
    kink = math.log(0.05 / 0.95)
    for eta in (0.01, 0.03, 0.047):
        assert optimal_logit(clip_only, eta).item() == pytest.approx(kink, abs=1e-9)
    # Beyond it the score is (1 + m) times the probability.
    assert torch.sigmoid(optimal_logit(clip_only, 0.5)).item() == pytest.approx(0.525, abs=1e-9)


def test_known_figures() -> None:
    asl = lossviz.AsymmetricLoss(4, 0, 0.05)
    assert torch.sigmoid(optimal_logit(asl, 0.01)).item() == pytest.approx(0.3192, abs=5e-5)
    assert equivalent_pos_weight(asl) == pytest.approx(6.84, abs=5e-3)
    assert optimal_logit(asl, 0.97).item() == math.inf
    assert equivalent_pos_weight(lossviz.SigmoidFocalLoss(0.25, 2)) == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="between 0 and 1"):
        optimal_logit(asl, 1.5)


def test_true_probability_far_out() -> None:
    z = torch.tensor([-800.0, -700.0, 40.0, 700.0], dtype=torch.float64)
    assert true_probability(nn.BCEWithLogitsLoss(), z).tolist()[0] == 0
    assert not torch.isnan(true_probability(nn.BCEWithLogitsLoss(), z)).any()
