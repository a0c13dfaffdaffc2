"""Binary tables are known by their first bytes, read where that is safe, and else called by their names."""

from __future__ import annotations

import gzip
import io
import sqlite3
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, orc

from lossviz import UnreadableLabels, inspect_labels, read_labels
from lossviz.labels import limits

LABELS = ["cat", "dog", "ant", None] * 50
COUNTS = {"ant": 50, "cat": 50, "dog": 50}


def table(**more: Any) -> pa.Table:
    """Labels beside what is none: records, bytes, time stamps."""
    others = {"picture": [b"\x00" * 9] * 200, "box": [{"x": 1}] * 200, "at": pa.array(range(200), pa.timestamp("s"))}
    return pa.table({"label": LABELS, **others, **more})


def feathered(content: pa.Table, **options: Any) -> bytes:
    with io.BytesIO() as buffer, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the first version, of which there are files still
        feather.write_feather(content, buffer, **options)
        return buffer.getvalue()


def streamed(content: pa.Table) -> bytes:
    with io.BytesIO() as buffer:
        with pa.ipc.new_stream(buffer, content.schema) as writer:
            writer.write_table(content, max_chunksize=60)
        return buffer.getvalue()


def as_orc(content: pa.Table) -> bytes:
    with io.BytesIO() as buffer:
        orc.write_table(content, buffer, compression="zstd")
        return buffer.getvalue()


WRITTEN = {
    "feather": feathered(table(), compression="zstd"),
    "feather-1": feathered(table().select(["label"]), version=1),
    "stream": streamed(table()),
    "views": streamed(table(label=pa.array(LABELS).cast(pa.string_view()))),
    "dictionary": streamed(table(label=pa.array(LABELS).dictionary_encode())),
    "orc": as_orc(table()),
}


def counted(data: bytes, **settings: Any) -> dict[str, int]:
    counts = read_labels(data, filename="labels", **settings)
    return dict(zip(counts.classes, counts.positives.tolist(), strict=True))


