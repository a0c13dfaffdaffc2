"""Label files as tools write them: each read right, or asked about with the right reading among those offered."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lossviz import AmbiguousLabels, LabelCounts, UnreadableLabels, inspect_labels, read_labels
from tests.labels.conftest import Pieces

NAMES = ["cat", "dog", "cat", "eel", "cat", "dog"] * 10
EXPECTED = {"cat": 30, "dog": 20, "eel": 10}
ROWS = "".join(f"{k},{k / 7:.3f},{name}\n" for k, name in enumerate(NAMES))
TABLE = "id,size,label\n" + ROWS


def tally(counts: LabelCounts) -> dict[str, int]:
    return dict(zip(counts.classes, counts.positives.tolist(), strict=True))


def lines(*changes: tuple[int, str]) -> str:
    found = TABLE.splitlines()
    for place, line in changes:
        found.insert(place, line)
    return "\n".join(found) + "\n"


TABLES = {
    "titles": lines((0, "Results of 2021"), (1, "")),
    "titles with delimiters": lines((0, "Results,,"), (1, "Date: 2021,,")),
    "repeated header": lines((20, "id,size,label"), (40, "id,size,label")),
    "comments inside and below": lines((20, "# page 2"), (61, "# end")),
    "control Z": TABLE + "\x1a",
    "sep=": "sep=;\n" + TABLE.replace(",", ";"),
    "edges of pipes": "".join(f"| {line.replace(',', ' | ')} |\n" for line in TABLE.splitlines()),
    "markdown": "| id | size | label |\n|---|:--:|---|\n" + "".join(f"| {r.replace(',', ' | ')} |\n" for r in ROWS.splitlines()),  # noqa: E501
    "rows end with a delimiter": "id,size,label\n" + ROWS.replace("\n", ",\n"),
    "R": '"size" "label"\n' + "".join(f'"{k}" {k / 7:.3f} "{name}"\n' for k, name in enumerate(NAMES)),
    "two colons": ROWS.replace(",", "::"),
    "double tabs": TABLE.replace(",", "\t\t"),
    "backslashes": "id,text,label\n" + "".join(f'{k},"a \\"b\\", c",{name}\n' for k, name in enumerate(NAMES)),
    "text with bare commas": "label,text\n" + "".join(f"{name},some words{', c d' * (k % 3 == 0)}\n" for k, name in enumerate(NAMES)),  # noqa: E501
    "carriage returns": TABLE.replace("\n", "\r"),
    "fastText": "".join(f"__label__{name} some words of {k}\n" for k, name in enumerate(NAMES)),
}  # fmt: skip


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_tables_are_read_whatever_stands_around_them(text: str) -> None:
    inspection = inspect_labels(text.encode())
    assert tally(inspection.readings[0].counts) == EXPECTED
    assert inspection.readings[0].counts.n_samples == 60
    for reading in inspection.readings:
        assert read_labels(text.encode(), **reading.settings) == reading.counts


@pytest.mark.parametrize("encoding", ["cp1251", "koi8_r", "cp1250", "cp1253", "cp932", "euc_jp", "big5", "cp1254"])
def test_old_encodings_are_asked_about(encoding: str) -> None:
    words = {
        "cp1251": ("спам", "норма"), "koi8_r": ("спам", "норма"), "cp1250": ("źle", "średnio"), "cp1253": ("καλό", "μέτριο"),  # noqa: E501
        "cp932": ("うなぎ", "いぬ"), "euc_jp": ("うなぎ", "ネコ"),
        "big5": ("正常", "垃圾郵件"), "cp1254": ("kötü", "değişken"),
    }[encoding]  # fmt: skip
    data = ("label\n" + "".join(f"{words[k % 3 == 0]}\n" for k in range(60))).encode(encoding)
    inspection = inspect_labels(data)
    assert not inspection.certain
    expected = {words[0]: 40, words[1]: 20}
    asked = "encoding" in [question.setting for question in inspection.questions]
    assert asked or tally(inspection.readings[0].counts) == expected
    assert expected in [tally(reading.counts) for reading in inspection.readings]


FEATURES = np.random.default_rng(0).integers(0, 2, (60, 8))


@pytest.mark.parametrize(
    ("text", "setting", "expected"),
    [
        ("".join(",".join(map(str, row)) + f",{name}\n" for row, name in zip(FEATURES, NAMES, strict=True)), "column", EXPECTED),  # noqa: E501
        ("id,label\n" + "".join(f"{k},{k % 4 - 1}\n" for k in range(60)), "left_out", {"0": 15, "1": 15, "2": 15}),
        ("id,label\n" + "".join(f"{k},{('B', 'M')[k % 3 == 0]}\n" for k in range(60)), "positive", {"B": 40, "M": 20}),
        ("id,label\n" + "".join(f"{k},{('0', '1', '')[k % 3]}\n" for k in range(60)), "missing", {"0": 20, "1": 20}),
        ("code,continent\n" + "".join(f"c{k},{('EU', 'AS', 'NA')[k % 3]}\n" for k in range(60)), "as_class",
         {"EU": 20, "AS": 20, "NA": 20}),
        ("image,label\n" + "".join(f"i{k // 3}.jpg,{name}\n" for k, name in enumerate(NAMES)), "group_by", EXPECTED),
        ("id,label\n" + "".join(f"{k},{k % 3}.0\n" for k in range(60)), "names", {"0": 20, "1": 20, "2": 20}),
    ],
    ids=["column", "left_out", "positive", "missing", "as_class", "group_by", "names"],
)  # fmt: skip
def test_what_a_table_leaves_open_is_asked(text: str, setting: str, expected: dict[str, int]) -> None:
    inspection = inspect_labels(text.encode())
    assert not inspection.certain
    assert setting in [question.setting for question in inspection.questions]
    assert expected in [tally(reading.counts) for reading in inspection.readings]


def test_missing_labels_as_negatives() -> None:
    data = b"id,a,b\n" + b"".join(b"%d,%d,%s\n" % (k, k % 2, (b"", b"1", b"0")[k % 3]) for k in range(60))
    left_out, filled = (read_labels(data, columns=["a", "b"], missing=how) for how in (None, "negative"))
    assert (left_out.positives[1], left_out.negatives[1]) == (20, 20)
    assert (filled.positives[1], filled.negatives[1]) == (20, 40)


@pytest.mark.parametrize(
    "text",
    [
        "label,count,text\n" + "".join(f"{name},3,tweet {k}\n" for k, name in enumerate(NAMES)),
        "Flow,Total Packets, Label\n" + "".join(f"{k * 997},{k % 9},{name}\n" for k, name in enumerate(NAMES)),
        json.dumps({f"{k}.jpg": name for k, name in enumerate(NAMES)}),
        json.dumps({"columns": ["t", "label"], "index": list(range(60)), "data": [["x", name] for name in NAMES]}),
        json.dumps({"train": [[f"text {k}", name] for k, name in enumerate(NAMES)], "val": [["a", "cat"], ["b", "dog"]]}),  # noqa: E501
    ],
)  # fmt: skip
def test_a_number_beside_a_class_is_no_count(text: str) -> None:
    assert tally(inspect_labels(text.encode()).readings[0].counts) == EXPECTED


def test_the_training_array_comes_first() -> None:
    stream = io.BytesIO()
    arrays: dict[str, Any] = {"x_train": np.zeros((60, 4)), "y_train": np.arange(60) % 3, "y_test": np.arange(9) % 3}
    np.savez(stream, **arrays)
    inspection = inspect_labels(stream.getvalue())
    assert tally(inspection.readings[0].counts) == {"0": 20, "1": 20, "2": 20}
    assert not inspection.certain


@pytest.mark.parametrize(
    "text",
    [
        "<!-- saved -->\n<!doctype html><html>" + "<p>,a\n" * 30,
        json.dumps({"message": "Not Found", "documentation_url": "https://docs"}),
        json.dumps({"cells": [{"cell_type": "code"}, {"cell_type": "markdown"}] * 9, "nbformat": 4}),
        json.dumps({str(k): [f"n{k}", f"name {k}"] for k in range(50)}),
        "\x85\n ~",
    ],
)
def test_what_is_no_table_of_labels_is_refused(text: str) -> None:
    with pytest.raises(UnreadableLabels):
        inspect_labels(text.encode())


def test_damaged_arrays_are_refused() -> None:
    """What the fuzzer found: a directory that points before the archive, bytes that are no text."""
    stream = io.BytesIO()
    np.savez(stream, y=np.arange(60) % 3)
    whole = stream.getvalue()
    for data in (whole[:60] + whole[90:], whole[:-200] + whole[-100:], whole[5:]):
        with pytest.raises(UnreadableLabels):
            inspect_labels(b"PK\x03\x04" + data[4:])
    stream = io.BytesIO()
    np.save(stream, np.array([b"\x93a", b"b", b"b"]))
    assert inspect_labels(stream.getvalue()).readings[0].counts.n_samples == 3


@pytest.mark.parametrize("name", ["label", None])
@pytest.mark.parametrize("classes", [("cat", "big dog", "ant"), (0, 1), (3, 10, 7)])
def test_printed_counts_are_a_table_of_counts(classes: tuple[Any, ...], name: str | None) -> None:
    times = {each: 5 * k + 2 for k, each in enumerate(classes)}
    printed = str(pd.Series([each for each, n in times.items() for _ in range(n)], name=name).value_counts())
    inspection = inspect_labels(printed.encode())
    counts = inspection.readings[0].counts
    assert dict(zip(counts.classes, counts.positives.tolist(), strict=True)) == {str(k): n for k, n in times.items()}
    assert not inspection.certain


@pytest.mark.parametrize("size", [200, 5000])
def test_a_name_of_a_column_says_nothing_of_a_surplus_that_moves_it(size: int, pieces: Pieces) -> None:
    if size > 200:
        pieces(1 << 12, 1 << 12)
    rows = [f"{k},{'abc'[k % 3]},z" if k % 7 else f"{k},{'abc'[k % 3]},z,w" for k in range(size)]
    text = "\n".join(["number,y,note", *rows]).encode()
    with pytest.raises(AmbiguousLabels, match="the surplus was joined in cell 1"):
        read_labels(text, column="y")
    with pytest.raises(AmbiguousLabels, match="more cells than the others"):
        read_labels(text, shape="class", order="sorted")
    assert read_labels(text, column="y", delimiter=",").n_samples == size


def test_a_surplus_behind_a_named_column_leaves_it_alone() -> None:
    rows = [f"{k},{'abc'[k % 3]},some words" + ", and more" * (k % 7 == 0) for k in range(210)]
    counts = read_labels("\n".join(["number,y,note", *rows]).encode(), column="y")
    assert tally(counts) == {"a": 70, "b": 70, "c": 70}
