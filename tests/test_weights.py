"""Every scheme against exact values, scikit-learn and its own contract, on counts of every kind."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn.utils.class_weight import compute_class_weight

import lossviz
from lossviz import EmptyClassWarning, LabelCounts, class_weights, pos_weight, positive_share, weight_share

# What the exact values call a scheme, and how ours is asked for it.
NAMES: dict[str, tuple[str, dict[str, Any]]] = {
    "balanced": ("balanced", {}),
    "inverse": ("inverse", {}),
    "inverse_min1": ("inverse", {"normalize": "min"}),
    "inverse_sum_to_C": ("inverse", {"normalize": "sum"}),
    "sqrt_inverse": ("inverse_sqrt", {}),
    "sqrt_inverse_min1": ("inverse_sqrt", {"normalize": "min"}),
    "median_frequency": ("median", {}),
    "enet_log_c102": ("enet", {}),
    "log_mu_min1": ("log", {}),
}


def close(got: list[float], exact: list[float | None]) -> bool:
    return all(e is None or abs(g - e) <= 1e-12 * max(1, abs(e)) for g, e in zip(got, exact, strict=True))


@pytest.mark.filterwarnings("ignore::lossviz.weights.EmptyClassWarning")
def test_schemes_are_exact(oracle: Any) -> None:
    rows = oracle("class_weight_schemes")["rows"]
    assert len(rows) >= 8
    for row in rows:
        n = row["counts"]
        for name, (scheme, options) in NAMES.items():
            assert close(class_weights(n, scheme, **options).tolist(), row[name]), (n, name)
        for beta, raw in row["effective_number"].items():
            # The scheme sums to C over the classes that occur; so must the raw weights, scaled.
            occurring = [w for w in raw if w is not None]
            scaled = [None if w is None else w * len(n) / sum(occurring) for w in raw]
            assert close(class_weights(n, "effective", beta=float(beta)).tolist(), scaled), (n, beta)
        negatives = [sum(n) - k for k in n]
        assert close(pos_weight(n, negatives).tolist(), row["pos_weight_one_vs_rest"])
        assert close(pos_weight(n, negatives, power=0.5).tolist(), row["pos_weight_sqrt"])


MANY = settings(max_examples=200, deadline=None, derandomize=True, database=None)
SIZES = some.one_of(some.integers(1, 50), some.sampled_from([10**9, 10**15]))
COUNTS = some.lists(some.just(0) | SIZES, min_size=1, max_size=12).filter(any)


@MANY
@given(labels=some.lists(some.integers(0, 11), min_size=1, max_size=200))
def test_balanced_is_scikit_learns(labels: list[int]) -> None:
    classes, counts = np.unique(labels, return_counts=True)
    expected = compute_class_weight("balanced", classes=classes, y=np.array(labels))
    np.testing.assert_allclose(class_weights(counts).numpy(), expected, rtol=1e-14)


@MANY
@given(
    counts=COUNTS,
    scheme=some.sampled_from(list(lossviz.SCHEMES)),
    normalize=some.sampled_from([None, "sum", "min", "max", "samples"]),
    zero_count=some.sampled_from(["clamp", "zero"]),
    max_weight=some.sampled_from([None, 0.5, 20.0]),
    beta=some.sampled_from([0.0, 0.9, 0.9999, 1 - 1e-12]),
)
def test_no_counts_break_a_scheme(
    counts: list[int], scheme: str, normalize: Any, zero_count: Any, max_weight: float | None, beta: float
) -> None:
    """Finite, not negative, capped; equal counts weigh the same; classes without samples are named once, together."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        weights = class_weights(
            counts, scheme, beta=beta, normalize=normalize, zero_count=zero_count, max_weight=max_weight
        )
    empty = [str(k) for k, n in enumerate(counts) if n == 0]
    assert [warning.category for warning in caught] == [EmptyClassWarning] * bool(empty)
    if empty:
        listed = ", ".join(empty[:8]) + (f" and {len(empty) - 8} more" if len(empty) > 8 else "")
        assert str(caught[0].message).endswith(f": {listed}.")
    assert weights.dtype == torch.float64
    assert weights.shape == (len(counts),)
    assert weights.isfinite().all()
    assert (weights >= 0).all()
    assert max_weight is None or weights.max() <= max_weight
    assert (weights[[n > 0 for n in counts]] > 0).all()
    assert zero_count == "clamp" or (weights[[n == 0 for n in counts]] == 0).all()
    for n, weight in zip(counts, weights.tolist(), strict=True):
        assert weight == weights[counts.index(n)].item()


