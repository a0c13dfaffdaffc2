"""Packages that are the export of an annotation tool, or images beside their labels -> what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from lossviz.labels.formats.annotations import cvat, voc
from lossviz.labels.formats.annotations.brat import inspect_brat
from lossviz.labels.formats.annotations.image_folders import image_folders
from lossviz.labels.formats.annotations.xml_events import root_of
from lossviz.labels.formats.annotations.yolo import inspect_yolo, yolo_files
from lossviz.labels.formats.masks import are_masks, inspect_masks
from lossviz.labels.inspection import Inspection, Question, UnreadableLabels
from lossviz.labels.meaning.class_names import names_in_file
from lossviz.labels.naming import names_among, with_names
from lossviz.labels.opening import Found, found_in, inspection_of
from lossviz.labels.packages import found_among, is_beside
from lossviz.labels.sources.files import File
from lossviz.labels.sources.kinds import PICTURES
from lossviz.labels.values import shown

_NAMES_BESIDE = ("data.yaml", "data.yml", "dataset.yaml", "classes.txt", "obj.names", "_classes.txt", "class_names.txt")
_OF_FOLDERS = Question("column", "Do the folders name the classes, or does what lies in them?", ())


def export_in(files: Sequence[File], name: str, settings: Mapping[str, Any]) -> Found | None:
    """What several files hold as an export, or beside images; None where they are neither.

    Raises
    ------
    UnreadableLabels
        If they are an export that is damaged, or images without labels.
    """
    pictures = [file.name for file in files if file.kind in PICTURES]
    marked = _marked(files, pictures, name, settings)
    if marked is not None:
        return marked
    rest, names = names_among(files, settings.get("file"))
    found = _beside_pictures(rest, pictures, name, settings) if pictures else None
    if found is None and names is not None:
        found = in_files(rest, name, settings)
    return found if found is None or names is None else with_names(found, names, name)


def in_files(files: Sequence[File], name: str, settings: Mapping[str, Any]) -> Found:
    """What one file holds, or one of several, or masks."""
    masks = [file for file in files if file.kind == "png"]
    if masks and len(masks) >= len(files) / 2:
        return inspect_masks(masks, name)
    if len(files) > 1:
        return found_among(files, name, settings)
    chosen = settings.get("file")
    if chosen is not None and chosen not in (files[0].name, name):
        raise UnreadableLabels(f"There is no file {shown(chosen)} in it.", f"Choose {files[0].name}, or none.")
    return found_in(files[0], name, settings)


def _beside_pictures(files: Sequence[File], pictures: Sequence[str], name: str, settings: Mapping[str, Any]) -> Found:
    others = [file for file in files if file.kind not in PICTURES]
    masks = [file for file in files if file.kind == "png"]
    masks = masks if masks and are_masks(masks) else []
    problem = UnreadableLabels(
        f"There are {len(pictures):,} pictures and no labels.",
        "Put them in a folder for each class, or add the file that names their classes.",
    )
    found: list[Found] = []
    if [file for file in others if not is_beside(file.name)]:
        try:
            found.append(found_among(others, name, settings))
            inspection_of(found[0], name)
        except UnreadableLabels as refused:
            found, problem = [], refused
    if "file" in settings and found:
        return found[0]
    if masks and not found:
        try:
            found.append(inspect_masks(masks, name))
        except UnreadableLabels as refused:
            problem = refused
    folders = image_folders(pictures)
    if folders is not None:
        found.append(folders)
    if not found:
        raise problem
    return found[0] if len(found) == 1 else _both(found[0], found[1], name)


def _marked(files: Sequence[File], pictures: Sequence[str], name: str, settings: Mapping[str, Any]) -> Found | None:
    xml = [file for file in files if file.kind == "xml"]
    if xml and not any(file.kind == "arff" for file in files):
        root = root_of(xml[0].opener)
        if root == voc.ROOT:
            return voc.inspect_voc(xml, name, settings)
        if root == cvat.ROOT:
            return cvat.inspect_cvat(_one_of(xml, settings), name, settings)
    if standoff := [file for file in files if file.kind == "text" and file.name.endswith(".ann")]:
        return inspect_brat(standoff, name, settings)
    if boxes := yolo_files(files, pictures):
        return inspect_yolo(boxes, pictures, _classes_beside(files), name, settings)
    return None


def _one_of(files: Sequence[File], settings: Mapping[str, Any]) -> File:
    if len(files) > 1 and settings.get("file") not in [file.name for file in files]:
        raise UnreadableLabels(f"There are {len(files):,} CVAT exports.", "Upload one of them.")
    return next(file for file in files if settings.get("file") in (None, file.name))


def _classes_beside(files: Sequence[File]) -> tuple[str, ...]:
    """The names of the class indices that a file beside says, the one for the purpose first."""
    known = {file.name: file for file in files if file.kind in ("text", "json", "yaml")}
    by_place = sorted(known, key=lambda each: (each.count("/"), each))
    ends = [each for end in _NAMES_BESIDE for each in by_place if PurePosixPath(each).name.lower() == end]
    others = [each for each in by_place if each.lower().endswith((".yaml", ".yml", ".names"))]
    for each in dict.fromkeys([*ends, *others]):
        if names := names_in_file(known[each].read()):
            return names
    return ()


def _both(first: Found, second: Found, name: str) -> Inspection:
    """Labels in files, and folders that may be the classes; which of them is asked."""
    inside, folders = inspection_of(first, name), inspection_of(second, name)
    readings = (*inside.readings, *folders.readings)
    columns = tuple(dict.fromkeys(reading.settings.get("column") for reading in readings))
    return replace(
        inside,
        readings=readings,
        certain=False,
        questions=(replace(_OF_FOLDERS, choices=columns), *inside.questions, *folders.questions),
        warnings=(*inside.warnings, *folders.warnings),
    )
