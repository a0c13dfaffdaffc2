"""Uploaded label files: what was understood of them, and how a person answers and corrects it."""

from __future__ import annotations

from typing import Any

import streamlit as st

import lossviz
from lossviz.labels.delimited import DELIMITERS
from lossviz.labels.inspection import Inspection, Reading, UnreadableLabels
from lossviz.labels.lists import SEPARATORS, SPELLED
from lossviz.labels.reader import read_with
from lossviz.labels.shapes import SHAPES
from lossviz.notation import number
from ui import labels
from ui.prose import plain, prose

_CORRECTED = ("class", "onehot", "list")


def show() -> None:
    """Files: what was understood of them, settings to correct that, and their first rows."""
    files = st.file_uploader("Label file", key="file", accept_multiple_files=True, help=prose("labels", "formats"))
    st.caption(prose("labels", "formats"))
    if not files:
        return
    try:
        with st.spinner("Reading the labels"):
            inspection, reading = _understood(files)
    except UnreadableLabels as error:
        st.error(f"{plain(error.reason)} **{plain(error.remedy)}**", icon=":material/block:")
        return
    st.success(f"Understood as {plain(reading.description)}.", icon=":material/check:")
    for warning in inspection.warnings:
        st.warning(plain(warning), icon=":material/info:")
    if len(inspection.preview):
        st.dataframe(inspection.preview, height=180, alt="First rows of the file as read")
    st.code(_code(files[0].name, reading), language="python")
    labels.choose(reading.counts)


def _code(name: str, reading: Reading) -> str:
    """The line that reads the file so again."""
    settings = "".join(f", {key}={value!r}" for key, value in reading.settings.items())
    return f"counts = lossviz.read_labels({name!r}{settings})"


def _understood(files: list[Any]) -> tuple[Inspection, Reading]:
    """The files as read under the settings that the person chose, each starting from what was found."""
    file_id = " ".join(file.file_id for file in files)
    table: dict[str, Any] = {}
    inspection = _inspected(file_id, table, files)
    if "delimiter" in inspection.readings[0].settings:
        with st.container(horizontal=True):
            delimiter = _setting("Delimiter", f"{file_id}:delimiter", DELIMITERS)
            header = _setting("First row", f"{file_id}:header", {True: "column names", False: "data"})
        table = {key: value for key, value in (("delimiter", delimiter), ("header", header)) if value is not None}
        inspection = _inspected(file_id, table, files)
    best = _answered(inspection, file_id)
    if not len(inspection.preview) or best.settings.get("shape") not in _CORRECTED:
        return inspection, best
    return inspection, _corrected(inspection, best, table, file_id, files)


def _answered(inspection: Inspection, file_id: str) -> Reading:
    """The reading that the person chooses where the file leaves several open."""
    readings = inspection.readings
    if inspection.certain or len(readings) == 1:
        return readings[0]
    for question in inspection.questions:
        if question.setting not in ("column", "positive"):
            st.markdown(f"**{plain(question.text)}**")
    offered = readings[:8]
    chosen = st.radio(
        "This file can be read in several ways",
        range(len(offered)),
        format_func=lambda k: plain(_consequence(offered[k])),
        key=f"{file_id}:reading",
    )
    return offered[int(chosen)]


def _consequence(reading: Reading) -> str:
    """What a reading comes to: its rarest class, and how many others stand against each of it."""
    counts = reading.counts
    k = counts.rarest
    n = int(counts.positives[k])
    against = f"{number(float(counts.negatives[k]) / n)} to 1" if n else "none"
    return f"{reading.description}: rarest {counts.classes[k]}, {n:,} of {counts.n_samples:,} ({against})"


def _corrected(inspection: Inspection, best: Reading, table: dict[str, Any], file_id: str, files: list[Any]) -> Reading:
    """The reading under the shape, column, separator and positive class that the person set."""
    base = table | {key: best.settings[key] for key in ("sheet", "file") if key in best.settings}
    variant = "|".join(f"{key}={value}" for key, value in best.settings.items() if key in ("empty", "uncertain"))
    with st.container(horizontal=True):
        shapes = {key: SHAPES[key] for key in _CORRECTED}
        shape = _setting("Shape", f"{file_id}:shape:{variant}", shapes, best.settings["shape"])
        settings: dict[str, Any] = {"shape": shape}
        columns = [str(column) for column in inspection.preview.columns]
        if shape == "onehot":
            chosen = best.settings.get("columns", [])
            settings["columns"] = st.multiselect("Label columns", columns, default=chosen, key=f"{file_id}:columns")
        else:
            ranked = [best, *inspection.readings]
            names = [reading.settings["column"] for reading in ranked if "column" in reading.settings]
            offered = dict.fromkeys([*names, *columns])
            settings["column"] = _setting(
                "Label column", f"{file_id}:column", {each: each for each in offered}, next(iter(offered))
            )
        if shape == "list":
            found = best.settings.get("separator", SEPARATORS[0])
            shown = {separator: SPELLED[separator] for separator in dict.fromkeys([found, *SEPARATORS])}
            settings["separator"] = _setting("Separator", f"{file_id}:separator", shown, found)
        kept = {key: best.settings[key] for key in ("empty", "uncertain") if key in best.settings}
        reading = _read(file_id, base | settings | (kept if shape == best.settings["shape"] else {}), files)
        if reading.counts.task == "binary":
            found = reading.counts.classes[1]
            classes = {each: each for each in sorted(reading.counts.classes)}
            positive = _setting("Positive class", f"{file_id}:positive:{settings.get('column')}", classes, found)
            if positive != found:
                reading = _read(file_id, base | settings | {"positive": positive}, files)
    return reading


def _setting(label: str, key: str, options: dict[Any, str], found: Any = None) -> Any:
    """A choice that follows the file until the person overrules it."""
    keys = list(options)
    index = keys.index(found) if found in keys else None
    value = st.selectbox(
        label, keys, index=index, placeholder="as found", format_func=lambda option: options[option], key=key
    )
    return value if value is not None else found


@st.cache_data(scope="session", max_entries=8, show_spinner=False)
def _inspected(file_id: str, table: dict[str, Any], _files: list[Any]) -> Inspection:
    source, name = _source(_files)
    return lossviz.inspect_labels(source, filename=name, **table)


@st.cache_data(scope="session", max_entries=8, show_spinner=False)
def _read(file_id: str, settings: dict[str, Any], _files: list[Any]) -> Reading:
    source, name = _source(_files)
    return read_with(source, filename=name, **settings)


def _source(files: list[Any]) -> tuple[Any, str]:
    """What the reader takes, and the name that the counts carry."""
    for file in files:
        file.seek(0)
    if len(files) == 1:
        return files[0].getvalue(), files[0].name
    return files, ", ".join(file.name for file in files[:3])
