"""Images in folders named by their classes -> a table of folders; the images are never opened."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import pandas as pd

from lossviz.labels.formats.annotations.marked import split_in
from lossviz.labels.tables.table import Table

_MOST_LEVELS = 4
_CLASS, _SPLIT = "class", "split"
_YEAR = re.compile(r"[_-]?(19|20)\d\d$")
_OF_ALL = {"images", "imgs", "img", "jpegimages"}  # folders that say that images lie in them


def image_folders(images: Sequence[str]) -> Table | None:
    """A row per image, its class the folder below that of the split, as torchvision's ImageFolder has it.

    None where no folders tell images apart.
    """
    paths = _below_common(images)
    splits = [split_in(path) for path in paths]
    folders = [_without(PurePosixPath(path).parts[:-1], split) for path, split in zip(paths, splits, strict=True)]
    classed = [k for k, each in enumerate(folders) if each]
    untold = sum(not each and not split.lower().startswith("test") for each, split in zip(folders, splits, strict=True))
    if len({folders[k][0] for k in classed}) < 2 or untold > len(classed):  # those to test on often lie in one folder
        return None
    kept = [folders[k] for k in classed]
    levels = min(_MOST_LEVELS, max(map(len, kept)))
    labels = [_CLASS, *(f"{_CLASS}, folder {level + 1}" for level in range(1, levels))]
    cells = {label: [each[level] if level < len(each) else "" for each in kept] for level, label in enumerate(labels)}
    cells[_SPLIT] = [_YEAR.sub("", splits[k]).lower() for k in classed]
    head = pd.DataFrame({label: column for label, column in cells.items() if len({*column}) > 1}, dtype="string")
    return Table.of_cells(head, warnings=_said(len(folders) - len(classed)))


def _below_common(images: Sequence[str]) -> list[str]:
    """The paths without the folders that all of them have, but for one that names a split."""
    folders = [os.path.dirname(image) for image in images]  # noqa: PTH120 - of a million paths
    common = os.path.commonpath(folders).split("/") if all(folders) else []
    kept = next((k for k, part in enumerate(common) if split_in(f"{part}/")), len(common))
    below = "/".join(common[:kept])
    return [image[len(below) + 1 :] if below else image for image in images]


def _without(folders: tuple[str, ...], split: str) -> tuple[str, ...]:
    """The folders below that of a split, or above it where none is below it."""
    place = folders.index(split) if split else -1
    below, above = (
        tuple(part for part in each if part.lower() not in _OF_ALL)
        for each in (folders[place + 1 :], folders[: max(0, place)])
    )
    return below or above


def _said(unclassed: int) -> tuple[str, ...]:
    lie = "image lies" if unclassed == 1 else "images lie"
    return (f"{unclassed:,} {lie} in no folder of a class, and are left out.",) if unclassed else ()
