"""brat's standoff: a file per document, a line per annotation; those that begin with T are spans of text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lossviz.labels.formats.annotations.marked import Marked, inspect_marked, split_in
from lossviz.labels.inspection import Inspection, UnreadableLabels
from lossviz.labels.sources.files import File
from lossviz.labels.sources.streams import blocks_of

_SPAN = re.compile(r"T\d+\t(\S+) \d+ \d+(;\d+ \d+)*(\t.*)?")
_OTHER = re.compile(r"([REAMN#]\d+|\*)\t.*")


def is_brat(start: str) -> bool:
    """Whether a text begins with lines of brat's, at least one of them a span."""
    lines = [line.rstrip("\r") for line in start.split("\n")[:20] if line.strip()]
    lines = lines[:-1] if len(start) > 60_000 else lines
    return any(map(_SPAN.fullmatch, lines)) and all(_SPAN.fullmatch(line) or _OTHER.fullmatch(line) for line in lines)


def inspect_brat(files: Sequence[File], name: str, settings: Mapping[str, Any]) -> Inspection:
    """Spans, or documents with the labels of theirs; relations, events, attributes and notes are none.

    Raises
    ------
    UnreadableLabels
        If a line is none of brat's.
    """
    samples = [Marked(tuple(_labels_in(file)), split_in(file.name)) for file in files]
    return inspect_marked(samples, ("span", "document"), "brat", name, settings)


def _labels_in(file: File) -> list[str]:
    labels = []
    number = 0
    with file.opener() as opened:
        for block in blocks_of(opened):
            for line in block.decode("utf-8-sig", errors="replace").split("\n")[:-1]:
                number += 1
                if span := _SPAN.fullmatch(line.rstrip("\r")):
                    labels.append(span[1])
                elif line.strip() and not _OTHER.fullmatch(line.rstrip("\r")):
                    raise UnreadableLabels(
                        f"Line {number:,} of {file.name!r} is no annotation of brat's.", "Mend that line."
                    )
    return labels
