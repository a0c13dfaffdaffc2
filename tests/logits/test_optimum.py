"""Thresholds, costs, and the way back from scores; the price of a weight."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lossviz
from lossviz import (
    cost_probability,
    effective_sample_size,
    gradient_scale,
    optimal_logit,
    prior_logit,
    recalibrate,
    score_threshold,
    true_probability,
    weighted_classes,
    weighted_score,
)
from tests.losses.knob_ends import IDS, SETTINGS

ETA = torch.tensor([0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999], dtype=torch.float64)


@pytest.mark.parametrize(("key", "knobs"), SETTINGS, ids=IDS)
def test_scores_go_there_and_back(key: str, knobs: dict[str, float | None]) -> None:
    """On every registered loss at every knob end: what a perfect model reports means what it was (identity I1)."""
    loss = lossviz.LOSSES[key].from_knobs(**knobs)
    z = optimal_logit(loss, ETA)
    assert not z.isnan().any()
    assert (z[1:] >= z[:-1]).all()
    back = true_probability(loss, z)
    inside = z.isfinite() & (torch.sigmoid(z) > (knobs.get("clip") or 0) + 1e-6) & (z.abs() < 30)
    torch.testing.assert_close(back[inside], ETA[inside], rtol=0, atol=1e-9)
    told = z.isfinite() & back.isfinite() & (z.abs() < 30)
    # At a kink a range of probabilities shares one score; none lies beyond its own.
    up, down = z + 1e-6, z - 1e-6
    above, below = true_probability(loss, up), true_probability(loss, down).nan_to_num(0)
    assert ((below - 1e-5 <= ETA) & (above + 1e-5 >= ETA))[told].all(), (key, knobs, z, below, above)
    smooth = told & ((above - below).abs() < 1e-4)
    torch.testing.assert_close(back[smooth], ETA[smooth], rtol=1e-7, atol=1e-9)


def test_thresholds(oracle: Any) -> None:
    tried = 0
    for row in oracle("bayes_optimal")["binary"]:
        if row["config"]["loss"] != "wbce":
            continue
        loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([row["config"]["w"]], dtype=torch.float64))
        assert score_threshold(loss).item() == pytest.approx(row["threshold_phat_for_eta_0.5"], abs=1e-12)
        worth = cost_probability(1, 10)
        assert score_threshold(loss, worth).item() == pytest.approx(row["threshold_phat_for_cost_ratio_10"], abs=1e-12)
        tried += 1
    assert tried > 2


def test_weighted_classes(oracle: Any) -> None:
    tried = 0
    for row in oracle("bayes_optimal")["multiclass"]:
        if row["loss"] != "weighted_ce":
            continue
        got = weighted_classes(torch.tensor(row["eta"], dtype=torch.float64), torch.tensor(row["weights"]))
        assert got.tolist() == pytest.approx(row["p_hat"], abs=1e-9)
        tried += 1
    assert tried > 1


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(1e-4, 0.9999), min_size=1, max_size=9), st.floats(1e-3, 1e4))
def test_pos_weight_moves_the_logit_by_its_logarithm(probabilities: list[float], weight: float) -> None:
    loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([weight], dtype=torch.float64))
    eta = torch.tensor(probabilities, dtype=torch.float64)
    score = weighted_score(eta, torch.tensor([weight]).double())
    # one weight in float32 precision
    torch.testing.assert_close(score, torch.sigmoid(optimal_logit(loss, eta)), rtol=1e-6, atol=0)
    torch.testing.assert_close(recalibrate(loss, score), eta, rtol=1e-6, atol=0)


def test_known_scores() -> None:
    """Figures that can be looked up: ASL reports 32 % for 1 %, RetinaNet's alpha is pos_weight 1/3."""
    asl = lossviz.AsymmetricLoss(4, 1, 0.05)
    assert score_threshold(asl, 0.01).item() == pytest.approx(0.3214, abs=5e-5)
    assert score_threshold(lossviz.AsymmetricLoss(4, 0, 0.05)).item() == pytest.approx(0.6837, abs=5e-5)
    detached = lossviz.AsymmetricLoss(4, 0, 0.05, detach_focusing=True)
    assert score_threshold(detached).item() == pytest.approx(0.7988, abs=5e-5)
    assert lossviz.equivalent_pos_weight(lossviz.AsymmetricLoss(4, 0, 0.05)) == pytest.approx(6.84, abs=5e-3)
    assert lossviz.equivalent_pos_weight(lossviz.SigmoidFocalLoss(0.25, 2)) == pytest.approx(1 / 3)


