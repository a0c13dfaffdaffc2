"""Values of any reader -> the texts that name their classes."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pyarrow as pa


def text_of(value: Any) -> str:
    """A value as the text that names its class; nothing where it is missing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def number_of(text: str) -> float:
    """The number that a text spells, with a decimal point or comma; nan where it spells none."""
    try:
        return math.nan if "_" in text else float(text.replace(",", "."))
    except ValueError:
        return math.nan


def may_be_label(kind: pa.DataType) -> bool:
    """Whether values of this type may be labels."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return may_be_label(kind.value_type)
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind)
    return bool(text or pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_floating(kind))


def named(value: Any, names: Sequence[str] | None = None) -> str:
    """A value as text; a class id as its name, and -1 as none, as Hugging Face's datasets write it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return json.dumps([named(each, names) for each in value], ensure_ascii=False)
    if names is not None and isinstance(value, int) and -1 <= value < len(names):
        return names[value] if value >= 0 else ""
    return text_of(value)


def cells_of(values: pa.Array | pa.ChunkedArray, names: Sequence[str] | None = None) -> list[str]:
    """The values as text; class ids as their names."""
    found: list[str] = []
    for chunk in values.chunks if isinstance(values, pa.ChunkedArray) else [values]:
        if pa.types.is_nested(chunk.type):
            found += [named(value, names) for value in chunk.to_pylist()]
            continue
        codes = chunk.dictionary_encode()  # a word is one object, however often it occurs
        words = [named(value, names) for value in codes.dictionary.to_pylist()]
        found += ["" if k is None else words[k] for k in codes.indices.to_pylist()]
    return found
