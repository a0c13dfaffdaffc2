"""LabelCounts -> the labels that nothing, or next to nothing, can be learned about."""

from __future__ import annotations

import numpy as np

from lossviz.counts import LabelCounts

FEWEST, SMALL_SHARE = 10, 0.05
LEAST_SHARE = 0.001


def concerns(counts: LabelCounts) -> dict[str, tuple[str, ...]]:
    """Names of the labels with each concern, by the concern's key; concerns that nobody has are left out.

    ``all_missing``: no sample is labelled. ``without_positives``, ``without_negatives``: all labelled
    samples say the same. ``near_constant``: fewer than `FEWEST` samples, and less than `SMALL_SHARE` of
    them, say otherwise, or, where every label stands for itself, less than `LEAST_SHARE`.
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
    masks = {
        "all_missing": labelled == 0,
        "without_positives": (counts.positives == 0) & (labelled > 0),
        "without_negatives": (counts.negatives == 0) & (labelled > 0),
        "near_constant": few & (rarer > 0),
        "with_missing": (counts.missing > 0) & (labelled > 0),
    }
    return {key: counts.named(mask) for key, mask in masks.items() if mask.any()}