@pytest.mark.parametrize(
    ("kind", "rows"),
    [("stream", 1000), ("feather", 10), ("feather-1", 1000), ("views", 1000), ("dictionary", 10), ("orc", 10)],
)
def test_arrow_files_are_read_in_one_piece_and_in_several(
    kind: str, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = WRITTEN[kind]
    monkeypatch.setattr(limits, "FEWEST_HEAD_ROWS", rows)
    monkeypatch.setattr(limits, "MOST_HEAD_ROWS", rows)
    reading = inspect_labels(data).readings[0]
    assert dict(zip(reading.counts.classes, reading.counts.positives.tolist(), strict=True)) == COUNTS
    assert reading.counts.n_samples == 200
    assert counted(data, column="label") == COUNTS


@pytest.mark.parametrize("kind", ["stream", "orc"])
def test_packed_binary_tables_are_read(kind: str) -> None:
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("labels.bin", WRITTEN[kind])
            archive.writestr("README.md", "labels")
        assert counted(buffer.getvalue(), column="label") == COUNTS
    assert counted(gzip.compress(WRITTEN[kind]), column="label") == COUNTS


def test_lists_and_class_names_of_a_saved_data_set() -> None:
    named = '{"info": {"features": {"y": {"names": ["no", "yes", "perhaps"], "_type": "ClassLabel"}}}}'
    content = pa.table({"y": [0, 1, 1] * 20}).replace_schema_metadata({"huggingface": named})
    assert counted(streamed(content)) == {"no": 20, "yes": 40, "perhaps": 0}
    lists = pa.table({"tags": pa.array([["a", "b"], ["b"], []] * 20, pa.large_list(pa.large_string()))})
    assert counted(streamed(lists), column="tags", separator="[]", missing=None) == {"a": 20, "b": 40}


@pytest.mark.parametrize("kind", ["feather", "stream", "orc"])
def test_damaged_arrow_files_are_refused(kind: str) -> None:
    with pytest.raises(UnreadableLabels, match=r"The (Arrow|ORC) file is damaged"):
        inspect_labels(WRITTEN[kind][: len(WRITTEN[kind]) // 2])


def test_without_columns_or_rows_there_is_nothing_to_read() -> None:
    with pytest.raises(UnreadableLabels, match="no column of labels"):
        inspect_labels(streamed(table().select(["picture"])))
    with pytest.raises(UnreadableLabels, match="no rows"):
        inspect_labels(streamed(table().slice(0, 0)))


def idx(kind: int, *shape: int, values: bytes) -> bytes:
    return bytes((0, 0, kind, len(shape))) + struct.pack(f">{len(shape)}I", *shape) + values


def test_idx_labels_are_read_packed_or_not() -> None:
    data = idx(8, 60, values=bytes([0, 1, 2] * 20))
    for each in (data, gzip.compress(data), idx(12, 60, values=np.array([0, 1, 2] * 20, ">i4").tobytes())):
        assert counted(each) == {"0": 20, "1": 20, "2": 20}


def test_idx_of_several_columns_is_asked_about() -> None:
    columns = np.array([[0, 5, 9], [1, 5, 9], [2, 6, 9]] * 20, ">i4")
    found = inspect_labels(idx(12, 60, 3, values=columns.tobytes()))
    assert not found.certain
    assert "column 1" in next(each.choices for each in found.questions if each.setting == "column")


def test_idx_images_and_broken_idx_are_named() -> None:
    with pytest.raises(UnreadableLabels, match=r"60 x 2 x 2 values, images without their labels"):
        inspect_labels(idx(8, 60, 2, 2, values=bytes(240)))
    with pytest.raises(UnreadableLabels, match=r"promises 60 values of 8 bits and holds 59 bytes"):
        inspect_labels(idx(8, 60, values=bytes(59)))


@pytest.fixture
def database(tmp_path: Path) -> Callable[..., bytes]:
    def made(*tables: str, wal: bool = False, rows: int = 300) -> bytes:
        path = tmp_path / "data.db"
        base = sqlite3.connect(path)
        base.execute(f"PRAGMA journal_mode = {'wal' if wal else 'delete'}")
        for name in tables:
            base.execute(f'CREATE TABLE "{name}" (id INTEGER PRIMARY KEY, label TEXT, picture BLOB)')
            values = [(k, "cat" if k % 3 else "dog" if k % 2 else None, b"\x00") for k in range(rows)]
            base.executemany(f'INSERT INTO "{name}" VALUES (?, ?, ?)', values)  # noqa: S608
        base.execute(
            "CREATE VIEW endless AS WITH RECURSIVE n(label) AS (SELECT 1 UNION ALL SELECT label + 1 FROM n)"
            " SELECT label FROM n"
        )
        base.commit()
        base.close()
        return path.read_bytes()

    return made


@pytest.mark.parametrize("rows", [10, 1000])
def test_a_database_is_read_and_its_views_are_not(
    rows: int, database: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FEWEST_HEAD_ROWS", rows)
    monkeypatch.setattr(limits, "MOST_HEAD_ROWS", rows)
    data = database("samples")
    found = inspect_labels(data)
    assert dict(found.readings[0].settings) == {"table": "samples", "shape": "class", "column": "label"}
    assert counted(gzip.compress(data), positive="dog") == {"cat": 200, "dog": 50}
    assert found.readings[0].counts.n_samples == 300
    assert not any("log" in each for each in found.warnings)


def test_which_table_is_meant_is_asked(database: Callable[..., bytes]) -> None:
    data = database("one", "one's other")
    found = inspect_labels(data)
    asked = next(each for each in found.questions if each.setting == "table")
    assert not found.certain
    assert set(asked.choices) == {"one", "one's other"}
    assert counted(data, table="one's other", positive="dog") == {"cat": 200, "dog": 50}
    with pytest.raises(UnreadableLabels, match="There is no table 'third'"):
        inspect_labels(data, table="third")


def test_rows_that_stand_in_a_log_beside_are_spoken_of(database: Callable[..., bytes]) -> None:
    found = inspect_labels(database("samples", wal=True))
    assert any("keeps a log of what was written last beside it" in each for each in found.warnings)


def test_a_damaged_database_is_refused(database: Callable[..., bytes]) -> None:
    data = bytearray(database("samples"))
    data[4096:4200] = b"\xff" * 104
    with pytest.raises(UnreadableLabels, match="The SQLite database is damaged"):
        inspect_labels(bytes(data))


BINARY = {
    b"BZh91AY&SY\x00\x00\x00": "a bzip2 archive",
    b"\xfd7zXZ\x00\x00": "an xz archive",
    b"file.csv" + b"\0" * 249 + b"ustar\x0000": "a tar archive",
    b"II*\x00\x08\x00\x00\x00": "a TIFF image",
    b"RIFF\x00\x00\x00\x00WAVEfmt ": "a sound file",
    b"Obj\x01\x04\x14avro.codec": "an Avro file",
    b"RDX3\nX\n\x00\x00\x00\x03": "an R data file",
    b"\x00\x00\x00\x00\x00\x00\x00\x00DUCK@\x00": "a DuckDB database",
    b'\x08\x00\x00\x00\x00\x00\x00\x00{"a":1}\x00\x00': "a safetensors file",
    np.random.default_rng(0).bytes(5000): "a binary file of an unknown kind",
}


@pytest.mark.parametrize("data", BINARY, ids=list(BINARY.values()))
def test_what_is_no_text_is_called_by_its_name(data: bytes) -> None:
    with pytest.raises(UnreadableLabels, match=f"The file is {BINARY[data]}"):
        inspect_labels(data, filename="labels.csv")


@pytest.mark.parametrize("first", ["ORC", "BM", "ID3", "FEA1", "RDX", "BZh", "CDF", "MATLAB 5"])
def test_text_that_begins_like_a_binary_file_is_text(first: str) -> None:
    rows = "".join(f"{k},{'ab'[k % 2]}\n" for k in range(40))
    assert read_labels(f"{first},label\n{rows}".encode(), column="label", positive="b").n_samples == 40


def test_text_whose_columns_are_separated_by_control_characters_is_text() -> None:
    rows = "".join(f"{k}\x01{'abc'[k % 3]}\n" for k in range(60))
    assert read_labels(f"id\x01label\n{rows}".encode()).n_samples == 60


RECORDS = "".join(f"- id: {k}\n  label: {'abc'[k % 3]}\n" for k in range(30))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (RECORDS, "labels.yaml"),
        (RECORDS, "labels.txt"),
        (f"# made up\n---\n{RECORDS}", "labels"),
        ("version: '3.1'\nnlu:\n- intent: greet\n  examples: |\n    - hey\n", "nlu.yml"),
        ("names: [cat, dog]\nnc: 2\n", "data.yaml"),
    ],
)
def test_yaml_is_refused_by_its_name(data: str, name: str) -> None:
    with pytest.raises(UnreadableLabels, match="The file is YAML") as refused:
        inspect_labels(data.encode(), filename=name)
    assert "yaml.safe_load" in refused.value.remedy


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("- apple\n- pear\n- plum\n" * 20, "list.txt"),
        ("cat: 3\ndog: 5\nant: 9\n", "counts.txt"),
        ("id,label\n" + "".join(f"{k},{'abc'[k % 3]}\n" for k in range(40)), "labels.yaml"),
    ],
)
def test_lists_pairs_and_tables_are_no_yaml(data: str, name: str) -> None:
    assert inspect_labels(data.encode(), filename=name).readings[0].counts.n_classes == 3


