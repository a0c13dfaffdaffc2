from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from lossviz import effective_weight, train_intercept
from lossviz.training import _batch_means, _latter_half

# Shifts that a long simulation ended at, for prevalence 0.05 and weight 19.
SHIFTS = {1: 0.0, 4: 1.284, 16: 2.319, 64: 2.787, 256: 2.905}


@pytest.mark.parametrize("batch_size", SHIFTS)
def test_training_lands_on_the_predicted_shift(batch_size: int) -> None:
    low, median, high = train_intercept(0.05, 19, batch_size).band()
    predicted = math.log(effective_weight(0.05, 19, batch_size).item())
    assert low < predicted < high
    assert low < SHIFTS[batch_size] < high
    assert abs(median - predicted) < 0.3 * (high - low)


@pytest.mark.parametrize(("prevalence", "weight"), [(0.01, 99.0), (0.3, 7 / 3), (0.5, 1.0), (0.2, 0.5)])
@pytest.mark.parametrize("batch_size", [8, 32, 1024])
def test_the_band_holds_the_prediction(prevalence: float, weight: float, batch_size: int) -> None:
    low, _, high = train_intercept(prevalence, weight, batch_size).band()
    assert low < math.log(effective_weight(prevalence, weight, batch_size).item()) < high


@pytest.mark.parametrize("batch_size", [4, 16, 64, 256])
def test_divided_by_rows_the_weight_is_kept(batch_size: int) -> None:
    low, _, high = train_intercept(0.05, 19, batch_size, divide_by="rows").band()
    assert low < math.log(19) < high


def test_seeds_repeat_and_differ() -> None:
    once, again = (train_intercept(0.05, 19, 16, steps=50, seeds=4, seed=7) for _ in range(2))
    assert torch.equal(once.shift, again.shift)
    assert once.shift.shape == (4, 50)
    assert len(set(once.shift[:, -1].tolist())) == 4
    assert not torch.equal(once.shift, train_intercept(0.05, 19, 16, steps=50, seeds=4, seed=8).shift)


def test_a_batch_is_torchs_weighted_mean() -> None:
    intercept, rare = torch.tensor([0.3, -2.0], dtype=torch.float64), torch.tensor([0.0, 3.0])
    weights = torch.tensor([1.0, 19.0], dtype=torch.float64)
    for k, mean in enumerate(_batch_means(intercept, rare, 8, weights)):
        targets = (torch.arange(8) < rare[k]).long()
        logits = torch.tensor([0.0, intercept[k].item()], dtype=torch.float64).expand(8, 2)
        assert mean.item() == pytest.approx(cross_entropy(logits, targets, weights).item(), rel=1e-14)


def test_a_batch_divided_by_its_rows_is_torchs_bce() -> None:
    intercept, rare = torch.tensor([0.3], dtype=torch.float64), torch.tensor([3.0])
    weights = torch.tensor([1.0, 19.0], dtype=torch.float64)
    targets = (torch.arange(8) < 3).double()
    bce = torch.nn.BCEWithLogitsLoss(pos_weight=weights[1])
    expected = bce(intercept.expand(8), targets).item()
    assert _batch_means(intercept, rare, 8, weights, "rows").item() == pytest.approx(expected, rel=1e-14)


def test_the_latter_half_is_averaged() -> None:
    rows = torch.tensor([[1.0], [2.0], [6.0], [8.0], [1.0]])
    assert _latter_half(rows).flatten().tolist() == [1, 2, 4, 7, 5]


def test_batches_with_a_rare_row_are_counted() -> None:
    assert train_intercept(0.5, 1, 64, steps=20).batches_with_rare == 20
    assert train_intercept(1e-6, 1e6, 4, steps=20).batches_with_rare < 1


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ((0.0, 9, 32), "prevalence must lie"),
        ((1.0, 9, 32), "prevalence must lie"),
        ((0.1, 0.0, 32), "weight must be positive"),
        ((0.1, 9, 0), "at least 1"),
    ],
)
def test_bad_numbers_are_refused(asked: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        train_intercept(*asked)


def test_an_unknown_denominator_is_refused() -> None:
    with pytest.raises(ValueError, match="divide_by must be one of weights, rows; got 'n'"):
        train_intercept(0.1, 9, 32, divide_by="n")  # type: ignore[arg-type]
