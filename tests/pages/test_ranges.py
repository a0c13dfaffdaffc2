"""Prevalences from 0.5 to 1e-7 on every page; a number that a control cannot hold is said, never silently moved."""

from __future__ import annotations

import math

import pytest
import torch

import lossviz
from lossviz.figures import BatchSizeFigure, RestingFigure, ScoreFigure, within
from lossviz.figures.live.routes import ask
from tests.pages.test_pages import metric, opened, texts

RARE = "labels=counts:binary;common=9999999;rare=1"  # 1e-7


def said(page: str, query: str) -> str:
    return texts(opened(page, query)).replace("\\", "").replace("\n", " ")


def test_every_page_follows_one_in_ten_million() -> None:
    home = opened("home", RARE)
    assert home.session_state["resting:view"].values["prevalence"] == 1e-7
    batches = opened("batch_size", RARE).session_state["batch_size:view"].values
    assert (batches["prevalence"], batches["weight"]) == (1e-7, 9_999_999)
    assert opened("loss_curves", RARE).session_state["curves:view"].values["bce.pos_weight"] == 9_999_999
    scores = opened("scores", RARE)
    assert scores.number_input(key="true_probability").placeholder.startswith("1e-07, as frequent")
    assert metric(scores, "BCE reports") == "50 %"
    assert metric(opened("weights", RARE), "pos_weight of rare") == "9,999,999"
    for page in ("home", "batch_size", "loss_curves", "scores"):
        assert "Outside the range" not in said(page, RARE), page


def test_a_case_of_one_in_ten_million_fits_a_link() -> None:
    app = opened("scores", "true_probability=1e-7&cost_ratio=9999999")
    assert app.number_input(key="true_probability").value == 1e-7
    assert metric(app, "BCE reports") == "0.00099 %"
    assert "0.00001 %" in texts(app)
    sure = opened("scores", "true_probability=0.9999999")
    assert metric(sure, "BCE reports") == "99.9999999 %"


def test_labels_are_made_to_order_down_to_one_in_ten_million() -> None:
    app = opened("labels", "labels=binary:0.01:1000000000")
    slider = next(each for each in app.select_slider if each.key == "made:prevalence")
    slider.set_value(1e-7).run()
    assert app.session_state["labels:text"] == "binary:1e-07:1000000000"
    assert "1e-07" not in [slider.options[k] for k in range(len(slider.options))]
    size = next(each for each in app.select_slider if each.key == "made:n")
    size.set_value(1_000_000).run()
    shown = texts(app).replace("\n", " ")
    assert "0.00001 % of 1,000,000 samples is less than one sample, so there is none" in shown
    assert "at least 10,000,000 samples" in shown
    assert "less than one sample" in said("labels", "labels=labels:3:0.0000001:0.1:1000:0")
    assert "No samples" in said("labels", "labels=tail:10:10000:100")


@pytest.mark.parametrize(
    ("page", "query", "sentence"),
    [
        ("batch_size", "weight=0", "weight is 0 and is drawn as 1e-08"),
        ("batch_size", "labels=counts:multilabel;~n=10;never=0;some=4&follow=never", "prevalence is 0 and is drawn as"),
        ("batch_size", "choice=weights%3D0,1;target%3Dclass_weight", "weight is ∞ and is drawn as 100,000,000"),
        ("batch_size", "weight=1e12", "weight is 1,000,000,000,000 and is drawn as 100,000,000"),
        ("loss_curves", "focal.gamma=99", "Focal gamma is 99 and is drawn as 5"),
        ("loss_curves", "choice=weights%3D0,1;target%3Dclass_weight", "BCE pos weight is ∞ and is drawn as"),
        ("scores", "asl.clip=0.9", "ASL clip is 0.9 and is drawn as 0.5"),
        ("home", "prevalence=0.9", "prevalence is 0.9 and is drawn as 0.5"),
        ("home", "labels=counts:multilabel;~n=10;always=9", "prevalence is 0.9 and is drawn as 0.5"),
        ("scores", "true_probability=5", "The link asks for 5 here"),
        ("scores", "cost_ratio=-3", "The link asks for -3 here"),
        ("loss_curves", "budget_shown=true&separation=99", "The link asks for 99 here"),
        ("batch_size", "loss_of_rare=1000", "The link asks for 1000 here"),
    ],
)
def test_what_a_control_cannot_hold_is_said(page: str, query: str, sentence: str) -> None:
    assert sentence in said(page, query)


def test_what_is_said_goes_with_the_number() -> None:
    app = opened("batch_size", "weight=0")
    app.session_state["batch_size"] = {"state": {"stamp": 1, "values": {"weight": 3.0}}}
    app.run()
    assert "Outside the range" not in texts(app)


def test_a_choice_beyond_the_range_is_not_a_departure() -> None:
    shown = said("loss_curves", "choice=weights%3D0,1;target%3Dclass_weight")
    assert "has left your choice" not in shown


def test_ranges_of_the_charts() -> None:
    for figure in (RestingFigure(), BatchSizeFigure()):
        assert within(figure, {"prevalence": 1e-7}) == {"prevalence": 1e-7}
    assert within(BatchSizeFigure(), {"prevalence": 0, "weight": math.inf}) == {"prevalence": 1e-8, "weight": 1e8}
    with pytest.raises(ValueError, match=r"prevalence must lie between 1e-07 and 0.5; got 0.9"):
        ask("resting", {"prevalence": ["0.9"]})