def test_toml_records_are_read_and_other_toml_is_refused() -> None:
    rows = "".join(f'[[row]]\nlabel = "{"abc"[k % 3]}"\n' for k in range(60))
    assert counted(rows.encode()) == {"a": 20, "b": 20, "c": 20}
    with pytest.raises(UnreadableLabels, match="The TOML object holds no list of records"):
        inspect_labels(b"[tool.x]\na = 1\n", filename="pyproject.toml")
    with pytest.raises(UnreadableLabels, match=r"The TOML is broken: .*line 2"):
        inspect_labels(b"[tool]\na = \n", filename="x.toml")
    assert counted(b"[" + b'["a"],["b"],["a"],["c"]' + b"]", column="labels") == {"a": 2, "b": 1, "c": 1}


def test_of_mnists_four_files_the_labels_to_train_on_come_first(tmp_path: Path) -> None:
    for name, count in (("t10k", 30), ("train", 60)):
        images = idx(8, count, 2, 2, values=bytes(4 * count))
        (tmp_path / f"{name}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        labels = idx(8, count, values=bytes([0, 1, 2] * (count // 3)))
        (tmp_path / f"{name}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
    found = inspect_labels(tmp_path)
    asked = next(each.choices for each in found.questions if each.setting == "file")
    assert asked == ("train-labels-idx1-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
    assert found.readings[0].counts.n_samples == 60
