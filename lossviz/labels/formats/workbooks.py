"""Excel workbooks and Parquet files -> tables of text cells."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lossviz.labels.formats.parquet import every_row
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.sources.extras import needed_for
from lossviz.labels.sources.limits import batches_apart
from lossviz.labels.tables.cells import text_of
from lossviz.labels.tables.headers import unique_names
from lossviz.labels.tables.streams import Opener

MOST_CELLS = 60_000_000
MOST_SHEET_CELLS = 2_000_000
MOST_CHARACTERS = 256 << 20


def sheets_of(opener: Opener) -> dict[str, list[list[str]]]:
    """The rows of every sheet that holds any, as text."""
    with needed_for("a workbook"):
        import python_calamine  # noqa: F401 - the process that decodes it has no words for this
    found: dict[str, list[list[str]]] = {}
    cells = 0
    try:
        with opener() as file:
            for batch in batches_apart(file, "workbook", "sheets", number=2000):
                for sheet, row in zip(batch["sheet"].to_pylist(), batch["cells"].to_pylist(), strict=True):
                    if any(row):
                        found.setdefault(sheet, []).append(row)
                        cells += len(row)
                if cells > MOST_SHEET_CELLS:
                    raise UnreadableLabels(
                        f"The workbook holds more than {MOST_SHEET_CELLS:,} cells.", "Save the label sheet as CSV."
                    )
    except pa.ArrowInvalid as error:
        raise UnreadableLabels(
            f"The workbook is damaged: {' '.join(str(error).split())[:100].rstrip('.')}.",
            "Open it and save it again, or save it as CSV.",
        ) from error
    if not found:
        raise UnreadableLabels("The workbook is empty.", "Upload one with a row per sample.")
    return found


def parquet_table(opener: Opener) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """The columns that may be labels, as text, and the classes that the file declares for some of them.

    Class names from Hugging Face's metadata stand for their ids.
    """
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
    return pd.DataFrame(cells), declared_in(schema, table)


def declared_in(schema: pa.Schema, table: pa.Table) -> dict[str, list[str]]:
    """The classes of each column that the file lists: by Hugging Face's metadata, or as a column of categories."""
    categories = {}
    for name in table.schema.names:
        if pa.types.is_dictionary(schema.field(name).type):
            chunks = (
                chunk.dictionary.to_pylist() for chunk in table[name].chunks if pa.types.is_dictionary(chunk.type)
            )
            categories[name] = list(dict.fromkeys(text_of(value) for chunk in chunks for value in chunk))
    return categories | class_names(schema)


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
            found[name] = unique_names(map(str, listed), "class")
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
