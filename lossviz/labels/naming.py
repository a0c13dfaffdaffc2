"""Class ids in one file of a package, and the file beside it that names them -> the labels under their names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath

from lossviz.labels.inspection import Inspection, Reading
from lossviz.labels.limits import MOST_CLASSES
from lossviz.labels.meaning.class_names import MOST_BYTES, parse_class_names
from lossviz.labels.meaning.counting import Counts
from lossviz.labels.meaning.ranking import readings
from lossviz.labels.opening import Found
from lossviz.labels.sources.files import File
from lossviz.labels.sources.streams import read_bytes
from lossviz.labels.tables.derived import derived
from lossviz.labels.tables.headers import unique_names
from lossviz.labels.tables.names import ids_of
from lossviz.labels.tables.table import Table

_CALLED = re.compile(
    r"_?(class(es|_?names?|_?list|_?labels?|_to_id?x|_?map(ping)?)|label_?(names|map|list)|labels|label2id|id2label"
    r"|idx_?to_?class|categories|(cat|class|label|category|id|idx)_to_(name|class|label)|mapping|.*-mapping|data(set)?"
    r"|obj|.*\.names)",
    re.IGNORECASE,
)
_KINDS, _ENDINGS = ("text", "json", "yaml"), ("", ".txt", ".json", ".yaml", ".yml", ".names", ".lst")
_NO_NAME = re.compile(r"[,;\t|]|\.\w{2,4}(\s|$)|/")  # cells of a table, files, paths
_NUMBERED, _NUMBERED_LAST = re.compile(r"(\d{1,9})[\s:,;=]+(\S.*)"), re.compile(r"(\S.*?)[\s:,;=]+(\d{1,9})")
_OF_CHARACTERS = re.compile(r"\d+(?: (?:3[3-9]|[4-9]\d|1[01]\d|12[0-6]))+")


@dataclass(frozen=True)
class ClassNames:
    """The names that a file gives to ids; `listed` are those of a list, whose ids begin at 0 or at 1."""

    file: str
    by_id: Mapping[int, str]
    listed: bool = False

    def of(self, ids: Mapping[int, str], *, sure: bool) -> dict[str, str]:
        """A name by the spelling of each id; none where some id has none, or, if not `sure`, most names have no id."""
        names = self.by_id
        if self.listed and 0 not in ids and max(ids, default=0) == len(names):
            names = {k + 1: name for k, name in names.items()}
        elif self.listed and 0 not in ids:
            return {}  # from 0 or from 1: who knows
        if len(ids) < 2 or (not sure and 2 * len(ids) < len(names)) or not all(k in names for k in ids):
            return {}
        return {spelling: names[k] for k, spelling in ids.items()}


def names_among(files: Sequence[File], chosen: str | None) -> tuple[list[File], ClassNames | None]:
    """Files without the one that names classes, if it is not the one that is chosen, and those names."""
    for file in sorted(files, key=lambda each: (each.name.count("/"), each.name)):
        place = PurePosixPath(file.name)
        called = (_CALLED.fullmatch(place.stem) or place.suffix == ".names") and place.suffix.lower() in _ENDINGS
        if len(files) > 1 and called and file.kind in _KINDS and file.size <= MOST_BYTES and file.name != chosen:
            with file.opener() as opened:
                by_id, listed = _names_in(read_bytes(opened, MOST_BYTES), place.name)
            if by_id:
                return [each for each in files if each is not file], ClassNames(file.name, by_id, listed)
    return list(files), None


def _names_in(data: bytes, name: str) -> tuple[dict[int, str], bool]:
    """The names by id in a file, and whether they are a list; none where a name stands twice, as labels do."""
    text = data.decode("utf-8-sig", errors="replace").strip()
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not 2 <= len(lines) <= MOST_CLASSES and "{" not in text and "[" not in text:
        return {}, False
    found = _spelled(lines) if "mapping" in name.lower() else {}
    found = found or _of_json(text) or _numbered(lines)
    listed = not found
    if listed and "[" not in text and "{" not in text and sum(map(bool, map(_NO_NAME.search, lines))) > len(lines) / 4:
        return {}, False
    if listed:
        try:
            found = dict(enumerate(parse_class_names(data)))
        except ValueError:
            return {}, False
    return (found, listed) if len({*found.values()}) == len(found) > 1 else ({}, False)


def _spelled(lines: Sequence[str]) -> dict[int, str]:
    """Ids with the codes of the characters that they stand for, as EMNIST has them."""
    if not all(map(_OF_CHARACTERS.fullmatch, lines)):
        return {}
    numbers = [[int(part) for part in line.split()] for line in lines]
    return {k: "".join(map(chr, codes)) for k, *codes in numbers}


def _of_json(text: str) -> dict[int, str]:
    """An object of ids and names, whichever is the key, and wherever its ids begin."""
    try:
        value = json.loads(text) if text.startswith("{") else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    value = next((each for each in value.values() if isinstance(each, dict)), value)
    if all(key.isdecimal() and len(key) < 10 and isinstance(name, str) for key, name in value.items()):
        return {int(key): name for key, name in value.items()}
    if all(isinstance(k, int) and not isinstance(k, bool) for k in value.values()):
        return {k: name for name, k in value.items()} if len({*value.values()}) == len(value) else {}
    return {}


def _numbered(lines: Sequence[str]) -> dict[int, str]:
    for pattern, place in ((_NUMBERED, 1), (_NUMBERED_LAST, 2)):
        cut = [pattern.fullmatch(line) for line in lines]
        found = {int(each[place]): each[3 - place].strip() for each in cut if each is not None}
        if len(found) == len(lines):
            return found
    return {}


def with_names(found: Found, names: ClassNames, name: str) -> Found:
    """What a package holds with the ids of its classes called by their names, where the names are those of the ids."""
    if isinstance(found, Inspection):
        said = f"Class ids are called by the names in {names.file}."
        named = tuple(_of_reading(reading, names) for reading in found.readings)
        changed = any(one is not other for one, other in zip(named, found.readings, strict=True))
        return replace(found, readings=named, warnings=(*found.warnings, said)) if changed else found
    return _table_with_names(found, names, name)


def _table_with_names(found: Table, names: ClassNames, name: str) -> Table:
    said = f"Class ids are called by the names in {names.file}."
    for reading in readings(Counts(found.alone, name)):
        column = str(reading.settings.get("column"))
        if column not in found.positions or reading.settings["shape"] not in ("class", "grouped"):
            continue
        entry = found.by_name[column]
        ids = ids_of([*entry.tally])
        if ids is None or min(ids) < 0:
            continue
        known = names.of(ids, sure=entry.label_itself)
        if known:
            again = partial(_table_with_names, names=names, name=name)
            renamed = derived(found, [*found.head.columns], {column: (column, partial(_called, known))}, again)
            declared = {**renamed.declared, column: [*known.values()]}
            return replace(renamed, declared=declared, warnings=(*found.warnings, said))
        unknown = f"{names.file} may name the classes, but not all of these ids; ids are shown."
        return replace(found, warnings=(*found.warnings, unknown))
    return found


def _called(names: Mapping[str, str], text: str) -> str:
    return names.get(text, text)


def _of_reading(reading: Reading, names: ClassNames) -> Reading:
    counts = reading.counts
    ids = ids_of(counts.classes)
    by_class = names.of(ids, sure=True) if ids and min(ids) >= 0 and counts.task != "segmentation" else {}
    if not by_class:
        return reading
    classes = unique_names((by_class[each] for each in counts.classes), "class")
    declared = tuple(by_class.get(each, each) for each in reading.declared)
    return replace(reading, counts=replace(counts, classes=tuple(classes)), appeared=(), declared=declared)
