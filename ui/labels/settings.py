"""The settings of a reading, from what its inspection says: their names, their values, and what each value leads to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lossviz
from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.inspection import Inspection, Reading, UnreadableLabels
from lossviz.labels.settings import SETTINGS, Settings
from lossviz.labels.words import SHAPES
from lossviz.notation import number, plural, visible

Read = Callable[[Settings], Reading]

_NEEDS = {
    "class": ("column", "positive"),
    "tokens": ("column", "separator"),
    "list": ("column", "separator", "empty"),
    "onehot": ("columns",),
    "votes": ("columns",),
    "counts": ("column", "counts"),
    "grouped": ("column", "group_by"),
    "majority": ("column", "group_by"),
    "folder": ("column", "positive"),
    "selected": ("columns",),
}
# A setting that is decided anew takes back what was decided after it.
_STAGES = (
    ("file", "array", "sheet", "table", "split"),
    ("encoding", "delimiter", "header"),
    ("shape",),
    ("column", "columns"),
)
# What decides which classes there are, and so how many outputs.
_OF_IDS = ("shape", "column", "columns", "separator", "group_by", "unit", "left_out", "ignore", "empty")
_OF_COLUMNS = ("column", "counts", "group_by")


def spelled(setting: str, value: Any) -> str:
    """A value of a setting in words."""
    return visible(SETTINGS[setting].spelled(value))


def settings_of(inspection: Inspection, reading: Reading | None, chosen: Settings) -> list[str]:
    """The settings that can be set here, in the order in which one decides them."""
    shape = chosen.get("shape") or (reading.settings.get("shape") if reading else None)
    first = reading or inspection.readings[0]
    asked = [question.setting for question in inspection.questions]
    named = dict.fromkeys([*first.settings, *chosen, *asked, *_NEEDS.get(str(shape), ())])
    if first.settings.get("shape") in SHAPES and len(inspection.preview):
        named["shape"] = None
    if shape in _NEEDS:
        # Of two ways to name columns the shape says which one counts.
        named = {key: None for key in named if key not in ("column", "columns", "counts") or key in _NEEDS[str(shape)]}
    return [setting for setting in SETTINGS if setting in named]


def choices_of(setting: str, inspection: Inspection, reading: Reading | None, chosen: Settings) -> list[Any]:
    """The values that a setting may take, those that the file speaks for first."""
    asked = [each for question in inspection.questions if question.setting == setting for each in question.choices]
    seen = [each.settings[setting] for each in inspection.readings if setting in each.settings]
    values = [*asked, *seen, *(SETTINGS[setting].words if SETTINGS[setting].offered else ())]
    table = len(inspection.preview) > 0
    if setting == "shape" and table:
        values += list(SHAPES)
    if setting in _OF_COLUMNS and table:
        values += [str(column) for column in inspection.preview.columns]
    if reading is not None and setting == "positive":
        values = list(reading.counts.classes) if reading.counts.task == "binary" else []
    if reading is not None and setting == "empty":
        values = [None, *values, *reading.counts.classes[:500]]
    now = value_of(setting, reading, chosen)
    if now is not None and setting != "positive":
        values.append(now)
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def value_of(setting: str, reading: Reading | None, chosen: Settings) -> Any:
    """The value of a setting as it stands."""
    if setting in chosen:
        return chosen[setting]
    if setting == "positive" and reading is not None and reading.counts.task == "binary":
        return reading.counts.classes[1]
    return reading.settings.get(setting) if reading is not None else None


def with_setting(chosen: Settings, reading: Reading | None, setting: str, value: Any) -> Settings:
    """What is chosen once `setting` is set: what was decided after it is open again."""
    stage = next((k for k, names in enumerate(_STAGES) if setting in names), len(_STAGES))
    earlier = {name for names in _STAGES[: stage + 1] for name in names}
    kept = chosen if stage == len(_STAGES) else chosen.without(*(key for key in chosen if key not in earlier))
    if setting == "shape" and reading is not None and "column" in _NEEDS.get(str(value), ()):
        # The same column in another shape, not the first column of that shape.
        kept |= {key: reading.settings[key] for key in ("column",) if key in reading.settings}
    return kept | {setting: value}


def resolved(inspection: Inspection, chosen: Settings, read: Read) -> Reading:
    """The reading that `chosen` asks for: one of those found, or else read anew."""
    wanted = chosen.of_labels
    fits = [each for each in inspection.readings if all(each.settings.get(k) == v for k, v in wanted.items())]
    if fits:
        return fits[0]
    agreeing = [sum(each.settings.get(k) == v for k, v in wanted.items()) for each in inspection.readings]
    nearest = inspection.readings[agreeing.index(max(agreeing))]
    same = all(nearest.settings.get(name) == chosen.get(name, nearest.settings.get(name)) for name in _OF_IDS)
    kept = Settings(**nearest.settings) if same else Settings(**nearest.settings).without("order", "outputs")
    return read(kept | chosen)


def outcome(setting: str, value: Any, reading: Reading, others: Callable[[], Reading]) -> str:
    """What a value leads to: the weight of the rarest label, or why it cannot be."""
    try:
        if setting == "positive":
            counts = reading.counts
            return consequence(LabelCounts.exclusive(counts.classes, counts.positives, positive=str(value)))
        if setting == "outputs":
            return _placed(others().counts)
        return consequence(others().counts)
    except (UnreadableLabels, ValueError) as error:
        return f"not possible: {visible(str(error))}"


def _placed(counts: LabelCounts) -> str:
    """Which class stands at the first outputs, and how many never occur."""
    first = ", ".join(f"output {k} is {visible(name)}" for k, name in enumerate(counts.classes[:3]))
    never = len(lossviz.never_occurs(counts))
    return first + (f"; {never:,} never occur{'s' if never == 1 else ''}" if never else "")


def consequence(counts: LabelCounts) -> str:
    """The label to watch, how often it occurs, and the pos_weight that follows."""
    k = counts.rarest
    n = int(counts.positives[k])
    of = "labels" if counts.task == "multilabel" else "classes"
    many = "" if counts.task == "binary" else f"{counts.n_classes:,} {of}, "
    what = f"{many}{visible(counts.classes[k])} on {n:,} of {int(counts.labelled[k]):,} {plural(counts.unit)}"
    if not n:
        return f"{what}: no weight"
    weights = lossviz.pos_weight(counts)
    return f"{what}: pos_weight {number(float(weights[0 if counts.task == 'binary' else k]))}"
