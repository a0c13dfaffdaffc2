"""Files of Stata, SPSS and SAS -> a table, read by pyreadstat in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from lossviz.labels import limits
from lossviz.labels.formats.binary.parquet import declared_in, head_of
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.sources.decoding import batches_apart
from lossviz.labels.sources.extras import require
from lossviz.labels.sources.files import File
from lossviz.labels.tables.repairs import Repairs
from lossviz.labels.tables.table import Batch, Table

TITLES = {
    "stata": "a Stata file",
    "spss": "an SPSS file",
    "spss portable": "an SPSS portable file",
    "sas": "a SAS file",
    "sas transport": "a SAS transport file",
}
_ROWS = b"lossviz.rows"


def statistics_table(file: File) -> Table:
    """The columns of a file; codes that have labels are called by those and stand in the order of the codes.

    Raises
    ------
    UnreadableLabels
        If pyreadstat is not installed, or the file is damaged or holds no rows.
    """
    require("pyreadstat", TITLES[file.kind], "formats")
    batches = list(_batches(file, "first", (), limits.head_rows(10)))
    first = pa.Table.from_batches(batches)
    rows = int(first.schema.metadata[_ROWS])
    if not first.num_columns or not rows:
        raise UnreadableLabels(f"The file is {TITLES[file.kind]} without rows.", "Save it with a row per sample.")
    complete = first.num_rows == rows

    def of(columns: Sequence[str]) -> Iterator[Batch]:
        if not columns:
            yield Batch({}, rows, Repairs(rows=rows))
            return
        every = first.select(list(columns)).to_batches() if complete else _batches(file, "every", columns)
        yield from map(Batch.of_records, every)

    return Table(head_of(first, {}), of, declared=declared_in(first.schema, first), complete=complete)


def _batches(file: File, what: str, columns: Sequence[str], number: int = 0) -> Iterator[pa.RecordBatch]:
    title = TITLES[file.kind].partition(" ")[2]
    try:
        with file.opener() as opened:
            yield from batches_apart(opened, title, f"statistics:{what}", [file.kind, *columns], number)
    except pa.ArrowException as error:
        reason = " ".join(str(error).split())[:100].rstrip(".")
        raise UnreadableLabels(f"The {title} is damaged: {reason}.", "Save it again, or as CSV.") from error
