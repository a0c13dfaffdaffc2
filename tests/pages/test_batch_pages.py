"""What the pages on batches show: effective weight, live training, micro-batches, smoothing, gradient budget."""

from __future__ import annotations

import pytest
import torch

import lossviz
from lossviz.figures import best_score, least_at
from lossviz.notation import number, percent
from lossviz.snippets import batches as batch_snippets
from lossviz.snippets import losses
from tests.pages.test_pages import metric, opened, texts
from tests.snippets.test_snippets import printed


def test_a_weight_of_99_in_batches_of_32() -> None:
    app = opened("batch_size")
    assert metric(app, "effective weight") == "26.9"
    assert metric(app, "nominal weight") == "99"
    assert metric(app, "without a rare row") == "72.5 %"
    shown = texts(app)
    assert "**In batches of 32, a weight of 99 acts like 26.9.**" in shown
    assert "train with the weight\n26.9 of batches of 32, not with the 80.4 of batches of 256" in shown


def test_the_page_shows_what_its_code_prints() -> None:
    app = opened("batch_size")
    shown = texts(app)
    weights, _ = printed(batch_snippets.training_snippet(0.01, 99.0, 32))
    low, median, high = (number(float(shift), 3) for shift in weights.split())
    assert f"end at **{median}**" in shown
    assert f"between {low} and {high}" in shown.replace("\n", " ")
    whole, of_batches = printed(batch_snippets.epoch_snippet(0.01, 99.0, 32, 2.0, 0.1))
    assert metric(app, "weighted mean of all rows") == number(float(whole), 3)
    assert metric(app, "mean over the batches") == number(float(of_batches), 3)
    cosine, uphill = map(float, printed(batch_snippets.cosines_snippet(256, 3, 99.0, 32)))
    assert f"is **{number(cosine, 2)}**, and {percent(uphill, 2)} of the steps" in shown.replace("\n", " ")
    assert float(printed(app.code[-1].value)[-1]) < 1e-6


def test_the_page_follows_labels_and_link() -> None:
    app = opened("batch_size", "labels=ham10000")
    view = app.session_state["batch_size:view"]
    assert view.values["prevalence"] == pytest.approx(115 / 10015, rel=1e-5)
    assert view.values["weight"] == pytest.approx(9900 / 115 / 6, rel=1e-5)  # six classes weigh as much as df
    assert "Your weights (balanced): **12.44** for df and 0.8671 for the other rows" in texts(app)
    assert "All your classes" in texts(app)
    linked = opened("batch_size", "prevalence=0.05&weight=19&batch_size=16&step_rows=64&micro_batches=4")
    assert metric(linked, "effective weight") == "10.2"
    assert "these 64 rows" in texts(linked)
    whole = opened("batch_size", "batch_size=15.6")
    assert "In batches of 16," in texts(whole)
    assert "may occur together" in texts(opened("batch_size", "labels=chestxray14"))


def test_training_says_when_it_saw_too_few_rare_rows() -> None:
    assert "too few to learn" not in texts(opened("batch_size"))
    assert "too few to learn" in texts(opened("batch_size", "prevalence=0.0001&batch_size=4"))


def test_the_wrong_class_is_shown() -> None:
    app = opened("weighted_mean", "batch=A+3+×+3+map+with+one+rare+pixel")
    assert "a score of 0.16 and class 1 a score of 0.84: the model is\ntaught the wrong class.**" in texts(app)
    assert "torch returns 1.423 instead of 0.7531" in texts(app)
    mild = texts(opened("weighted_mean", "label_smoothing=0.01&rare_weight=10"))
    assert "the wrong class wins" in mild


def test_the_gradient_budget_is_half_and_half() -> None:
    app = opened("loss_curves")
    assert "Under plain BCE" not in texts(app)
    shown = texts(app.toggle(key="budget_shown").set_value(True).run())
    assert "the share of the positives is 1 % at the start" in shown.replace("\n", " ")
    assert "**50 %** at the end" in shown
    nothing = texts(opened("loss_curves", "labels=counts:binary;a=5;b=0"))
    assert "only one of them" in nothing


# The code under the figures.


@pytest.mark.parametrize(("prevalence", "weight", "batch_size"), [(0.01, 99.0, 32), (1e-6, 999_999.0, 65_536)])
def test_effective_weight_code(prevalence: float, weight: float, batch_size: int) -> None:
    effective, without = map(float, printed(batch_snippets.effective_weight_snippet(prevalence, weight, batch_size)))
    assert effective == lossviz.effective_weight(prevalence, weight, batch_size).item()
    assert without == lossviz.share_of_batches_without(prevalence, batch_size).item()


def test_training_code() -> None:
    weights, rows = printed(batch_snippets.training_snippet(0.05, 19.0, 16))
    assert tuple(map(float, weights.split())) == lossviz.train_intercept(0.05, 19.0, 16).band()
    assert tuple(map(float, rows.split())) == lossviz.train_intercept(0.05, 19.0, 16, divide_by="rows").band()


def test_epoch_code() -> None:
    whole, of_batches = map(float, printed(batch_snippets.epoch_snippet(0.05, 19.0, 32, 2.0, 0.1)))
    means = lossviz.epoch_means(0.05, 19.0, 32, loss_of_rare=2.0, loss_of_common=0.1)
    assert (whole, of_batches) == tuple(mean.median().item() for mean in means)


