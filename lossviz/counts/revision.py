"""LabelCounts -> LabelCounts: classes dropped, merged or renamed, and missing labels under another policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lossviz.counts.label_counts import LabelCounts

POLICIES = ("missing", "negative", "positive")
"""What an unknown label may be taken as, in `missing_as` and `read_labels`."""


def drop_classes(counts: LabelCounts, names: Sequence[str]) -> LabelCounts:
    """`counts` without the classes `names`; the others keep their order.

    A dropped label of a multi-label task leaves its samples where they are. Samples of a dropped class of
    any other task leave with it; two classes that remain of many make a binary task, whose positive class is
    the second. `support` still counts all pixels of the images in which a class occurs, dropped ones too.

    Raises
    ------
    ValueError
        If a name is no class, or too few classes would remain.

    Examples
    --------
    >>> counts = LabelCounts.exclusive(("cat", "dog", "eel"), [5, 3, 1])
    >>> drop_classes(counts, ["dog"]).n_samples
    6
    """
    _known(counts, names)
    kept = [k for k, name in enumerate(counts.classes) if name not in set(names)]
    least = 1 if counts.task == "multilabel" else 2
    if len(kept) < least:
        raise ValueError(f"At least {'one label' if least == 1 else 'two classes'} must remain; drop fewer.")
    classes = [counts.classes[k] for k in kept]
    support = None if counts.support is None else counts.support[kept].tolist()
    if counts.task == "multilabel":
        return LabelCounts(
            classes,
            counts.positives[kept],
            counts.negatives[kept],
            counts.n_samples,
            "multilabel",
            counts.unit,
            counts.source,
            support,
        )
    return _exclusive(counts, classes, counts.positives[kept].tolist(), support)


def merge_classes(counts: LabelCounts, names: Sequence[str], into: str) -> LabelCounts:
    """`counts` with the classes `names` as one class `into`, whose count is their sum.

    It stands where the first of them stood. How many pixels the images have in which any of them occurs is
    not known from what each has, so `support` is None, unless only one of them occurs.

    Raises
    ------
    ValueError
        If a name is no class or `into` is another one, if fewer than two are merged or too few would
        remain, or if samples can bear several of the labels: the sum would count those twice.

    Examples
    --------
    >>> counts = LabelCounts.exclusive(("cat", "dog", "eel"), [5, 3, 1])
    >>> merge_classes(counts, ["dog", "eel"], "other").positives.tolist()
    [5, 4]
    """
    _known(counts, names)
    if counts.task == "multilabel":
        raise ValueError(
            "Labels that one sample can bear together cannot be merged from their counts: samples with both would "
            "count twice. Merge the columns in the file, and upload it again."
        )
    if len(set(names)) < 2:
        raise ValueError("Merging takes at least two classes; choose another.")
    if counts.n_classes - len(set(names)) < 1:
        raise ValueError("At least two classes must remain; merge fewer.")
    chosen = [k for k, name in enumerate(counts.classes) if name in set(names)]
    others = [k for k in range(counts.n_classes) if k not in set(chosen)]
    name = _new_name(into, [counts.classes[k] for k in others])
    classes = [name if k == chosen[0] else counts.classes[k] for k in sorted([chosen[0], *others])]

    def summed(values: NDArray[np.int64]) -> list[int]:
        merged = int(values[chosen].sum())
        return [merged if k == chosen[0] else int(values[k]) for k in sorted([chosen[0], *others])]

    known = counts.support is not None and np.count_nonzero(counts.positives[chosen]) <= 1
    support = summed(counts.support) if counts.support is not None and known else None
    return _exclusive(counts, classes, summed(counts.positives), support)


def rename_classes(counts: LabelCounts, names: Mapping[str, str]) -> LabelCounts:
    """`counts` with the classes that `names` maps under their new names.

    Raises
    ------
    ValueError
        If a name is no class, or a new name is blank or that of another class.

    Examples
    --------
    >>> rename_classes(LabelCounts.exclusive(("0", "1"), [9, 1]), {"1": "fraud"}).classes
    ('0', 'fraud')
    """
    _known(counts, list(names))
    classes: list[str] = []
    for name in counts.classes:
        others = [names.get(other, other) for other in counts.classes if other != name]
        classes.append(_new_name(names[name], others) if name in names else name)
    return replace(counts, classes=tuple(classes))


def missing_as(counts: LabelCounts, policy: str) -> LabelCounts:
    """`counts` with labels that are missing left out ("missing"), or taken as "negative" or "positive".

    `support` is not known once missing labels have become those of a class.

    Raises
    ------
    ValueError
        If `policy` is none of these, or one of several classes would have to stand for a missing one.

    Examples
    --------
    >>> counts = LabelCounts(("mass",), [3], [5], 10, "multilabel")
    >>> missing_as(counts, "negative").negatives.tolist()
    [7]
    """
    if policy not in POLICIES:
        raise ValueError(f"Missing labels cannot be {policy!r}; choose one of {', '.join(POLICIES)}.")
    if policy == "missing":
        return counts
    if counts.task not in ("multilabel", "binary"):
        raise ValueError("A missing class is none of the others in particular; leave it out.")
    positives, negatives = counts.positives.copy(), counts.negatives.copy()
    # In a binary task what is positive for the one class is negative for the other.
    turned = np.array([policy == "negative", policy == "positive"]) if counts.task == "binary" else policy == "positive"
    positives += np.where(turned, counts.missing, 0)
    negatives += np.where(turned, 0, counts.missing)
    return LabelCounts(counts.classes, positives, negatives, counts.n_samples, counts.task, counts.unit, counts.source)


def _known(counts: LabelCounts, names: Sequence[str]) -> None:
    for name in names:
        if name not in counts.classes:
            raise ValueError(f"There is no class {name!r}; choose one of {', '.join(counts.classes[:20])}.")


def _new_name(name: str, others: Sequence[str]) -> str:
    name = name.strip()
    if not name:
        raise ValueError("A class needs a name; type one.")
    if name in others:
        raise ValueError(f"There is a class {name!r} already; choose another name, or merge the two.")
    return name


def _exclusive(
    counts: LabelCounts, classes: Sequence[str], numbers: Sequence[int], support: Sequence[int] | None
) -> LabelCounts:
    """Exclusive classes in the order given, with the missing labels, unit and source of `counts`."""
    return LabelCounts.exclusive(
        classes,
        numbers,
        missing=counts.n_samples - int(counts.labelled.max()),
        positive=classes[1] if len(classes) == 2 else None,
        task=counts.task if counts.task == "segmentation" or len(classes) > 2 else None,
        unit=counts.unit,
        source=counts.source,
        support=support,
    )
