"""What weights are made from: counts that are counts, under the names of their classes, or a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from itertools import pairwise
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lossviz.counts.label_counts import LabelCounts, whole_numbers

P = ParamSpec("P")
R = TypeVar("R")

Names = Sequence[str]
Counts = NDArray[np.int64]

# From here on numbers with a 0 among them, or without, may well be labels.
_FEWEST_LABELS, _MANY_LABELS = 5, 100
# Numbers with gaps between them are as likely labels where each stands so often, on average.
_REPEATED = 10

_HOW = "count labels first, with lossviz.read_labels(...) or torch.bincount(labels)"


class LabelsWarning(UserWarning):
    """What was passed as counts looks like the labels themselves."""


def refuse_labels(function: Callable[P, R]) -> Callable[P, R]:
    """`function` with a sentence for calls such as ``class_weights("balanced", classes=..., y=...)``."""

    @wraps(function)
    def checked(*args: P.args, **options: P.kwargs) -> R:
        labels = sorted({"y", "classes", "class_weight", "labels"} & set(options))
        if labels or (len(args) == 3 and isinstance(args[0], str)):
            raise TypeError(
                f"{function.__name__} takes counts, not {' and '.join(labels) or 'classes and labels'} as "
                f"scikit-learn's compute_class_weight does: {_HOW}, then call "
                f"{function.__name__}(counts)."
            )
        return function(*args, **options)

    return checked


def class_counts(counts: LabelCounts | ArrayLike) -> tuple[Names, Counts, Counts | None]:
    """Names, samples and, where known, support of every class, each (K,)."""
    if isinstance(counts, LabelCounts):
        _some(counts.positives)
        return counts.classes, counts.positives, counts.support
    names, n = _named_counts(counts, "counts")
    _some(n)
    return names, n, None


def signed_counts(positives: LabelCounts | ArrayLike, negatives: ArrayLike | None) -> tuple[Names, Counts, Counts]:
    """Names, positives and negatives of every label, each (K,); of a binary task those of its positive class."""
    if isinstance(positives, LabelCounts):
        if negatives is not None:
            raise ValueError("negatives come from the LabelCounts; do not pass them too.")
        which = slice(1, 2) if positives.task == "binary" else slice(None)
        names: Names = positives.classes[which]
        n_pos, n_neg = positives.positives[which], positives.negatives[which]
    else:
        names, n_pos = _named_counts(positives, "positives")
        if negatives is None:
            raise ValueError(
                f"pos_weight needs the negatives too; pass them, or a LabelCounts. If these are labels, {_HOW}."
            )
        n_neg = _named_counts(negatives, "negatives")[1]
        if n_pos.shape != n_neg.shape:
            raise ValueError(f"positives and negatives differ in shape: {n_pos.shape} and {n_neg.shape}.")
    _some(n_pos, n_neg)
    return names, n_pos, n_neg


def _some(*counts: Counts) -> None:
    if not any(n.any() for n in counts):
        raise ValueError("All counts are 0, so there is nothing to weigh; check that the labels were read right.")


def _named_counts(values: Any, what: str) -> tuple[Names, Counts]:
    """`values` as counts, and the names that they bring; a ValueError says what they are, and how to count."""
    if isinstance(values, str | bytes):
        raise ValueError(
            f"{what} must be a LabelCounts or one number per class; got the text {values!r}. "
            "The counts come first and the scheme second; read_labels reads a file."
        )
    if isinstance(values, Mapping):
        raise ValueError(_of_mapping(values, what))
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = values.double() if values.is_floating_point() else values
    if isinstance(values, set | frozenset):
        raise ValueError(f"{what} must be a list, which has an order and keeps equal numbers; got {values!r}.")
    if isinstance(values, Iterable) and not hasattr(values, "__getitem__") and not hasattr(values, "__array__"):
        values = list(values)  # a generator, or the values of a dict
    raw = np.asarray(values)
    if raw.dtype.kind not in "biufUSO" or (raw.ndim == 0 and raw.dtype.kind == "O"):
        raise ValueError(f"{what} must be numbers; got {values!r}.")
    if raw.dtype.kind in "US" or (raw.dtype.kind == "O" and any(isinstance(value, str) for value in raw.flat)):
        first = next(value for value in raw.flat if isinstance(value, str | bytes))
        raise ValueError(f"{what} must be numbers; got {raw.size} labels such as {str(first)!r}: {_HOW}.")
    if raw.dtype.kind == "b":
        raise ValueError(f"{what} must be numbers; got {raw.size} labels that are True or False: {_HOW}.")
    if raw.ndim == 2:
        raise ValueError(
            f"{what} must hold one number per class; got shape {raw.shape}. Count a matrix of labels y by its "
            "columns: (y == 1).sum(axis=0) are the positives, (y == 0).sum(axis=0) the negatives."
        )
    if raw.ndim == 0 and raw.dtype.kind in "iuf":
        raise ValueError(f"{what} must be a list of at least one number; got {raw}. Write [{raw}].")
    try:
        numbers = whole_numbers(raw, what)
    except ValueError as error:
        if raw.dtype.kind not in "if" or raw.ndim != 1 or not raw.size:
            raise
        shares = raw.dtype.kind == "f" and ((raw >= 0) & (raw <= 1)).all()
        remedy = "multiply shares by the number of samples" if shares else f"if these are labels, {_HOW}"
        raise ValueError(f"{str(error).rstrip('.')}; {remedy}.") from error
    return _names_of(values, numbers, what), numbers


def _of_mapping(counts: Mapping[Any, Any], what: str) -> str:
    names = ", ".join(repr(name) for name in list(counts)[:3])
    return (
        f"{what} must be numbers in the order of the model's outputs, and a {type(counts).__name__} has none for sure; "
        f"its keys are {names}{', ...' if len(counts) > 3 else ''}. Say the order: "
        "lossviz.LabelCounts.exclusive(names, [counts[name] for name in names])."
    )


def _names_of(values: Any, numbers: Counts, what: str) -> Names:
    """The index of a pandas Series, which must ascend as outputs do; for anything else 0, 1, 2, ..."""
    index = getattr(values, "index", None)
    if index is None or callable(index):
        return tuple(map(str, range(numbers.size)))
    names = list(index)
    ids = all(isinstance(name, int | np.integer) for name in names)
    try:
        ascending = all(one < other for one, other in pairwise(names))
    except TypeError:
        ascending = False
    if not ascending:
        raise ValueError(
            f"{what} is a Series in the order {', '.join(map(str, names[:4]))}, ...: value_counts() sorts by "
            f"frequency, and weights stand in the order of the model's outputs. Pass {what}.sort_index()."
        )
    if ids and names != list(range(names[0], names[0] + len(names))):
        absent = next(k for k, name in enumerate(names, start=names[0]) if name != k)
        raise ValueError(
            f"{what} is a Series without class {absent}, so that later weights would move up; "
            f"pass {what}.reindex(range({names[0]}, {names[-1] + 1}), fill_value=0)."
        )
    return tuple(map(str, names))


def doubt(counts: LabelCounts | ArrayLike, n: Counts) -> str:
    """A sentence where the numbers `n` are as likely labels, else nothing; a batch may have such counts.

    Counts of the classes that occur have no 0, and labels have one or are many.
    """
    highest, lowest = int(n.max()), int(n.min())
    few = n.size < (_FEWEST_LABELS if lowest == 0 else _MANY_LABELS)
    if isinstance(counts, LabelCounts) or few or 2 * highest >= n.size:
        return ""
    distinct = np.unique(n).size
    gaps = distinct < highest - lowest + 1
    if lowest > 1 or highest == lowest or (gaps and n.size < _REPEATED * distinct):
        return ""
    return (
        f"counts holds {n.size:,} numbers from {lowest} to {highest}, as labels do, and {n.size:,} labels are no "
        f"counts: {_HOW}. If they are counts, pass them as a LabelCounts."
    )
