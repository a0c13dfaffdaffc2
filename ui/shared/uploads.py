"""What a visitor has uploaded, as a source that any reader takes."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import streamlit as st

from lossviz.labels.isolation import isolated
from lossviz.labels.sources.files import Openable
from ui.serving.runtime import host, is_lost
from ui.shared.prose import plain, prose

T = TypeVar("T")


def source_of(file: Any) -> Openable:
    """The file that an uploader of Streamlit's gave; it lies on the server's disk, and is read from there."""
    stored = host.stored(file.file_id)
    if stored is not None:
        return Openable(file.name, stored.open, stored.size)
    return Openable(file.name, partial(io.BytesIO, file.getvalue()), file.size)


def contents_of(file: Any, most: int = -1) -> bytes:
    """The bytes of an uploaded file that is read whole, at most so many."""
    with source_of(file).opener() as content:
        return content.read(most)


def read_apart(function: Callable[..., T], source: Any, *arguments: Any, **settings: Any) -> T:
    """What a reader gives of a source, in a process that ends when the visitor goes or moves on."""

    def go_on() -> None:
        _ = "any" in st.session_state  # raises where this run of the page is to stop

    return isolated(function, source, *arguments, while_waiting=go_on, **settings)


def show_troubles(key: str) -> None:
    """Say what was refused, and which files of the uploader `key` were lost when the server started anew."""
    if refusal := host.refusal():
        st.error(plain(refusal), icon=":material/block:")
    value = st.session_state.get(key)
    files = value if isinstance(value, list) else [value]
    if any(is_lost(file) for file in files):
        st.warning(prose("labels", "upload_lost"), icon=":material/cloud_off:")
