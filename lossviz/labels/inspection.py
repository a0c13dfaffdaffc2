"""What a label reader says of a source: its readings, what it must ask, and why it refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lossviz.counts import LabelCounts


@dataclass(frozen=True)
class Reading:
    """One plausible way to read a source.

    ``read_labels(source, **settings)`` gives `counts` again.
    """

    description: str
    counts: LabelCounts
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """A setting that the source leaves open, with the values it may take."""

    setting: str
    text: str
    choices: tuple[Any, ...]


@dataclass(frozen=True)
class Inspection:
    """What was understood of a source.

    Attributes
    ----------
    readings : tuple of Reading
        Most plausible first.
    certain : bool
        Whether the first reading needs no question.
    questions : tuple of Question
    warnings : tuple of str
        Sentences about what was skipped, repaired or assumed.
    preview : DataFrame
        The first rows as read, every cell as text.
    """

    readings: tuple[Reading, ...]
    certain: bool
    questions: tuple[Question, ...] = ()
    warnings: tuple[str, ...] = ()
    preview: pd.DataFrame = field(default_factory=pd.DataFrame)


class UnreadableLabels(ValueError):
    """The source holds no labels that can be read; `reason` says why, `remedy` what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}")
        self.reason = reason
        self.remedy = remedy


def unfinished(reason: str) -> UnreadableLabels:
    """What is raised where the rest of a table cannot be read."""
    said = " ".join(reason.split()).removeprefix("CSV parse error: ")[:160].rstrip(".")
    return UnreadableLabels(
        f"The file cannot be read to its end: {said}.", "Mend it there, or choose another delimiter or encoding."
    )


class AmbiguousLabels(ValueError):
    """The source has several plausible `readings`; choose one by its settings."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        listed = "; ".join(reading.description for reading in readings[:3])
        super().__init__(f"There are several ways to read these labels: {listed}. Pass the settings of one of them.")
        self.readings = tuple(readings)
