"""JSON and JSON Lines: records become a table, absent keys missing; COCO is read as such."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.limits import LONGEST_CLASS
from lossviz.labels.tables.arrays import words_of
from lossviz.labels.tables.columns import label_name
from lossviz.labels.tables.headers import unique_names
from lossviz.labels.tables.sparse import Cells, Sparse
from lossviz.labels.tables.table import Head
from lossviz.labels.words import SPLITS

_HALF = re.compile("[\ud800-\udfff]")
MOST_DEPTH = 50
_MOSTLY = 0.9


def record_head(value: Any) -> Head:
    """The records as text; lists stay JSON text, absent keys and nulls are blank."""
    if isinstance(value, dict):
        value = _records_in(value)
    if not isinstance(value, list) or len(value) < 2:
        raise UnreadableLabels("The JSON holds fewer than two records.", "Save a list with one record per sample.")
    if all(isinstance(item, dict) for item in value):
        return head_of_records(value)
    if all(isinstance(item, list) for item in value):
        if _rows_of_scalars(value):
            return _head_of_rows(value, lambda k: f"column {k + 1}")
        flat = all(not isinstance(cell, list | dict) for item in value for cell in item)
        widths = {len(item) for item in value}
        if flat and len(widths) == 1 and widths != {0} and all(cell in (0, 1) for item in value for cell in item):
            return _head_of_rows(value, str)
        return Head.of(pd.DataFrame({"labels": [_cell(item) for item in value]}, dtype=object))
    if any(isinstance(item, dict | list) for item in value):
        raise UnreadableLabels("The JSON mixes records with other values.", "Save a list of records alike.")
    return Head.of(pd.DataFrame({"label": [_cell(item) for item in value]}, dtype=object))


def _head_of_rows(rows: Sequence[Sequence[Any]], name: Callable[[int], str]) -> Head:
    return Head.of(pd.DataFrame([[_cell(cell) for cell in row] for row in rows], dtype=object).rename(columns=name))


def head_of_records(records: Sequence[dict[str, Any]]) -> Head:
    """A column for each key, in the order in which they are met."""
    lists = lists_among(records)
    flat = [flat_record(record, lists) for record in records]
    return Head(columns_of(flat, [*dict.fromkeys(key for record in flat for key in record)]), len(flat))


def columns_of(records: Sequence[Mapping[str, str]], names: Sequence[str]) -> dict[str, Cells]:
    """The values of some keys, blank where a record has none; time and memory follow what the records say."""
    if len(names) * len(records) <= 2 * sum(map(len, records)):
        return {name: words_of([record.get(name, "") for record in records]) for name in names}
    said: dict[str, tuple[list[int], list[str]]] = {name: ([], []) for name in names}
    for row, record in enumerate(records):
        for key, text in record.items():
            if key in said:
                places, texts = said[key]
                places.append(row)
                texts.append(text)
    return {
        name: Sparse(len(records), "", np.array(places, np.int64), np.array(texts, dtype=object))
        for name, (places, texts) in said.items()
    }


def _rows_of_scalars(value: list[Any]) -> bool:
    """Whether all lists are rows alike: of one length, with the same kind of value at each place, and of two kinds."""
    kinds = {tuple(type(cell) for cell in item) for item in value}
    if len(kinds) != 1:
        return False
    (kind,) = kinds
    texts = (
        kind.count(str) == len(kind) == 2 and len({item[0] for item in value}) > len({item[1] for item in value}) * 2
    )
    return len(kind) > 1 and (len(set(kind)) > 1 or texts) and set(kind) <= {str, int, float, bool}


def lists_in(value: Any) -> dict[str, list[Any]]:
    """The lists of records in a JSON object that is no table by columns, those with labels first."""
    if not isinstance(value, dict):
        return {}
    if "nbformat" in value:
        raise UnreadableLabels("The file is a notebook.", "Upload the data that it reads.")
    if {"columns", "data"} <= set(value) and isinstance(value["columns"], list) and isinstance(value["data"], list):
        names, rows = value["columns"], value["data"]
        if rows and all(isinstance(row, list) and len(row) == len(names) for row in rows):
            keys = unique_names(map(str, names))
            return {"data": [dict(zip(keys, row, strict=True)) for row in rows]}
    found = {
        str(key): item
        for key, item in value.items()
        if isinstance(item, list) and len(item) > 1 and (all(isinstance(c, dict) for c in item) or _is_rows(item))
    }
    with_labels = {key: item for key, item in found.items() if _has_labels(item)}
    return dict(sorted((with_labels or found).items(), key=lambda each: -len(each[1])))


def _is_rows(item: list[Any]) -> bool:
    return all(isinstance(cell, list) for cell in item) and _rows_of_scalars(item)


def _has_labels(item: list[Any]) -> bool:
    first = item[0]
    return isinstance(first, list) or any(
        label_name(str(key)) and not str(key).lower().endswith("name") for key in first
    )


def _records_in(value: dict[str, Any]) -> Any:
    """The records of a JSON object: its longest list, its columns, or its values by key."""
    lists = {key: item for key, item in value.items() if isinstance(item, list)}
    lengths = {len(item) for item in lists.values()}
    if (
        len(lists) == len(value) > 1
        and len(lengths) == 1
        and (min(lengths) >= len(lists) or not all(str(key).isdigit() for key in lists))
        and not any(isinstance(c, dict) for i in lists.values() for c in i)
    ):
        keys = list(lists)
        return [dict(zip(keys, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    if len(lists) == len(value) > 1 < len(lengths) and all(isinstance(c, str) for item in lists.values() for c in item):
        named = [(key, entry) for key, item in lists.items() for entry in item]
        if len({entry for _, entry in named}) > _MOSTLY * len(named) >= _MOSTLY * 2 * len(lists):
            if {str(key).lower() for key in lists} <= SPLITS:
                raise UnreadableLabels(
                    "The JSON lists the samples of each split, and no labels.", "Upload the file that holds those."
                )
            return [{"sample": entry, "label": key} for key, entry in named]  # the samples of each class
    of_records = [item for item in lists.values() if item and isinstance(item[0], dict)]
    if of_records:
        return max(of_records, key=len)
    values = list(value.values())
    if len(values) > 1 and all(isinstance(item, dict) for item in values):
        inner = {frozenset(item) for item in values}
        if all(all(str(k).isdigit() for k in keys) for keys in inner):  # columns of rows by number, as pandas writes
            records: dict[str, dict[str, Any]] = {row: {} for row in values[0]}
            for key, item in value.items():
                for row in item.keys() & records.keys():
                    records[row][key] = item[row]
            return list(records.values())
        return [{"key": key, **item} for key, item in value.items()]
    if len(values) > 1 and all(isinstance(item, int) and not isinstance(item, bool) for item in values):
        few = (
            len(values) >= 20 and len(set(values)) <= len(values) // 4
        )  # classes of files rather than counts of classes
        names = ("key", "label") if few else ("class", "count")
        return [dict(zip(names, each, strict=True)) for each in value.items()]
    alike = len({type(item) for item in values if item is not None}) == 1
    if len(values) > 2 and alike and not isinstance(values[0], dict):
        return [{"key": key, "label": item} for key, item in value.items()]
    raise UnreadableLabels("The JSON object holds no list of records.", "Save a list with one record per sample.")


def flat_record(item: dict[str, Any], lists: Collection[str] = (), before: str = "", depth: int = 0) -> dict[str, str]:
    """The values of a record as text, those of records within it under the keys of both.

    A list of one record is that record, unless its key is one of `lists`.
    """
    flat: dict[str, str] = {}
    if len(before) > LONGEST_CLASS:
        raise UnreadableLabels(
            f"A key of the JSON has more than {LONGEST_CLASS:,} characters.", "Save records with short keys."
        )
    for key, cell in item.items():
        name = f"{before}{key}"
        alone = isinstance(cell, list) and len(cell) == 1 and isinstance(cell[0], dict) and name not in lists
        inner = cell[0] if alone else cell
        if isinstance(inner, dict) and depth < MOST_DEPTH:
            flat |= flat_record(inner, lists, f"{name}.", depth + 1)
        else:
            flat[legible(name)] = _cell(cell)
    return flat


def lists_among(records: Iterable[dict[str, Any]], before: str = "", depth: int = 0) -> set[str]:
    """The keys under which some record has several records."""
    found: set[str] = set()
    for record in records:
        for key, cell in record.items():
            name = f"{before}{key}"
            if isinstance(cell, list) and len(cell) > 1 and isinstance(cell[0], dict):
                found.add(name)
            inner = cell[0] if isinstance(cell, list) and len(cell) == 1 else cell
            if isinstance(inner, dict) and depth < MOST_DEPTH:
                found |= lists_among([inner], f"{name}.", depth + 1)
    return found


def _cell(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, list | dict):
        return legible(json.dumps(cell, ensure_ascii=False), "\\\\")  # JSON again, in which a backslash is two
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return legible(str(cell))


def legible(text: str, backslash: str = "\\") -> str:
    """`text` with the lone halves of characters, which JSON can spell and nothing can write, spelled out."""
    return _HALF.sub(lambda half: f"{backslash}u{ord(half[0]):04x}", text)
