"""Label counts made to order: an imbalance that one sets instead of one that one has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lossviz.counts.label_counts import LabelCounts

_SOURCE = "an imbalance set by hand"


def binary_counts(prevalence: float, n_samples: int) -> LabelCounts:
    """Two classes; `prevalence` is the share of positives, in (0, 1).

    Examples
    --------
    >>> binary_counts(0.01, 10_000).positives.tolist()
    [9900, 100]
    """
    _check(n_samples)
    if not 0 < prevalence < 1:
        raise ValueError(f"prevalence must lie between 0 and 1; got {prevalence}.")
    positives = round(prevalence * n_samples)
    return LabelCounts.exclusive(
        ("negative", "positive"), [n_samples - positives, positives], positive="positive", source=_SOURCE
    )


def long_tail_counts(n_classes: int, imbalance: float, n_samples: int) -> LabelCounts:
    """Exclusive classes whose counts fall off exponentially, as in CIFAR-LT.

    The first class is `imbalance` times as frequent as the last; counts add up to `n_samples`.

    Examples
    --------
    >>> long_tail_counts(3, 100, 1110).positives.tolist()
    [1000, 100, 10]
    """
    _check(n_samples)
    if n_classes < 2:
        raise ValueError(f"There must be at least 2 classes; got {n_classes}.")
    if not imbalance >= 1:
        raise ValueError(f"The imbalance must be 1 or more; got {imbalance}.")
    shares = imbalance ** -(np.arange(n_classes) / (n_classes - 1))
    names = [f"class {k}" for k in range(n_classes)]
    return LabelCounts.exclusive(names, _apportion(shares, n_samples), task="multiclass", source=_SOURCE)


def multilabel_counts(n_labels: int, lowest: float, highest: float, n_samples: int, seed: int) -> LabelCounts:
    """Independent labels with prevalences drawn between `lowest` and `highest`, even on a log scale.

    The rarest and the most frequent label have exactly these prevalences; the draw is seeded.
    """
    _check(n_samples)
    if n_labels < 1:
        raise ValueError(f"There must be at least 1 label; got {n_labels}.")
    if seed < 0:
        raise ValueError(f"The seed must be 0 or more; got {seed}.")
    if not 0 < lowest <= highest < 1:
        raise ValueError(f"Prevalences must satisfy 0 < lowest <= highest < 1; got {lowest} and {highest}.")
    inner = np.random.default_rng(seed).uniform(np.log(lowest), np.log(highest), max(0, n_labels - 2))
    prevalence = np.sort(np.exp(np.concatenate([[np.log(highest), np.log(lowest)][:n_labels], inner])))[::-1]
    positives = np.round(prevalence * n_samples).astype(np.int64)
    names = tuple(f"label {k}" for k in range(n_labels))
    return LabelCounts(names, positives, n_samples - positives, n_samples, "multilabel", source=_SOURCE)


def _check(n_samples: int) -> None:
    if n_samples < 1:
        raise ValueError(f"There must be at least 1 sample; got {n_samples}.")


def _apportion(shares: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Whole numbers in proportion to `shares` that add up to `total` (largest remainders)."""
    exact = shares / shares.sum() * total
    counts: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    short = total - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:short]] += 1
    return counts
