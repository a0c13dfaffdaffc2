"""Class ids in one file of a package take their names from the file beside it, where it is theirs."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from typing import Any

import pytest

from lossviz import Inspection, inspect_labels, read_labels
from tests.labels.conftest import Pieces


def zipped(files: dict[str, Any]) -> bytes:
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return buffer.getvalue()


def table(first: int = 0, column: str = "label") -> str:
    """Ids of three classes, the first of which is `first`; the second occurs twice as often as the others."""
    return f"file,{column}\n" + "".join(f"{k}.jpg,{(0, 1, 1, 2)[k % 4] + first}\n" for k in range(40))


def counted(found: Inspection) -> dict[str, int]:
    counts = found.readings[0].counts
    return dict(zip(counts.classes, counts.positives.tolist(), strict=True))


NAMED = {"eel": 10, "cat": 20, "dog": 10}


@pytest.mark.parametrize(
    ("name", "names", "first"),
    [
        ("classes.txt", "eel\ncat\ndog\n", 0),
        ("classes.txt", "eel\ncat\ndog\n", 1),
        ("class_names.txt", "5 eel\n6 cat\n7 dog\n", 5),
        ("label_names.txt", "eel: 0\ncat: 1\ndog: 2\n", 0),
        ("class_to_idx.json", json.dumps({"cat": 1, "dog": 2, "eel": 0}), 0),
        ("cat_to_name.json", json.dumps({"1": "eel", "2": "cat", "3": "dog"}), 1),
        ("data.yaml", "names: [eel, cat, dog]\nnc: 3\n", 0),
    ],
)
def test_ids_take_the_names_of_the_file_beside(name: str, names: str, first: int) -> None:
    source = zipped({"train.csv": table(first), name: names})
    found = inspect_labels(source)
    assert counted(found) == NAMED
    assert list(counted(found)) == ["eel", "cat", "dog"]
    assert any(name in each for each in found.warnings)
    for reading in found.readings:
        assert read_labels(source, filename=reading.counts.source, **reading.settings) == reading.counts


def test_names_are_given_in_every_piece(pieces: Pieces) -> None:
    pieces(head=200, block=100, rows=8)
    assert counted(inspect_labels(zipped({"train.csv": table(), "classes.txt": "eel\ncat\ndog\n"}))) == NAMED


@pytest.mark.parametrize(
    ("names", "first"),
    [("1 eel\n2 cat\n3 dog\n", 0), ("eel\ncat\n", 0), ("eel\ncat\ndog\nfox\n", 1)],
    ids=["other ids", "too few", "from 0 or from 1"],
)
def test_names_that_do_not_fit_are_said_and_not_given(names: str, first: int) -> None:
    found = inspect_labels(zipped({"train.csv": table(first), "classes.txt": names}))
    assert sorted(counted(found).values()) == [10, 10, 20]
    assert all(name.isdigit() for name in counted(found))
    assert any("ids are shown" in each for each in found.warnings)


def test_a_column_of_flags_takes_no_names_of_many_classes() -> None:
    rows = "file,seen\n" + "".join(f"{k}.jpg,{k % 2}\n" for k in range(40))
    found = inspect_labels(zipped({"train.csv": rows, "classes.txt": "\n".join("abcdefgh")}))
    assert set(counted(found)) == {"0", "1"}


def test_labels_that_are_called_labels_are_no_names() -> None:
    labels = "\n".join("abca"[k % 4] for k in range(40))
    found = inspect_labels(zipped({"labels.txt": labels, "other.csv": "x,y\n0.5,1.5\n0.25,2.5\n"}))
    assert counted(found) == {"a": 20, "b": 10, "c": 10}


def test_folders_and_arrays_take_names() -> None:
    pictures = {f"{k % 3 + 1}/{k}.jpg": b"\xff\xd8\xff" for k in range(9)}
    names = json.dumps({"1": "eel", "2": "cat", "3": "dog"})
    assert counted(inspect_labels(zipped({**pictures, "cat_to_name.json": names}))) == {"eel": 3, "cat": 3, "dog": 3}
    idx = b"\0\0\x08\x01" + struct.pack(">I", 40) + bytes([0, 1, 1, 2] * 10)
    mapping = zipped({"emnist-train-labels-idx1-ubyte": idx, "emnist-mapping.txt": "0 48\n1 65 97\n2 66\n"})
    assert counted(inspect_labels(mapping)) == {"0": 10, "Aa": 20, "B": 10}


def test_tables_without_names_of_columns_are_not_parts_of_one() -> None:
    ids = "".join(f"{k + 1} {(1, 2, 2, 3)[k % 4]}\n" for k in range(40))
    split = "".join(f"{k + 1} {k % 2}\n" for k in range(40))
    classes = "1 001.eel\n2 002.cat\n3 003.dog\n"
    found = inspect_labels(
        zipped({"image_class_labels.txt": ids, "train_test_split.txt": split, "classes.txt": classes})
    )
    assert counted(found) == {"001.eel": 10, "002.cat": 20, "003.dog": 10}
    assert found.questions[0].choices == ("image_class_labels.txt", "train_test_split.txt")


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("labels.csv", "file,kind\n" + "".join(f"{k}.jpg,{'ab'[k % 2]}\n" for k in range(40))),
        ("labels.txt", "".join(f"{k}.jpg {'ab'[k % 2]}\n" for k in range(40))),
        ("labels.txt", "".join(f"{k}.jpg,{'ab'[k % 2]}\n" for k in range(40))),
        ("labels.json", json.dumps({f"{k}.jpg": "ab"[k % 2] for k in range(40)})),
    ],
)
def test_tables_that_are_called_labels_are_no_names(name: str, labels: str) -> None:
    found = inspect_labels(zipped({name: labels, "sizes.csv": "x,y\n0.5,1.5\n0.25,2.5\n"}))
    assert counted(found) == {"a": 20, "b": 20}
