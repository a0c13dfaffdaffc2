from __future__ import annotations

from typing import Any

import pytest
import torch

from lossviz import BATCHES, effective_weight, epoch_means, gradient_cosines, mean_of_means, weighted_mean


def test_the_exact_mean_of_means(oracle: Any) -> None:
    exact = oracle("weighted_mean")["reductions"]
    logits, targets = torch.tensor(exact["logits"], dtype=torch.float64), torch.tensor(exact["target"])
    means = mean_of_means(logits, targets, torch.tensor(exact["weight"]), 2)
    assert means == pytest.approx(float(exact["microbatch_2_means_avg"]), rel=1e-14)


def test_one_micro_batch_is_the_whole_and_single_rows_have_no_weights() -> None:
    logits, targets, weights = BATCHES["rare_in_24"].tensors()
    whole = weighted_mean(logits, targets, weights)
    assert mean_of_means(logits, targets, weights, 24) == pytest.approx(whole.weighted_mean, rel=1e-14)
    assert mean_of_means(logits, targets, weights, 1) == pytest.approx(whole.loss.mean().item(), rel=1e-14)


def test_an_epoch_of_batches_is_not_its_weighted_mean() -> None:
    whole, of_batches = epoch_means(0.05, 19.0, 32, loss_of_rare=2.0, loss_of_common=0.1, seeds=2000)
    share = 0.05 * effective_weight(0.05, 19.0, 32).item()
    left = (2.0 * share + 0.1 * 0.95) / (share + 0.95)
    assert whole.mean().item() == pytest.approx(1.05, abs=2e-3)
    assert of_batches.mean().item() == pytest.approx(left, abs=2e-3)
    assert left == pytest.approx(0.899, abs=5e-4)
    one, same = epoch_means(0.05, 19.0, 32, loss_of_rare=2.0, loss_of_common=0.1, batches=1)
    torch.testing.assert_close(one, same)


def test_equal_weights_may_be_accumulated() -> None:
    cosines = gradient_cosines(32, 4, 1.0, [32, 8, 1], seeds=20)
    torch.testing.assert_close(cosines, torch.ones(3, 20, dtype=torch.float64))


def test_micro_batches_turn_the_gradient_away() -> None:
    """One rare row among 32 with weight 50; a separate simulation found .85 for halves, .21 for eighths."""
    cosines = gradient_cosines(32, 1, 50.0, [32, 16, 4], seeds=300)
    whole, halves, eighths = cosines.median(dim=1).values.tolist()
    assert whole == pytest.approx(1)
    assert halves == pytest.approx(0.85, abs=0.07)
    assert eighths == pytest.approx(0.21, abs=0.07)
    assert (cosines[2] < 0).double().mean().item() == pytest.approx(0.23, abs=0.07)
    assert gradient_cosines(32, 4, 7.0, [4], seeds=300).median().item() == pytest.approx(0.79, abs=0.07)


def test_a_cosine_is_that_of_torchs_gradients() -> None:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(1, 8, 6, generator=generator, dtype=torch.float64)
    inputs = torch.cat([inputs, torch.ones(1, 8, 1, dtype=torch.float64)], dim=-1)[0]
    targets = (torch.rand(1, 8, generator=generator).argsort(dim=1) < 2)[0].long()
    weights = torch.tensor([1.0, 9.0], dtype=torch.float64)
    slopes = []
    for size in (8, 2):
        parameters = torch.zeros(7, 2, dtype=torch.float64, requires_grad=True)
        for x, y in zip(inputs.split(size), targets.split(size), strict=True):
            (torch.nn.functional.cross_entropy(x @ parameters, y, weights) * size / 8).backward()
        assert parameters.grad is not None
        slopes.append(parameters.grad.flatten())
    cosine = torch.cosine_similarity(slopes[0], slopes[1], dim=0)
    torch.testing.assert_close(gradient_cosines(8, 2, 9.0, [2], seeds=1)[0, 0], cosine)


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="Micro-batches of 3 do not divide 8 rows"):
        gradient_cosines(8, 1, 9.0, [3])
    with pytest.raises(ValueError, match="rare must lie between 0 and the 8 rows; got 9"):
        gradient_cosines(8, 9, 9.0, [4])
    with pytest.raises(ValueError, match="do not divide 2 rows"):
        mean_of_means(torch.zeros(2, 2), torch.tensor([0, 1]), torch.ones(2), 0)
    with pytest.raises(ValueError, match="weight be positive"):
        epoch_means(0.1, 0.0, 32, loss_of_rare=1.0, loss_of_common=0.0)
