"""All rows of a table as text, by the way that labels are read."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lossviz import UnreadableLabels, inspect_labels
from lossviz.labels.reader import read_rows
from tests.labels.written import parquet

FRAME = pd.DataFrame({"id": [f"s{k}" for k in range(30_000)], "score": [k % 1000 / 1000 for k in range(30_000)]})


@pytest.mark.parametrize(
    "data",
    [
        FRAME.to_csv(index=False).encode(),
        FRAME.to_csv(index=False, sep=";", decimal=",").encode("utf-16"),
        FRAME.to_json(orient="records", lines=True).encode(),
        parquet(FRAME),
    ],
    ids=["csv", "utf-16", "jsonl", "parquet"],
)
def test_every_row_is_read_in_its_place(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "scores"
    path.write_bytes(data)
    for source in (data, path):
        table, _ = read_rows(source, most=30_000)
        assert table["id"].tolist() == FRAME["id"].tolist()
        assert table["score"].str.replace(",", ".").astype(float).tolist() == pytest.approx(FRAME["score"].tolist())
    with pytest.raises(UnreadableLabels, match="more than 29,999 rows"):
        read_rows(data, most=29_999)


def test_one_row_is_a_table_and_no_labels() -> None:
    assert read_rows(b"cat,dog\n.2,.8\n", most=9)[0].to_numpy().tolist() == [[".2", ".8"]]
    with pytest.raises(UnreadableLabels, match="only one row of data"):
        inspect_labels(b"cat,dog\n.2,.8\n")
    with pytest.raises(UnreadableLabels, match="only a header"):
        read_rows(b"cat,dog\n", most=9)


def test_what_was_assumed_is_said() -> None:
    table, said = read_rows("name,score\nché,0.1\ncafé,0.9\n".encode("cp1252"), most=9)
    assert table["name"].tolist() == ["ché", "café"]
    assert any("Windows-1252" in sentence for sentence in said)
    with pytest.raises(UnreadableLabels, match="holds no table"):
        read_rows(b"1 1:0.5\n2 2:1\n1 1:0.1 2:3\n", filename="x.txt", most=9)
