"""What a visitor has uploaded, as a source that any reader takes."""

from __future__ import annotations

import io
from typing import Any

import streamlit as st

from lossviz.labels.sources.files import Openable
from ui.serving.runtime import host, is_lost
from ui.shared.prose import plain, prose


def source_of(file: Any) -> Openable:
    """The file that an uploader of Streamlit's gave; it lies on the server's disk, and is read from there."""
    stored = host.stored(file.file_id)
    if stored is not None:
        return Openable(file.name, stored.open, stored.size)
    return Openable(file.name, lambda: io.BytesIO(file.getvalue()), file.size)


def contents_of(file: Any, most: int = -1) -> bytes:
    """The bytes of an uploaded file that is read whole, at most so many."""
    with source_of(file).opener() as content:
        return content.read(most)


def show_troubles(key: str) -> None:
    """Say what was refused, and which files of the uploader `key` were lost when the server started anew."""
    if refusal := host.refusal():
        st.error(plain(refusal), icon=":material/block:")
    value = st.session_state.get(key)
    files = value if isinstance(value, list) else [value]
    if any(is_lost(file) for file in files):
        st.warning(prose("labels", "upload_lost"), icon=":material/cloud_off:")