@MANY
@given(
    counts=some.lists(some.tuples(some.just(0) | SIZES, some.just(0) | SIZES), min_size=1, max_size=8).filter(
        lambda pairs: any(map(any, pairs))
    ),
    power=some.sampled_from([0.0, 0.5, 1.0, 2.0]),
    zero_count=some.sampled_from(["clamp", "zero"]),
    max_weight=some.sampled_from([None, 20.0]),
)
def test_no_counts_break_pos_weight(
    counts: list[tuple[int, int]], power: float, zero_count: Any, max_weight: float | None
) -> None:
    positives, negatives = map(list, zip(*counts, strict=True))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        weights = pos_weight(positives, negatives, power=power, zero_count=zero_count, max_weight=max_weight)
    assert len(caught) == any(n == 0 for n in positives) + any(p > 0 and n == 0 for p, n in counts)
    for (p, n), weight in zip(counts, weights.tolist(), strict=True):
        plain = (n / max(p, 1)) ** power if p or zero_count == "clamp" else 0
        assert weight == pytest.approx(plain if max_weight is None else min(plain, max_weight), rel=1e-14)


def test_known_figures() -> None:
    ham10000 = lossviz.EXAMPLES["ham10000"].counts
    weights = dict(zip(ham10000.classes, class_weights(ham10000).tolist(), strict=True))
    assert weights["df"] == pytest.approx(12.441, abs=5e-4)
    assert pos_weight([100], [900]).tolist() == [9.0]
    assert pos_weight(lossviz.EXAMPLES["credit_card_fraud"].counts).shape == (1,)


@pytest.mark.parametrize("scheme", list(lossviz.SCHEMES))
@pytest.mark.parametrize("zero_count", ["clamp", "zero"])
@pytest.mark.parametrize("normalize", [None, "sum", "min", "max", "samples"])
def test_contract_of_every_scheme(scheme: str, zero_count: Any, normalize: Any) -> None:
    """Finite, never negative, one warning that names the empty classes; normalisation holds."""
    counts = LabelCounts.exclusive(("cat", "dog", "eel", "fox"), [900, 0, 90, 10])
    with pytest.warns(EmptyClassWarning, match="dog") as warned:
        weights = class_weights(counts, scheme, normalize=normalize, zero_count=zero_count)
    assert len(warned) == 1
    assert weights.dtype == torch.float64
    assert weights.shape == (4,)
    assert torch.isfinite(weights).all()
    assert (weights >= 0).all()
    if zero_count == "zero":
        assert weights[1] == 0
    occurring = weights[[0, 2, 3]]
    rule = normalize or lossviz.SCHEMES[scheme].normalize
    if rule == "sum":
        assert occurring.sum().item() == pytest.approx(4)
    elif rule == "min":
        assert occurring.min().item() == pytest.approx(1)
    elif rule == "max":
        assert occurring.max().item() == pytest.approx(1)
    elif rule == "samples":
        mean = (torch.tensor(counts.positives) * weights).sum() / counts.n_samples
        assert mean.item() == pytest.approx(1)
    # Rarer classes never weigh less.
    assert occurring[0] <= occurring[1] + 1e-12
    assert occurring[1] <= occurring[2] + 1e-12


@pytest.mark.parametrize("scheme", list(lossviz.SCHEMES))
def test_bad_counts_raise(scheme: str) -> None:
    for bad, match in (([-1, 2], "0 or more"), ([0.5, 2], "whole"), ([], "at least one"), ([0, 0], "All counts are 0")):
        with pytest.raises(ValueError, match=match):
            class_weights(bad, scheme)
    with pytest.raises(ValueError, match="No samples: 1"):
        class_weights([5, 0], scheme, zero_count="raise")


