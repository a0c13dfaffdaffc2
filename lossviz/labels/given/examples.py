"""Class counts of well-known public data sets, each with its source in examples.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from lossviz.counts.label_counts import LabelCounts


@dataclass(frozen=True)
class Example:
    """A named data set and its counts."""

    key: str
    title: str
    counts: LabelCounts


def _load() -> dict[str, Example]:
    entries = json.loads((Path(__file__).parent / "examples.json").read_text(encoding="utf-8"))
    examples = {}
    for key, entry in entries.items():
        positives = list(entry["positives"].values())
        counts = LabelCounts(
            classes=tuple(entry["positives"]),
            positives=positives,
            negatives=[entry["samples"] - n for n in positives],
            n_samples=entry["samples"],
            task=entry["task"],
            unit=entry["unit"],
            source=entry["source"],
        )
        examples[key] = Example(key, entry["title"], counts)
    return examples


EXAMPLES: dict[str, Example] = _load()
"""Well-known data sets by key: their counts, and where these come from."""
