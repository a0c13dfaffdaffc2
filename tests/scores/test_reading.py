"""Any table of scores as columns of numbers and text, within bounds."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lossviz import UnreadableLabels, inspect_labels
from lossviz.scores import reading
from lossviz.scores.reading import read_columns
from tests.labels.written import parquet

FRAME = pd.DataFrame({"id": [f"s{k}" for k in range(30_000)], "score": [k % 1000 / 1000 for k in range(30_000)]})


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        FRAME.to_csv(index=False).encode(),
        FRAME.to_csv(index=False, sep=";", decimal=",").encode("utf-16"),
        FRAME.to_csv(index=False, sep="\t", lineterminator="\r\n").encode(),
        FRAME.to_json(orient="records", lines=True).encode(),
        FRAME.to_json(orient="records").encode(),
        gzip.compress(FRAME.to_csv(index=False).encode()),
        parquet(FRAME),
    ],
    ids=["csv", "utf-16", "tsv", "jsonl", "json", "gzip", "parquet"],
)
def test_every_row_is_read_in_its_place(data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "scores"
    path.write_bytes(data)
    for source in (data, path, io.BytesIO(data)):
        frame = read_columns(source, filename="scores").frame
        assert frame["id"].tolist() == FRAME["id"].tolist()
        assert frame["score"].dtype == np.float64
        assert frame["score"].tolist() == FRAME["score"].tolist()
    for bound, most, sentence in (
        ("MOST_ROWS", 29_999, "more than 29,999 rows"),
        ("MOST_NUMBERS", 20_000, "more than 20,000 numbers"),
        ("MOST_TEXT", 100_000, "more than 0 MB of text"),
    ):
        with monkeypatch.context() as patch, pytest.raises(UnreadableLabels, match=sentence):
            patch.setattr(reading, bound, most)
            read_columns(data)


def test_arrays() -> None:
    rows = np.random.default_rng(0).dirichlet(np.ones(3), 5)
    assert (read_columns(npy(rows.astype(np.float32))).frame.to_numpy() == rows.astype(np.float32)).all()
    assert read_columns(npy(rows)).frame.columns.tolist() == ["column 1", "column 2", "column 3"]
    assert read_columns(npy(rows[:, :1])).frame.columns.tolist() == ["score"]
    assert read_columns(npy(rows[:, 0])).frame["score"].tolist() == rows[:, 0].tolist()
    for array in (np.ones((2, 2, 2)), np.array(["a", "b"]), np.ones(3, dtype=complex)):
        with pytest.raises(UnreadableLabels, match="no scores"):
            read_columns(npy(array))


def test_a_column_is_text_from_its_first_odd_cell_on() -> None:
    """However late in the file that cell stands."""
    rows = [f"{k},{k / 1e6},{k}" for k in range(200_000)]
    rows[150_000] = "A7,,high"
    frame = read_columns(("id,score,grade\n" + "\n".join(rows) + "\n").encode()).frame
    assert frame["id"].iloc[[0, 149_999, 150_000, -1]].tolist() == ["0", "149999", "A7", "199999"]
    assert frame["grade"].iloc[150_000] == "high"
    assert frame["score"].dtype == np.float64
    assert np.flatnonzero(frame["score"].isna()).tolist() == [150_000]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (("1", " 0.5 ", "", "1e-3"), [1, 0.5, np.nan, 0.001]),
        (("0,25", "1", "0,5"), [0.25, 1, 0.5]),
        (("+1", "1E-3", "-0"), [1, 0.001, 0]),
        (("1", "1e400"), [1, np.inf]),
        (("1", "x"), None),
        (("1", "nan"), None),
        (("1", "1.2.3"), None),
        (("1", "1_000"), None),
    ],
)
def test_what_a_number_is(cells: tuple[str, ...], numbers: list[float] | None) -> None:
    frame = read_columns(json.dumps([{"k": "a", "score": cell} for cell in cells]).encode()).frame
    if numbers is None:
        assert frame["score"].tolist() == list(cells)
    else:
        np.testing.assert_array_equal(frame["score"].to_numpy(), numbers)


def test_one_row_is_a_table_and_no_labels() -> None:
    assert read_columns(b"cat,dog\n.2,.8\n").frame.to_numpy().tolist() == [[0.2, 0.8]]
    with pytest.raises(UnreadableLabels, match="only one row of data"):
        inspect_labels(b"cat,dog\n.2,.8\n")
    with pytest.raises(UnreadableLabels, match="only a header"):
        read_columns(b"cat,dog\n")


def test_what_was_assumed_is_said() -> None:
    found = read_columns("name,score\nché,0.1\ncafé,0.9\n".encode("cp1252"))
    assert found.frame["name"].tolist() == ["ché", "café"]
    assert any("Windows-1252" in sentence for sentence in found.warnings)


def zipped(name: str, data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return stream.getvalue()


NO_TABLES = {
    "empty": b"",
    "blank": b"   \n \n",
    "mark": b"\xef\xbb\xbf",
    "zeros": b"\x00" * 1000,
    "libsvm": b"1 1:0.5\n2 2:1\n1 1:0.1 2:3\n",
    "parquet": b"PAR1" + bytes(range(256)) + b"PAR1",
    "npy": b"\x93NUMPY\x01\x00junk",
    "gzip": b"\x1f\x8bjunk",
    "zip": b"PK\x03\x04junk",
    "html": b"<html><body>not here</body></html>",
    "pickle": b"\x80\x04\x95junk.",
    "json": b"[" * 5000,
    "cells": zipped("a.csv", b"0," * 40_000_000),
    "lines": gzip.compress(b"\n" * 90_000_000),
}


@pytest.mark.parametrize("data", NO_TABLES.values(), ids=NO_TABLES)
def test_what_is_no_table_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(UnreadableLabels) as refused:
        read_columns(data, filename="odd")
    assert refused.value.reason.endswith(".")
    assert len(str(refused.value)) < 400
