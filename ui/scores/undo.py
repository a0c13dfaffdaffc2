"""Scores that exist already, given back as probabilities: of one label, or of all classes of a softmax."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

import lossviz
from lossviz import figures
from lossviz.labels.reader import read_rows
from lossviz.labels.tables.arrays import numbers_in, words_of
from lossviz.snippets.scores import undo_snippet, undone_snippet
from ui.scores import undo_classes
from ui.shared import labels, uploads
from ui.shared.charts import show as show_chart
from ui.shared.controls import choice
from ui.shared.downloads import harmless
from ui.shared.prose import plain, prose

MOST = 5_000_000
_FILES = ["csv", "tsv", "txt", "gz", "xlsx", "ods", "parquet", "json", "jsonl"]

Knobs = Mapping[str, float | None]


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
    file = uploaded.file_uploader(
        "or a file with a column of scores, or a column per class", type=_FILES, key="score_file"
    )
    try:
        table, said = scores_of(uploads.contents_of(file) if file else text.encode(), file.name if file else "scores")
        wide = _rows(table)
        result = undo_classes.show(*wide, key, known) if wide else _of_one_label(table, key, known[key])
    except ValueError as error:
        st.error(plain(str(error)), icon=":material/block:")
        return
    for warning in said:
        st.warning(plain(warning), icon=":material/info:")
    st.dataframe(result.head(200), hide_index=True, alt="Scores and the probabilities that they mean")
    st.download_button(
        "CSV",
        lambda: harmless_table(result).to_csv(index=False).encode(),
        "lossviz-undone.csv",
        "text/csv",
        icon=":material/download:",
    )


def _of_one_label(table: pd.DataFrame, key: str, knobs: Knobs) -> pd.DataFrame:
    """`table` with what its column of scores means under a loss, and how much cannot be recovered."""
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
    column = _column(table)
    back = undone(loss, table[column])
    lost = int(sum(math.isnan(value) for value in back))
    if lost:
        first = next(k for k, value in enumerate(back, start=1) if math.isnan(value))
        said = {"lost": f"{lost:,}", "total": f"{len(back):,}", "loss": loss.label, "first": f"{first:,}"}
        st.warning(prose("scores", "lost", **said), icon=":material/block:")
    return table.assign(**{f"{column}, undone": back})


def _rows(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]] | None:
    """The table with its columns of class scores, if that is what they are; numbers in doubt are asked about."""
    classes = labels.current().classes
    columns, likely = undo_classes.class_columns(table, classes), True
    if not columns and table.shape[1] == 1:
        row = pd.DataFrame([table.iloc[:, 0].to_numpy()], columns=[f"column {k + 1}" for k in range(len(table))])
        columns = undo_classes.class_columns(row, classes)
        table, likely = row, 2 < len(columns) == len(classes)
    if not columns:
        return None
    kinds = {"rows": f"rows of {len(columns):,} classes, each of which sums to 1", "scores": "scores of one label"}
    default = "rows" if likely else "scores"
    asked = choice("These numbers are", kinds, key=f"score_kind_{default}", default=default)
    return (table, columns) if asked == "rows" else None


def scores_of(data: bytes, name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table that `data` holds, numbers as numbers, and what was assumed; ValueError with one sentence if none."""
    if not data.strip():
        raise ValueError(f"{name} holds no scores; type one, or upload a column of them.")
    data, settings = _as_column(data)
    table, said = read_rows(data, filename=name, most=MOST, **settings)
    if list(table.columns) == ["column 1"]:
        table.columns = pd.Index(["score"])
    for column in table:
        numbers = numbers_in(words_of(table[column]))
        if not np.isnan(numbers[(table[column].str.strip() != "").to_numpy()]).any():
            table[column] = numbers
    return table, said


def _as_column(data: bytes) -> tuple[bytes, dict[str, Any]]:
    """Scores on one line as scores on one line each; and how a table is read whose only commas are decimal ones."""
    try:
        lines = data.decode("utf-8-sig").strip().splitlines()
    except UnicodeDecodeError:
        return data, {}
    if len(lines) == 1 and not set(lines[0]) & set("[{"):
        return "\n".join(re.split(r"[\s,;]+", lines[0].strip(" ,;"))).encode(), {}
    decimal = not set(lines[0]) & set(",;\t") and all(re.fullmatch(r"\s*\d*,\d+\s*", line) for line in lines[1:])
    return data, {"delimiter": ";", "header": True} if decimal else {}


def undone(loss: lossviz.Loss, scores: pd.Series) -> list[float]:
    """The probabilities that `scores` mean; ValueError with one sentence unless all lie in [0, 1]."""
    import torch

    values = pd.to_numeric(scores, errors="coerce").to_numpy(dtype=float)
    bad = [k for k, value in enumerate(values) if not 0 <= value <= 1]
    if bad:
        found = scores.iloc[bad[0]]
        said = "is empty" if pd.isna(found) else f"holds {str(found)[:40]!r}"
        raise ValueError(
            f"Row {bad[0] + 1} of {scores.name!r} {said}; a score is a number from 0 to 1, the sigmoid of a logit."
        )
    back: list[float] = lossviz.recalibrate(loss, torch.tensor(values)).tolist()
    return back


def harmless_table(table: pd.DataFrame) -> pd.DataFrame:
    """`table` with text that a spreadsheet would run as a formula made text again."""
    safe = table.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(lambda cell: harmless(str(cell)))
    return safe.rename(columns=lambda cell: harmless(str(cell)))


def _column(table: pd.DataFrame) -> str:
    """The column of scores: the only one that is numbers, or the one that is chosen."""
    numeric = [name for name in table.columns if pd.to_numeric(table[name], errors="coerce").notna().any()]
    if not numeric:
        raise ValueError(f"No column of {', '.join(map(str, table.columns[:5]))} holds numbers.")
    if len(numeric) == 1:
        return str(numeric[0])
    best = next((name for name in numeric if "score" in name.lower() or "prob" in name.lower()), numeric[-1])
    return str(st.selectbox("Column of scores", numeric, index=numeric.index(best), key="score_column"))
