"""Packages of several large files: each is read by itself, in pieces, and the reader asks which one is meant."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lossviz import cooccurrence
from lossviz.labels import files
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.reader import inspect_labels, read_labels


def coco(images: int) -> bytes:
    """Every image has a cat, every third a dog too."""
    return json.dumps(
        {
            "images": [{"id": k} for k in range(images)],
            "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
            "annotations": [
                {"id": 3 * k + c, "image_id": k, "category_id": c}
                for k in range(images)
                for c in ((1, 2) if k % 3 == 0 else (1,))
            ],
        }
    ).encode()


def rows(count: int, first: str = "id") -> bytes:
    return (f"{first},label\n" + "".join(f"{k},{'cat' if k % 4 else 'dog'}\n" for k in range(count))).encode()


def packed(**contents: bytes) -> bytes:
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in contents.items():
                archive.writestr(name.replace("__", "."), data)
        return buffer.getvalue()


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything counts as large, and nothing may be unpacked whole."""
    monkeypatch.setattr(files, "LARGE_BYTES", 0)

    def whole(file: files.File) -> bytes:
        raise AssertionError(f"{file.name} was read whole")

    monkeypatch.setattr(files.File, "read", whole)


@pytest.mark.usefixtures("in_pieces")
@pytest.mark.parametrize("kind", ["zip", "folder", "list"])
def test_the_files_of_a_package_are_read_one_by_one(kind: str, tmp_path: Path) -> None:
    data_of = {"train.json": coco(60), "val.json": coco(9)}
    for name, data in data_of.items():
        (tmp_path / name).write_bytes(data)
    source: Any = {
        "zip": packed(train__json=data_of["train.json"], val__json=data_of["val.json"]),
        "folder": tmp_path,
        "list": [tmp_path / name for name in data_of],
    }[kind]
    inspection = inspect_labels(source)
    assert not inspection.certain
    assert inspection.questions[0].setting == "file"
    assert set(inspection.questions[0].choices) == set(data_of)
    for name, data in data_of.items():
        alone = inspect_labels(data, filename="package").readings[0]
        assert read_labels(source, filename="package", file=name, **alone.settings) == alone.counts
    with pytest.raises(UnreadableLabels, match=r"no file 'test\.json'"):
        inspect_labels(source, file="test.json")


@pytest.mark.parametrize("least", [0, 1 << 30], ids=["large", "small"])
def test_labels_that_stand_together_are_those_of_the_chosen_file(least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGE_BYTES", least)
    package = packed(train__json=coco(60), val__json=coco(9))
    reading = next(each for each in inspect_labels(package).readings if each.settings["file"] == "val.json")
    assert reading.settings["unit"] == "image"
    assert cooccurrence(package, reading).together.tolist() == [[9, 3], [3, 3]]


@pytest.mark.usefixtures("in_pieces")
def test_files_of_one_name_in_several_folders_are_told_apart(tmp_path: Path) -> None:
    for folder, images in (("train", 60), ("val", 9)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "labels.json").write_bytes(coco(images))
    names = ("train/labels.json", "val/labels.json")
    assert inspect_labels(tmp_path).questions[0].choices == names
    assert [read_labels(tmp_path, file=name, unit="image").n_samples for name in names] == [60, 9]


@pytest.mark.usefixtures("in_pieces")
def test_tables_of_the_same_columns_are_read_as_one() -> None:
    inspection = inspect_labels(packed(train__csv=rows(2000), val__csv=rows(400)))
    assert inspection.readings[0].counts.positives.tolist() == [1800, 600]
    assert "file" not in [question.setting for question in inspection.questions]
    assert any("2 files of the same columns" in said for said in inspection.warnings)


@pytest.mark.usefixtures("in_pieces")
def test_tables_of_other_columns_are_asked_about() -> None:
    source = io.BytesIO(packed(train__csv=rows(2000), other__csv=rows(400, "name")))
    inspection = inspect_labels(source)
    found = [(each.settings["file"], each.counts.n_samples) for each in inspection.readings]
    assert (found[0], found[-1]) == (("train.csv", 2000), ("other.csv", 400))
    assert read_labels(source, **inspection.readings[-1].settings) == inspection.readings[-1].counts


def test_a_bomb_in_a_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGE_BYTES", 0)
    zeros = b"label\n" + b"0\n" * (100 << 20)
    with pytest.raises(UnreadableLabels, match="unpacks to far more"):
        inspect_labels(packed(a__csv=zeros, b__csv=b"name," + zeros))
