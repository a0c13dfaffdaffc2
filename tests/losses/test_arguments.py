"""Whatever takes a loss or a batch takes lists where it can, and says in one sentence what it cannot take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import lossviz

X = torch.tensor([[0.0, 1.0], [2.0, 0.0], [0.5, 0.5], [1.0, 3.0]])
Y = torch.tensor([0, 1, 1, 0])
W = torch.tensor([1.0, 3.0])


class Steps(nn.Module):
    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return ((input > 0) != (target > 0.5)).double()


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.int32])
def test_targets_of_any_whole_numbers_are_taken(dtype: torch.dtype) -> None:
    whole, narrow = (lossviz.weighted_mean(X, y, W) for y in (Y, Y.to(dtype)))
    assert whole.weighted_mean == narrow.weighted_mean
    assert whole.one_hot_mean == narrow.one_hot_mean
    assert lossviz.mean_of_means(X, Y.to(dtype), W, 2) == lossviz.mean_of_means(X, Y, W, 2)


@pytest.mark.parametrize(
    "call",
    [
        lambda x, y: lossviz.weighted_mean(x, y, W),
        lambda x, y: lossviz.mean_of_means(x, y, W, 2),
    ],
)
def test_batches_are_checked_as_the_loss_does(call: Any) -> None:
    with pytest.raises(TypeError, match=r"must be a torch.Tensor; got list"):
        call(X.tolist(), Y)
    with pytest.raises(TypeError, match=r"must be a torch.Tensor; got list"):
        call(X, Y.tolist())
    with pytest.raises(ValueError, match="must hold class indices, which are whole numbers"):
        call(X, Y.double())
    with pytest.raises(ValueError, match="classes from 0 to 1"):
        call(X, Y + 5)


def test_a_batch_taken_apart_says_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"key must be one of bce, .*; got 'nope'"):
        lossviz.taken_apart("nope", X, Y)
    with pytest.raises(ValueError, match="'clip' is no knob of the loss 'focal'; choose from alpha, gamma"):
        lossviz.taken_apart("focal", X, torch.zeros(4, 2), knobs={"clip": 0.1})
    with pytest.raises(ValueError, match="gamma must be 0 or more"):
        lossviz.taken_apart("focal", X, torch.zeros(4, 2), knobs={"gamma": -1})
    with pytest.raises(TypeError, match=r"logits must be a torch.Tensor; got list"):
        lossviz.taken_apart("ce", X.tolist(), Y)  # type: ignore[arg-type]


def test_curves_take_lists() -> None:
    loss = lossviz.BCEWithLogitsLoss()
    for given in ([0.0], np.zeros(1), torch.zeros(1)):
        assert lossviz.loss_curve(loss, 1, given).gradient.tolist() == [-0.5]
    with pytest.raises(ValueError, match="logits must be numbers"):
        lossviz.loss_curve(loss, 1, ["a"])  # type: ignore[list-item]


def test_what_has_no_gradient_means_no_probability() -> None:
    with pytest.raises(ValueError, match="The loss has no gradient with respect to its input"):
        lossviz.recalibrate(Steps(), [0.5])
    with pytest.raises(ValueError, match="false_positive must be a number; got 'a'"):
        lossviz.cost_probability("a", 1)  # type: ignore[arg-type]


def test_several_classes_are_recalibrated_by_rows() -> None:
    loss = lossviz.CrossEntropyLoss([1, 2, 3])
    with pytest.raises(ValueError, match=r"weights of 3 classes; pass rows of 3 scores, of shape \(N, 3\), not \(2,\)"):
        lossviz.recalibrate(loss, [0.1, 0.9])
    with pytest.raises(ValueError, match="Of 3 classes pass rows of 3 scores to recalibrate"):
        lossviz.true_probability(loss, [0.1, 0.9])


@pytest.mark.parametrize("mark", [0, 1])
def test_a_mark_that_is_a_label_leaves_no_curve(mark: int) -> None:
    with pytest.raises(ValueError, match=f"ignore_index={mark} leaves out every target of {mark}"):
        lossviz.recalibrate(lossviz.BCEWithLogitsLoss(ignore_index=mark), [0.5])