def test_recalibrate_keeps_ends_and_says_what_is_lost() -> None:
    asl = lossviz.AsymmetricLoss(4, 1, 0.05)
    back = recalibrate(asl, torch.tensor([0.0, 0.02, 0.5, 1.0]))
    assert back[:2].isnan().all()
    assert back[2].item() == pytest.approx(0.1473, abs=5e-5)
    assert back[3] == 1
    assert recalibrate(nn.BCEWithLogitsLoss(), [0.0, 1.0]).tolist() == [0, 1]
    with pytest.raises(ValueError, match="between 0 and 1"):
        recalibrate(asl, torch.tensor([1.2]))
    with pytest.raises(ValueError, match="between 0 and 1"):
        recalibrate(asl, torch.tensor([math.nan]))


@pytest.mark.parametrize("cost", [0, -1, math.inf, math.nan])
def test_costs_are_positive(cost: float) -> None:
    with pytest.raises(ValueError, match="must be positive and finite"):
        cost_probability(cost, 1)


class MeanOnly(nn.Module):
    """A loss from elsewhere that insists on its mean."""

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return (nn.functional.softplus(-input) * target * 3 + nn.functional.softplus(input) * (1 - target)).mean()


def test_any_module_will_do() -> None:
    assert score_threshold(MeanOnly()).item() == pytest.approx(0.75, abs=1e-9)
    assert recalibrate(MeanOnly(), torch.tensor([0.75])).item() == pytest.approx(0.5, abs=1e-9)


class OfProbabilities(nn.Module):
    """BCE by hand, whose loss is nan from a logit of 37 on, where the sigmoid rounds to 1."""

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        p = torch.sigmoid(input)
        return -(target * p.log() + (1 - target) * (1 - p).log()).mean()


class LooksAtItself(nn.Module):
    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        loss = nn.functional.binary_cross_entropy_with_logits(input, target)
        return loss if loss.item() >= 0 else -loss


class Named(nn.Module):
    """torch's own function, for which vmap warns that it is slow."""

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return nn.functional.soft_margin_loss(input, 2 * target - 1)


@pytest.mark.parametrize("loss", [OfProbabilities(), LooksAtItself(), Named()], ids=lambda loss: type(loss).__name__)
def test_modules_that_are_hard_to_ask(loss: nn.Module) -> None:
    z = optimal_logit(loss, ETA)
    torch.testing.assert_close(torch.sigmoid(z), ETA, rtol=0, atol=1e-9)
    torch.testing.assert_close(true_probability(loss, z), ETA, rtol=0, atol=1e-9)


# The ratio of the gradients of a positive and a negative that grow for ever, gamma_neg 4 and margin 0.05.
NEVER = (1 - 0.05) ** 4 * (1 / 0.05 - 4 * math.log(0.05) / (1 - 0.05))
FAR = [-math.inf, -1e4, -800.0, -140.0, 140.0, 800.0, 1e4, math.inf]


@pytest.mark.parametrize(
    ("loss", "low", "high"),
    [
        (lossviz.BCEWithLogitsLoss(), 0, 1),
        (lossviz.SigmoidFocalLoss(None, 5), 0, 1),
        (lossviz.AsymmetricLoss(4, 1, 0.05), math.nan, 1),
        (lossviz.AsymmetricLoss(4, 0, 0.05, eps=0), math.nan, NEVER / (1 + NEVER)),
    ],
    ids=["bce", "focal", "asl", "asl that never ends"],
)
def test_far_out_gradients_fade_but_their_ratio_does_not(loss: nn.Module, low: float, high: float) -> None:
    """nan stands for a gradient that ends, not for one that is too small to write down."""
    got = true_probability(loss, FAR)
    torch.testing.assert_close(got[:4], torch.full((4,), low, dtype=torch.float64), rtol=0, atol=1e-9, equal_nan=True)
    torch.testing.assert_close(got[4:], torch.full((4,), high, dtype=torch.float64), rtol=0, atol=1e-9)


