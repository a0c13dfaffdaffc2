"""Scores that exist already, given back as probabilities: of one label, or of all classes of a softmax."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

import lossviz
from lossviz import figures
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.limits import MOST_COLUMNS
from lossviz.scores.reading import ScoreColumns, read_columns
from lossviz.snippets.scores import undo_snippet, undone_snippet
from ui.scores import undo_classes
from ui.scores.undo_classes import BLOCK, MOST_AT_ONCE
from ui.shared import labels, uploads
from ui.shared.charts import show as show_chart
from ui.shared.controls import choice
from ui.shared.prose import options, plain, prose
from ui.shared.tables import harmless_csv, inert

_SEEN = 200
_READ = "scores:read"

Knobs = Mapping[str, float | None]
Undo = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass
class _Read:
    """What was read of a file, or of typed text, under its `key`; and which of its columns are scores of `classes`."""

    key: str
    columns: ScoreColumns | UnreadableLabels
    classes: tuple[str, ...] | None = None
    rows: list[str] = field(default_factory=list)


def show(losses: Mapping[str, Knobs]) -> None:
    """A field and an upload for scores, the loss that they come from, what they mean, and the code that says so."""
    st.subheader("Recover the probabilities", anchor=False)
    st.markdown(prose("scores", "undo"))
    known = {key: losses.get(key, {}) for key in (*losses, *undo_classes.LOSSES)}
    names = {key: lossviz.LOSSES[key].label for key in known}
    key = choice("The model was trained with", names, key="undone", default="asl" if "asl" in losses else None)
    typed, uploaded = st.columns(2)
    text = typed.text_area(
        "Scores, one a line; or a row of class scores a line", value="0.1, 0.32, 0.5, 0.9", key="typed_scores"
    )
    file = uploaded.file_uploader("or a file with a column of scores, or a column per class", key="score_file")
    uploads.show_troubles("score_file")
    try:
        read = _read(file, text)
        if isinstance(read.columns, UnreadableLabels):
            raise read.columns
        frame = read.columns.frame
        wide = _rows(read, frame)
        undo = undo_classes.show(*wide, key, known) if wide else _of_one_label(frame, key, known[key])
        _table(wide[0] if wide else frame, undo, len(wide[1]) if wide else 1)
    except ValueError as error:
        st.error(plain(str(error)), icon=":material/block:")
        return
    for warning in read.columns.warnings:
        st.warning(plain(warning), icon=":material/info:")


def _read(file: Any, text: str) -> _Read:
    """What a file holds, or else the text; read once, and kept until another takes its place."""
    key = text if file is None else f"file:{file.file_id}"
    kept: _Read | None = st.session_state.get(_READ)
    if kept is None or kept.key != key:
        st.session_state.pop(_READ, None)  # before the next is read
        try:
            with st.spinner("Reading the scores", show_time=True):
                if file is None:
                    columns = read_columns(text.encode(), filename="The field")
                else:
                    columns = uploads.read_apart(read_columns, uploads.source_of(file), filename=file.name)
                kept = _Read(key, columns)
        except UnreadableLabels as problem:
            kept = _Read(key, problem.with_traceback(None))
        st.session_state[_READ] = kept
    return kept


def _table(frame: pd.DataFrame, undo: Undo, columns: int) -> None:
    """The first rows with what their `columns` of scores mean, and a file of all of them."""
    st.dataframe(inert(undo(frame.head(_SEEN))), hide_index=True, alt="Scores and the probabilities that they mean")

    def whole() -> bytes:
        parts = (undo(frame.iloc[start : start + BLOCK]) for start in range(0, len(frame), BLOCK))
        return "".join(harmless_csv(part, header=not k) for k, part in enumerate(parts)).encode()

    st.download_button("CSV", whole, "lossviz-undone.csv", "text/csv", icon=":material/download:")
    if len(frame) * columns > MOST_AT_ONCE:
        st.caption(prose("scores", "in_part", rows=f"{len(frame):,}", part=f"{MOST_AT_ONCE // columns:,}"))


def _of_one_label(frame: pd.DataFrame, key: str, knobs: Knobs) -> Undo:
    """What gives back a column of scores under a loss; and, for its scores, how much cannot be recovered."""
    code, loss = lossviz.LOSSES[key].code(**knobs), lossviz.LOSSES[key].from_knobs(**knobs)
    told, drawn = st.columns(2)
    told.code(undo_snippet(code), language="python", wrap_lines=True)
    with drawn:
        show_chart(
            figures.undone_figure({key: loss}),
            key="undone_curve",
            alt="The true probability over the score, shaded where it cannot be recovered",
            code=undone_snippet(code),
        )
    column = _column(frame)
    back = undone(loss, checked(frame[column])[:MOST_AT_ONCE])
    lost = np.flatnonzero(np.isnan(back))
    if lost.size:
        said = {"lost": f"{lost.size:,}", "total": f"{len(back):,}", "loss": loss.label, "first": f"{lost[0] + 1:,}"}
        st.warning(prose("scores", "lost", **said), icon=":material/block:")
    return lambda part: part.assign(**{f"{column}, undone": undone(loss, checked(part[column]))})


def _rows(read: _Read, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]] | None:
    """The table with its columns of class scores, if that is what they are; numbers in doubt are asked about."""
    classes = labels.current().classes
    if read.classes != classes:
        read.classes, read.rows = classes, undo_classes.class_columns(frame, classes)
    columns, likely = read.rows, True
    if not columns and frame.shape[1] == 1 and len(frame) <= MOST_COLUMNS:
        frame = pd.DataFrame([frame.iloc[:, 0].to_numpy()], columns=[f"column {k + 1}" for k in range(len(frame))])
        columns = undo_classes.class_columns(frame, classes)
        likely = 2 < len(columns) == len(classes)
    if not columns:
        return None
    kinds = {"rows": f"rows of {len(columns):,} classes, each of which sums to 1", "scores": "scores of one label"}
    default = "rows" if likely else "scores"
    asked = choice("These numbers are", kinds, key=f"score_kind_{default}", default=default)
    return (frame, columns) if asked == "rows" else None


def checked(scores: pd.Series) -> NDArray[np.float64]:
    """The scores as numbers; ValueError with one sentence unless all lie in [0, 1]."""
    values: NDArray[np.float64] = pd.to_numeric(scores, errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~((values >= 0) & (values <= 1)))
    if bad.size:
        found = scores.iloc[bad[0]]
        said = "is empty" if pd.isna(found) or found == "" else f"holds {str(found)[:40]!r}"
        raise ValueError(
            f"Row {bad[0] + 1} of {scores.name!r} {said}; a score is a number from 0 to 1, the sigmoid of a logit."
        )
    return values


def undone(loss: lossviz.Loss, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probabilities that scores in [0, 1] mean."""
    import torch

    blocks = torch.split(torch.tensor(scores), BLOCK)  # far faster than all at once
    return torch.cat([lossviz.recalibrate(loss, block) for block in blocks]).numpy()


def _column(frame: pd.DataFrame) -> str:
    """The column of scores: the only one that is numbers, or the one that is chosen."""
    numeric = [str(name) for name in frame.columns if _has_numbers(frame[name])]
    if not numeric:
        raise ValueError(f"No column of {', '.join(map(str, frame.columns[:5]))} holds numbers.")
    if len(numeric) == 1:
        return numeric[0]
    best = next((name for name in numeric if "score" in name.lower() or "prob" in name.lower()), numeric[-1])
    offered = options(numeric)
    place = range(len(numeric))
    start = numeric.index(best)
    chosen = st.selectbox("Column of scores", place, start, format_func=offered.__getitem__, key="score_column")
    return numeric[chosen if chosen in place else start]


def _has_numbers(column: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(column):
        return bool(column.notna().any())
    return bool(pd.to_numeric(column.head(MOST_AT_ONCE), errors="coerce").notna().any())
