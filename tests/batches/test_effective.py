from __future__ import annotations

from typing import Any

import mpmath
import pytest
import torch

from lossviz import effective_weight, share_of_batches_without


def binomial_sum(prevalence: float, weight: float, batch_size: int) -> float:
    """The definition, summed in 50 digits."""
    with mpmath.workdps(50):
        pi, w = mpmath.mpf(prevalence), mpmath.mpf(weight)
        chance, share = (1 - pi) ** batch_size, mpmath.mpf(0)
        for rare in range(batch_size + 1):
            share += chance * w * rare / (w * rare + batch_size - rare)
            chance *= mpmath.mpf(batch_size - rare) / (rare + 1) * pi / (1 - pi)
        return float(share / (1 - share) * (1 - pi) / pi)


@pytest.mark.parametrize("batch_size", [1, 2, 7, 64, 1000])
@pytest.mark.parametrize(
    ("prevalence", "weight"),
    [(1e-6, 999_999), (1e-3, 1e-4), (0.01, 99), (0.05, 19), (0.3, 0.01), (0.5, 1e6), (0.999, 1e-3), (0.999999, 1e-6)],
)
def test_it_is_the_binomial_sum(prevalence: float, weight: float, batch_size: int) -> None:
    exact = binomial_sum(prevalence, weight, batch_size)
    assert effective_weight(prevalence, weight, batch_size).item() == pytest.approx(exact, rel=5e-14)


def test_large_batches_of_rare_rows() -> None:
    with mpmath.workdps(40):
        exact = binomial_sum_of_few(1e-6, 999_999, 65_536, 60)
    assert effective_weight(1e-6, 999_999, 65_536).item() == pytest.approx(exact, rel=5e-14)


def binomial_sum_of_few(prevalence: float, weight: float, batch_size: int, terms: int) -> float:
    """The definition where almost no row is rare: the terms beyond `terms` vanish."""
    pi, w = mpmath.mpf(prevalence), mpmath.mpf(weight)
    chances = [mpmath.binomial(batch_size, m) * pi**m * (1 - pi) ** (batch_size - m) for m in range(terms)]
    share = sum(chance * w * m / (w * m + batch_size - m) for m, chance in enumerate(chances))
    return float(share / (1 - share) * (1 - pi) / pi)


def test_the_exact_values(oracle: Any) -> None:
    for row in oracle("weighted_mean")["w_eff"]:
        asked = row["pi"], row["w"], row["B"]
        assert effective_weight(*asked).item() == pytest.approx(row["w_eff"], rel=1e-13), asked
        without = share_of_batches_without(row["pi"], row["B"]).item()
        assert without == pytest.approx(row["p_none"], rel=1e-12, abs=1e-300), asked


def test_the_known_weight_of_batches_of_32() -> None:
    assert round(effective_weight(0.01, 99, 32).item(), 1) == 26.9


def test_one_row_has_no_weight_and_many_rows_have_all_of_it() -> None:
    for prevalence, weight in ((1e-6, 1e6), (0.3, 7.0), (0.9, 0.01)):
        weights = effective_weight(prevalence, weight, [1, 2, 16, 65_536, 2**40])
        assert weights[0].item() == 1
        assert weights[-1].item() == pytest.approx(weight, rel=1e-4)
        towards = weights.diff() * (1 if weight > 1 else -1)
        assert (towards > 0).all()


def test_batch_sizes_keep_their_shape() -> None:
    sizes = torch.tensor([[1, 2, 3], [4, 5, 6]])
    table = effective_weight(0.05, 19, sizes)
    assert table.shape == (2, 3)
    assert table.dtype == torch.float64
    assert table[1, 0].item() == pytest.approx(effective_weight(0.05, 19, 4).item(), rel=1e-14)
    assert effective_weight([0.2, 0.3, 0.5], [1, 2, 3], sizes).shape == (2, 3, 3)
    assert share_of_batches_without(0.05, sizes).shape == (2, 3)