def test_a_positive_under_eps_means_nothing() -> None:
    """Its log is constant, so that a score near 0 would mean a probability of 1."""
    loss = lossviz.AsymmetricLoss(4, 0, 0, eps=1e-8)
    assert true_probability(loss, [-19.0, -100.0, -1e4, -math.inf]).isnan().all()
    assert 0 < true_probability(loss, -18.0).item() < 1e-6


@pytest.mark.parametrize(
    ("loss", "error", "match"),
    [
        (nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 2.0])), ValueError, "pos_weight must hold 1 number"),
        (lossviz.SigmoidFocalLoss(weight=torch.ones(3)), ValueError, "weight must hold 1 number"),
        (nn.CrossEntropyLoss(weight=torch.ones(3)), ValueError, "weight must hold 2 numbers"),
        (lossviz.SigmoidFocalLoss, TypeError, "made with its settings"),
    ],
)
def test_losses_that_have_no_one_curve(loss: nn.Module, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        optimal_logit(loss, 0.1)


@settings(deadline=None)
@given(st.floats(1e-6, 1 - 1e-6))
def test_the_price_of_balance(prevalence: float) -> None:
    counts, weight = torch.tensor([1 - prevalence, prevalence]), (1 - prevalence) / prevalence
    kept = effective_sample_size(counts.double(), torch.tensor([1.0, weight]).double())
    assert kept == pytest.approx(4 * prevalence * (1 - prevalence), rel=1e-4)
    assert gradient_scale(prevalence, weight) == pytest.approx(2 * (1 - prevalence))
    assert prior_logit(prevalence, weight) == pytest.approx(0, abs=1e-9)
    start = torch.tensor([prior_logit(prevalence, 5.0)])
    loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([5.0]).double())
    assert true_probability(loss, start).item() == pytest.approx(prevalence, rel=1e-4)


def test_prices_refuse_what_has_none() -> None:
    with pytest.raises(ValueError, match="sum to 0"):
        effective_sample_size(torch.tensor([5, 5]), torch.zeros(2))
    with pytest.raises(ValueError, match="shape"):
        effective_sample_size(torch.tensor([5, 5]), torch.ones(3))
    with pytest.raises(ValueError, match="between 0 and 1"):
        prior_logit(0)
    with pytest.raises(ValueError, match="positive"):
        prior_logit(0.5, 0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        gradient_scale(2, 9)
    with pytest.raises(ValueError, match="0 or more"):
        effective_sample_size([5, 5], [1, -1])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="between 0 and 1"):
        weighted_score(torch.tensor([1.01]), torch.tensor([9.0]))
    with pytest.raises(ValueError, match="0 or more"):
        weighted_score(torch.tensor([0.5]), torch.tensor([-9.0]))
    with pytest.raises(ValueError, match="do not fit"):
        weighted_classes(torch.tensor([0.7, 0.2, 0.1]), torch.ones(2))


SMOOTHED = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 99.0]), label_smoothing=0.1)


def test_scores_that_smoothing_never_leads_to_are_not_undone() -> None:
    """Two classes, 5 % of every target spread: the score lies between 99 * .05 to 1 * .95 and the reverse."""
    low, high = 99 * 0.05 / (99 * 0.05 + 0.95), 99 * 0.95 / (99 * 0.95 + 0.05)
    assert (low, high) == (pytest.approx(0.839, abs=5e-5), pytest.approx(0.9995, abs=5e-5))
    got = recalibrate(SMOOTHED, (0.05, 0.5, 0.995))
    assert got[:2].isnan().all()
    assert got[2].item() == pytest.approx((0.995 / 99 / (0.995 / 99 + 0.005) - 0.05) / 0.9, abs=1e-12)
    assert recalibrate(SMOOTHED, [0.0, low - 1e-6, high + 1e-6, 1.0]).isnan().all()
    assert lossviz.equivalent_pos_weight(SMOOTHED) == math.inf


