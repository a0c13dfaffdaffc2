"""Excel workbooks and Parquet files -> tables of text cells."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.parquet import every_row
from lossviz.labels.streams import Opener

MOST_CELLS = 60_000_000
MOST_UNPACKED = 1 << 30
MOST_CHARACTERS = 256 << 20


def sheets_of(data: bytes) -> dict[str, list[list[str]]]:
    """The rows of every sheet that holds any, as text."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
            # Honest sheets pack to a tenth or so; a bomb to a thousandth.
            if unpacked > MOST_UNPACKED or unpacked > max(64 << 20, 100 * len(data)):
                raise UnreadableLabels(
                    f"The workbook unpacks to {unpacked / 1e6:,.0f} MB, which is too much.",
                    "Save the label sheet as CSV.",
                )
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        found = {}
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            rows = [[text_of(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
            rows = [row for row in rows if any(row)]
            if rows:
                width = max(len(row) for row in rows)
                found[sheet.title] = [row + [""] * (width - len(row)) for row in rows]
    except UnreadableLabels:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part makes it raise
        raise UnreadableLabels(
            f"The workbook is damaged: {str(error)[:100].rstrip('.')}.", "Open it and save it again, or save it as CSV."
        ) from error
    if not found:
        raise UnreadableLabels("The workbook is empty.", "Upload one with a row per sample.")
    return found


def parquet_table(opener: Opener) -> pd.DataFrame:
    """The columns that may be labels, as text; class names from Hugging Face's metadata stand for their ids."""
    try:
        with opener() as file, pq.ParquetFile(file) as opened:
            schema, rows = opened.schema_arrow, opened.metadata.num_rows
        names = class_names(schema)
        columns = label_fields(schema)
        if rows * max(1, len(columns)) > MOST_CELLS:
            raise UnreadableLabels(
                f"The Parquet file promises {rows:,} rows of {len(columns)} columns.",
                "Save the label column alone, or read it with pandas and count there.",
            )
        batches = list(every_row(opener, columns, 1 << 16)) if columns else []
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        if isinstance(error, UnreadableLabels):
            raise
        raise UnreadableLabels(
            f"The Parquet file is damaged: {' '.join(str(error).split())[:100].rstrip('.')}.", "Save it again."
        ) from error
    if not columns:
        raise UnreadableLabels("The Parquet file has no column of labels.", "Save text, integer or 0/1 columns.")
    if not batches:
        raise UnreadableLabels("The Parquet file has no rows.", "Save it with a row per sample.")
    table = pa.Table.from_batches(batches)
    cells = {name: cells_of(table[name], names.get(name)) for name in columns}
    if sum(len(cell) for column in cells.values() for cell in column) > MOST_CHARACTERS:
        raise UnreadableLabels(
            f"The columns hold more than {MOST_CHARACTERS / 1e6:,.0f} million characters.",
            "Save the label column alone.",
        )
    return pd.DataFrame(cells)


def label_fields(schema: pa.Schema) -> list[str]:
    """The columns whose type may be a label's."""
    return [field.name for field in schema if _may_be_label(field.type)]


def _may_be_label(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _may_be_label(kind.value_type)
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind)
    return bool(text or pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_floating(kind))


def class_names(schema: pa.Schema) -> dict[str, list[str]]:
    """Class names by column, from the metadata that Hugging Face's datasets write."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError):
        return {}
    found = {}
    for name, feature in features.items() if isinstance(features, dict) else ():
        inner = feature.get("feature", feature) if isinstance(feature, dict) else {}
        listed = inner.get("names") if isinstance(inner, dict) else None
        if isinstance(listed, list):
            found[name] = [str(each) for each in listed]
    return found


def cells_of(values: pa.Array | pa.ChunkedArray, names: Sequence[str] | None) -> list[str]:
    """The values as text; class ids as their names."""

    def text(value: Any) -> str:
        if isinstance(value, list):
            return json.dumps([text(each) for each in value], ensure_ascii=False)
        if names is not None and isinstance(value, int) and 0 <= value < len(names):
            return names[value]
        if names is not None and value == -1:  # what Hugging Face's datasets write where there is no label
            return ""
        return text_of(value)

    found: list[str] = []
    for chunk in values.chunks if isinstance(values, pa.ChunkedArray) else [values]:
        if pa.types.is_dictionary(chunk.type):  # a word is one object, however often it occurs
            words = [text(value) for value in chunk.dictionary.to_pylist()]
            found += ["" if k is None else words[k] for k in chunk.indices.to_pylist()]
        else:
            found += [text(value) for value in chunk.to_pylist()]
    return found


def text_of(value: Any) -> str:
    """A value as the text that names its class; nothing where it is missing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
