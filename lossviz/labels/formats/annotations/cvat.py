"""CVAT's own XML: `<annotations>` with an `<image>` per image, or a `<track>` per object of a video."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from lossviz.labels.formats.annotations.marked import Marked, inspect_marked
from lossviz.labels.formats.annotations.xml_events import elements_of
from lossviz.labels.inspection import Inspection, UnreadableLabels
from lossviz.labels.sources.files import File

ROOT = "annotations"
_SHAPES = {"box", "polygon", "polyline", "points", "mask", "ellipse", "cuboid", "skeleton", "tag"}
_LISTED = ("labels", "label", "name")


def inspect_cvat(file: File, name: str, settings: Mapping[str, Any]) -> Inspection:
    """Images with the labels of their shapes and tags, or frames with those of the tracks that are seen on them.

    The classes stand as the task lists them.

    Raises
    ------
    UnreadableLabels
        If it is no such file.
    """
    declared: list[str] = []
    images: list[tuple[str, list[str]]] = []
    frames: dict[str, list[str]] = defaultdict(list)
    size, tracks, track, shapes = 0, False, "", False
    for element in elements_of(file.opener):
        path, attributes = element.path[1:], element.attributes
        if element.ended:
            if path[-3:] == _LISTED and path[0] == "meta" and element.text not in declared:
                declared.append(element.text)
            elif path[:1] == ("meta",) and path[-1] == "size" and element.text.isdigit():
                size = max(size, int(element.text[:9]))
        elif path == ("image",):
            images.append((attributes.get("subset", ""), []))
        elif path[:1] == ("image",) and len(path) == 2 and path[1] in _SHAPES and attributes.get("label"):
            images[-1][1].append(attributes["label"])
            shapes = shapes or path[1] != "tag"
        elif path == ("track",):
            tracks, track = True, attributes.get("label", "")
        elif path[:1] == ("track",) and len(path) == 2 and path[1] in _SHAPES and attributes.get("outside") != "1":
            frames[attributes.get("frame", "")].append(track)
    if not images and not tracks:
        raise UnreadableLabels(
            "The XML has no images or tracks as CVAT writes them.", "Export the task as CVAT for images."
        )
    if tracks and not images:
        bare = max(0, size - len(frames))
        samples = [*(Marked(tuple(labels)) for labels in frames.values()), *[Marked(())] * bare]
    else:
        samples = [Marked(tuple(labels), subset, whole=not shapes) for subset, labels in images]
    return inspect_marked(samples, ("image", "box"), "CVAT", name, settings, declared=declared)
