"""ARFF, dense and sparse, with labels from a Mulan XML, from MEKA's -C, or asked about."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

import numpy as np
import pandas as pd

from lossviz.labels import limits
from lossviz.labels.inspection import Question, UnreadableLabels
from lossviz.labels.sources.encodings import decoded, encoding_of
from lossviz.labels.sources.extras import needed_for
from lossviz.labels.sources.streams import Opener, blocks_of, lines_from_all_over, read_bytes
from lossviz.labels.tables.headers import unique_names
from lossviz.labels.tables.table import Batch, Table, batch_of

_ATTRIBUTE = re.compile(r"""@attribute\s+('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s{]+)\s*(.*)""", re.IGNORECASE)
_DATA = re.compile(rb"^[ \t]*@data\b[^\n]*(\n|$)", re.IGNORECASE | re.MULTILINE)
_MARKS = set("'\"\\\r")


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
    rows = limits.head_rows(len(attributes.names))
    complete = ended and len(lines) <= 2 * rows
    first = lines if complete else lines[:-1][:rows]
    cells = attributes.cells(decoded(line, encoding) for line in first)
    if complete and len(cells) < 2:
        raise UnreadableLabels("The ARFF has fewer than two rows of data.", "Check that it is whole.")
    cut = top + sum(len(line) + 1 for line in first)

    def batches(columns: Sequence[str]) -> Iterator[Batch]:
        number = len(first)
        yield batch_of(cells, columns)
        with opener() as file:
            read_bytes(file, cut)
            for block in blocks_of(file, limits.CAREFUL_BLOCK):
                later = decoded(block, encoding).split("\n")
                yield batch_of(attributes.cells(later, number), columns)
                number += len(later) - 1

    declared = attributes.declared
    names = attributes.labels(xml)
    said: tuple[str, ...] = ()
    asked: tuple[Question, ...] = ()
    if names is not None:
        said = (f"The labels are the {len(names)} attributes that the file names.",)
    elif len(attributes.trailing) > 1:
        said = (f"Nothing says which attributes are labels; the last {len(attributes.trailing)} hold only 0 and 1.",)
        asked = (Question("columns", "Which attributes are labels?", (tuple(attributes.trailing),)),)
    if complete:
        head = cells[names] if names is not None else cells
        return Table.of_cells(head, warnings=said, questions=asked, declared=declared)
    more = lines_from_all_over(opener, len(cells), cut)
    head = pd.concat([cells, attributes.cells(decoded(line, encoding) for line in more)], ignore_index=True)
    head = head[names] if names is not None else head
    return Table(head, batches, warnings=said, questions=asked, declared=declared)


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
                names.append(_unquoted(match[1]))
                domains.append(_cells(match[2].strip()[1:-1]) if match[2].strip().startswith("{") else None)
        if not names:
            raise UnreadableLabels("The ARFF has no attributes.", "Check that it is whole.")
        return cls(relation, unique_names(names), domains)

    @property
    def declared(self) -> dict[str, list[str]]:
        both = zip(self.names, self.domains, strict=True)
        return {name: domain for name, domain in both if domain is not None}

    def cells(self, lines: Iterable[str], before: int = 0) -> pd.DataFrame:
        """The rows that lines hold, the first of which stands `before` so many others below @data."""
        given = ((number, line.strip()) for number, line in enumerate(lines, start=before + 1))
        rows = [
            _row(line, self.names, self.domains, number) for number, line in given if line and not line.startswith("%")
        ]
        return pd.DataFrame(rows, columns=pd.Index(self.names), dtype=str)

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
        match = re.search(r"-[Cc]\s+(-?\d+)", self.relation)
        count = int(match[1]) if match else 0
        if 0 < abs(count) <= len(self.names):
            return self.names[:count] if count > 0 else self.names[count:]
        return None


def _row(line: str, names: Sequence[str], domains: Sequence[list[str] | None], number: int) -> list[str]:
    if line.startswith("{"):
        row = [domain[0] if domain else "0" for domain in domains]
        for cell in _cells(line.strip("{} ")):
            index, _, value = cell.partition(" ")
            if not index.isdigit() or int(index) >= len(names):
                raise UnreadableLabels(f"Row {number} of the ARFF names attribute {index[:20]!r}.", "Mend that row.")
            row[int(index)] = _unquoted(value.strip())
        return row
    row = _cells(line)
    if len(row) != len(names):
        raise UnreadableLabels(
            f"Row {number} of the ARFF has {len(row)} values for {len(names)} attributes.", "Mend that row."
        )
    return row


def _cells(text: str) -> list[str]:
    if not text.strip():
        return []
    if not set(text) & _MARKS:
        return [cell.strip() for cell in text.split(",")]
    quote = "'" if "'" in text else '"'
    text = text.replace("\r", " ")
    try:
        row = next(csv.reader([text], quotechar=quote, escapechar="\\", skipinitialspace=True), [])
    except csv.Error as error:
        raise UnreadableLabels(f"The line {text[:40]!r} of the ARFF cannot be read.", "Mend that line.") from error
    return [_unquoted(cell.strip()) for cell in row]


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1].replace("\\'", "'").replace('\\"', '"')
    return text


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