@settings(deadline=None, max_examples=100, derandomize=True, database=None)
@given(st.floats(0.01, 0.95), st.floats(-3, 3), st.sampled_from([torch.float32, torch.float64]))
def test_the_ends_of_the_reach_are_0_and_1(smoothing: float, tilt: float, dtype: torch.dtype) -> None:
    weight = torch.tensor([1.0, 10**tilt], dtype=torch.float64)
    loss = nn.CrossEntropyLoss(weight=weight, label_smoothing=smoothing)
    share = smoothing / 2
    odds = [weight[1].item() * a / b for a, b in ((share, 1 - share), (1 - share, share))]
    ends = torch.tensor([ratio / (1 + ratio) for ratio in odds], dtype=torch.float64)
    coarse = 1e-9 if dtype == torch.float64 else 1e-2
    for got in (
        recalibrate(loss, ends.to(dtype)),
        true_probability(loss, torch.tensor(odds, dtype=torch.float64).log()),
    ):
        torch.testing.assert_close(got, torch.tensor([0.0, 1.0], dtype=torch.float64), rtol=0, atol=coarse)
    inside = torch.linspace(0, 1, 7, dtype=torch.float64)
    scores = torch.sigmoid(optimal_logit(loss, inside))
    torch.testing.assert_close(recalibrate(loss, scores), inside, rtol=0, atol=1e-7)
    every = recalibrate(loss, torch.linspace(0, 1, 101, dtype=torch.float64))
    assert ((every >= 0) & (every <= 1) | every.isnan()).all()


@pytest.mark.parametrize(("key", "knobs"), SETTINGS, ids=IDS)
def test_no_score_means_more_than_1_or_less_than_0(key: str, knobs: dict[str, float | None]) -> None:
    loss = lossviz.LOSSES[key].from_knobs(**knobs)
    every = recalibrate(loss, torch.linspace(0, 1, 101, dtype=torch.float64))
    assert ((every >= 0) & (every <= 1) | every.isnan()).all()


def test_ends_at_which_a_gradient_is_exactly_0() -> None:
    for weight in ([1.0, 1.0], [99.0, 1.0], [3.0, 1.0]):  # the last ends at a score of one half
        loss = nn.CrossEntropyLoss(weight=torch.tensor(weight), label_smoothing=0.5)
        ends = optimal_logit(loss, torch.tensor([0.0, 1.0]))
        assert true_probability(loss, ends).tolist() == pytest.approx([0, 1], abs=1e-15)
        assert 0 < true_probability(loss, ends.mean()).item() < 1


@pytest.mark.parametrize(
    "loss",
    [
        nn.BCEWithLogitsLoss(pos_weight=torch.zeros(1)),
        nn.CrossEntropyLoss(weight=torch.tensor([0.0, 1.0])),
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 0.0])),
        lossviz.SigmoidFocalLoss(alpha=0),
        lossviz.SigmoidFocalLoss(alpha=1),
    ],
    ids=str,
)
def test_a_weight_of_0_leaves_nothing_to_undo(loss: nn.Module) -> None:
    assert recalibrate(loss, [0.0, 0.2, 0.5, 0.9, 1.0]).isnan().all()


class LogOfInput(nn.Module):
    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return -(target * torch.log(input + 1e-8) + (1 - target) * torch.log(1 - input + 1e-8)).mean()


class Clamped(nn.Module):
    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        p = input.clamp(1e-7, 1 - 1e-7)
        return -(target * p.log() + (1 - target) * (1 - p).log())


class ClampedEach(nn.Module):
    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return -(target * input.clamp(min=1e-7).log() + (1 - target) * (1 - input).clamp(min=1e-7).log())


