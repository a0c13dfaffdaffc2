"""Every kind of label file with its trap: read right, asked about, or refused with a remedy."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import sys
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lossviz import AmbiguousLabels, LabelCounts, UnreadableLabels, inspect_labels, read_labels
from tests.labels.written import npy


def best(source: Any) -> LabelCounts:
    return inspect_labels(source).readings[0].counts


def tally(counts: LabelCounts) -> dict[str, int]:
    return dict(zip(counts.classes, counts.positives.tolist(), strict=True))


def again(source: Any) -> None:
    """Every reading's settings give the same counts again."""
    for reading in inspect_labels(source).readings:
        assert read_labels(source, **reading.settings) == reading.counts, reading.settings


@pytest.mark.parametrize("folder", ["emotions_arff", "drybean_xlsx", "levir_masks_png", "taco_coco_json"])
def test_real_files_of_other_families(shared: Path, folder: str) -> None:
    truth = json.loads((shared / "labels" / folder / "truth.json").read_text(encoding="utf-8"))
    paths = [shared / "labels" / folder / each["path"] for each in truth["files"]]
    inspection = inspect_labels(paths if len(paths) > 1 else paths[0])
    assert tally(inspection.readings[0].counts) == truth["counts"]
    assert inspection.readings[0].counts.task == truth["task"]


@pytest.mark.parametrize("folder", ["ham10000_y_npy", "hpa_index_lists_csv", "moderation_jsonl_missing"])
def test_more_real_files(shared: Path, folder: str) -> None:
    truth = json.loads((shared / "labels" / folder / "truth.json").read_text(encoding="utf-8"))
    counts = inspect_labels(shared / "labels" / folder / truth["files"][0]["path"]).readings[0].counts
    assert tally(counts) == truth["counts"]
    assert counts.n_samples == truth["n_samples"]


def test_a_pointer_names_its_remedy(shared: Path) -> None:
    with pytest.raises(UnreadableLabels, match="git lfs pull"):
        inspect_labels(shared / "labels" / "neg_git_lfs_pointer" / "emotions.arff")


# Tables.

ROWS = ["cat", "dog", "cat", "cat", "bird", "dog"] * 5
EXPECTED = {"cat": 15, "dog": 10, "bird": 5}


def test_count_tables_are_no_samples() -> None:
    for text in (
        "label,count\ncat,15\ndog,10\nbird,5\n",
        "id,class,n_images\n0,cat,15\n1,dog,10\n2,bird,5\n",
        "name;total\ncat;15\ndog;10\nbird;5\n",
        "class,count\ncat,15\ndog,10\nbird,5\nTotal,30\n",
    ):
        inspection = inspect_labels(text.encode())
        assert tally(inspection.readings[0].counts) == EXPECTED
        assert not inspection.certain
        again(text.encode())


def test_votes_are_asked_about() -> None:
    rng = np.random.default_rng(0)
    votes = rng.multinomial(10, [0.6, 0.3, 0.1], size=40)
    text = "smooth,disk,star\n" + "\n".join(",".join(map(str, row)) for row in votes)
    inspection = inspect_labels(text.encode())
    reading = inspection.readings[0]
    assert reading.settings["shape"] == "votes"
    assert not inspection.certain
    top = votes == votes.max(axis=1, keepdims=True)
    clear = top[top.sum(axis=1) == 1]
    assert reading.counts.positives.tolist() == clear.sum(axis=0).tolist()
    again(text.encode())


def test_several_rows_of_one_image_are_asked_about() -> None:
    lines = ["image_id,label"]
    for k in range(30):
        lines += [f"img{k}.jpg,cat"] * 2 + ([f"img{k}.jpg,dog"] if k % 3 == 0 else [])
    inspection = inspect_labels("\n".join(lines).encode())
    assert not inspection.certain
    by_shape = {
        reading.settings["shape"]: reading.counts
        for reading in inspection.readings
        if reading.settings["column"] == "label"
    }
    assert tally(by_shape["class"]) == {"cat": 60, "dog": 10}
    assert tally(by_shape["grouped"]) == {"cat": 30, "dog": 10}
    assert "group_by" in [question.setting for question in inspection.questions]