def test_charts_reach_the_rarest() -> None:
    rows = RestingFigure().rows({"prevalence": 1e-7})
    assert rows[0, 0] < math.log(1e-7) < 0
    log_odds = ScoreFigure(("bce",)).rows({"bce.pos_weight": 9_999_999.0})[1]
    assert log_odds[0] < math.log(1e-7)


# Exact at the ends, against formulas of their own in float64.

ENDS = [(0.5, 1.0), (1e-3, 999.0), (1e-7, 1e7), (1e-7, 9_999_999.0), (1e-7, 1.0)]


@pytest.mark.parametrize(("prevalence", "weight"), ENDS)
def test_small_batches_at_the_ends(prevalence: float, weight: float) -> None:
    for size in (1, 2, 32, 4096):
        share = 0.0
        for m in range(min(size, 60) + 1):
            log_choose = math.lgamma(size + 1) - math.lgamma(m + 1) - math.lgamma(size - m + 1)
            chance = math.exp(log_choose + m * math.log(prevalence) + (size - m) * math.log1p(-prevalence))
            share += chance * weight * m / (weight * m + size - m)
        if prevalence * size < 20:
            exact = share / (1 - share) * (1 - prevalence) / prevalence
            assert lossviz.effective_weight(prevalence, weight, size).item() == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(("prevalence", "weight"), ENDS)
def test_least_expected_loss_at_the_ends(prevalence: float, weight: float) -> None:
    loss = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor([weight], dtype=torch.float64))
    exact = math.log(weight) + math.log(prevalence) - math.log1p(-prevalence)
    assert lossviz.optimal_logit(loss, prevalence).item() == pytest.approx(exact, abs=1e-9)
    focal = lossviz.SigmoidFocalLoss(alpha=None, gamma=2.0)
    z = lossviz.optimal_logit(focal, prevalence).item()
    p, q = 1 / (1 + math.exp(-z)), 1 / (1 + math.exp(z))
    slope_up = -(q**2) * (q - 2 * p * math.log(p))  # of (1 - p)^2 (-log p)
    slope_down = p**2 * (p - 2 * q * math.log(q))
    assert prevalence * slope_up + (1 - prevalence) * slope_down == pytest.approx(0, abs=1e-12 * prevalence**0.5)


@pytest.mark.parametrize(("prevalence", "weight"), ENDS)
@pytest.mark.parametrize("separation", [0.5, 2.0, 6.0])
def test_the_gradient_budget_at_the_ends(prevalence: float, weight: float, separation: float) -> None:
    loss = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor([weight], dtype=torch.float64))
    start = lossviz.gradient_budget(loss, prevalence)
    exact = weight * prevalence / (weight * prevalence + 1 - prevalence)
    assert start.positives == pytest.approx(exact, rel=1e-12)
    budget = lossviz.gradient_budget(loss, prevalence, separation=separation)
    # On a grid of the feature instead of the logit.
    x = torch.linspace(-12, 12 + separation, 400_001, dtype=torch.float64)
    prior = math.log(weight) + math.log(prevalence) - math.log1p(-prevalence)
    z = prior + separation * (x - separation / 2)
    positives = weight * prevalence * torch.exp(-((x - separation) ** 2) / 2) * torch.sigmoid(-z)
    negatives = (1 - prevalence) * torch.exp(-(x**2) / 2) * torch.sigmoid(z)
    total = (positives + negatives).sum()
    assert budget.positives == pytest.approx((positives.sum() / total).item(), abs=2e-4)
    assert budget.easy_positives == pytest.approx((positives[z > 0].sum() / total).item(), abs=2e-4)
    assert budget.hard_negatives == pytest.approx((negatives[z > 0].sum() / total).item(), abs=2e-4)


def test_half_of_the_gradient_is_that_of_positives_at_every_knobs_end() -> None:
    """Under every loss that has an optimum: for alpha 0 and 1 there is none."""
    for key, loss in lossviz.LOSSES.items():
        start = {knob.name: knob.default for knob in loss.knobs}
        ends = [{knob.name: end} for knob in loss.knobs for end in (knob.low, knob.high)]
        for end in ends:
            module = loss.from_knobs(**(start | end))
            for prevalence in (0.5, 1e-7):
                share = lossviz.gradient_budget(module, prevalence, separation=2.0).positives
                assert share == pytest.approx(0.5, abs=5e-3) or end in ({"alpha": 0}, {"alpha": 1}), (key, end)


def test_an_epoch_at_the_ends() -> None:
    for prevalence, weight in ENDS:
        whole, of_batches = lossviz.epoch_means(prevalence, weight, 32, loss_of_rare=2.0, loss_of_common=0.1)
        for means in (whole, of_batches):
            assert ((means >= 0.1 - 1e-12) & (means <= 2.0 + 1e-12)).all()
        if prevalence == 0.5:  # without weights it is the plain mean
            torch.testing.assert_close(whole, of_batches)


def test_intercepts_at_the_ends() -> None:
    for prevalence, weight in ENDS:
        for divide_by in ("weights", "rows"):
            trained = lossviz.train_intercept(prevalence, weight, 32, steps=60, seeds=8, divide_by=divide_by)
            assert trained.shift.isfinite().all(), (prevalence, weight, divide_by)
