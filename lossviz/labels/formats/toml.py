"""TOML -> the table of its records: an array of tables, or lists beside each other."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from lossviz.labels.formats.json_tables import table_of
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.sources.encodings import decoded
from lossviz.labels.sources.files import File
from lossviz.labels.tables.table import Table

_MOST_BYTES = 4 << 20  # it is read in Python, a megabyte a second


def toml_table(file: File, settings: Mapping[str, Any]) -> Table:
    """The records in a TOML text.

    Raises
    ------
    UnreadableLabels
        If it is broken, or holds no records.
    """
    try:
        value = tomllib.loads(decoded(file.read(_MOST_BYTES)))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:120]
        raise UnreadableLabels(
            f"The TOML is broken: {reason}.", "Mend it there, or save the labels as JSON."
        ) from error
    try:
        return table_of(value, settings)
    except UnreadableLabels as problem:
        raise UnreadableLabels(problem.reason.replace("JSON", "TOML"), problem.remedy) from problem