def test_bad_options_raise() -> None:
    for options, match in (
        ({"scheme": "magic"}, "scheme must be one of"),
        ({"normalize": "mean"}, "normalize must be"),
        ({"zero_count": "skip"}, "zero_count must be"),
        ({"max_weight": 0}, "max_weight must be above 0"),
        ({"scheme": "effective", "beta": 1.0}, "beta must be"),
        ({"scheme": "effective", "beta": float("nan")}, "beta must be"),
        ({"scheme": "enet", "c": 1.0}, "c must be above 1"),
        ({"scheme": "enet", "c": float("inf")}, "c must be above 1"),
        ({"scheme": "log", "mu": float("inf")}, "mu must be above 0"),
        ({"max_weight": float("nan")}, "max_weight must be above 0"),
        ({"scheme": "log", "mu": 0}, "mu must be above 0"),
    ):
        with pytest.raises(ValueError, match=match):
            class_weights([9, 1], **options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="needs the negatives"):
        pos_weight([1, 2])
    with pytest.raises(ValueError, match="differ in shape"):
        pos_weight([1, 2], [3])
    with pytest.raises(ValueError, match="power"):
        pos_weight([1], [2], power=-1)
    with pytest.raises(ValueError, match="too large to write down"):
        pos_weight([1], [10**15], power=100)
    for bad, match in (([-1], "0 or more"), ([0.5], "whole"), ([], "at least one"), ([float("nan")], "whole")):
        with pytest.raises(ValueError, match=match):
            pos_weight(bad, [1])
    with pytest.raises(ValueError, match="All counts are 0"):
        pos_weight([0, 0], [0, 0])
    with pytest.raises(ValueError, match="do not pass them too"):
        pos_weight(lossviz.EXAMPLES["ham10000"].counts, [1] * 7)


def test_cap_comes_last() -> None:
    assert class_weights([999, 1], max_weight=20).tolist()[1] == 20
    assert pos_weight([1], [999], max_weight=50).tolist() == [50]


def test_pos_weight_of_empty_and_full_labels() -> None:
    with pytest.warns(EmptyClassWarning, match="No positives, so weighed as if there were one: 0"):
        assert pos_weight([0, 5], [10, 5]).tolist() == [10, 1]
    with pytest.warns(EmptyClassWarning, match="No positives, so given weight 0: 0"):
        assert pos_weight([0, 5], [10, 5], power=0.0, zero_count="zero").tolist() == [0, 1]
    with pytest.warns(EmptyClassWarning, match="No negatives, so positives get weight 0: 1"):
        assert pos_weight([5, 10], [5, 0]).tolist() == [1, 0]


def test_pos_weight_of_counts() -> None:
    xray = lossviz.EXAMPLES["chestxray14"].counts
    assert pos_weight(xray).shape == (14,)
    ham = lossviz.EXAMPLES["ham10000"].counts
    one_vs_rest = pos_weight(ham)
    assert one_vs_rest[-1].item() == pytest.approx((10015 - 115) / 115)


def test_balanced_shares_are_equal() -> None:
    counts = lossviz.EXAMPLES["covertype"].counts
    before, after = weight_share(counts), weight_share(counts, class_weights(counts))
    assert before.sum().item() == pytest.approx(1)
    np.testing.assert_allclose(after.numpy(), 1 / 7, rtol=1e-12)


@pytest.mark.parametrize("name", ["credit_card_fraud", "chestxray14", "ham10000"])
def test_balanced_positives_hold_half_of_every_label(name: str) -> None:
    counts = lossviz.EXAMPLES[name].counts
    weights = pos_weight(counts)
    before, after = positive_share(counts), positive_share(counts, weights)
    assert before.shape == after.shape == weights.shape
    assert before[-1].item() == pytest.approx(counts.prevalence[-1])
    np.testing.assert_allclose(after.numpy(), 0.5, rtol=1e-12)


def test_effective_number_between_uniform_and_inverse() -> None:
    n = [5000, 50]
    assert class_weights(n, "effective", beta=0).tolist() == [1, 1]
    ratio = class_weights(n, "effective", beta=1 - 1e-12)
    assert (ratio[1] / ratio[0]).item() == pytest.approx(100, rel=1e-6)
