"""What a label reader says of a source: its readings, what it must ask, and why it refuses."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.settings import ANY_FILE, SETTINGS, Settings
from lossviz.labels.values import shown

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Evidence:
    """A rule that spoke for a reading, or against it, with its points and its reason in words."""

    rule: str
    points: int
    reason: str


@dataclass(frozen=True)
class Reading:
    """One plausible way to read a source.

    ``read_labels(source, **settings)`` gives `counts` again. `appeared` are the classes in the order in which they
    were found, where they are named by values and not by columns; `declared` those that the source lists itself.
    `settings` are `Settings`, whatever mapping is given; `evidence` is why a table is read so rather than otherwise.
    """

    description: str
    counts: LabelCounts
    settings: Mapping[str, Any]
    appeared: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = field(default=(), compare=False)

    @property
    def score(self) -> int:
        """How plausible it is among the readings of its table."""
        return sum(each.points for each in self.evidence)

    def __post_init__(self) -> None:
        if not isinstance(self.settings, Settings):
            object.__setattr__(self, "settings", Settings(**self.settings))


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

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason, self.remedy)


class Detour(Exception):
    """No failure: what was found on the way leads elsewhere, and who began it goes there."""


@contextmanager
def failures_said(what: str) -> Iterator[None]:
    """Whatever fails in this block raises UnreadableLabels; what no reader foresaw is logged."""
    try:
        yield
    except (UnreadableLabels, AmbiguousLabels, Detour):
        raise
    except MemoryError as error:
        raise UnreadableLabels(
            f"Reading {shown(what)} takes more memory than there is.", "Save the label column alone."
        ) from error
    except Exception as error:
        _logger.exception("reading %r failed", what)
        raise UnreadableLabels(
            f"{shown(what)} cannot be read: it is damaged, or written as no reader expects.",
            "Save the labels as CSV in UTF-8.",
        ) from error


def refuse_foreign(settings: Mapping[str, Any], what: str, kind: str = "") -> None:
    """Raise UnreadableLabels for a setting of a table that sources of this kind do not have."""
    for name, value in settings.items():
        files = SETTINGS[name].files
        if value is not None and files and kind not in files and not (files == ANY_FILE and kind):
            raise UnreadableLabels(f"{name}={shown(value)} does nothing here: {what}.", "Leave out that setting.")


def unfinished(reason: str) -> UnreadableLabels:
    """What is raised where the rest of a table cannot be read."""
    said = " ".join(reason.split()).removeprefix("CSV parse error: ")[:160].rstrip(".")
    return UnreadableLabels(
        f"The file cannot be read to its end: {said}.", "Mend it there, or choose another delimiter or encoding."
    )


class AmbiguousLabels(ValueError):
    """The source has several plausible `readings`; settings, which answer the open `questions`, choose one."""

    def __init__(self, readings: Sequence[Reading], questions: Sequence[Question] = ()) -> None:
        listed = list(dict.fromkeys(reading.description for reading in readings))
        asked = " ".join(_asked(question) for question in questions[:3])
        if len(listed) > 1:
            said = f"There are several ways to read these labels: {'; '.join(listed[:3])}. "
            said += asked or "Pass the settings of one of them."
        else:
            only = f"It is not certain how to read these labels, most likely as {''.join(listed)}. "
            said = only + (asked or f"If that is right, pass {_passed(readings[0].settings)}.")
        super().__init__(said)
        self.readings = tuple(readings)
        self.questions = tuple(questions)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.readings, self.questions)


def _asked(question: Question) -> str:
    ways = [_passed({question.setting: choice}) for choice in question.choices[:4]]
    return f"{question.text} Pass {' or '.join(ways)}."


def _passed(settings: Mapping[str, Any]) -> str:
    """Settings as one passes them, no longer than a line."""
    spelled = Settings(**settings).code
    return spelled if len(spelled) <= 200 else spelled[:199] + "…"
