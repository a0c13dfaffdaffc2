"""LabelCounts -> the labels that nothing, or next to nothing, can be learned about."""

from __future__ import annotations

import numpy as np

from lossviz.counts.label_counts import LabelCounts

FEWEST, SMALL_SHARE = 10, 0.05
LEAST_SHARE = 0.001


# What is said of a class without samples wherever its weight stands.
NEVER = "never occurs: nothing in training; something under label smoothing and in validation"


def never_occurs(counts: LabelCounts) -> tuple[str, ...]:
    """Names of the classes of which no sample is known: each only has its place among the outputs.

    Its weight does nothing in training, because no target is that class. Under label smoothing every target is a
    little of every class, and a validation set may hold it: there the weight counts.

    Examples
    --------
    >>> never_occurs(LabelCounts.exclusive(("0", "1", "2"), [5, 0, 3]))
    ('1',)
    """
    return counts.named(counts.positives == 0)


def concerns(counts: LabelCounts) -> dict[str, tuple[str, ...]]:
    """Names of the labels with each concern, by the concern's key; concerns that nobody has are left out.

    ``all_missing``: no sample is labelled. ``without_positives``, ``without_negatives``: all labelled
    samples say the same. ``never_occurs``: no sample is of this one of several classes. ``near_constant``:
    fewer than `FEWEST` samples, and less than `SMALL_SHARE` of them, say otherwise, or, where every label
    stands for itself, less than `LEAST_SHARE`.
    ``with_missing``: some samples are not labelled.

    Examples
    --------
    >>> concerns(LabelCounts(("a", "b"), [0, 3], [9, 97], 100, "multilabel"))
    {'without_positives': ('a',), 'near_constant': ('b',), 'with_missing': ('a',)}
    """
    labelled = counts.labelled
    rarer = np.minimum(counts.positives, counts.negatives)
    few = (rarer < FEWEST) & (rarer < SMALL_SHARE * labelled)
    if counts.task in ("binary", "multilabel"):
        few |= rarer < LEAST_SHARE * labelled
    # Both classes of a binary task are as near to constant as each other; the one to watch is named.
    few &= (np.arange(counts.n_classes) == counts.rarest) if counts.task == "binary" else True
    never = (counts.positives == 0) & (labelled > 0)
    of_many = counts.task in ("multiclass", "segmentation")
    masks = {
        "all_missing": labelled == 0,
        "never_occurs": never & of_many,
        "without_positives": never & (not of_many),
        "without_negatives": (counts.negatives == 0) & (labelled > 0),
        "near_constant": few & (rarer > 0),
        "with_missing": (counts.missing > 0) & (labelled > 0),
    }
    return {key: counts.named(mask) for key, mask in masks.items() if mask.any()}
