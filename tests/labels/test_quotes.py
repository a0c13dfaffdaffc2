"""What quotes keep in a cell, breaks and delimiters, is read as the frame holds it that was written."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from lossviz import read_labels
from tests.labels.conftest import Pieces

CITIES = {
    "breaks": ["New\nYork", "NewYork", "Paris"],
    "breaks of Windows": ["New\r\nYork", "New\nYork", "NewYork"],
    "breaks behind delimiters": ["York,\nNew", "York, New", "Paris"],
    "quotes": ['York "New"\nand old', 'York "New"', "Paris"],
}
WRITTEN: dict[str, dict[str, Any]] = {
    "as pandas does": {},
    "all quoted": {"quoting": 1},
    "for Windows": {"lineterminator": "\r\n"},
    "alone": {"columns": ["city"]},
    "with semicolons": {"sep": ";"},
}


@pytest.mark.parametrize("size", [12, 3000])
@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize("cities", CITIES)
def test_breaks_in_quotes_are_kept(cities: str, how: str, size: int, pieces: Pieces) -> None:
    frame = pd.DataFrame({"id": range(size), "city": [CITIES[cities][k % 3] for k in range(size)]})
    if size > 12:
        pieces(1 << 12, 1 << 12)
    text = frame.to_csv(index=False, **WRITTEN[how]).encode()
    assert read_labels(text, filename="table", column="city") == read_labels(frame, column="city")


@pytest.mark.parametrize("size", [12, 3000])
@pytest.mark.parametrize("row", ['im{}.jpg,"lesion, {}"\n', '"im{}.jpg","lesion, {}"\n'])
@pytest.mark.parametrize("head", ["", "id,label\n", '"id","label, coarse"\n'])
def test_quotes_in_every_row_keep_delimiters(head: str, row: str, size: int, pieces: Pieces) -> None:
    if size > 12:
        pieces(1 << 12, 1 << 12)
    text = head + "".join(row.format(k, ["mel", "nv", "bkl"][k % 3]) for k in range(size))
    counts = read_labels(text.encode(), shape="class")
    assert dict(zip(counts.classes, counts.positives.tolist(), strict=True)) == {
        f"lesion, {name}": size // 3 for name in ("mel", "nv", "bkl")
    }


def test_a_break_that_only_later_rows_hold(pieces: Pieces) -> None:
    pieces(1 << 12, 1 << 12)
    frame = pd.DataFrame({"city": ["Paris", "Rome"] * 2000 + ["New\nYork"] * 30})
    text = frame.to_csv(index=False).encode()
    assert read_labels(text, filename="table", column="city") == read_labels(frame, column="city")


@pytest.mark.parametrize("delimiter", ["\t", ","])
@pytest.mark.parametrize("size", [40, 4000])
def test_quotes_of_two_texts_swallow_no_rows(size: int, delimiter: str, pieces: Pieces) -> None:
    if size > 40:
        pieces(1 << 12, 1 << 12)
    texts = ["plain"] * 6 + ['"so', "and", 'so"'] + ["plain"] * 11
    rows = [delimiter.join([str(k), texts[k % 20], "abcd"[k % 4]]) for k in range(size)]
    head = delimiter.join(["number", "text", "label"])
    counts = read_labels("\n".join([head, *rows]).encode(), column="label")
    assert counts.positives.tolist() == [size // 4] * 4


def test_quotes_that_are_not_in_pairs_hide_nothing() -> None:
    rows = ['1,"so, cat', "2,and so,dog", '3,"he said" so,cat', "4,so,dog"] * 10
    rows = [row.replace("so, cat", "so,cat") for row in rows]
    counts = read_labels("\n".join(["id,text,label", *rows]).encode(), column="label", positive="cat")
    assert dict(zip(counts.classes, counts.positives.tolist(), strict=True)) == {"cat": 20, "dog": 20}
