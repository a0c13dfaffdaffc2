"""VGG Image Annotator (VIA), its JSON and its CSV: regions of images, each with attributes that a person has named."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lossviz.labels.formats.annotations.marked import Marked, inspect_each
from lossviz.labels.inspection import Inspection, UnreadableLabels
from lossviz.labels.sources.encodings import decoded

CSV_START = "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes"
_IMAGES = "_via_img_metadata"

# An image: its own attributes, and those of each of its regions.
Image = tuple[Mapping[str, Any], list[Mapping[str, Any]]]


def is_via(start: str) -> bool:
    """Whether a JSON text begins as VIA's do."""
    project = '"_via_settings"' in start or f'"{_IMAGES}"' in start
    return start.lstrip().startswith("{") and (project or ('"region_attributes"' in start and '"filename"' in start))


def is_via_csv(start: str) -> bool:
    return start.lstrip("#\ufeff").startswith(CSV_START)


def inspect_via(value: Any, name: str, settings: Mapping[str, Any]) -> Inspection | None:
    """Images of a project, or of its annotations alone; None if it is neither.

    Raises
    ------
    UnreadableLabels
        If no region and no image has an attribute.
    """
    images = value.get(_IMAGES, value) if isinstance(value, dict) else None
    entries = list(images.values()) if isinstance(images, dict) else []
    if not entries or not all(isinstance(each, dict) and "regions" in each for each in entries):
        return None
    return _inspected(
        [(_attributes(each.get("file_attributes")), _regions(each["regions"])) for each in entries], name, settings
    )


def inspect_via_csv(data: bytes, name: str, settings: Mapping[str, Any]) -> Inspection:
    """The same of VIA's CSV, a row per region; an image without one has a row of its own."""
    return _inspected(list(_of_rows(decoded(data))), name, settings)


def _of_rows(text: str) -> Iterator[Image]:
    found: dict[str, Image] = {}
    try:
        for row in csv.DictReader(io.StringIO(text.lstrip("#"), newline="")):
            _, regions = found.setdefault(
                row["filename"], (_attributes(json.loads(row["file_attributes"] or "{}")), [])
            )
            if row["region_count"] != "0":
                regions.append(_attributes(json.loads(row["region_attributes"] or "{}")))
    except (ValueError, KeyError, TypeError, csv.Error, RecursionError) as error:
        raise UnreadableLabels(f"The CSV of VIA is broken: {str(error)[:100]}.", "Export it again.") from error
    yield from found.values()


def _regions(value: Any) -> list[Mapping[str, Any]]:
    """The attributes of regions, which the first version keeps by their numbers."""
    regions = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(regions, list) or not all(isinstance(each, dict) for each in regions):
        raise UnreadableLabels("The regions of the VIA export are no list.", "Export it again.")
    return [_attributes(each.get("region_attributes")) for each in regions]


def _attributes(value: Any) -> Mapping[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise UnreadableLabels("The attributes in the VIA export have no names.", "Export it again.")
    return value or {}


def _inspected(images: Sequence[Image], name: str, settings: Mapping[str, Any]) -> Inspection:
    by_region = dict.fromkeys(key for _, regions in images for each in regions for key in each)
    by_image = dict.fromkeys(key for own, _ in images for key in own)
    subjects: dict[str, list[Marked]] = {}
    for key in by_region:
        labels = [[text for each in regions for text in _texts(each.get(key))] for _, regions in images]
        subjects[key] = [Marked(tuple(each)) for each in labels]
    for key in by_image:
        subjects[f"{key} of the image" if key in by_region else key] = [
            Marked(tuple(_texts(own.get(key))), whole=True) for own, _ in images
        ]
    subjects = {key: each for key, each in subjects.items() if any(marked.labels for marked in each)}
    if not subjects:
        regions = sum(len(each) for _, each in images)
        raise UnreadableLabels(
            f"The VIA export has {regions:,} regions on {len(images):,} images, and no attribute that names a class.",
            "Give the regions an attribute in VIA, fill it in, and export them again.",
        )
    return inspect_each(subjects, ("image", "box"), "VIA", name, settings)


def _texts(value: Any) -> list[str]:
    """What an attribute says: its text, or the options that are ticked."""
    if isinstance(value, dict):
        return [str(key) for key, ticked in value.items() if ticked]
    return [str(value).strip()] if value not in (None, "", "undefined") and str(value).strip() else []
