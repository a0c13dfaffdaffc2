"""What a person says of a source -> the readings that it leaves, whether they are certain, and what stays open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lossviz.labels.inspection import Inspection, Question, Reading, UnreadableLabels
from lossviz.labels.settings import TABLE_SETTINGS, Settings
from lossviz.labels.tables.names import clear
from lossviz.labels.values import shown


def constrained(found: Inspection, wanted: Settings, read_so: Callable[[Settings], Reading]) -> Inspection:
    """The readings that have these settings; where none has, the likeliest one under them."""
    kept = tuple(reading for reading in found.readings if _has(reading, wanted))
    if not kept and wanted.get("positive") is not None:
        # Where columns or files name two classes, and not the values of a column.
        others = wanted.without("positive")
        two = (each for each in found.readings if each.counts.task == "binary" and "column" not in each.settings)
        kept = tuple(_with_positive(each, wanted["positive"]) for each in two if _has(each, others))
    if kept:
        return replace(found, readings=kept)
    if not any({"column", "columns"} & set(reading.settings) for reading in found.readings):
        return replace(found, readings=(chosen(found, wanted),))
    read = read_so(Settings(**_likeliest(found, wanted)).without("order", "outputs") | wanted)
    for key, value in wanted.items():
        if value is not None and key not in read.settings and (key == "threshold" or key not in TABLE_SETTINGS):
            instead = "Leave out that setting, or choose a shape."
            if key == "unit":
                instead = f"Pass group_by={shown(value)} if all the rows of one {value} are one sample."
            raise UnreadableLabels(f"{key}={shown(value)} does nothing for {read.description}.", instead)
    return replace(found, readings=(read,))


def _with_positive(reading: Reading, positive: str) -> Reading:
    """A reading of two classes, the positive one of which is given."""
    names = reading.counts.classes
    if positive not in names:
        raise UnreadableLabels(
            f"The positive class {shown(positive)} is none of {', '.join(names)}.", "Choose one of them."
        )
    counts = reading.counts.reordered([*(name for name in names if name != positive), positive])
    return replace(reading, counts=counts, settings={**reading.settings, "positive": positive})


# What a setting says of the shape, where no reading has it.
_IMPLIED = {"separator": "list", "counts": "counts", "group_by": "grouped"}


def _likeliest(found: Inspection, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of the likeliest reading that go with those wanted."""
    own = found.readings[0].settings
    instead = {"column": "columns", "columns": "column"}
    kept = {key: value for key, value in own.items() if instead.get(key) not in wanted}
    implied = [shape for key, shape in _IMPLIED.items() if wanted.get(key) is not None]
    return {**kept, "shape": implied[0]} if implied else kept


def answered(found: Inspection, wanted: Settings, given: Settings) -> Inspection:
    """Certain where the settings leave no question open, or are all of those of a reading."""
    exact = [reading for reading in found.readings if _are_all(wanted, reading)]
    closed = closing(given)
    asked_still = any(each.setting == "outputs" for each in found.questions) and "outputs" not in closed
    if exact and not asked_still:
        others = (reading for reading in found.readings if reading is not exact[0])
        return replace(found, readings=(exact[0], *others), certain=True)
    certain = found.certain or not open_questions(found, found.readings, closed)
    return replace(found, certain=certain)


def _are_all(wanted: Mapping[str, Any], reading: Reading) -> bool:
    """Whether these are the settings of a reading, all of them."""
    own = {key: value for key, value in reading.settings.items() if key not in ("order", "outputs")}
    named = all(key in wanted and wanted[key] == value for key, value in own.items())
    return bool(own) and named and all(value is None for key, value in wanted.items() if key not in own)


def closing(settings: Settings) -> set[str]:
    """The questions that settings answer."""
    closed = {*settings}
    if "order" in settings or "outputs" in settings:
        # Whoever says which outputs there are does not mind how ids are spelled.
        closed |= {"names", "outputs", "confirmation"}
    if "order" in settings or settings.get("outputs") == 2:
        closed.add("positive")  # of two outputs the second is the positive one
    return closed


def _has(reading: Reading, settings: Mapping[str, Any]) -> bool:
    """Whether a reading has these settings; those of the table that it does not name are what it was read with."""
    return all(
        reading.settings.get(key) == value
        for key, value in settings.items()
        if key in reading.settings or key == "threshold" or key not in TABLE_SETTINGS
    )


def open_questions(found: Inspection, readings: Sequence[Reading], answered: Collection[str]) -> tuple[Question, ...]:
    """The questions that readings leave open beside those that are answered."""
    left = []
    for question in found.questions:
        if question.setting in answered or (question.setting == "positive" and clear(readings[0].counts.classes)):
            continue
        answers = dict.fromkeys(_hashable(reading.settings.get(question.setting)) for reading in readings)
        confirms = question.setting == "shape" and "confirmation" not in answered
        unconfirmed = len(question.choices) < 2 and (confirms or question.setting == "delimiter")
        if len(answers) > 1 or unconfirmed or question.setting in ("positive", "outputs"):
            left.append(question)
    return tuple(left)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def chosen(found: Inspection, settings: Mapping[str, Any]) -> Reading:
    """The reading that has all of these settings; UnreadableLabels if none has."""
    for reading in found.readings:
        if all(reading.settings.get(key) == value for key, value in settings.items()):
            return reading
    for key, value in settings.items():
        known = list(dict.fromkeys(repr(each.settings[key]) for each in found.readings if key in each.settings))
        if repr(value) not in known:
            instead = f"Choose one of {', '.join(known[:20])}." if known else "Leave out that setting."
            raise UnreadableLabels(f"There is no such reading of this file: none has {key}={shown(value)}.", instead)
    raise UnreadableLabels("There is no such reading of this file.", "Choose one of those that are offered.")