def test_a_label_for_nothing_is_asked_about() -> None:
    text = "id,Finding Labels\n" + "".join(
        f"{k},{('No Finding', 'Mass', 'Mass|Edema', 'Edema')[k % 4]}\n" for k in range(80)
    )
    inspection = inspect_labels(text.encode())
    assert not inspection.certain
    kept, left = inspection.readings[:2]
    assert tally(kept.counts) == {"Mass": 40, "Edema": 40, "No Finding": 20}
    assert tally(left.counts) == {"Mass": 40, "Edema": 40}
    assert left.counts.n_samples == 80
    again(text.encode())


def test_uncertain_marks_are_asked_about() -> None:
    text = "Path,Edema,Effusion,Fracture\n" + "".join(
        f"p{k}.jpg,{('1.0', '0.0', '-1.0', '')[k % 4]},{k % 2},{-(k % 2) if k % 3 else 1}\n" for k in range(120)
    )
    inspection = inspect_labels(text.encode())
    assert not inspection.certain
    assert "uncertain" in [question.setting for question in inspection.questions]
    plain = [reading for reading in inspection.readings if "missing" not in reading.settings]
    read = {reading.settings.get("uncertain"): reading.counts for reading in plain}
    edema = {policy: (int(c.positives[0]), int(c.negatives[0])) for policy, c in read.items() if policy}
    assert edema == {"missing": (30, 30), "negative": (30, 60), "positive": (60, 30)}
    again(text.encode())


