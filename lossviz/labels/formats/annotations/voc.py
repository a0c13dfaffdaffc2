"""Pascal VOC: an XML file per image, `<annotation>` with an `<object>` per box, whose `<name>` is its class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lossviz.labels.formats.annotations.marked import Marked, inspect_marked, split_in
from lossviz.labels.formats.annotations.xml_events import elements_of
from lossviz.labels.inspection import Inspection
from lossviz.labels.sources.files import File

ROOT = "annotation"


def inspect_voc(files: Sequence[File], name: str, settings: Mapping[str, Any]) -> Inspection:
    """Images of which each has a file; one without an object is a sample without a label."""
    samples, difficult = [], 0
    for file in files:
        labels, hard = _labels_in(file)
        samples.append(Marked(tuple(labels), split_in(file.name)))
        difficult += hard
    boxes = "box is" if difficult == 1 else "boxes are"
    said = (f"{difficult:,} {boxes} marked as difficult, and counted like the others.",) if difficult else ()
    return inspect_marked(samples, ("image", "box"), "Pascal VOC", name, settings, warnings=said)


def _labels_in(file: File) -> tuple[list[str], int]:
    """The names of the objects in a file, parts of objects and deleted ones left out, and how many are difficult."""
    labels: list[str] = []
    difficult = 0
    own: dict[str, str] = {}
    for element in elements_of(file.opener):
        if element.path[1:] == ("object",) and element.ended:
            if own.get("name") and own.get("deleted", "0") != "1":
                labels.append(own["name"])
                difficult += own.get("difficult") == "1"
            own = {}
        elif element.ended and element.path[1:2] == ("object",) and len(element.path) == 3:
            own[element.path[2]] = element.text
    return labels, difficult
