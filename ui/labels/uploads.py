"""Label files from the browser, and from the one folder that the app was started to serve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from lossviz.labels.isolation import prepare
from lossviz.labels.sources.files import name_of
from ui.labels import local_files, reading
from ui.labels.facts import Source
from ui.labels.local_files import ServedFile
from ui.shared import labels, uploads
from ui.shared.prose import plain, prose

_MOST_SAID = 3


def show() -> None:
    """Files from the browser."""
    prepare()  # while a person looks for one
    files = st.file_uploader("Label file", key="file", accept_multiple_files=True)
    uploads.show_troubles("file")
    st.caption(prose("labels", "formats"))
    if files:
        reading.show(_uploaded(files))


def show_local(folder: Path) -> None:
    """Files below the served folder, by a path or a glob."""
    pattern = st.text_input("Path or glob", key="path", bind="query-params", placeholder="train/*.parquet")
    begin = labels.listed(local_files.some_names(folder))
    st.caption(prose("labels", "local", names=begin or "nothing"))
    if not pattern:
        return
    try:
        found = local_files.files_below(folder, pattern)
    except ValueError as error:
        st.error(plain(str(error)), icon=":material/block:")
        return
    if found.left_out:
        said = "; ".join(plain(why) for why in found.left_out[:_MOST_SAID])
        more = f"; and {rest:,} more" if (rest := len(found.left_out) - _MOST_SAID) > 0 else ""
        st.warning(f"Left out: {said}{more}.", icon=":material/info:")
    reading.show(_local(found.files, pattern))


def _uploaded(files: list[Any]) -> Source:
    names = [file.name for file in files]
    sources = [uploads.source_of(file) for file in files]
    return Source(
        key="file:" + " ".join(file.file_id for file in files),
        open=lambda: sources[0] if len(sources) == 1 else sources,
        name=name_of(names),
        code=repr(names[0] if len(names) == 1 else names),
        size=sum(source.size for source in sources),
    )


def _local(found: Sequence[ServedFile], pattern: str) -> Source:
    globbed = any(char in pattern for char in "*?[")
    one = len(found) == 1 and not globbed
    all_in = f"Path().glob({pattern!r})" if globbed else f"Path({pattern!r}).rglob('*')"
    openable = [file.openable for file in found]
    return Source(
        key=f"path:{pattern}:{hash(tuple((file.parts, file.version) for file in found))}",
        open=lambda: openable[0] if one else openable,
        name=name_of(openable[0] if len(found) == 1 else openable),
        code=repr(pattern) if one else f"sorted(path for path in {all_in} if path.is_file())",
        size=sum(file.size for file in found),
    )