def test_cosines_code() -> None:
    median, uphill = map(float, printed(batch_snippets.cosines_snippet(32, 1, 50.0, 4)))
    cosines = lossviz.gradient_cosines(32, 1, 50.0, [4])[0]
    assert median == cosines.median().item()
    assert uphill == (cosines < 0).double().mean().item()


@pytest.mark.parametrize("micro_batch", [1, 8, 64])
def test_the_exact_step_is_exact(micro_batch: int) -> None:
    assert float(printed(batch_snippets.exact_step_snippet(64, 2, 99.0, micro_batch))[-1]) < 1e-6


def test_the_usual_step_is_not_exact() -> None:
    code = batch_snippets.exact_step_snippet(64, 2, 99.0, 8)
    usual = code.replace('weight, reduction="sum") / total', "weight) / 8")
    assert usual != code
    assert float(printed(usual)[-1]) > 1e-2


def test_smoothing_code() -> None:
    common, rare = map(float, printed(batch_snippets.smoothing_snippet(100.0, 0.1))[-1].split())
    assert rare == pytest.approx(least_at(100.0, 0.1), rel=1e-6)
    assert (common, rare) == pytest.approx((0.16, 0.84), abs=5e-3)


@pytest.mark.parametrize("asked", [(0.01, 99.0, 0.1), (1e-7, 1e7, 0.0), (0.5, 1.0, 0.5)])
def test_smoothed_bce_code(asked: tuple[float, float, float]) -> None:
    score, gradient = map(float, printed(batch_snippets.smoothed_bce_snippet(*asked))[-1].split())
    assert score == pytest.approx(best_score(*asked), rel=1e-12)
    assert abs(gradient) < 1e-9


def test_budget_code() -> None:
    rows = printed(losses.budget_snippet([("BCE", "lossviz.BCEWithLogitsLoss()")], 0.01, 2.0))
    assert float(rows[0].removeprefix("BCE ")) == pytest.approx(0.01)
    assert rows[1] == repr(lossviz.gradient_budget(lossviz.BCEWithLogitsLoss(), 0.01, separation=2.0))


MAP = "batch=A+3+×+3+map+with+one+rare+pixel"


def test_ignored_rows_of_the_weighted_mean() -> None:
    """A row with a blank target counts nowhere, nor one with ignore_index; others are refused by name."""
    for rows in ("0,0.4,0.1;nan,1,2;1,0.3,0.9", "0,0.4,0.1;255,1,2;1,0.3,0.9", "0,0.4,0.1;nan,nan,nan;1,0.3,0.9"):
        app = opened("weighted_mean", f"{MAP}&rows={rows}&map_ignore=255")
        assert not app.error
        logits = torch.tensor([[0.4, 0.1], [0.3, 0.9]], dtype=torch.float64)
        exact = lossviz.weighted_mean(logits, torch.tensor([0, 1]), torch.tensor([1.0, 9.0]))
        assert metric(app, "torch, reduction") == number(exact.weighted_mean)
        assert "**2 of 3 rows count**: the sum of weights is 10 over these 2" in texts(app)
        assert list(app.dataframe[1].value["target"]) == ["0", "ignored", "1"]
    for rows, said in (
        ("0,0.4,0.1;255,1,2", "In row 2 of the targets: target must hold classes from 0 to 1"),
        ("0,0.4,0.1;0.5,1,2", "whole numbers"),
        ("0,0.4,nan;1,1,2", "The logit of class 1 in row 1 is blank"),
        ("nan,0.4,0.1", "Every row is ignored"),
    ):
        refused = opened("weighted_mean", f"{MAP}&rows={rows}")
        assert said in refused.error[0].value.replace("\\", "")


def test_sentences_of_the_weighted_mean_hold_at_the_ends() -> None:
    same = texts(opened("weighted_mean", f"{MAP}&map_w0=1&map_w1=1"))
    assert "Here the weights of the rows sum to N" in same
    level = texts(opened("weighted_mean", f"{MAP}&rows=0,0,0;1,0,0"))
    assert "its weight changes nothing here" in level
    for query in ("label_smoothing=0", "label_smoothing=0&rare_weight=1", "label_smoothing=0&rare_weight=1000"):
        assert "Without smoothing the loss is least" in texts(opened("weighted_mean", query))
    assert "a score of 0.75 and class 1 a score of 0.25.**" in texts(
        opened("weighted_mean", "label_smoothing=0.5&rare_weight=1")
    )


def test_smoothed_targets_of_bce() -> None:
    shown = texts(opened("weighted_mean"))
    assert "a 1 % event is reported as\n86.1 %**" in shown
    assert "With pos_weight alone it is 50 %, with smoothing alone 5.9 %" in shown
    assert "With pos_weight 99 and no smoothing, a 1 % event is reported as 50 %" in texts(
        opened("weighted_mean", "bce_smoothing=0")
    )


def test_the_address_carries_a_table_to_the_last_digit_while_it_is_small() -> None:
    rows = "0,1.23456789012,2;1,3,0.1"
    app = opened("weighted_mean", f"{MAP}&rows={rows}")
    assert app.query_params["rows"] == rows
    assert "too large for a link" not in texts(app)
    app = opened("weighted_mean", f"{MAP}&rows={';'.join([rows] * 200)}")
    assert "rows" not in app.query_params
    assert "too large for a link" in " ".join(caption.value for caption in app.caption)
