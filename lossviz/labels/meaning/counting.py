"""A table and the settings of readings -> their counts, all of them in one pass over its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pyarrow as pa

from lossviz.labels.inspection import Reading, UnreadableLabels, failures_said, unfinished
from lossviz.labels.meaning.lists import separator_of
from lossviz.labels.meaning.shapes import COUNTED
from lossviz.labels.meaning.tallies import Tally
from lossviz.labels.tables.repairs import Repairs
from lossviz.labels.tables.table import Batch, Table
from lossviz.labels.values import shown

Settings = Mapping[str, Any]


class Counts:
    """What was counted of a table, once for all readings that rest on it.

    Parameters
    ----------
    table : Table
    source : str
        The name that the counts carry.
    """

    def __init__(self, table: Table, source: str) -> None:
        self.table, self.source = table, source
        self.repairs = Repairs()
        self._tallies: dict[tuple[Any, ...], Tally | UnreadableLabels] = {}

    def pass_over(self, wanted: Iterable[Settings]) -> None:
        """Count what readings of these settings rest on, as far as it was not counted yet.

        Raises
        ------
        UnreadableLabels
            If the rows cannot be read to their end.
        """
        new: dict[tuple[Any, ...], Tally] = {}
        for settings in wanted:
            key = _key(settings)
            if key not in self._tallies and key not in new:
                new[key] = COUNTED[key[0]].tally(self.table, **dict(key[1:]))
        if not new:
            return
        found = count(self.table, list(new.values()))
        self.repairs = found[0]
        self._tallies.update(zip(new, found[1], strict=True))

    def reading(self, settings: Settings) -> Reading:
        """The reading of one shape, of which every setting is given or none.

        Raises
        ------
        UnreadableLabels
            If the rows do not hold that.
        """
        settings = {key: value for key, value in settings.items() if value is not None}
        self.pass_over([settings])
        tally = self._tallies[_key(settings)]
        if isinstance(tally, UnreadableLabels):
            raise tally
        shape = COUNTED[settings["shape"]]
        own = {key: settings[key] for key in (*shape.counted_by, *shape.read_by) if key in settings}
        with failures_said(self.source):
            counts, what, appeared = shape.read(tally, self.source, **own)
        return Reading(what, counts, settings, tuple(appeared))

    def again(self, reading: Reading, settings: Settings | None = None) -> Reading:
        """A reading counted over this table, under its own settings or others; errors as above."""
        return replace(self.reading(reading.settings if settings is None else settings), evidence=reading.evidence)


def count(table: Table, tallies: Sequence[Tally]) -> tuple[Repairs, list[Tally | UnreadableLabels]]:
    """Each tally with all rows of a table, or why the rows are not of its shape; and what was mended on the way."""
    columns = list(dict.fromkeys(name for tally in tallies for name in tally.columns))
    problems: dict[int, UnreadableLabels] = {}
    repairs = Repairs()
    try:
        batches = table.batches(columns)
        for batch in batches if table.complete else _ahead(batches):
            repairs += batch.repairs
            for k, tally in enumerate(tallies):
                if k not in problems:
                    try:
                        with failures_said(", ".join(tally.columns[:3])):
                            tally.add(batch)
                    except UnreadableLabels as problem:
                        problems[k] = problem
    except MemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise unfinished(str(error)) from error
    return repairs, [problems.get(k, tally) for k, tally in enumerate(tallies)]


def _key(settings: Settings) -> tuple[Any, ...]:
    """What a reading of these settings rests on."""
    shape = settings["shape"]
    given = ((key, settings[key]) for key in COUNTED[shape].counted_by if settings.get(key) is not None)
    return (shape, *((key, tuple(value) if isinstance(value, list) else value) for key, value in given))


def _ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The batches, the next of which is read while one is counted."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def shaped(table: Table, settings: Settings) -> dict[str, Any]:
    """The settings of the one reading that some settings ask for; what they leave open follows from the column.

    Raises
    ------
    UnreadableLabels
        If they name no column that there is, or do not say enough.
    """
    check_names(table, settings)
    column, columns, shape = settings.get("column"), settings.get("columns"), settings.get("shape")
    separator = settings.get("separator")
    if shape is None:
        shape = "onehot" if columns else "list" if separator else None
    if shape is None and column is not None:
        listed = separator_of(table.by_name[column]) and not table.by_name[column].two_valued
        shape = "list" if listed else "class"
    own: dict[str, Any]
    if shape in ("scores", "votes", "selected"):
        if not columns:
            raise UnreadableLabels(f"No columns of {shape} were chosen.", "Choose them.")
        own = {"columns": list(columns), "threshold": settings.get("threshold") if shape == "scores" else None}
    elif shape == "onehot":
        own = {"columns": list(columns or [each.name for each in table.profiles if each.two_valued or each.marks])}
    elif column is None:
        raise UnreadableLabels("No label column was chosen.", "Choose the column that holds the labels.")
    elif shape in ("list", "tokens"):
        likeliest = separator_of(table.by_name[column]) or ("|" if shape == "list" else " ")
        own = {"column": column, "separator": separator or likeliest}
    elif shape == "counts":
        if settings.get("counts") is None:
            raise UnreadableLabels("No column of counts was chosen.", "Choose the column that holds the counts.")
        own = {"column": column, "counts": settings["counts"]}
    elif shape in ("grouped", "majority"):
        if settings.get("group_by") is None:
            raise UnreadableLabels("No column of samples was chosen.", "Choose the column that names a row's sample.")
        present = {"present": settings.get("present")} if shape == "grouped" else {}
        own = {"column": column, "group_by": settings["group_by"], **present}
    elif shape == "folder":
        own = {"column": column}
    else:
        shape, own = "class", {"column": column}
    others = {key: settings.get(key) for key in COUNTED[shape].read_by}
    return {key: value for key, value in {"shape": shape, **own, **others}.items() if value is not None}


def check_names(table: Table, settings: Settings) -> None:
    """Raise UnreadableLabels where a setting names a column that there is not."""
    for key in ("column", "columns", "counts", "group_by", "present"):
        value = settings.get(key)
        for name in value if isinstance(value, list | tuple) else (value,):
            if name is not None and name not in table.positions:
                known = ", ".join([*table.positions][:20])
                raise UnreadableLabels(
                    f"There is no column {shown(name)}, which {key}= names.", f"Choose one of {known}."
                )
