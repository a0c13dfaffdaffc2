"""ARFF, dense and sparse, with labels from a Mulan XML, from MEKA's -C, or asked about."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

import numpy as np
import pandas as pd

from lossviz.labels.formats.encodings import decoded
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.sources.extras import needed_for
from lossviz.labels.tables.headers import unique_names

_ATTRIBUTE = re.compile(r"""@attribute\s+('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s{]+)\s*(.*)""", re.IGNORECASE)
_MARKS = set("'\"\\\r")


@dataclass(frozen=True, eq=False)
class Arff:
    """The cells of an ARFF, the label columns if it or its XML names them, and the trailing 0/1 attributes.

    `declared` are the values of each nominal attribute in the order in which it lists them.
    """

    cells: pd.DataFrame
    named: list[str] | None
    trailing: list[str]
    declared: dict[str, list[str]]


def arff_table(data: bytes, xml: bytes | None, fewest: int = 2) -> Arff:
    """What an ARFF holds.

    Raises UnreadableLabels if it is damaged, or has fewer rows than `fewest`.
    """
    text, _, _ = decoded(data, None)
    names: list[str] = []
    domains: list[list[str] | None] = []
    relation, rows = "", []
    lines = iter(text.replace("\r\n", "\n").split("\n"))
    for line in lines:
        bare = line.strip()
        lower = bare.lower()
        if lower.startswith("@relation"):
            relation = bare[9:].strip().strip("'\"")
        elif lower.startswith("@attribute"):
            match = _ATTRIBUTE.match(bare)
            if not match:
                raise UnreadableLabels(f"The attribute {bare[:60]!r} cannot be read.", "Mend that line of the ARFF.")
            names.append(_unquoted(match[1]))
            domains.append(_cells(match[2].strip()[1:-1]) if match[2].strip().startswith("{") else None)
        elif lower.startswith("@data"):
            break
    if not names:
        raise UnreadableLabels("The ARFF has no attributes.", "Check that it is whole.")
    for number, line in enumerate(lines, start=1):
        bare = line.strip()
        if not bare or bare.startswith("%"):
            continue
        rows.append(_row(bare, names, domains, number))
    if len(rows) < fewest:
        raise UnreadableLabels("The ARFF has fewer than two rows of data.", "Check that it is whole.")
    cells = pd.DataFrame(rows, columns=pd.Index(unique_names(names)), dtype=str)
    trailing = _trailing(list(cells.columns), domains)
    declared = {name: domain for name, domain in zip(cells.columns, domains, strict=True) if domain is not None}
    return Arff(cells, _named(relation, xml, list(cells.columns)), trailing, declared)


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


def _trailing(names: Sequence[str], domains: Sequence[list[str] | None]) -> list[str]:
    """The last run of attributes whose values are 0 and 1: what labels are where nothing names them."""
    found: list[str] = []
    for name, domain in zip(reversed(names), reversed(domains), strict=True):
        if domain is None or not set(domain) <= {"0", "1", "false", "true", "-1"}:
            break
        found.insert(0, name)
    return found


def _named(relation: str, xml: bytes | None, names: Sequence[str]) -> list[str] | None:
    if xml is not None:
        wanted = xml_labels(xml)
        absent = [name for name in wanted if name not in names]
        if absent:
            raise UnreadableLabels(
                f"The XML names {absent[0]!r}, which the ARFF has not.", "Upload the XML of this ARFF."
            )
        return wanted
    match = re.search(r"-[Cc]\s+(-?\d+)", relation)
    if match:
        count = int(match[1])
        if 0 < abs(count) <= len(names):
            return list(names[:count]) if count > 0 else list(names[count:])
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
