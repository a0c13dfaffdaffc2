"""LabelCounts: how many samples of each class there are, checked once and trusted afterwards."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

_UNIT = re.compile(r"[^\W\d_][\w -]{0,23}")
Task = Literal["binary", "multiclass", "multilabel", "segmentation"]


@dataclass(frozen=True, eq=False, init=False)
class LabelCounts:
    """Exact counts per class.

    Parameters
    ----------
    classes : sequence of str
        K distinct names. In a binary task exactly two: (negative class, positive class).
    positives, negatives : array-like of int, shape (K,)
        Samples that bear the class, and samples known not to bear it. Missing labels are
        in neither, so ``positives + negatives <= n_samples``. Kept as read-only copies.
    n_samples : int
        Samples altogether, those with missing labels included.
    task : {"binary", "multiclass", "multilabel", "segmentation"}
    unit : str
        What one sample is, in a short word: "sample", "pixel", "box".
    source : str
        Where the counts come from, in a few words.
    support : array-like of int, shape (K,), optional
        For classes of pixels: the pixels, altogether, of the images in which the class occurs, as
        median frequency balancing needs them. None where they are not known.

    Notes
    -----
    `classes` stand in the order of the model's outputs: index k of every tensor that is made from
    these counts belongs to ``classes[k]``. Compare `class_to_idx` with that of your data set, and
    use `reordered` where they differ.

    Raises
    ------
    ValueError
        If names, shapes or numbers do not fit together.

    Examples
    --------
    >>> counts = LabelCounts(("ham", "spam"), [4840, 840], [840, 4840], 5680, "binary")
    >>> counts.prevalence.round(4).tolist()
    [0.8521, 0.1479]
    """

    classes: tuple[str, ...]
    positives: NDArray[np.int64]
    negatives: NDArray[np.int64]
    n_samples: int
    task: Task
    unit: str = "sample"
    source: str = ""
    support: NDArray[np.int64] | None = None

    def __init__(
        self,
        classes: Sequence[str],
        positives: ArrayLike,
        negatives: ArrayLike,
        n_samples: int,
        task: Task,
        unit: str = "sample",
        source: str = "",
        support: ArrayLike | None = None,
    ) -> None:
        names = tuple(str(name) for name in classes)
        n_pos, n_neg = whole_numbers(positives, "positives"), whole_numbers(negatives, "negatives")
        total = int(whole_numbers([n_samples], "n_samples")[0])
        _check(names, n_pos, n_neg, total, task)
        if not _UNIT.fullmatch(unit):
            raise ValueError(f"unit must be a short word such as sample, pixel or box; got {unit[:40]!r}.")
        of_images = None if support is None else _supporting(support, names, n_pos)
        fields = {
            "classes": names,
            "positives": n_pos,
            "negatives": n_neg,
            "n_samples": total,
            "task": task,
            "unit": unit,
            "source": source,
            "support": of_images,
        }
        for field, value in fields.items():
            # Bytes never change, and nor does an array over them, whatever its flags are asked to be.
            kept = np.frombuffer(value.tobytes(), np.int64) if isinstance(value, np.ndarray) else value
            object.__setattr__(self, field, kept)

    def __reduce__(self) -> tuple[Any, ...]:
        fields = (self.classes, self.positives, self.negatives, self.n_samples, self.task)
        return LabelCounts, (*fields, self.unit, self.source, self.support)  # arrays of a pickle could be written to

    @classmethod
    def exclusive(
        cls,
        classes: Sequence[str],
        counts: ArrayLike,
        *,
        missing: int = 0,
        positive: str | None = None,
        task: Task | None = None,
        unit: str = "sample",
        source: str = "",
        support: ArrayLike | None = None,
    ) -> LabelCounts:
        """Counts of classes of which every labelled sample bears exactly one.

        The classes stay in the order given, whichever is rarer. Two make a binary task (unless `task`
        says otherwise), of which the second is the positive class; `positive` names the other one, and
        it then comes second.

        Examples
        --------
        >>> LabelCounts.exclusive(("no", "yes"), [10, 90]).class_to_idx
        {'no': 0, 'yes': 1}
        >>> LabelCounts.exclusive(("spam", "ham"), [840, 4840], positive="spam").class_to_idx
        {'ham': 0, 'spam': 1}
        """
        numbers = whole_numbers(counts, "counts")
        names = [str(name) for name in classes]
        if len(names) != numbers.size:
            raise ValueError(f"There are {len(names)} class names for {numbers.size} counts.")
        if task is None:
            task = "binary" if len(names) == 2 else "multiclass"
        if task == "binary":
            if len(names) != 2:
                raise ValueError(f"A binary task has two classes, negative and positive; got {len(names)}.")
            if positive is not None and positive not in names:
                raise ValueError(f"The positive class {positive!r} is none of {', '.join(names)}.")
            second = 1 if positive is None else names.index(positive)
            order = [1 - second, second]
            names, numbers = [names[k] for k in order], numbers[order]
            support = None if support is None else whole_numbers(support, "support")[order]
        labelled = int(numbers.sum())
        return cls(tuple(names), numbers, labelled - numbers, labelled + missing, task, unit, source, support)

    def reordered(self, classes: Sequence[str] | Mapping[str, int]) -> LabelCounts:
        """These counts with the classes in another order: that of the model's outputs.

        Parameters
        ----------
        classes : sequence of str, or mapping from str to int
            Every class that has samples, each once; or the index of each, as the ``class_to_idx`` of
            torchvision's data sets. A name that is new is added as a class that never
            occurs: every sample whose label is known is a negative of it. In a binary task the second
            is the positive class; a third makes the task multi-class.

        Raises
        ------
        ValueError
            If a name stands twice, a class with samples is left out, fewer than two exclusive
            classes are named, or the indices of K classes are not 0 to K - 1.

        Examples
        --------
        >>> counts = LabelCounts.exclusive(("dog", "cat", "eel"), [5, 3, 1])
        >>> again = counts.reordered(["cat", "dog", "eel", "fox"])
        >>> again.classes, again.positives.tolist()
        (('cat', 'dog', 'eel', 'fox'), [3, 5, 1, 0])
        """
        names = _ordered(classes)
        _check_names(names)
        place = self.class_to_idx
        lost = [k for name, k in place.items() if name not in set(names) and self.positives[k]]
        if lost:
            raise ValueError(
                f"Class {self.classes[lost[0]]!r} has {self.positives[lost[0]]} samples and is left out of the order; "
                "name every class that occurs, or drop it first."
            )
        task = self.task
        if task != "multilabel" and len(names) < 2:
            raise ValueError(f"The order names only {len(names)} class; exclusive classes are at least two.")
        if task == "binary" and len(names) > 2:
            task = "multiclass"
        known = int(self.labelled.max())

        def moved(numbers: NDArray[np.int64], absent: int) -> list[int]:
            return [int(numbers[place[name]]) if name in place else absent for name in names]

        support = None if self.support is None else moved(self.support, 0)
        numbers = moved(self.positives, 0), moved(self.negatives, known)
        return LabelCounts(names, *numbers, self.n_samples, task, self.unit, self.source, support)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LabelCounts):
            return NotImplemented
        return self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @cached_property
    def _key(self) -> tuple[Any, ...]:
        return (
            self.classes,
            self.positives.tobytes(),
            self.negatives.tobytes(),
            self.n_samples,
            self.task,
            self.unit,
            self.source,
            None if self.support is None else self.support.tobytes(),
        )

    @property
    def n_classes(self) -> int:
        return len(self.classes)

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The index of each class in every tensor, as torchvision's data sets have it."""
        return {name: k for k, name in enumerate(self.classes)}

    @property
    def labelled(self) -> NDArray[np.int64]:
        """Samples whose label is known, per class, shape (K,)."""
        return self.positives + self.negatives

    @property
    def missing(self) -> NDArray[np.int64]:
        """Samples whose label is not known, per class, shape (K,)."""
        return self.n_samples - self.labelled

    @property
    def prevalence(self) -> NDArray[np.float64]:
        """Share of positives among the labelled, per class, shape (K,); nan where none is labelled."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.positives / self.labelled, dtype=np.float64)

    @property
    def rarest(self) -> int:
        """Index of the class to watch.

        The positive class of a binary task, else the rarest one that occurs, else the first.
        """
        if self.task == "binary":
            return 1
        present = np.flatnonzero(self.positives)
        return int(present[np.argmin(self.positives[present])]) if present.size else 0

    @property
    def imbalance_ratio(self) -> float:
        """Count of the most frequent class over that of the rarest that occurs."""
        present = self.positives[self.positives > 0]
        return float(present.max() / present.min()) if present.size else float("nan")

    def named(self, where: NDArray[np.bool_]) -> tuple[str, ...]:
        """Names of the classes for which the mask of shape (K,) is true."""
        return tuple(name for name, chosen in zip(self.classes, where, strict=True) if chosen)

    @property
    def without_positives(self) -> tuple[str, ...]:
        return self.named(self.positives == 0)

    @property
    def without_negatives(self) -> tuple[str, ...]:
        return self.named(self.negatives == 0)

    @property
    def with_missing(self) -> tuple[str, ...]:
        return self.named(self.missing > 0)


def _check(names: tuple[str, ...], n_pos: NDArray[np.int64], n_neg: NDArray[np.int64], total: int, task: str) -> None:
    if task not in get_args(Task):
        raise ValueError(f"task must be one of {', '.join(get_args(Task))}; got {task!r}.")
    _check_names(names)
    if n_pos.shape != (len(names),) or n_neg.shape != (len(names),):
        raise ValueError(
            f"positives and negatives must hold one number for each of the {len(names)} classes; "
            f"got shapes {n_pos.shape} and {n_neg.shape}."
        )
    if task == "binary" and len(names) != 2:
        raise ValueError(f"A binary task has two classes, negative and positive; got {len(names)}.")
    too_many = n_pos + n_neg > total
    if too_many.any():
        k = int(np.flatnonzero(too_many)[0])
        raise ValueError(
            f"Class {names[k]!r} has {n_pos[k]} positives and {n_neg[k]} negatives, more than the {total} samples."
        )


def _ordered(classes: Sequence[str] | Mapping[str, int]) -> list[str]:
    """Names in the order given, those of a mapping in the order of their indices."""
    if isinstance(classes, Mapping):
        indices = list(classes.values())
        whole = all(isinstance(k, int | np.integer) and not isinstance(k, bool) for k in indices)
        if not whole or sorted(indices) != list(range(len(indices))):
            raise ValueError(
                f"classes must map the {len(indices)} names to the indices 0 to {len(indices) - 1}, each once; "
                f"got {', '.join(map(str, indices[:8]))}{', ...' if len(indices) > 8 else ''}."
            )
        return [str(name) for name in sorted(classes, key=lambda name: classes[name])]
    if isinstance(classes, str | set | frozenset) or not isinstance(classes, Iterable):
        raise ValueError(f"classes must be a list of names in order, or a mapping to indices; got {classes!r}.")
    return [str(name) for name in classes]


def _check_names(names: Sequence[str]) -> None:
    if not names:
        raise ValueError("There must be at least one class.")
    if len(set(names)) != len(names):
        twice = next(name for name, times in Counter(names).items() if times > 1)
        raise ValueError(f"Class names must differ; {twice!r} stands more than once.")


def _supporting(support: ArrayLike, names: Sequence[str], n_pos: NDArray[np.int64]) -> NDArray[np.int64]:
    numbers = whole_numbers(support, "support")
    if numbers.shape != n_pos.shape:
        raise ValueError(f"support must hold one number for each of the {len(names)} classes; got {numbers.size}.")
    few = np.flatnonzero(numbers < n_pos)
    if few.size:
        k = int(few[0])
        raise ValueError(
            f"Class {names[k]!r} has a support of {numbers[k]}, fewer than its {n_pos[k]} positives; "
            "support counts all pixels of the images in which the class occurs."
        )
    return numbers


def whole_numbers(values: ArrayLike, what: str) -> NDArray[np.int64]:
    """`values` as a one-dimensional int64 array; ValueError unless all are whole and not negative.

    Examples
    --------
    >>> whole_numbers([3.0, 2], "counts").tolist()
    [3, 2]
    """
    try:
        raw = np.asarray(values)
        numbers = raw if raw.dtype.kind in "iu" else raw.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what} must be numbers; got {values!r}.") from error
    if numbers.ndim != 1 or numbers.size == 0:
        raise ValueError(f"{what} must be a list of at least one number; got shape {numbers.shape}.")
    bad = ~np.isfinite(numbers) | (numbers < 0) | (numbers != np.floor(numbers)) | (numbers >= 2.0**63)
    if bad.any():
        k = int(np.flatnonzero(bad)[0])
        raise ValueError(f"{what} must be whole numbers of 0 or more; number {k + 1} is {numbers[k]}.")
    return numbers.astype(np.int64)
