"""The settings of a reading, from what its inspection says: their names, their values, and what each value leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import lossviz
from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.formats.delimited import DELIMITERS
from lossviz.labels.inspection import Inspection, Reading, UnreadableLabels
from lossviz.labels.meaning.lists import SEPARATORS, SPELLED
from lossviz.labels.meaning.settings import TABLE_SETTINGS
from lossviz.labels.meaning.shapes import SHAPES
from lossviz.notation import number, visible
from ui.shared.labels import plural

Settings = dict[str, Any]
Read = Callable[[Settings], Reading]

# Every setting that has a name of its own, in the order in which one decides them.
TITLES = {
    "file": "File",
    "array": "Array",
    "sheet": "Sheet",
    "encoding": "Encoding",
    "delimiter": "Delimiter",
    "header": "First row",
    "shape": "Shape",
    "column": "Label column",
    "columns": "Label columns",
    "counts": "Column of counts",
    "unit": "One sample is",
    "separator": "Separator",
    "empty": "Label for none",
    "missing": "Missing labels",
    "uncertain": "Uncertain labels",
    "ignore": "Value left out",
    "threshold": "Positive from",
    "positive": "Positive class",
    "outputs": "Outputs",
    "order": "Order of the outputs",
}
_NEEDS = {
    "class": ("column", "positive"),
    "tokens": ("column", "separator"),
    "list": ("column", "separator", "empty"),
    "onehot": ("columns",),
    "votes": ("columns",),
    "counts": ("column", "counts"),
    "grouped": ("column", "unit"),
}
# A setting that is decided anew takes back what was decided after it.
_STAGES = (("file", "array", "sheet"), ("encoding", "delimiter", "header"), ("shape",), ("column", "columns"))
# What decides which classes there are, and so how many outputs.
_OF_IDS = ("shape", "column", "columns", "separator", "unit", "left_out", "ignore", "empty")
_OF_COLUMNS = ("column", "counts", "unit")
_ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
    "gb18030": "GB18030",
    "cp1251": "Windows-1251",
    "shift_jis": "Shift JIS",
}
_VOCABULARY: dict[str, tuple[Any, ...]] = {
    "encoding": tuple(_ENCODINGS),
    "delimiter": tuple(DELIMITERS),
    "header": (True, False),
    "separator": SEPARATORS,
}
_POLICIES = {"missing": "left out", "negative": "negative", "positive": "positive"}
_WORDS: dict[str, Mapping[Any, str]] = {
    "file": {None: "all of them, one after the other"},
    "encoding": _ENCODINGS,
    "delimiter": DELIMITERS,
    "header": {True: "column names", False: "data"},
    "shape": SHAPES,
    "separator": SPELLED,
    "missing": {None: "left out"} | _POLICIES,
    "uncertain": {None: "left out"} | _POLICIES,
    "unit": {None: "a row"},
    "ignore": {None: "none"},
    "empty": {None: "every label is a class"},
}


def spelled(setting: str, value: Any) -> str:
    """A value of a setting in words."""
    if setting == "outputs" and value is not None:
        return f"{value:,} outputs"
    if setting == "empty" and value is not None:
        return f"{visible(str(value))} says that there is none"
    if isinstance(value, list | tuple):
        rest = f" and {len(value) - 6:,} more" if len(value) > 6 else ""
        return visible(", ".join(map(str, value[:6])) + rest)
    return _WORDS.get(setting, {}).get(value) or ("as found" if value is None else visible(str(value)))


def title_of(setting: str) -> str:
    return TITLES.get(setting, setting.replace("_", " ").capitalize())


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
    known = [setting for setting in TITLES if setting in named]
    return known + [setting for setting in named if setting not in TITLES]


def choices_of(setting: str, inspection: Inspection, reading: Reading | None, chosen: Settings) -> list[Any]:
    """The values that a setting may take, those that the file speaks for first."""
    asked = [each for question in inspection.questions if question.setting == setting for each in question.choices]
    seen = [each.settings[setting] for each in inspection.readings if setting in each.settings]
    values = [*asked, *seen, *_VOCABULARY.get(setting, ())]
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
    kept = dict(chosen) if stage == len(_STAGES) else {key: each for key, each in chosen.items() if key in earlier}
    if setting == "shape" and reading is not None and "column" in _NEEDS.get(str(value), ()):
        # The same column in another shape, not the first column of that shape.
        kept |= {key: reading.settings[key] for key in ("column",) if key in reading.settings}
    return kept | {setting: value}


def split(chosen: Settings) -> tuple[Settings, Settings]:
    """What of the settings is for the inspection, and what chooses among its readings."""
    table = {key: value for key, value in chosen.items() if key in TABLE_SETTINGS}
    return table, {key: value for key, value in chosen.items() if key not in TABLE_SETTINGS}


def resolved(inspection: Inspection, chosen: Settings, read: Read) -> Reading:
    """The reading that `chosen` asks for: one of those found, or else read anew."""
    wanted = split(chosen)[1]
    fits = [each for each in inspection.readings if all(each.settings.get(k) == v for k, v in wanted.items())]
    if fits:
        return fits[0]
    agreeing = [sum(each.settings.get(k) == v for k, v in wanted.items()) for each in inspection.readings]
    nearest = inspection.readings[agreeing.index(max(agreeing))]
    same = all(nearest.settings.get(name) == chosen.get(name, nearest.settings.get(name)) for name in _OF_IDS)
    kept = {name: value for name, value in nearest.settings.items() if same or name not in ("order", "outputs")}
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