def test_two_classes_are_one_against_the_rest() -> None:
    sizes = torch.tensor([1, 8, 64])
    both = effective_weight([0.95, 0.05], [2, 38], sizes)
    torch.testing.assert_close(both[:, 1] / both[:, 0], effective_weight(0.05, 19, sizes), rtol=1e-13, atol=0)


def test_classes_keep_the_mean_weight_of_a_row() -> None:
    shares = torch.tensor([0.6, 0.3, 0.099, 0.001], dtype=torch.float64)
    weights = 1 / (4 * shares)
    effective = effective_weight(shares, weights, [1, 5, 80, 10**6])
    torch.testing.assert_close(effective @ shares, torch.ones(4, dtype=torch.float64))
    torch.testing.assert_close(effective[0], torch.ones(4, dtype=torch.float64))
    torch.testing.assert_close(effective[-1], weights, rtol=1e-2, atol=0)


def test_three_classes_are_a_multinomial_mean() -> None:
    shares, weights = torch.tensor([0.7, 0.2, 0.1]), torch.tensor([1.0, 4.0, 9.0])
    batches = torch.cartesian_prod(*[torch.arange(3)] * 5)  # all batches of five rows
    counts = torch.nn.functional.one_hot(batches, 3).sum(dim=1).double()
    chances = shares.double()[batches].prod(dim=1)
    parts = counts * weights
    expected = (chances[:, None] * parts / parts.sum(dim=1, keepdim=True)).sum(dim=0)
    scaled = (shares * weights).sum() * expected / shares
    torch.testing.assert_close(effective_weight(shares, weights, 5), scaled, rtol=1e-6, atol=0)


def test_the_gradient_of_batches_is_that_of_the_effective_weight() -> None:
    """The theorem, by autograd over every batch there is."""
    prevalence, weight, size = 0.2, 9.0, 6
    z = torch.tensor([0.3, -1.2], dtype=torch.float64, requires_grad=True)  # two kinds of rows, of one label each
    logits = torch.stack([torch.zeros(2, dtype=torch.float64), z], dim=1)
    each = torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1]), reduction="none")
    mean = torch.zeros((), dtype=torch.float64)
    for rare in range(size + 1):
        chance = float(mpmath.binomial(size, rare)) * prevalence**rare * (1 - prevalence) ** (size - rare)
        mean = mean + chance * ((size - rare) * each[0] + weight * rare * each[1]) / (size - rare + weight * rare)
    (slope,) = torch.autograd.grad(mean, z, retain_graph=True)
    left = effective_weight(prevalence, weight, size)
    whole = ((1 - prevalence) * each[0] + left * prevalence * each[1]) / (1 - prevalence + left * prevalence)
    torch.testing.assert_close(slope, torch.autograd.grad(whole, z)[0], rtol=1e-12, atol=0)


def test_a_class_that_never_comes_has_the_limit() -> None:
    assert effective_weight(0, 99, 32).item() == pytest.approx(32 * 99 / (99 + 31), rel=1e-14)
    assert effective_weight(1e-12, 99, 32).item() == pytest.approx(32 * 99 / (99 + 31), rel=1e-9)


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ((-0.1, 9, 32), "Prevalences must lie"),
        ((float("nan"), 9, 32), "Prevalences must lie"),
        ((0.1, 0, 32), "Weights must be positive"),
        ((0.1, float("inf"), 32), "Weights must be positive"),
        ((0.1, 9, 0), "Batch sizes must be whole"),
        ((0.1, 9, 2.5), "Batch sizes must be whole"),
        ((0.1, 9, []), "Batch sizes must be whole"),
        (([0.5, 0.5], 9, 32), "one number per class each"),
        (([0.5, 0.4], [1, 9], 32), "sum to 1; got 0.9"),
    ],
)
def test_bad_numbers_are_refused(asked: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        effective_weight(*asked)
