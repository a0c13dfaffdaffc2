"""ARFF, dense and sparse, with labels from a Mulan XML, from MEKA's -C, or asked about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any
from xml.etree.ElementTree import ParseError

import numpy as np

from lossviz.labels import limits
from lossviz.labels.formats.arff_rows import (
    DenseRows,
    Rows,
    SparseRows,
    Width,
    batch_of,
    joined_rows,
    rows_in,
    unquoted,
    values_in,
)
from lossviz.labels.inspection import Question, UnreadableLabels
from lossviz.labels.sources.encodings import decoded, encoding_of
from lossviz.labels.sources.extras import needed_for
from lossviz.labels.sources.streams import Opener, blocks_of, lines_from_all_over, read_bytes
from lossviz.labels.tables.headers import unique_names
from lossviz.labels.tables.table import Batch, Table

_ATTRIBUTE = re.compile(
    r"""@attribute\s+('[^'\\]*+(?:\\.[^'\\]*+)*+'|"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s{]+)\s*(.*)""", re.IGNORECASE
)
_DATA = re.compile(rb"^[ \t]*@data\b[^\n]*(\n|$)", re.IGNORECASE | re.MULTILINE)


def arff_table(opener: Opener, xml: bytes | None) -> Table:
    """The table of an ARFF; its labels alone where it, or its `xml`, names them.

    Raises
    ------
    UnreadableLabels
        If it is damaged, or has fewer than two rows.
    """
    start, ended = _start(opener)
    begin = _DATA.search(start)
    top = begin.end() if begin else len(start)
    encoding, _ = encoding_of(start)
    attributes = Attributes.of(decoded(start[:top], encoding))
    lines = start[top:].split(b"\n")
    rows = limits.head_rows(_said_in_row(lines, len(attributes.names)))
    complete = ended and len(lines) <= 2 * rows
    first = lines if complete else lines[:-1][:rows]
    width = attributes.width
    begun = rows_in(decoded(b"\n".join(first), encoding), width)
    if complete and begun.number < 2:
        raise UnreadableLabels("The ARFF has fewer than two rows of data.", "Check that it is whole.")
    cut = top + sum(len(line) + 1 for line in first)

    def batches(columns: Sequence[str]) -> Iterator[Batch]:
        yield batch_of(begun, columns)
        with opener() as file:
            read_bytes(file, cut)
            yield from (batch_of(rows, columns) for rows in _gathered(_later(file, encoding, width, len(first))))

    names = attributes.labels(xml)
    said: tuple[str, ...] = ()
    asked: tuple[Question, ...] = ()
    if names is not None:
        said = (f"The labels are the {len(names)} attributes that the file names.",)
    elif len(attributes.trailing) > 1:
        said = (f"Nothing says which attributes are labels; the last {len(attributes.trailing)} hold only 0 and 1.",)
        asked = (Question("columns", "Which attributes are labels?", (tuple(attributes.trailing),)),)
    known: dict[str, Any] = {"warnings": said, "questions": asked, "declared": attributes.declared}
    if complete:
        return Table.of_head(begun.head(names or width.names), **known)
    more = lines_from_all_over(opener, begun.number, cut)
    judged = rows_in(decoded(b"\n".join([*first, *more]), encoding), width)
    return Table(judged.head(names or width.names), batches, **known)


def _said_in_row(lines: Sequence[bytes], width: int) -> int:
    """How many cells a row says: all of them, or of sparse rows so many on the average."""
    sample = [line.lstrip() for line in lines[:1000]]
    said = [line.count(b",") + 1 if line.startswith(b"{") else width for line in sample if line]
    return sum(said) // len(said) if said else width


def _later(file: IO[bytes], encoding: str, width: Width, before: int) -> Iterator[Rows]:
    for block in blocks_of(file, limits.CAREFUL_BLOCK):
        yield rows_in(decoded(block, encoding), width, before)
        before += block.count(b"\n")


def _gathered(parts: Iterator[Rows]) -> Iterator[Rows]:
    """Parts of rows, of which sparse ones, that say little, are counted together."""
    waiting: list[SparseRows] = []
    for part in parts:
        many = sum(len(rows.texts) for rows in waiting) > limits.BATCH_ENTRIES or len(waiting) >= limits.BATCH_BLOCKS
        if waiting and (many or isinstance(part, DenseRows)):
            yield joined_rows(waiting)
            waiting = []
        if isinstance(part, DenseRows):
            yield part
        else:
            waiting.append(part)
    if waiting:
        yield joined_rows(waiting)


def _start(opener: Opener) -> tuple[bytes, bool]:
    """The first bytes, with all attributes and some rows, and whether they are all."""
    with opener() as file:
        start = read_bytes(file, limits.HEAD_BYTES)
        while (begin := _DATA.search(start)) is None or start.count(b"\n", begin.end()) < 3:
            more = read_bytes(file, limits.HEAD_BYTES)
            start += more
            if not more or len(start) > limits.WHOLE_BYTES:
                break
        return start, not file.read(1)


@dataclass(frozen=True, eq=False)
class Attributes:
    """The columns of an ARFF: their names, and the values that each nominal one declares."""

    relation: str
    names: list[str]
    domains: list[list[str] | None]

    @classmethod
    def of(cls, text: str) -> Attributes:
        """From what stands above the rows."""
        names: list[str] = []
        domains: list[list[str] | None] = []
        relation = ""
        for line in text.split("\n"):
            bare = line.strip()
            lower = bare.lower()
            if lower.startswith("@relation"):
                relation = bare[9:].strip().strip("'\"")
            elif lower.startswith("@attribute"):
                match = _ATTRIBUTE.match(bare)
                if not match:
                    raise UnreadableLabels(
                        f"The attribute {bare[:60]!r} cannot be read.", "Mend that line of the ARFF."
                    )
                names.append(unquoted(match[1]))
                domains.append(values_in(match[2].strip()[1:-1]) if match[2].strip().startswith("{") else None)
        if not names:
            raise UnreadableLabels("The ARFF has no attributes.", "Check that it is whole.")
        if len(names) > limits.MOST_ATTRIBUTES:
            raise UnreadableLabels(
                f"The ARFF has {len(names):,} attributes; at most {limits.MOST_ATTRIBUTES:,} are read.",
                "Save the labels alone.",
            )
        return cls(relation, unique_names(names), domains)

    @property
    def declared(self) -> dict[str, list[str]]:
        both = zip(self.names, self.domains, strict=True)
        return {name: domain for name, domain in both if domain is not None}

    @property
    def width(self) -> Width:
        return Width(self.names, [domain[0] if domain else "0" for domain in self.domains])

    @property
    def trailing(self) -> list[str]:
        """The last run of attributes whose values are 0 and 1: what labels are where nothing names them."""
        found: list[str] = []
        for name, domain in zip(reversed(self.names), reversed(self.domains), strict=True):
            if domain is None or not set(domain) <= {"0", "1", "false", "true", "-1"}:
                break
            found.insert(0, name)
        return found

    def labels(self, xml: bytes | None) -> list[str] | None:
        """The attributes that the XML or the relation names as labels."""
        if xml is not None:
            wanted = xml_labels(xml)
            absent = [name for name in wanted if name not in self.names]
            if absent:
                raise UnreadableLabels(
                    f"The XML names {absent[0]!r}, which the ARFF has not.", "Upload the XML of this ARFF."
                )
            return wanted
        match = re.search(r"-[Cc]\s+(-?[0-9]{1,6})\b", self.relation)
        count = int(match[1]) if match else 0
        if 0 < abs(count) <= len(self.names):
            return self.names[:count] if count > 0 else self.names[count:]
        return None


def xml_labels(xml: bytes) -> list[str]:
    """The labels that a Mulan XML names, those inside labels included."""
    with needed_for("the XML beside an ARFF file"):
        from defusedxml import DefusedXmlException
        from defusedxml.ElementTree import fromstring
    try:
        root = fromstring(xml)
    except (ParseError, DefusedXmlException, ValueError, np.exceptions.AxisError) as error:
        raise UnreadableLabels(
            f"The XML cannot be read: {str(error)[:100].rstrip('.')}.", "Upload a Mulan XML without entities."
        ) from error
    found = [node.attrib["name"] for node in root.iter() if node.tag.endswith("label") and "name" in node.attrib]
    if not found:
        raise UnreadableLabels("The XML names no labels.", "Upload the Mulan XML that belongs to an ARFF.")
    return found