class AroundBCELoss(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.loss = nn.BCELoss()

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        value: torch.Tensor = self.loss(input, target)
        return value


PROBABILISTIC = [nn.BCELoss(), nn.NLLLoss(), LogOfInput(), Clamped(), ClampedEach(), AroundBCELoss()]


@pytest.mark.parametrize("loss", PROBABILISTIC, ids=lambda loss: type(loss).__name__)
def test_a_loss_that_takes_probabilities_is_named(loss: nn.Module) -> None:
    for ask in (
        lambda: recalibrate(loss, [0.5]),
        lambda: true_probability(loss, 0.0),
        lambda: optimal_logit(loss, 0.1),
        lambda: lossviz.loss_curve(loss, 1),
        lambda: score_threshold(loss),
    ):
        with pytest.raises(ValueError, match=rf"^{type(loss).__name__} takes probabilities, .*; pass "):
            ask()


def test_bce_loss_is_told_what_to_pass() -> None:
    with pytest.raises(ValueError, match=r"pass nn\.BCEWithLogitsLoss, and take the sigmoid off"):
        recalibrate(nn.BCELoss(), [0.5])


def test_rows_of_class_scores_are_undone() -> None:
    loss = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 49, 3]))
    rows = [[0.6, 0.3, 0.1], [1.0, 0.0, 0.0]]
    got = recalibrate(loss, rows)
    assert got[0].tolist() == pytest.approx([0.9383, 0.0096, 0.0521], abs=5e-5)
    assert got[1].tolist() == [1, 0, 0]
    assert torch.equal(recalibrate(loss, rows[0]), got[0])
    two = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 9.0]))
    pairs = recalibrate(two, [[0.5, 0.5], [0.1, 0.9]])
    assert pairs[:, 1].tolist() == pytest.approx(recalibrate(two, [0.5, 0.9]).tolist())
    assert recalibrate(nn.CrossEntropyLoss(), [[0.2, 0.3, 0.5]]).tolist()[0] == pytest.approx([0.2, 0.3, 0.5])
    assert recalibrate(loss, [[0.6, 0.3, 0.104]]).sum().item() == pytest.approx(1)  # rounded scores
    smoothed = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 49, 3]), label_smoothing=0.1)
    assert recalibrate(smoothed, rows)[1].isnan().all()
    assert recalibrate(nn.CrossEntropyLoss(weight=torch.tensor([1.0, 0, 3])), [[0.5, 0.2, 0.3]]).isnan().all()
    assert recalibrate(nn.CrossEntropyLoss(label_smoothing=1.0), [[0.5, 0.2, 0.3]]).isnan().all()
    focal = lossviz.SoftmaxFocalLoss(2.0, weight=torch.tensor([1.0, 49, 3]))
    assert recalibrate(focal, [[1.0, 0.0, 0.0]]).tolist() == [[1, 0, 0]]


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        ([[0.6, 0.3, 0.1], [0.6, 0.6, 0.1]], r"Row 2 of the scores sums to 1\.3; .*Pass torch.softmax"),
        ([[2.0, -1.0, 0.0]], r"between 0 and 1; number 1 is 2\. Pass torch"),
        ([[0.5, 0.5]], "3 weights for scores of 2 classes"),
    ],
)
def test_what_are_no_rows_of_scores_is_said(scores: list[list[float]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        recalibrate(nn.CrossEntropyLoss(weight=torch.tensor([1.0, 49, 3])), scores)


def test_scores_of_any_array_are_taken() -> None:
    """Read-only, a column, a table; float32 has ends as wide as its own rounding."""
    loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([99.0]))
    fixed = np.array([0.5, 0.9])
    fixed.flags.writeable = False
    expected = recalibrate(loss, [0.5, 0.9])
    assert torch.equal(recalibrate(loss, fixed), expected)
    assert torch.equal(recalibrate(loss, pd.Series(fixed, name="score")), expected)
    assert recalibrate(nn.CrossEntropyLoss(), pd.DataFrame({"a": [0.2], "b": [0.8]})).shape == (1, 2)
    assert recalibrate(loss, 0.5).shape == ()
    with pytest.raises(ValueError, match=r"Scores must be numbers; got .*high"):
        recalibrate(loss, ["high"])
    with pytest.raises(ValueError, match="Values must be numbers"):
        true_probability(loss, [None])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (
            lambda: true_probability(nn.BCEWithLogitsLoss(pos_weight=torch.tensor([-3.0])), 0.0),
            "pos_weight must .*got -3",
        ),
        (lambda: recalibrate(nn.CrossEntropyLoss(weight=torch.tensor([1.0, -9.0])), [0.5]), "weight must .*; got -9"),
        (lambda: recalibrate(nn.CrossEntropyLoss(weight=torch.tensor([1, -9.0, 1])), [[0.2, 0.3, 0.5]]), "got -9"),
        (lambda: optimal_logit(nn.BCEWithLogitsLoss(), 1.5), "probability must lie between 0 and 1; got 1.5"),
        (lambda: weighted_score(torch.tensor([0.5]), torch.tensor([-9.0])), "pos_weight must be 0 or more, .*got -9"),
        (lambda: weighted_classes(torch.tensor([0.5, 0.5]), torch.tensor([1, math.inf])), "weight must .*; got inf"),
        (lambda: effective_sample_size(torch.tensor([5, -5]), torch.ones(2)), "counts must be 0 or more, .*got -5"),
        (lambda: prior_logit(0.1, -2), "pos_weight must be positive and finite; got -2"),
    ],
)
def test_errors_name_the_argument_and_the_value(ask: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        ask()
