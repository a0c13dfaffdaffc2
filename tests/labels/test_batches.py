"""Tables are counted in batches; of whatever size, they come to the same counts, questions and warnings."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lossviz import AmbiguousLabels, LabelCounts, UnreadableLabels, cooccurrence, inspect_labels, read_labels
from lossviz.labels import limits
from lossviz.labels.formats import json_values
from lossviz.labels.sources import unpacking
from lossviz.labels.tables.arrays import close_together
from tests.labels.conftest import Pieces


def inspected(source: Any, **settings: Any) -> tuple[Any, ...]:
    """All that is said of a source, whatever it is called."""
    found = inspect_labels(source, filename="labels", **settings)
    readings = [(each.description, each.settings, each.counts, each.appeared) for each in found.readings]
    return readings, found.certain, found.questions, found.warnings


def same_in_pieces(source: Any, pieces: Pieces, size: int | None = None, **settings: Any) -> LabelCounts:
    """The counts of the first reading, once it has been shown that pieces of any size come to the same."""
    whole = inspected(source, **settings)
    size = len(source) if size is None else size
    for block in (limits.BLOCK, size // 7 + 1):
        pieces(size * 3 // 5 + 1, block)
        assert inspected(source, **settings) == whole
    for _, of_reading, counts, _ in whole[0]:
        assert read_labels(source, filename="labels", **of_reading) == counts
    return whole[0][0][2]


@pytest.mark.parametrize(
    "folder", ["ham10000_csv", "bank_marketing_semicolon", "chestxray14_pipe_csv", "sms_spam_tsv_noheader"]
)
@pytest.mark.slow(reason="reads whole data sets several times")
def test_real_files(shared: Path, folder: str, pieces: Pieces) -> None:
    path = next(each for each in (shared / "labels" / folder).iterdir() if each.name != "truth.json")
    same_in_pieces(path, pieces, path.stat().st_size)


RNG = np.random.default_rng(0)
ONEHOT = RNG.random((3000, 5)) < 0.3
ROWS = ["cat", "dog", "cat", "", "bird", "?"] * 500


def lines(header: str, rows: Any) -> bytes:
    return (header + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)).encode()


TABLES = {
    "one-hot": lines("a,b,c,d,e", ONEHOT.astype(int)),
    "one-hot beside an id": lines("id,a,b,c,d,e", ([f"x{k * k}", *row.astype(int)] for k, row in enumerate(ONEHOT))),
    "one-hot with floats": lines("a,b,c,d,e", ONEHOT.astype(float)),
    "one-hot of words": lines("a,b,c,d,e", np.where(ONEHOT, "yes", "No")),
    "exclusive": lines("a,b,c", np.eye(3, dtype=int)[RNG.integers(3, size=3000)]),
    "exclusive words": lines("a,b,c", np.where(np.eye(3)[RNG.integers(3, size=3000)] == 1, "TRUE", "FALSE")),
    "with blanks": lines("id,a,b", ([k, k % 2, "" if k % 7 == 0 else k % 3 % 2] for k in range(3000))),
    "uncertain": lines("id,a,b,c", ([k, k % 2, (k % 3) - 1, 1 - k % 2] for k in range(3000))),
    "a class": lines("id,label", enumerate(ROWS)),
    "quoted": lines("id,text,label", ([k, '"a ""b"",\n c"', name] for k, name in enumerate(ROWS))),
    "carriage returns": lines("id,label", enumerate(ROWS)).replace(b"\n", b"\r\n"),
    "comments": b"# made by a tool\n# in two lines\n\n" + lines("id,label", enumerate(ROWS)),
    "a byte order mark": b"\xef\xbb\xbf" + lines("label,id", ([name, k] for k, name in enumerate(ROWS))),
    "lists": lines("id,tags", ([k, ("a|b", "a", "b|c|a", "", "c|c")[k % 5]] for k in range(3000))),
    "a label for nothing": lines("id,tags", ([k, ("a|b", "a", "none", "b", "a")[k % 5]] for k in range(3000))),
    "several rows a sample": lines("image_id,label", ([f"i{k // 3}", "abc"[k * k % 3]] for k in range(3000))),
    "aligned by blanks": b"".join(
        f" {k:<9d}{'cat' if k % 3 else 'dog':<8s} {k / 7:.3f} \n".encode() for k in range(3000)
    ),
    "western letters": lines("id,classe", ([k, ("été", "hiver")[k % 3 > 0]] for k in range(3000)))
    .decode()
    .encode("cp1252"),
}


@pytest.mark.parametrize("name", TABLES)
def test_text(name: str, pieces: Pieces) -> None:
    same_in_pieces(TABLES[name], pieces)


@pytest.mark.parametrize("name", ["one-hot", "a class", "lists"])
def test_packed_text(name: str, pieces: Pieces) -> None:
    data = TABLES[name]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("labels.csv", data)
        archive.writestr("__MACOSX/._labels.csv", b"\0")
    zstd = pa.compress(data, codec="zstd", asbytes=True)
    for packed in (gzip.compress(data), stream.getvalue(), zstd, io.BytesIO(data)):
        same_in_pieces(packed, pieces, len(data))


RECORDS = {
    "a class": [{"id": k, "label": name or None} for k, name in enumerate(ROWS)],
    "absent keys": [{"text": f"t{k}", **({"toxic": k % 2} if k % 3 else {}), "odd": k % 5 // 4} for k in range(3000)],
    "lists": [{"id": k, "tags": [["a"], ["a", "b"], [], ["c", "b"]][k % 4]} for k in range(3000)],
    "flags": [{"a": bool(k % 2), "b": k % 3 == 0} for k in range(3000)],
}


@pytest.mark.parametrize("name", RECORDS)
def test_json_lines(name: str, pieces: Pieces) -> None:
    data = "".join(json.dumps(record) + "\n" for record in RECORDS[name]).encode()
    same_in_pieces(data, pieces)
    same_in_pieces(gzip.compress(data), pieces, len(data))


@pytest.mark.parametrize("name", RECORDS)
def test_lists_of_records(name: str, pieces: Pieces) -> None:
    for value in (RECORDS[name], {"version": 1, "data": RECORDS[name], "names": []}):
        same_in_pieces(json.dumps(value, indent=1).encode(), pieces)


@pytest.mark.usefixtures("in_pieces")
@pytest.mark.parametrize("end", [b"", b"]]", b", {", b'\xff"}]'])
def test_a_list_that_breaks_off_is_refused(end: bytes) -> None:
    whole = json.dumps(RECORDS["a class"]).encode()
    with pytest.raises(UnreadableLabels, match=r"The JSON is broken at line \d"):
        inspect_labels(whole[:-1] + end)


def test_elements_are_cut_anywhere(pieces: Pieces) -> None:
    value = {"info": {"a": [1, 2]}, "first": [1, 23.5, "é\u2028", None, [1], {}], "none": [], "last": ["\\"]}
    wanted = [(key, each) for key in ("first", "last") for each in value[key]]
    for size in range(1, 40):
        pieces(block=size)
        for text in (json.dumps(value), json.dumps(value, indent=2, ensure_ascii=False)):
            assert list(json_values.elements(io.BytesIO(text.encode()))) == wanted
    assert list(json_values.elements(io.BytesIO(b"[12, 3]"))) == [(None, 12), (None, 3)]


def saved(array: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def npz(**arrays: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


COCO = {
    "info": {"year": 2026},
    "images": [{"id": k} for k in range(200)],
    "annotations": [
        {"id": k, "image_id": k * k % 150, "category_id": 1 + k % 7 % 3, "bbox": [0.5, 1, 2, 3]} for k in range(900)
    ],
    "categories": [{"id": k, "name": f"cat {k}"} for k in (1, 2, 3, 9)],
}
OTHERS = {
    "COCO": json.dumps(COCO).encode(),
    "LIBSVM": b"".join(f"{k % 3},{k % 5} 1:{k} 7:0.5\n".encode() for k in range(2000)) + b" 3:1\n",
    "class ids": saved(RNG.integers(-1, 9, 5000)),
    "text": saved(np.array(["cat", "dog", "cat"])),
    "0/1": saved(ONEHOT.astype(np.uint8)),
    "0/1 by columns": saved(np.asfortranarray(ONEHOT.astype(np.float32))),
    "0/1 and missing": saved(np.where(RNG.random(ONEHOT.shape) < 0.1, np.nan, ONEHOT)),
    "probabilities": saved(RNG.random((500, 4))),
    "masks": saved(RNG.integers(0, 5, (6, 30, 30), dtype=np.uint8)),
    "npz": npz(x=RNG.random((50, 8)), y=RNG.integers(0, 3, 50)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_others_in_pieces(name: str, pieces: Pieces, tmp_path: Path) -> None:
    whole = inspected(OTHERS[name])
    pieces(1000, 1000)
    path = tmp_path / "labels"
    path.write_bytes(OTHERS[name])
    assert inspected(path) == whole
    for _, settings, counts, _ in whole[0]:
        assert read_labels(path, filename="labels", **settings) == counts


def together_alike(data: bytes, pieces: Pieces) -> None:
    """Labels stand together in pieces as they do in memory."""
    reading = next(each for each in inspect_labels(data).readings if each.counts.task == "multilabel")
    whole = cooccurrence(data, reading)
    pieces(1000, 5000, 20)
    in_pieces = cooccurrence(data, reading)
    assert whole is not None
    assert in_pieces is not None
    assert in_pieces.together.tolist() == whole.together.tolist()
    assert whole.together.sum() > 0


def test_coco_stands_together_alike(pieces: Pieces) -> None:
    assert inspect_labels(OTHERS["COCO"]).readings[0].counts.task == "multilabel"
    together_alike(OTHERS["COCO"], pieces)


@pytest.mark.usefixtures("in_pieces")
def test_a_broken_line_is_named() -> None:
    good = b'{"label": "a"}\n{"label": "b"}\n' * 30_000
    for bad in (b'{"label": \n', b"3\n", b"\xff\n"):
        with pytest.raises(UnreadableLabels, match=r"60,?001"):
            inspect_labels(good + bad)


@pytest.mark.usefixtures("in_pieces")
def test_the_last_record_is_counted() -> None:
    data = b'{"label": "a"}\n' * 20_000 + b'{"label": "b"}'
    assert read_labels(data, column="label", order="sorted").positives.tolist() == [20_000, 1]


def parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, row_group_size=700)
    return stream.getvalue()


PARQUET = {
    "whole numbers": {"y": [k % 5 % 3 for k in range(2000)]},
    "negative numbers": {"y": [-1 if k % 5 else 1 for k in range(2000)]},
    "text": {"id": [f"i{k}" for k in range(2000)], "label": (["a", "b", None, "c", "a"] * 400)},
    "flags": {"a": [k % 2 for k in range(2000)], "b": [k % 3 == 0 for k in range(2000)], "x": RNG.random(2000)},
    "missing flags": {"a": [None if k % 4 == 0 else k % 2 for k in range(2000)], "b": [k % 3 % 2 for k in range(2000)]},
    "lists": {"id": list(range(2000)), "labels": [[0, 3], [3, 3], [], [1, 3]] * 500},
    "lists of words": {"labels": [["a", "b"], ["b"], [], ["c", "b"]] * 500},
}


@pytest.mark.parametrize("name", PARQUET)
def test_parquet(name: str, pieces: Pieces) -> None:
    same_in_pieces(parquet(pa.table(PARQUET[name])), pieces)


def test_parquet_class_names(pieces: Pieces) -> None:
    metadata = '{"info": {"features": {"label": {"names": ["ham", "spam"], "_type": "ClassLabel"}}}}'
    table = pa.table({"label": [k % 3 // 2 for k in range(3000)]}).replace_schema_metadata({"huggingface": metadata})
    counts = same_in_pieces(parquet(table), pieces)
    assert dict(zip(counts.classes, counts.positives.tolist(), strict=True)) == {"ham": 2000, "spam": 1000}


def test_a_small_file_object_is_read_from_its_start() -> None:
    for data in (TABLES["a class"], lines("id,label", enumerate(ROWS * 100)), gzip.compress(TABLES["a class"])):
        assert read_labels(io.BytesIO(data), filename="x") == read_labels(data, filename="x")


@pytest.mark.usefixtures("in_pieces")
def test_what_only_later_rows_show() -> None:
    flags = lines("a,b", [[0, 1], [1, 1]] * 20_000)
    counts = read_labels(flags + b"1.0,0\n")
    assert counts.positives.tolist() == [20_001, 40_000]
    with pytest.raises(UnreadableLabels, match="'a' holds '2'"):
        read_labels(flags + b"2,0\n", columns=["a", "b"], shape="onehot")
    with pytest.raises(AmbiguousLabels, match="A row has more cells"):
        read_labels(flags + b"1,0,1\n")
    classes = lines("id,label", ((k, "ab"[k % 2]) for k in range(40_000)))
    late = inspect_labels(classes + "40001,été\n40002,été\n".encode("cp1252")).readings[0].counts
    assert late.classes[2] == "été"
    counted = read_labels(classes + b"40003,rare\n")
    assert dict(zip(counted.classes, counted.positives.tolist(), strict=True)) == {"a": 20_000, "b": 20_000, "rare": 1}


@pytest.mark.parametrize("bad", [b"0,1,1\n", b"0\n", b"01\n", b",1\n", b"x,1\n", b'"0",1\n', b"0;1\n", b"no,1\n"])
def test_a_line_that_is_not_plain_is_never_miscounted(bad: bytes, pieces: Pieces) -> None:
    data = lines("a,b", [[0, 1], [1, 1]] * 20_000) + bad
    settings: dict[str, Any] = {"shape": "onehot", "columns": ["a", "b"], "missing": None}
    try:
        whole = read_labels(data, **settings)
    except UnreadableLabels:
        whole = None
    pieces()
    try:
        counts = read_labels(data, **settings)
    except UnreadableLabels:
        return
    assert counts == whole


@pytest.mark.usefixtures("in_pieces")
def test_a_line_without_end() -> None:
    with pytest.raises(UnreadableLabels, match="first line"):
        inspect_labels(b"1," * (20 << 20))


@pytest.mark.usefixtures("in_pieces")
def test_files_of_the_same_columns_are_one(tmp_path: Path) -> None:
    for name, size in (("a", 3000), ("b", 5000)):
        (tmp_path / f"{name}.parquet").write_bytes(parquet(pa.table({"y": [k % 5 // 4 for k in range(size)]})))
    paths = sorted(tmp_path.iterdir())
    for source in (paths, tmp_path):
        inspection = inspect_labels(source)
        assert "2 files" in inspection.warnings[0]
        assert inspection.readings[0].counts.positives.tolist() == [6400, 1600]
        assert inspection.questions[0].choices == (None, "a.parquet", "b.parquet")
        assert read_labels(source, file="b.parquet").positives.tolist() == [4000, 1000]
    (tmp_path / "b.parquet").write_bytes(parquet(pa.table({"z": ["u", "v", "v"]})))
    assert inspect_labels(paths).questions[0].choices == ("a.parquet", "b.parquet")


@pytest.mark.usefixtures("in_pieces")
def test_damaged_packages() -> None:
    data = TABLES["a class"] * 200
    packed = gzip.compress(data)
    with pytest.raises(UnreadableLabels, match=r"gzip|end"):
        inspect_labels(packed[: len(packed) // 2])
    late = bytearray(gzip.compress(np.random.default_rng(0).bytes(1000) + data))
    late[-3000:-2900] = bytes(100)
    with pytest.raises(UnreadableLabels):
        inspect_labels(bytes(late))
    with pytest.raises(UnreadableLabels):
        inspect_labels(parquet(pa.table(PARQUET["text"]))[:-5000] + b"PAR1")


@pytest.mark.usefixtures("in_pieces")
def test_a_bomb_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "FREE_BYTES", 1 << 20)
    data = b"0,1\n" * (4 << 20)
    for packed in (gzip.compress(data), pa.compress(data, codec="zstd", asbytes=True)):
        with pytest.raises(UnreadableLabels, match="honest"):
            inspect_labels(packed)


SORTED = [["x", name] for name, times in (("a", 30_000), ("b", 20_000), ("c", 10_000)) for _ in range(times)]


@pytest.mark.usefixtures("in_pieces")
def test_files_sorted_by_class() -> None:
    text = lines("split,label", SORTED)
    records = "".join(json.dumps({"split": x, "label": name}) + "\n" for x, name in SORTED).encode()
    one_group = io.BytesIO()
    table = pa.table({"split": ["x"] * len(SORTED), "label": [name for _, name in SORTED]})
    pq.write_table(table, one_group)
    for source in (
        text,
        gzip.compress(text),
        text.replace(b"c\n", b'"c"\n'),
        records,
        one_group.getvalue(),
        parquet(table),
    ):
        counts = inspect_labels(source).readings[0].counts
        assert dict(zip(counts.classes, counts.positives.tolist(), strict=True)) == {
            "a": 30_000,
            "b": 20_000,
            "c": 10_000,
        }


def text_file(path: Path) -> None:
    block = lines(
        "", ((k, "ab"[k % 9 == 0], f"text {k % 1000} of some length, which is no label") for k in range(20_000))
    )
    with path.open("wb") as file:
        file.write(b"id,label,text,more" + block)
        for _ in range(299):
            file.write(block[1:])


def array_file(path: Path) -> None:
    np.save(path, np.arange(30_000_000) % 7)
    path.with_suffix(".npy").rename(path)


def coco_file(path: Path) -> None:
    entry = '{"image_id": %d, "category_id": %d, "segmentation": [[' + ", ".join(["123.25"] * 120) + "]]}"
    with path.open("w", encoding="ascii") as file:
        file.write('{"images": [], "annotations": [')
        file.write(", ".join(entry % (k, 1 + k % 2) for k in range(200_000)))
        file.write('], "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}')


@pytest.mark.parametrize(
    ("make", "settings", "rows"),
    [
        (text_file, {"column": "label", "order": "sorted"}, 6_000_000),
        (array_file, {"shape": "class"}, 30_000_000),
        (coco_file, {"unit": "box"}, 200_000),
    ],
)
@pytest.mark.slow(reason="writes and reads more than 150 MB")
def test_memory_does_not_grow_with_the_file(
    make: Callable[[Path], None], settings: dict[str, str], rows: int, tmp_path: Path
) -> None:
    path = tmp_path / "large"
    make(path)
    assert path.stat().st_size > 150 << 20
    code = f"""
import lossviz
from bench.figures import high_water
lossviz.inspect_labels(b"label\\na\\nb\\na\\n")
before = high_water()
counts = lossviz.read_labels({str(path)!r}, **{settings!r})
print(counts.n_samples, high_water() - before)
"""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    counted, megabytes = map(float, done.stdout.split())
    assert counted == rows
    assert megabytes < 200


def test_whole_numbers_far_apart_for_their_type() -> None:
    values = np.array([-128, 127, 127], np.int8)
    assert close_together(values) == [(-128, 1), (127, 2)]
    assert close_together(np.array([True, False, True])) == [(False, 1), (True, 2)]
    assert close_together(np.array([2**63 + 5, 2**63], np.uint64)) == [(2**63, 1), (2**63 + 5, 1)]
    assert close_together(np.array([0, 2**40])) is None
