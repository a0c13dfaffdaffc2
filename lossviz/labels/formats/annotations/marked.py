"""Images or documents with the labels of what is marked on them -> readings: a sample is one of those, or one mark."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.inspection import Inspection, Question, Reading, UnreadableLabels
from lossviz.labels.limits import MOST_CLASSES
from lossviz.labels.tables.names import encoded
from lossviz.labels.values import shown

_SPLIT = re.compile(r"(train(ing)?|valid(ation)?|val|test(ing)?|dev|eval)([_-]?(19|20)\d\d)?", re.IGNORECASE)
_MANY = {"image": "images", "document": "documents", "box": "boxes or masks", "span": "spans"}


@dataclass(frozen=True)
class Marked:
    """One image or document: the labels of its marks, one for each mark, and the split that it belongs to.

    `whole` if they are labels of all of it, and not of marks in it.
    """

    labels: tuple[str, ...]
    split: str = ""
    whole: bool = False


def split_in(path: str) -> str:
    """The first folder of a path that names a split of a data set; nothing where none does."""
    return next((part for part in path.split("/")[:-1] if _SPLIT.fullmatch(part)), "")


def in_order(splits: Iterable[str]) -> list[str]:
    """Splits as one names them: those to train on, to choose a model by, to test it."""
    kinds = ("train", "val", "dev", "eval", "test")
    known = {
        split: next((k for k, kind in enumerate(kinds) if split.lower().startswith(kind)), len(kinds))
        for split in splits
        if split
    }
    return sorted(known, key=lambda split: (known[split], split))


def inspect_marked(
    samples: Sequence[Marked],
    units: tuple[str, str],
    title: str,
    name: str,
    settings: Mapping[str, Any],
    *,
    declared: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> Inspection:
    """Samples with each label, and marks of each; which of them is a sample is asked, and which split is meant.

    Parameters
    ----------
    units : tuple of str
        What a sample is, and what a mark is, the likelier one first.
    title : str
        What the export is called.
    declared : sequence of str
        All classes in the order in which the export lists them.

    Raises
    ------
    UnreadableLabels
        If nothing is marked, or there is no such split.
    """
    splits = in_order(each.split for each in samples)
    chosen = settings.get("split")
    if chosen is not None and (chosen not in splits or len(splits) < 2):
        listed = f"Choose one of {', '.join(splits)}." if len(splits) > 1 else "Leave out that setting."
        raise UnreadableLabels(f"There is no split {shown(chosen)}.", listed)
    if not any(each.labels for each in samples):
        raise UnreadableLabels(f"The {title} export marks nothing.", "Export it again with its annotations.")
    readings: list[Reading] = []
    for split in (None, *splits) if len(splits) > 1 else (None,):
        base = {"split": split} if len(splits) > 1 else {}
        own = [each for each in samples if split in (None, each.split)]
        readings += _of_units(own, units, title, name, declared, base)
    if chosen is not None:
        readings = [each for each in readings if each.settings.get("split") == chosen]
    if not readings:
        raise UnreadableLabels(f"The {title} export has one label on all that is marked.", "Upload one with several.")
    questions = []
    if len(splits) > 1 and chosen is None:
        questions.append(Question("split", "Which split do the weights come from?", (None, *splits)))
    asked = tuple(dict.fromkeys(reading.settings["unit"] for reading in readings))
    if len(asked) > 1:
        questions.append(Question("unit", "What is one sample?", asked))
    return Inspection(tuple(readings), not questions, tuple(questions), (*warnings, *_never(readings[0])))


def inspect_each(
    subjects: Mapping[str, Sequence[Marked]],
    units: tuple[str, str],
    title: str,
    name: str,
    settings: Mapping[str, Any],
    *,
    warnings: Sequence[str] = (),
) -> Inspection:
    """The same where marks are labelled under several questions, each by its name; which of them is meant is asked."""
    found: dict[str, Inspection] = {}
    problem: UnreadableLabels | None = None
    for key, samples in subjects.items():
        try:
            found[key] = inspect_marked(samples, units, title, name, settings)
        except UnreadableLabels as refused:
            problem = problem or refused
    if problem is not None and not found:
        raise problem
    first = next(iter(found.values()))
    if len(found) == 1:
        return replace(first, warnings=(*warnings, *first.warnings))
    readings = [
        replace(reading, settings={**reading.settings, "column": key}, description=f"{key!r}: {reading.description}")
        for key, each in found.items()
        for reading in each.readings
    ]
    asked = Question("column", "Which attribute is the class?", tuple(found))
    return Inspection(tuple(readings), False, (asked, *first.questions), (*warnings, *first.warnings))


def _never(reading: Reading) -> tuple[str, ...]:
    never = reading.counts.without_positives
    listed = ", ".join(never[:10]) + (" and more" if len(never) > 10 else "")
    return (f"{len(never):,} of the classes that are listed never occur: {listed}.",) if never else ()


def _of_units(
    samples: Sequence[Marked],
    units: tuple[str, str],
    title: str,
    name: str,
    declared: Sequence[str],
    base: Mapping[str, Any],
) -> list[Reading]:
    marks = Counter(label for each in samples for label in each.labels)
    classes = _classes(marks, declared)
    if not classes:
        return []
    said = f" in {base['split']!r}" if base.get("split") else ""
    found = {}
    sample, mark = (unit for kind in (("image", "document"), ("box", "span")) for unit in units if unit in kind)
    present = Counter(label for each in samples for label in set(each.labels))
    where = f"{len(samples):,} {_MANY[sample] if len(samples) > 1 else sample}{said} of a {title} export"
    whole = all(each.whole for each in samples)
    if whole and all(len(each.labels) == 1 for each in samples) and len(classes) > 1:
        made = _exclusive(classes, marks, sample, name)
        what = f"{where}, one of {len(classes)} classes on each"
        return [Reading(what, made, {**base, "unit": sample}, (), tuple(declared))]
    on_samples = np.array([present[label] for label in classes])
    made = LabelCounts(classes, on_samples, len(samples) - on_samples, len(samples), "multilabel", sample, name)
    labels = f"{len(classes)} labels that occur" if len(classes) > 1 else "the one label that occurs"
    found[sample] = Reading(f"{where}, {labels} on each", made, {**base, "unit": sample}, (), tuple(declared))
    if len(classes) > 1 and not whole:
        counted = _exclusive(classes, marks, mark, name)
        what = f"{marks.total():,} {_MANY[mark]}{said} of {len(classes)} classes"
        found[mark] = Reading(what, counted, {**base, "unit": mark}, (), tuple(declared))
    return [found[unit] for unit in units if unit in found]


def _exclusive(classes: Sequence[str], marks: Mapping[str, int], unit: str, name: str) -> LabelCounts:
    counts = [marks.get(label, 0) for label in classes]
    return LabelCounts.exclusive(classes, counts, task="multiclass", unit=unit, source=name)


def _classes(marks: Iterable[str], declared: Sequence[str]) -> tuple[str, ...]:
    """The classes as declared, and those that are not, as encoders sort them."""
    known = dict.fromkeys(declared)
    others = [label for label in dict.fromkeys(marks) if label not in known]
    classes = (*known, *(encoded(others) if others else ()))
    if len(classes) > MOST_CLASSES:
        raise UnreadableLabels(
            f"The export names {len(classes):,} different labels, too many for classes.", "Upload one with fewer."
        )
    return classes
