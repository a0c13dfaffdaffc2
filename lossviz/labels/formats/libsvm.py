"""LIBSVM text, plain and multi-label: labels first, then index:value pairs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.inspection import Inspection, Reading, UnreadableLabels
from lossviz.labels.limits import MOST_CLASSES
from lossviz.labels.tables.names import negative_first

_LABEL, _PAIR = r"[-+]?[0-9]{1,15}(?:\.0*+)?", r"[0-9]++:[-+.0-9eE]++"
_ROW = re.compile(
    rf"(?:(?P<labels>{_LABEL}(?:,{_LABEL})*+,?)(?:\s++qid:\S++)?(?P<rest>(?:\s++{_PAIR})++)|{_PAIR}(?:\s++{_PAIR})*+)"
)


def is_libsvm(text: str) -> bool:
    """Whether the first lines are labels and pairs of index and value."""
    lines = [line.split("#")[0].strip() for line in text[:65536].split("\n")[:50]]
    lines = [line for line in lines if line]
    if len(lines) > 1 and re.fullmatch(r"\d+ \d+ \d+", lines[0]):
        lines = lines[1:]  # rows, features, labels, as the extreme classification repository writes first
    lines = lines[:-1] if len(lines) > 20 else lines  # the last may be cut
    return len(lines) > 1 and all(_split(line) is not None for line in lines)


def inspect_libsvm(lines: Iterable[str], name: str) -> Inspection:
    """One class a row, or a set of labels a row if any row has several or none."""
    tally: Counter[str] = Counter()
    rows = several = 0
    for number, raw in enumerate(lines, start=1):
        line = raw.split("#")[0].strip()
        if not line or (number == 1 and re.fullmatch(r"\d+ \d+ \d+", line)):
            continue
        labels = _split(line)
        if labels is None:
            raise UnreadableLabels(f"Line {number} is no LIBSVM row: {line[:40]!r}.", "Mend that line.")
        rows += 1
        several += len(labels) != 1
        tally.update([*dict.fromkeys(labels)])
        if len(tally) > MOST_CLASSES:
            raise UnreadableLabels(
                f"The LIBSVM rows have more than {MOST_CLASSES:,} labels.", "Keep the labels that you train on."
            )
    if len(tally) < 2:
        raise UnreadableLabels("The rows have fewer than two labels.", "Upload a file with labels.")
    names = tuple(tally)
    counts = np.array(list(tally.values()))
    if several:
        made = LabelCounts(names, counts, rows - counts, rows, "multilabel", source=name)
        what = f"LIBSVM rows with sets of {len(names)} labels"
    else:
        positive = negative_first(names)[1] if len(names) == 2 else None
        made = LabelCounts.exclusive(names, counts, positive=positive, source=name)
        what = f"LIBSVM rows of {len(names)} classes"
    return Inspection((Reading(what, made, {"format": "libsvm"}, names),), True)


def _split(line: str) -> list[str] | None:
    """The labels of a row, or None if it is none."""
    row = _ROW.fullmatch(line)
    if row is None or not (row["labels"] is None or row["rest"]):
        return None
    return [str(int(float(label))) for label in (row["labels"] or "").split(",") if label]
