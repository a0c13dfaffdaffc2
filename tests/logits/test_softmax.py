"""Softmax losses of many classes: scores of a perfect model, the way back, and where to begin."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import lossviz
from lossviz import LabelCounts, prior_logits, starting_loss
from lossviz.logits.softmax import class_probability, class_scores

MANY = settings(max_examples=60, deadline=None, derandomize=True, database=None)
F64 = torch.float64


def made(kind: str, weight: list[float], setting: float) -> nn.Module:
    w = torch.tensor(weight, dtype=F64)
    if kind == "ce":
        return nn.CrossEntropyLoss(weight=w, label_smoothing=setting)
    return lossviz.SoftmaxFocalLoss(10 * setting, weight=w)


def least(loss: nn.Module, eta: Tensor) -> Tensor:
    """The scores of least expected loss, found without any formula."""
    loss.reduction = "sum"  # type: ignore[assignment]
    z = torch.zeros(len(eta), dtype=F64, requires_grad=True)
    search = torch.optim.LBFGS(
        [z], max_iter=500, tolerance_grad=1e-13, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def expected() -> Tensor:
        search.zero_grad()
        each = [loss(z[None], torch.tensor([k])) for k in range(len(eta))]
        total = (eta * torch.stack(each)).sum()
        total.backward()
        return total

    search.step(expected)  # type: ignore[no-untyped-call]
    return z.detach().softmax(0)


@pytest.mark.parametrize(
    ("kind", "setting"),
    [("ce", 0.0), ("ce", 0.1), ("ce", 0.7), ("focal", 0.05), ("focal", 0.1), ("focal", 0.2), ("focal", 0.5)],
)
def test_scores_are_where_the_expected_loss_is_least(kind: str, setting: float) -> None:
    eta = torch.tensor([0.7, 0.2, 0.08, 0.02], dtype=F64)
    loss = made(kind, [1, 5, 20, 3], setting)
    found = least(loss, eta)
    torch.testing.assert_close(class_scores(loss, eta), found, rtol=0, atol=2e-7)
    torch.testing.assert_close(class_probability(loss, found), eta, rtol=0, atol=2e-6)


@MANY
@given(
    masses=st.lists(st.floats(1e-6, 1), min_size=2, max_size=6),
    weight=st.lists(st.floats(1e-3, 1e4), min_size=6, max_size=6),
    kind=st.sampled_from(["ce", "focal"]),
    setting=st.sampled_from([0.0, 0.03, 0.1, 0.4]),
)
def test_there_and_back(masses: list[float], weight: list[float], kind: str, setting: float) -> None:
    eta = torch.tensor(masses, dtype=F64) / sum(masses)
    loss = made(kind, weight[: len(eta)], setting)
    scores = class_scores(loss, eta)
    assert scores.sum().item() == pytest.approx(1)
    torch.testing.assert_close(class_probability(loss, scores), eta, rtol=1e-6, atol=1e-9)


def test_published_scores(oracle: Any) -> None:
    tried = 0
    for row in oracle("bayes_optimal")["multiclass"]:
        weight = torch.tensor(row.get("weights") or [1.0] * len(row["eta"]), dtype=F64)
        loss: nn.Module = nn.CrossEntropyLoss(weight=weight)
        if row["loss"] != "weighted_ce":
            loss = lossviz.SoftmaxFocalLoss(row["gamma"], weight=weight)
        assert class_scores(loss, torch.tensor(row["eta"], dtype=F64)).tolist() == pytest.approx(row["p_hat"], abs=1e-8)
        tried += 1
    assert tried == 6


def test_twelve_classes_begin_equal_under_balanced_weights() -> None:
    counts = LabelCounts.exclusive([f"class {k}" for k in range(12)], [5000 // 2**k + 1 for k in range(12)])
    balanced = nn.CrossEntropyLoss(weight=lossviz.class_weights(counts))
    biases = prior_logits(balanced, counts)
    assert biases.tolist() == [0] * 12  # although the weights are rounded to float32
    loss, slope = starting_loss(balanced, counts, biases)
    assert loss == pytest.approx(math.log(12), abs=1e-6)
    assert loss == pytest.approx(2.485, abs=5e-4)
    assert slope.abs().max() < 1e-6
    plain = prior_logits(nn.CrossEntropyLoss(), counts)
    np.testing.assert_allclose((plain - plain[0]).numpy(), np.log(counts.positives / counts.positives[0]), rtol=1e-12)
    assert starting_loss(balanced, counts, plain)[0] > loss  # corrected twice


@pytest.mark.parametrize("kind", ["ce", "focal"])
@pytest.mark.parametrize("setting", [0.0, 0.1, 0.3])
def test_the_first_step_need_not_move_the_biases(kind: str, setting: float) -> None:
    counts = [5000, 300, 20, 7]
    loss = made(kind, lossviz.class_weights(counts, "inverse_sqrt").tolist(), setting)
    here, slope = starting_loss(loss, counts, prior_logits(loss, counts))
    assert slope.abs().max() < 1e-9
    assert here <= starting_loss(loss, counts, [0.0] * 4)[0]
    assert here <= starting_loss(loss, counts, [1.0, 0.0, -1.0, -1.0])[0]


def test_two_classes_begin_as_the_binary_loss() -> None:
    weight = torch.tensor([1.0, 20.0])
    low, high = prior_logits(nn.CrossEntropyLoss(weight=weight), [990, 10]).tolist()
    assert high - low == pytest.approx(lossviz.prior_logit(0.01, 20))
    counts = LabelCounts.exclusive(("no", "yes"), [990, 10])
    got = starting_loss(nn.CrossEntropyLoss(weight=weight), counts, [0.0, lossviz.prior_logit(0.01)])[0]
    assert got * 1.19 == pytest.approx(lossviz.starting_point(0.01, 20, lossviz.prior_logit(0.01))[0])


def test_classes_that_never_occur_begin_at_minus_infinity() -> None:
    assert prior_logits(nn.CrossEntropyLoss(), [9, 0, 9]).tolist() == [0, -math.inf, 0]
    assert prior_logits(nn.CrossEntropyLoss(label_smoothing=0.1), [9, 0, 9]).isfinite().all()
    assert starting_loss(nn.CrossEntropyLoss(), [9, 0, 9], [0.0, 0.0, 0.0])[0] == pytest.approx(math.log(3))


@pytest.mark.parametrize(
    ("loss", "counts", "error", "sentence"),
    [
        (nn.BCEWithLogitsLoss(), [9, 1], TypeError, "must be a softmax loss.*got BCEWithLogitsLoss"),
        (nn.CrossEntropyLoss(weight=torch.ones(3)), [9, 1], ValueError, "3 weights for scores of 2 classes"),
        (
            nn.CrossEntropyLoss(weight=torch.tensor([0.0, 1])),
            [9, 0],
            ValueError,
            "weights of all classes that occur are 0",
        ),
        (nn.CrossEntropyLoss(), [0, 0], ValueError, "All counts are 0"),
        (nn.CrossEntropyLoss(), [-1, 2], ValueError, "whole numbers of 0 or more"),
        (
            nn.CrossEntropyLoss(),
            LabelCounts(("a", "b"), [1, 1], [1, 1], 2, "multilabel"),
            ValueError,
            "may occur together",
        ),
    ],
)
def test_what_has_no_start_is_refused(loss: nn.Module, counts: Any, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        prior_logits(loss, counts)
    with pytest.raises(error, match=sentence):
        starting_loss(loss, counts, [0.0, 0.0])


def test_biases_are_one_per_class() -> None:
    with pytest.raises(ValueError, match="one finite number for each of the 2 classes"):
        starting_loss(nn.CrossEntropyLoss(), [9, 1], [0.0])
    with pytest.raises(ValueError, match="one finite number"):
        starting_loss(nn.CrossEntropyLoss(), [9, 1], [0.0, -math.inf])
