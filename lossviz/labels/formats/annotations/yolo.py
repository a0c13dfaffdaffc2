"""YOLO: a text file per image, a line per box: the index of its class, then numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from lossviz.labels.formats.annotations.marked import Marked, inspect_marked, split_in
from lossviz.labels.inspection import Inspection, UnreadableLabels
from lossviz.labels.sources.files import File
from lossviz.labels.tables.headers import unique_names

_LINE = re.compile(rb"\s*(\d{1,6})((?:\s+[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?){4,})\s*")
_BESIDE = re.compile(r"(classes|names|labels|obj|train|val|valid|validation|test|trainval|readme.*|notes?|license.*)")
_FOLDERS = {"images", "labels"}
_MOST_BYTES = 8 << 20
_WIDEST = 1.5  # of coordinates that are shares of the image's sides, and may leave it a little


def yolo_files(files: Sequence[File], images: Sequence[str]) -> list[File]:
    """The files of boxes among some; none where they are no YOLO export."""
    texts = [file for file in files if file.kind == "text" and file.name.lower().endswith(".txt")]
    texts = [file for file in texts if not _BESIDE.fullmatch(PurePosixPath(file.name).stem.lower())]
    pictured = {_sample(image) for image in images}
    inside = [file for file in texts if "labels" in PurePosixPath(file.name).parts[:-1]]
    own = inside or [file for file in texts if _sample(file.name) in pictured] or texts
    written = [file for file in own if file.size]
    some = written[:: max(1, len(written) // 20)]
    return own if some and sum(map(_is_box, some)) >= 0.8 * len(some) else []


def _is_box(file: File) -> bool:
    with file.opener() as opened:
        lines = opened.read(4096).split(b"\n")
    boxes = [_LINE.fullmatch(line) for line in (lines if file.size < 4096 else lines[:-1]) if line.strip()]
    return all(box is not None and all(abs(float(part)) <= _WIDEST for part in box[2].split()[:4]) for box in boxes)


def inspect_yolo(
    files: Sequence[File], images: Sequence[str], classes: Sequence[str], name: str, settings: Mapping[str, Any]
) -> Inspection:
    """Images with the classes of their boxes; an empty file, or an image without one, is a sample without a label.

    Parameters
    ----------
    images : sequence of str
        The names of the image files that lie beside.
    classes : sequence of str
        The name of each index, where they are known.

    Raises
    ------
    UnreadableLabels
        If a line is none of YOLO's.
    """
    ids = {_sample(file.name): (_ids_in(file), split_in(file.name)) for file in files}
    bare = {_sample(image): split_in(image) for image in images if _sample(image) not in ids}
    unlabelled = f"{len(bare):,} image{' has' if len(bare) == 1 else 's have'} no file of boxes, and no label then."
    highest = max((k for each, _ in ids.values() for k in each), default=-1)
    said = [unlabelled] if bare else []
    if classes and highest >= len(classes):
        said.append(f"The names of the classes are {len(classes)}, and index {highest} has none; indices are shown.")
        classes = ()
    if not classes:
        said.append("There is no data.yaml, classes.txt or obj.names beside the boxes; classes are called by index.")
    names = unique_names(classes, "class") if classes else [str(k) for k in range(highest + 1)]
    samples = [Marked(tuple(names[k] for k in each), split) for each, split in ids.values()]
    samples += [Marked((), split) for split in bare.values()]
    return inspect_marked(samples, ("image", "box"), "YOLO", name, settings, declared=names, warnings=said)


def _sample(path: str) -> str:
    """What the file of boxes and the image of one sample have in common."""
    place = PurePosixPath(path)
    return "/".join((*(part for part in place.parts[:-1] if part not in _FOLDERS), place.stem))


def _ids_in(file: File) -> list[int]:
    found = []
    for number, line in enumerate(file.read(_MOST_BYTES).removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        box = _LINE.fullmatch(line)
        if box is not None:
            found.append(int(box[1]))
        elif line.strip():
            raise UnreadableLabels(
                f"Line {number:,} of {file.name!r} is no class index followed by the numbers of a box.",
                "Mend that line, or leave that file out.",
            )
    return found
