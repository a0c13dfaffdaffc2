from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from lossviz import BATCHES, means_over_weight, weighted_mean


def test_the_map_of_nine_pixels() -> None:
    logits, targets, weights = BATCHES["map"].tensors()
    batch = weighted_mean(logits, targets, weights)
    unweighted = weighted_mean(logits, targets, torch.ones(2))
    assert unweighted.weighted_mean == pytest.approx(0.7099, abs=5e-5)
    assert batch.unweighted_mean == pytest.approx(unweighted.weighted_mean)
    assert batch.weighted_mean == pytest.approx(0.7531, abs=5e-5)
    assert batch.sum_of_weights == 17
    assert batch.n == 9
    assert batch.loss[-1].item() == pytest.approx(0.8018, abs=5e-5)
    assert batch.share.sum().item() == pytest.approx(1)


def test_a_larger_weight_may_lower_the_loss() -> None:
    logits, targets, weights = BATCHES["falls"].tensors()
    sweep = torch.tensor([1.0, 2, 5, 10, 100])
    weighted, plain = means_over_weight(logits, targets, weights, 1, sweep)
    assert weighted.tolist() == pytest.approx([0.468, 0.384, 0.258, 0.178, 0.065], abs=5e-4)
    assert plain.tolist() == pytest.approx([0.468, 0.480, 0.517, 0.578, 1.671], abs=5e-4)
    for w, mean in zip(sweep, weighted, strict=True):
        direct = weighted_mean(logits, targets, torch.tensor([1.0, w]))
        assert direct.weighted_mean == pytest.approx(mean.item(), rel=1e-12)


def test_one_class_has_no_weights() -> None:
    logits, targets, weights = BATCHES["one_class"].tensors()
    for factor in (1.0, 1000.0):
        scaled = weighted_mean(logits, targets, weights * torch.tensor([1.0, factor]))
        assert scaled.weighted_mean == pytest.approx(weighted_mean(logits, targets, torch.ones(2)).weighted_mean)


def test_ten_times_the_weights_moves_one_mean_alone() -> None:
    for entry in BATCHES.values():
        logits, targets, weights = entry.tensors()
        once, ten = weighted_mean(logits, targets, weights), weighted_mean(logits, targets, 10 * weights)
        assert ten.weighted_mean == pytest.approx(once.weighted_mean, rel=1e-14)
        assert ten.plain_mean == pytest.approx(10 * once.plain_mean, rel=1e-14)


def test_the_sum_of_weights_of_24_rows() -> None:
    assert weighted_mean(*BATCHES["rare_in_24"].tensors()).sum_of_weights == 78


def test_it_is_torchs_mean(oracle: Any) -> None:
    exact = oracle("weighted_mean")["reductions"]
    logits = torch.tensor(exact["logits"], dtype=torch.float64)
    targets, weights = torch.tensor(exact["target"]), torch.tensor(exact["weight"], dtype=torch.float64)
    batch = weighted_mean(logits, targets, weights)
    assert batch.weighted_mean == pytest.approx(float(exact["ce_mean"]), rel=1e-14)
    assert batch.numerator.sum().item() == pytest.approx(float(exact["ce_sum"]), rel=1e-14)
    assert batch.weighted_mean == cross_entropy(logits, targets, weights).item()
    assert batch.one_hot_mean == pytest.approx(float(exact["ce_onehot_float_target_mean"]), rel=1e-14)


def test_how_the_weighted_mean_moves_with_each_weight(oracle: Any) -> None:
    exact = oracle("weighted_mean")["reductions"]
    logits, targets = torch.tensor(exact["logits"], dtype=torch.float64), torch.tensor(exact["target"])
    weights = torch.tensor(exact["weight"], dtype=torch.float64)
    for which, slope in enumerate(exact["dL_dw"]):
        at = weights[which].clone().requires_grad_()
        means_over_weight(logits, targets, weights, which, at)[0].backward()
        assert at.grad is not None
        assert at.grad.item() == pytest.approx(float(slope), rel=1e-12)


@pytest.mark.parametrize("key", list(BATCHES))
def test_one_hot_targets_divide_by_n(key: str) -> None:
    batch = weighted_mean(*BATCHES[key].tensors())
    assert batch.one_hot_mean == pytest.approx(batch.plain_mean, rel=1e-13)


@pytest.mark.parametrize(
    ("logits", "targets", "weights", "match"),
    [
        (torch.zeros(2, 2), torch.tensor([0, 2]), torch.ones(2), r"classes from 0 to 1.*target\[1\] is 2"),
        (torch.zeros(2, 2), torch.tensor([-100, -100]), torch.ones(2), "Every row is ignored"),
        (torch.zeros(2, 2), torch.tensor([0, 1]), torch.tensor([1.0, -1.0]), r"weight\[1\] is -1"),
        (torch.zeros(2, 2), torch.tensor([0]), torch.ones(2), "do not fit"),
        (torch.zeros(2, 2), torch.tensor([0, 1]), torch.ones(3), "do not fit"),
        (torch.zeros(0, 2), torch.tensor([], dtype=torch.long), torch.ones(2), "empty"),
        (torch.zeros(2, 2), torch.tensor([0, 0]), torch.tensor([0.0, 1.0]), "sum to 0"),
    ],
)
def test_bad_batches_are_refused(
    logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        weighted_mean(logits, targets, weights)


def test_ignored_rows_are_in_neither_sum() -> None:
    """Three rows, one of them ignored: as without it, whatever its logits are."""
    logits = torch.tensor([[0.4, 0.1], [float("nan"), 2.0], [0.3, 0.9]], dtype=torch.float64)
    weights = torch.tensor([1.0, 9.0])
    for targets, mark in ((torch.tensor([0, 255, 1]), 255), (torch.tensor([0, -100, 1]), -100)):
        batch = weighted_mean(logits, targets, weights, ignore_index=mark)
        rest = weighted_mean(logits[[0, 2]], targets[[0, 2]], weights)
        assert (batch.sum_of_weights, batch.n) == (10, 2)
        assert batch.weighted_mean == pytest.approx(rest.weighted_mean, rel=1e-14)
        assert batch.plain_mean == pytest.approx(rest.plain_mean, rel=1e-14)
        assert batch.one_hot_mean == pytest.approx(rest.one_hot_mean, rel=1e-14)
        assert batch.unweighted_mean == pytest.approx(rest.unweighted_mean, rel=1e-14)
        assert batch.share.tolist()[1] == 0
    moved, wanted = (
        means_over_weight(x, y, weights, 1, torch.tensor([3.0]))
        for x, y in ((logits, torch.tensor([0, -100, 1])), (logits[[0, 2]], torch.tensor([0, 1])))
    )
    assert [mean.item() for mean in moved] == pytest.approx([mean.item() for mean in wanted], rel=1e-14)
