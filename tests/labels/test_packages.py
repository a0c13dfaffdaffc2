"""Packages of several large files: each is read by itself, in pieces, and the reader asks which one is meant."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from lossviz import cooccurrence
from lossviz.labels.formats import masks as label_masks
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.meaning import counting
from lossviz.labels.reader import inspect_labels, read_labels
from lossviz.labels.sources import files
from tests.labels.conftest import Pieces


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


def test_labels_that_stand_together_are_those_of_the_chosen_file() -> None:
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


def test_a_file_that_cannot_be_read_is_named() -> None:
    package = packed(labels__csv=rows(200), notes__csv=b"only,a,header\n", more__csv__gz=b"\x1f\x8b" + bytes(50))
    inspection = inspect_labels(package)
    assert inspection.readings[0].counts.n_samples == 200
    (said,) = [each for each in inspection.warnings if each.startswith("Not read: ")]
    assert "notes.csv (The file has only a header)" in said
    assert "more.csv.gz (The gzip archive is damaged" in said


def test_files_lie_in_their_folders_and_archives(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name, count in (("a", 200), ("b", 100)):
        inner = packed(**{"labels__csv": rows(count, name), "readme__txt": b"read me"})
        (tmp_path / "data" / f"{name}.zip").write_bytes(inner)
    source = [tmp_path / "data" / "a.zip", tmp_path / "data" / "b.zip"]
    names = ("a.zip/labels.csv", "b.zip/labels.csv")
    assert inspect_labels(source).questions[0].choices == names
    assert [read_labels(source, file=name, column="label", outputs=2).n_samples for name in names] == [200, 100]
    package = packed(**{"data/train__csv": rows(200), "data/other__csv": rows(100, "name")})
    assert inspect_labels(package).questions[0].choices == ("data/train.csv", "data/other.csv")


def test_formats_that_are_sought_in_come_out_of_archives() -> None:
    array = io.BytesIO()
    np.save(array, np.arange(300) % 3)
    table = io.BytesIO()
    pq.write_table(pa.table({"label": ["a", "b", "c"] * 100}), table)
    for name, data in (("y__npy", array.getvalue()), ("y__parquet", table.getvalue())):
        package = packed(**{name: data, "readme__txt": b"read me"})
        assert read_labels(gzip.compress(package)).n_samples == 300


def test_a_file_of_a_package_keeps_its_name(pieces: Pieces) -> None:
    drawn = np.random.default_rng(0).multinomial(10, [0.5, 0.3, 0.2], 900)
    votes = ("id,a,b,c\n" + "".join(f"x{k},{','.join(map(str, row))}\n" for k, row in enumerate(drawn))).encode()
    package = packed(labels__csv=votes, notes__csv=b"only,a,header\n")
    pieces(1 << 12)
    reading = inspect_labels(package).readings[0]
    assert (reading.settings["file"], reading.settings["shape"]) == ("labels.csv", "votes")
    assert read_labels(package, filename="file", **reading.settings) == reading.counts


@pytest.mark.parametrize("head", [1 << 22, 1 << 12], ids=["at once", "in pieces"])
def test_parts_of_any_shape_are_one_table(head: int, pieces: Pieces) -> None:
    drawn = np.random.default_rng(0).multinomial(10, [0.5, 0.3, 0.2], 900)
    parts = [
        ("id,a,b,c\n" + "".join(f"{k}{name},{','.join(map(str, row))}\n" for k, row in enumerate(drawn))).encode()
        for name in "xy"
    ]
    alone = inspect_labels(parts[0]).readings[0].counts
    package = packed(train__csv=parts[0], test__csv=parts[1], readme__md=b"read me")
    pieces(head)
    inspection = inspect_labels(package)
    assert inspection.readings[0].settings["shape"] == "votes"
    assert inspection.readings[0].counts.positives.tolist() == (2 * alone.positives).tolist()
    assert any("2 files of the same columns" in said for said in inspection.warnings)
    one = inspect_labels(packed(train__csv=rows(2000), readme__md=b"read me"))
    assert one.readings[0].settings["file"] == "train.csv"
    assert not any("same columns" in said for said in one.warnings)


def test_packages_without_data_are_refused(tmp_path: Path) -> None:
    xml = b"<?xml version='1.0'?><labels><label name='a'/></labels>"
    with pytest.raises(UnreadableLabels, match="only XML"):
        inspect_labels(packed(a__xml=xml, b__xml=xml))
    for nothing in ([], tmp_path, packed(), tmp_path / "absent.csv"):
        with pytest.raises(UnreadableLabels):
            inspect_labels(nothing)


def test_text_that_packs_well_is_counted_all_the_same() -> None:
    rows = 3_600_000
    data = b"a,b,c\n" + b"0,0,1\n1,0,0\n0,1,0\n" * (rows // 3)
    package = gzip.compress(data)
    assert len(package) * 100 < len(data)
    for source in (package, pa.compress(data, codec="zstd", asbytes=True), packed(labels__csv=data)):
        assert inspect_labels(source).readings[0].counts.n_samples == rows


def test_archives_in_an_archive_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = packed(labels__csv=rows(200))
    package = packed(a__zip=inner, b__zip=inner)
    assert inspect_labels(package).readings
    for bound, one, none in (("MOST_INSIDE", len(inner) + 10, 10), ("MOST_ARCHIVES", 1, 0)):
        with monkeypatch.context() as patched:
            patched.setattr(files, bound, one)
            assert "b.zip (There are more than" in inspect_labels(package).warnings[-1]
            patched.setattr(files, bound, none)
            with pytest.raises(UnreadableLabels, match="in the archive"):
                inspect_labels(package)
    with pytest.raises(UnreadableLabels, match="archives of archives"):
        inspect_labels(gzip.compress(gzip.compress(gzip.compress(inner))))


def test_a_package_that_promises_too_much_is_refused() -> None:
    inner = packed(labels__csv=b"label\n" + b"a\nb\nc\n" * 9_000_000)
    with pytest.raises(UnreadableLabels, match="far more than honest label files"):
        inspect_labels(packed(**{f"m{k}__zip": inner for k in range(9)}))


def test_records_of_thousands_of_keys_are_counted_by_what_they_say() -> None:
    data = json.dumps([{f"k{k}": 1, "label": "ab"[k % 2]} for k in range(15_000)]).encode()
    assert inspect_labels(data, column="label").readings[0].counts.positives.tolist() == [7_500, 7_500]


def masks(count: int, side: int) -> bytes:
    """Masks of noise, which packs badly."""
    rng = np.random.default_rng(0)
    drawn = {}
    for k in range(count):
        stream = io.BytesIO()
        Image.fromarray(rng.integers(0, 4, (side, side), dtype=np.uint8)).save(stream, "PNG", compress_level=1)
        drawn[f"masks/m{k}__png"] = stream.getvalue()
    return packed(**drawn)


@pytest.mark.parametrize("kind", ["zip", "folder", "file"])
def test_no_more_than_a_few_masks_are_held(kind: str, tmp_path: Path) -> None:
    package = masks(60, 800)
    source: Any = {"zip": package, "folder": tmp_path, "file": io.BytesIO(package)}[kind]
    if kind == "folder":
        zipfile.ZipFile(io.BytesIO(package)).extractall(tmp_path)
    inspect_labels(rows(100))
    tracemalloc.start()
    counts = inspect_labels(source).readings[0].counts
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert counts.positives.sum() == 60 * 800 * 800
    assert peak < len(package) / 4


def test_masks_have_a_bound_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_masks, "MOST_PIXELS", 25_000)
    assert inspect_labels(masks(2, 100)).readings
    with pytest.raises(UnreadableLabels, match="billion pixels"):
        inspect_labels(masks(9, 100))


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "RGB", "LA"])
def test_masks_of_every_depth_are_counted_in_bands(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_masks, "_BAND", 700)
    values = np.random.default_rng(0).integers(0, 2, (150, 90)).astype(np.uint8)
    deep = Image.fromarray(values.astype(np.uint16) * 300)
    image = deep if mode == "I;16" else Image.fromarray(values * 255 if mode == "1" else values).convert(mode)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    counts = inspect_labels(stream.getvalue()).readings[0].counts
    assert counts.positives.tolist() == [int((values == 0).sum()), int((values == 1).sum())]
    assert counts.classes[1] == {"1": "255", "I;16": "300"}.get(mode, "1")


def test_a_file_of_a_package_is_counted_once(monkeypatch: pytest.MonkeyPatch, pieces: Pieces) -> None:
    pieces(1 << 12)
    passes: list[bool] = []
    count = counting.count
    monkeypatch.setattr(
        counting, "count", lambda table, tallies: passes.append(table.complete) or count(table, tallies)
    )
    inspection = inspect_labels(packed(labels__csv=rows(2000), notes__csv=b"only,a,header\n"), filename="pets")
    assert passes.count(False) == 1
    assert inspection.readings[0].counts.n_samples == 2000
    assert any(said.startswith("Not read: notes.csv") for said in inspection.warnings)


def test_a_bomb_in_a_package_is_refused() -> None:
    zeros = b"label\n" + b"0\n" * (100 << 20)
    with pytest.raises(UnreadableLabels, match="unpacks to far more"):
        inspect_labels(packed(a__csv=zeros, b__csv=b"name," + zeros))