@pytest.mark.parametrize(
    "spell",
    [
        lambda labels: "|".join(labels),
        lambda labels: ";".join(labels),
        lambda labels: '"' + ", ".join(labels) + '"',
        lambda labels: " ".join(labels),
        lambda labels: '"' + str(list(labels)) + '"',
        lambda labels: '"' + json.dumps(list(labels)).replace('"', '""') + '"',
        lambda labels: "".join(f"<{label}>" for label in labels),
        lambda labels: '"[' + " ".join(f"'{label}'" for label in labels) + ']"',
        lambda labels: '"{' + ", ".join(f"'{label}': 1" for label in labels) + '}"',
    ],
)
def test_lists_however_they_are_spelled(spell: Callable[[list[str]], str]) -> None:
    sets = [["cat"], ["cat", "dog"], ["dog", "bird"], ["cat", "bird", "dog"]] * 10
    text = "id,tags\n" + "".join(f"{k},{spell(labels)}\n" for k, labels in enumerate(sets))
    inspection = inspect_labels(text.encode())
    assert tally(inspection.readings[0].counts) == {"cat": 30, "dog": 30, "bird": 20}
    assert inspection.readings[0].counts.task == "multilabel"
    again(text.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_encodings(encoding: str) -> None:
    text = "编号,标签\n" + "".join(f"{k},{'好瓜' if k % 3 else '坏瓜'}\n" for k in range(60))
    assert tally(best(text.encode(encoding))) == {"好瓜": 40, "坏瓜": 20}


def test_western_letters_that_are_not_utf_8() -> None:
    text = "id,classe\n" + "".join(f"{k},{'été' if k % 3 else 'hiver'}\n" for k in range(60))
    inspection = inspect_labels(text.encode("cp1252"))
    assert tally(inspection.readings[0].counts) == {"été": 40, "hiver": 20}
    assert "Windows-1252" in inspection.warnings[0]


def test_comments_spaces_and_decimal_commas() -> None:
    commented = "# made by a tool\n# x,label\n1,cat\n2,dog\n3,cat\n4,cat\n"
    assert tally(best(commented.encode())) == {"dog": 1, "cat": 3}
    spaced = "x1   x2  class\n" + "".join(f"{k}.5  {k}   {'ab'[k % 3 == 0]}\n" for k in range(1, 40))
    assert tally(best(spaced.encode())) == {"a": 26, "b": 13}
    commas = "länge;art\n" + "".join(f"{k},5;{'ab'[k % 3 == 0]}\n" for k in range(1, 40))
    assert tally(best(commas.encode())) == {"a": 26, "b": 13}


# Other families.


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_excel() -> None:
    rows = [["id", "class"], *([k, name] for k, name in enumerate(ROWS))]
    one = workbook(data=rows)
    assert tally(read_labels(one)) == EXPECTED
    two = workbook(notes=[["read me"]], train=rows, test=rows[:7])
    inspection = inspect_labels(two)
    assert tally(inspection.readings[0].counts) == EXPECTED
    assert [q.choices for q in inspection.questions if q.setting == "sheet"] == [("train", "test")]
    assert not inspection.certain
    assert tally(read_labels(two, sheet="test")) == {"cat": 3, "dog": 2, "bird": 1}
    again(two)
    old = inspect_labels(Path(__file__).parents[1] / "data" / "old_workbook.xls")
    assert tally(old.readings[0].counts) == {"0": 48, "1": 12}
    assert old.readings[0].settings["sheet"] == "data"
    far = workbook(data=[["label"], ["a"]])
    book = openpyxl.load_workbook(io.BytesIO(far))
    book["data"]["XFD1048576"] = "a cell that makes the sheet as large as can be"
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(UnreadableLabels, match="memory"):
        inspect_labels(stream.getvalue())
    numbers = workbook(data=[["x", "label"], *([k / 3, float(k % 2)] for k in range(20))])
    assert tally(read_labels(numbers)) == {"0": 10, "1": 10}


def parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def test_parquet() -> None:
    named = pa.table({"image": [b"x"] * 30, "label": [k % 3 // 2 for k in range(30)]})
    features = {"info": {"features": {"label": {"names": ["ham", "spam"], "_type": "ClassLabel"}}}}
    named = named.replace_schema_metadata({"huggingface": json.dumps(features)})
    assert tally(best(parquet(named))) == {"ham": 20, "spam": 10}
    lists = pa.table({"id": list(range(40)), "labels": [[0, 3], [3], [], [1, 3]] * 10})
    counts = best(parquet(lists))
    assert list(tally(counts).items()) == [("0", 10), ("1", 10), ("2", 0), ("3", 30)]
    assert counts.n_samples == 40
    missing = pa.table({"y": pa.array([1, None, 0, 0] * 10)})
    counts = best(parquet(missing))
    assert tally(counts) == {"0": 20, "1": 10}
    assert counts.missing.tolist() == [10, 10]


def test_arrays() -> None:
    assert tally(read_labels(npy(np.array([0, 2, 2, 1, 2])))) == {"0": 1, "1": 1, "2": 3}
    assert tally(read_labels(npy(np.array([[1, 0], [1, 1], [0, 0]])))) == {"0": 2, "1": 1}
    exclusive = read_labels(npy(np.eye(3)[[0, 1, 1, 2]]))
    assert exclusive.task == "multiclass"
    assert tally(exclusive) == {"0": 1, "1": 2, "2": 1}
    assert tally(read_labels(npy(np.array([True, False, False])))) == {"False": 2, "True": 1}
    probabilities = npy(np.array([[0.2, 0.9], [0.6, 0.4], [0.1, 0.8]]))
    inspection = inspect_labels(probabilities)
    assert not inspection.certain
    assert inspection.questions[0].setting == "threshold"
    assert tally(inspection.readings[0].counts) == {"0": 1, "1": 2}
    again(probabilities)
    stream = io.BytesIO()
    np.savez(stream, x=np.random.default_rng(0).normal(size=(5, 4)), y=np.array([0, 1, 1, 1, 0]))
    assert tally(read_labels(stream.getvalue())) == {"0": 2, "1": 3}


def png(values: list[list[int]], mode: str = "L") -> bytes:
    image = Image.fromarray(np.array(values, dtype=np.uint8))
    if mode == "P":
        image = image.convert("P")
        image.putdata([value for row in values for value in row])
        image.putpalette([k % 256 for k in range(768)])
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def archive(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name.replace("__", "."), data)
    return stream.getvalue()


@pytest.mark.parametrize("mode", ["L", "P"])
def test_masks(mode: str, tmp_path: Path) -> None:
    one, two = png([[0, 1, 1], [0, 0, 255]], mode), png([[0, 0, 0], [0, 2, 255]], mode)
    packed = archive(a__png=one, b__png=two)
    inspection = inspect_labels(packed)
    assert not inspection.certain
    assert [question.setting for question in inspection.questions] == ["ignore", "unit"]
    first = inspection.readings[0]
    assert tally(first.counts) == {"0": 7, "1": 2, "2": 1}  # 255 beside small ids is no class
    assert (first.counts.task, first.counts.unit) == ("segmentation", "pixel")
    images = next(reading.counts for reading in inspection.readings if reading.counts.unit == "image")
    assert tally(images) == {"0": 2, "1": 1, "2": 1}
    again(packed)
    for name, data in (("a.png", one), ("b.png", two)):
        (tmp_path / name).write_bytes(data)
    assert tally(inspect_labels(tmp_path).readings[0].counts) == tally(first.counts)


ARFF = """@relation 'things: -C {count}'
@attribute size numeric
@attribute 'the colour' {{red,'dark green'}}
@attribute a {{0,1}}
@attribute b {{0,1}}
@data
% a comment
1.5,'dark green',1,0
2.5,red,1,1
?,red,0,0
{{0 2.5, 2 1}}
"""


def test_arff() -> None:
    plain = ARFF.format(count="").replace(": -C ", "").encode()
    inspection = inspect_labels(plain)
    assert not inspection.certain
    assert tally(inspection.readings[0].counts) == {"a": 3, "b": 1}
    names = b'<label name="a"></label><label name="b"/>'
    xml = b'<?xml version="1.0"?><labels xmlns="http://mulan.sourceforge.net/labels">' + names + b"</labels>"
    both = archive(things__arff=plain, things__xml=xml)
    assert tally(read_labels(both)) == {"a": 3, "b": 1}
    last = inspect_labels(ARFF.format(count="-2").encode())
    assert tally(last.readings[0].counts) == {"a": 3, "b": 1}


def test_libsvm() -> None:
    assert tally(read_labels(b"1,3 1:0.5 2:1\n3 1:0.1\n 2:0.5 4:1\n0,3 1:1\n")) == {
        "0": 1,
        "1": 1,
        "2": 0,
        "3": 3,
    }
    single = read_labels(b"+1 1:0.5 3:1 # a\n-1 2:1\n-1 1:0.2\n-1 5:1\n")
    assert single.task == "binary"
    assert tally(single) == {"-1": 3, "1": 1}


def test_json() -> None:
    records = [{"text": f"t{k}", "label": name} for k, name in enumerate(ROWS)]
    assert tally(best(json.dumps(records).encode())) == EXPECTED
    assert tally(best("\n".join(map(json.dumps, records)).encode())) == EXPECTED
    assert tally(best(json.dumps({"data": records}).encode())) == EXPECTED
    assert tally(best(json.dumps(ROWS).encode())) == EXPECTED
    assert tally(best(json.dumps(EXPECTED).encode())) == EXPECTED
    columns = {"text": [f"t{k}" for k in range(30)], "label": ROWS}
    assert tally(best(json.dumps(columns).encode())) == EXPECTED
    absent = [{"toxic": 1, "insult": 0}, {"toxic": 0}, {"insult": 1}, {"toxic": 1, "insult": 1}] * 5
    counts = best("\n".join(map(json.dumps, absent)).encode())
    assert (counts.positives.tolist(), counts.negatives.tolist(), counts.n_samples) == ([10, 10], [5, 5], 20)


def test_coco() -> None:
    coco = {
        "images": [{"id": k} for k in range(4)],
        "categories": [{"id": 7, "name": "cat"}, {"id": 9, "name": "dog"}, {"id": 11, "name": "never"}],
        "annotations": [{"image_id": 0, "category_id": 7}] * 3 + [{"image_id": 1, "category_id": 9}],
    }
    data = json.dumps(coco).encode()
    inspection = inspect_labels(data)
    images, boxes = (reading.counts for reading in inspection.readings)
    assert (tally(images), images.n_samples) == ({"cat": 1, "dog": 1, "never": 0}, 4)
    assert tally(boxes) == {"cat": 3, "dog": 1, "never": 0}
    assert "never" in inspection.warnings[0]
    again(data)
    with pytest.raises(AmbiguousLabels):
        read_labels(data)


def test_packed_files_and_several() -> None:
    text = ("id,label\n" + "".join(f"{k},{name}\n" for k, name in enumerate(ROWS))).encode()
    zstd = pa.Codec("zstd").compress(text, asbytes=True)
    for packed in (gzip.compress(text), zstd, archive(labels__csv=text), gzip.compress(archive(labels__csv=text))):
        assert tally(read_labels(packed)) == EXPECTED
    splits = archive(train__csv=text, test__csv=text)
    counts = inspect_labels(splits).readings[0].counts
    assert tally(counts) == {name: 2 * times for name, times in EXPECTED.items()}


# What is refused.


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("evil-was-here"),))


def bomb(layers: int = 1) -> bytes:
    data = b"0" * 200_000_000
    for _ in range(layers):
        data = gzip.compress(data, 9)
    return data


def bomb_of_arrays() -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, y=np.zeros(200_000_000, np.uint8))
    return stream.getvalue()


DAMAGED = {
    "pickle": pickle.dumps(Evil()),
    "old pickle": pickle.dumps([1, 2], protocol=0),
    "torch checkpoint": archive(**{"archive/data__pkl": pickle.dumps({"a": 1})}),
    "object array": npy(np.array([Evil(), 1], dtype=object), allow_pickle=True),
    "npy that promises more": npy(np.zeros(4))[:-16].replace(b"(4,)", b"(9,)"),
    "gzip cut short": gzip.compress(b"id,label\n" * 100)[:-20],
    "zip cut short": archive(a=b"id,label\n" * 500)[:-40],
    "empty zip": archive(),
    "parquet cut short": parquet(pa.table({"a": [1, 2]}))[:-8],
    "png cut short": png([[0, 1]] * 50)[:50],
    "workbook cut short": workbook(a=[["x", "y"], [1, 2]])[:-200],
    "json cut short": b'[{"label": "a"}, {"lab',
    "xml with entities": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><labels><label name="&a;"/></labels>',
    "xml alone": b'<?xml version="1.0"?><labels><label name="a"/></labels>',
    "web page": b"<!DOCTYPE html><html><body>404</body></html>",
    "pdf": b"%PDF-1.4 ...",
    "photograph": b"\xff\xd8\xff\xe0" + b"\x00" * 50,
    "bomb": bomb(),
    "bomb in a bomb": bomb(2),
    "a bomb of arrays": bomb_of_arrays(),
    "a deep json": b"[" * 100_000,
    "a json of keys": json.dumps([{f"k{k * 1000 + i}": 1 for i in range(1000)} for k in range(30)]).encode(),
    "one long line": b"a," * 12_000_000,
    "nuls": b"a,b\n1,\x002\n3,4\n",
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_what_cannot_be_read_is_refused_with_a_remedy(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(UnreadableLabels) as refused:
        inspect_labels(data)
    assert refused.value.reason.endswith(".")
    assert refused.value.remedy.endswith(".")
    assert len(str(refused.value)) < 400
    assert not Path("evil-was-here").exists()


def test_lone_halves_of_characters_are_spelled_out() -> None:
    record = b'{"\\udc00": 1, "label": "\\ud800"}'
    for data in (record + b'\n{"label": "b"}\n', b"[" + record + b', {"label": "b"}]', b'[["\\ud800"], ["b", "c"]]'):
        assert "\\ud800" in inspect_labels(data * (1 if data.startswith(b"[") else 4)).readings[0].counts.classes


def calls(action: Callable[[], object]) -> int:
    """How many functions and steps of generators of the package are begun meanwhile."""
    count = 0

    def see(frame: FrameType, event: str, _: object) -> None:
        nonlocal count
        count += event == "call" and "lossviz" in frame.f_globals.get("__name__", "")

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("values", ["01", "0123", ("x", "é", "1")])
def test_twice_the_columns_take_twice_the_calls(values: Sequence[str]) -> None:
    """The fuzzer found readers that look at all columns for each."""
    rng = np.random.default_rng(0)

    def looked_at(columns: int) -> None:
        rows = [[f"label {k}" for k in range(columns)], *rng.choice([*values], (4, columns))]
        with suppress(UnreadableLabels):
            inspect_labels("\n".join(map(",".join, rows)).encode("latin-1"))

    assert calls(lambda: looked_at(1200)) < 2.5 * calls(lambda: looked_at(600))


def test_flags_in_a_table_without_any_are_refused() -> None:
    with pytest.raises(UnreadableLabels):
        read_labels(b"label\na\nb\na\n", shape="onehot")


def test_damaged_packages_are_refused() -> None:
    """The fuzzer found places before the archive, members without a name, and packages of nothing."""
    nothing = io.BytesIO()
    np.savez(nothing)
    whole = archive(labels__csv=b"label\na\nb\na\n")
    for data in (
        whole.replace(b"labels.csv", b"\0abels.csv"),
        nothing.getvalue(),
        whole[:40] + whole[80:],
        npz_without(b"y.npy"),
    ):
        with pytest.raises(UnreadableLabels):
            inspect_labels(data)


def npz_without(name: bytes) -> bytes:
    """A npz whose one array has another name in its directory than in itself."""
    stream = io.BytesIO()
    np.savez(stream, y=np.arange(60) % 3)
    return stream.getvalue().replace(name, b"y.np\x00", 1)


def test_a_large_picture_is_not_decoded() -> None:
    header = bytearray(png([[0, 1]]))
    header[16:24] = (100_000).to_bytes(4, "big") * 2
    with pytest.raises(UnreadableLabels):
        inspect_labels(bytes(header))


SEEDS = [
    b"id,label\n1,a\n2,b\n3,a\n",
    json.dumps([{"label": "a"}, {"label": "b"}] * 3).encode(),
    parquet(pa.table({"label": ["a", "b", "a"]})),
    npy(np.array([0, 1, 1, 2])),
    png([[0, 1], [1, 2]]),
    archive(labels__csv=b"label\na\nb\na\n"),
    gzip.compress(b"label\na\nb\na\n"),
    ARFF.format(count="-2").encode(),
    b"1,3 1:0.5\n3 1:0.1\n",
    workbook(a=[["id", "label"], [1, "a"], [2, "b"], [3, "a"]]),
]


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(SEEDS), st.data())
def test_damaged_files_never_crash_the_reader(seed: bytes, data: st.DataObject) -> None:
    """Bytes changed, cut out and put in: a reading or a refusal, and never another error."""
    damaged = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, max(0, len(damaged) - 1)))
        kind = data.draw(st.integers(0, 2))
        if kind == 0:
            damaged[at : at + 1] = data.draw(st.binary(min_size=1, max_size=1))
        elif kind == 1:
            del damaged[at : at + data.draw(st.integers(1, 40))]
        else:
            damaged[at:at] = data.draw(st.binary(max_size=20))
    try:
        inspection = inspect_labels(bytes(damaged))
    except UnreadableLabels:
        return
    for reading in inspection.readings:
        assert (reading.counts.positives >= 0).all()
        assert (reading.counts.negatives >= 0).all()


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        inspect_labels(text.encode("utf-8", errors="surrogatepass"))
    except UnreadableLabels:
        return


def test_frames_with_lists() -> None:
    frame = pd.DataFrame({"id": range(20), "labels": [["a"], ["a", "b"]] * 10})
    assert tally(read_labels(frame)) == {"a": 20, "b": 10}
