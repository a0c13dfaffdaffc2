"""The settings of a reader as people pass them -> as readings have them, or a sentence that says what is wrong."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from lossviz.labels.formats.encodings import MIXED
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.meaning.shapes import POLICIES, SHAPES
from lossviz.labels.tables.cells import text_of

TABLE_SETTINGS = ("encoding", "delimiter", "header", "sheet", "file", "array", "list", "threshold")
READING_SETTINGS = (
    "shape", "column", "columns", "separator", "unit", "counts", "present", "positive", "empty", "missing",
    "uncertain", "left_out", "as_class", "names", "ignore", "format",
)  # fmt: skip
# Of these None is no answer.
_UNSAID = (
    "encoding",
    "delimiter",
    "header",
    "sheet",
    "array",
    "list",
    "shape",
    "column",
    "columns",
    "counts",
    "format",
)
_NAMES_A_COLUMN = ("column", "unit", "counts", "present")
_NAMES_A_VALUE = ("positive", "empty", "left_out", "as_class")
_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "shape": (*SHAPES, "probabilities"),
    "uncertain": POLICIES,
    "missing": POLICIES,
    "header": (True, False),
    "names": ("whole",),
}


def settled(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, values and names of columns as text; ValueError where there is no such setting or value."""
    known = (*TABLE_SETTINGS, *READING_SETTINGS)
    for key in settings:
        if key not in known:
            near = get_close_matches(key, [*known, "order", "outputs"], 1)
            instead = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known)}, order, outputs."
            raise ValueError(f"There is no setting {key!r}; {instead}")
    said = {key: value for key, value in settings.items() if value is not None or key not in _UNSAID}
    return {key: _settled(key, value) for key, value in said.items()}


def _settled(key: str, value: Any) -> Any:
    if value is None:
        return None
    if key == "columns":
        return _columns(value)
    if key in (*_NAMES_A_COLUMN, *_NAMES_A_VALUE):
        return _one(key, value)
    if key in _CHOICES and not any(
        value is each or (isinstance(each, str) and value == each) for each in _CHOICES[key]
    ):
        raise ValueError(f"{key} must be one of {', '.join(map(repr, _CHOICES[key]))}; got {value!r}.")
    if key == "delimiter" and not (isinstance(value, str) and value):
        raise ValueError(f"delimiter must be one or more characters, such as ',' or ';'; got {value!r}.")
    if key == "threshold" and not (_is_number(value) and 0 < value <= 1):
        raise ValueError(f"threshold must be a number above 0 and up to 1; got {value!r}.")
    if key == "encoding":
        _check_encoding(value)
    return value


def _one(key: str, value: Any) -> str:
    """One name or value as text."""
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, str | int | float):
        other = "columns=[...] names several" if key == "column" else "several cannot be given"
        raise ValueError(f"{key} must be one name or value; got {value!r}; {other}.")
    return text_of(value) if key in _NAMES_A_VALUE and not isinstance(value, bool) else str(value)


def _columns(value: Any) -> list[str]:
    names = [str(name) for name in names_in(value)] if _is_listed(value) else []
    if not names:
        raise ValueError(f"columns must be a list of names of columns; got {value!r}.")
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"columns names {name!r} twice; name every column once.")
    return names


def names_in(value: Any) -> list[Any]:
    """The names that a list, an array, a pandas index or the keys of a dict hold; of a dict of indices by its index."""
    if isinstance(value, Mapping):
        indices = list(value.values())
        whole = all(isinstance(k, int | np.integer) and not isinstance(k, bool) for k in indices)
        if whole and sorted(indices) == list(range(len(indices))):
            return sorted(value, key=value.__getitem__)
        raise ValueError(
            f"A dict of names must give them the indices 0 to {len(indices) - 1}, each once; got {value!r}."
        )
    return [each.item() if isinstance(each, np.generic) else each for each in value]


def _is_listed(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes) and np.ndim(as_array(value)) < 2


def as_array(value: Any) -> Any:
    """An array as it stands, anything else as nothing that has dimensions."""
    return value if isinstance(value, np.ndarray) else None


def listed_order(order: Any) -> Any:
    """An order as a name of one or a list of names; anything else as it is."""
    return names_in(order) if _is_listed(order) else order


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _check_encoding(value: Any) -> None:
    if value == MIXED:
        return
    try:
        codecs.lookup(value)
    except (LookupError, TypeError, ValueError):
        raise ValueError(
            f"There is no encoding {value!r}; pass one that Python knows, such as 'utf-8', 'utf-16', 'cp1252'"
            " or 'gb18030'."
        ) from None


# The kinds of files that a setting of a table is for.
_FOR = {
    "encoding": ("text",),
    "delimiter": ("text",),
    "header": ("text", "workbook"),
    "sheet": ("workbook",),
    "array": ("npz",),
    "list": ("json",),
}


def refuse_foreign(settings: Mapping[str, Any], what: str, kind: str = "") -> None:
    """Raise UnreadableLabels for a setting of a table that sources of this kind do not have."""
    for key, kinds in {**_FOR, **({} if kind else {"file": ()})}.items():
        if settings.get(key) is not None and kind not in kinds:
            raise UnreadableLabels(f"{key}={settings[key]!r} does nothing here: {what}.", "Leave out that setting.")


def contradicted(order: Any, settings: Mapping[str, Any]) -> str | None:
    """The sentence about a positive class that is not the second of the two that `order` lists; else None."""
    positive = settings.get("positive")
    if positive is None or not isinstance(order, Sequence) or isinstance(order, str) or len(order) != 2:
        return None
    second = text_of(order[1])
    if second == positive:
        return None
    return f"positive={positive!r} contradicts order, whose second name, {second!r}, is the positive class; pass one."
