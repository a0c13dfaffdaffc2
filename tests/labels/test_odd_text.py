"""Large text in odd dialects is counted in blocks, and comes to what it comes to in memory; nothing is held whole."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lossviz import UnreadableLabels, inspect_labels, read_labels
from lossviz.labels.formats import odd_text
from lossviz.labels.sources import files
from tests.labels.test_large import ROWS, TABLES, lines, never_whole, same_as_in_memory, together_alike

PLAIN = lines("id,label", enumerate(ROWS))
CLASSES = [name or "?" for name in ROWS]
TAGS = ("a|b", "a", "b|c|a", "b", "c|a")
ARFF = b"% made by hand\n@relation pets\n@attribute id numeric\n@attribute 'kind of pet' {cat, dog, bird}\n@data\n"
ODD = {
    "UTF-16": PLAIN.decode().encode("utf-16"),
    "UTF-16 without a mark": PLAIN.decode().encode("utf-16-be"),
    "UTF-16 with letters": lines("id,art", ([k, ("größer", "klein")[k % 3 > 0]] for k in range(3000)))
    .decode()
    .encode("utf-16"),
    "two colons": "".join(f"{k}::{name}::{k % 5}\n" for k, name in enumerate(CLASSES)).encode(),
    "marked first words": "".join(f"__label__{name} some, words {k}\n" for k, name in enumerate(CLASSES)).encode(),
    "two encodings": b"".join(
        f"{k},caf\u00e9 {k},{name}\n".encode("utf-8" if k % 50 else "cp1252") for k, name in enumerate(ROWS)
    ),
    "repeated headers": lines("id,label", ([k, name] if k % 900 else ["id", "label"] for k, name in enumerate(ROWS))),
    "comments inside": PLAIN.replace(b"\n100,", b"\n# a pause\n100,").replace(b"\n2100,", b"\n# another\n2100,"),
    "a line that names the delimiter": b"sep=;\n" + PLAIN.replace(b",", b";"),
    "short rows": lines("id,label,note", ([k, CLASSES[k], "x"] if k % 9 else [k, CLASSES[k]] for k in range(3000))),
    "aligned with quotes": "".join(f'{k:<6d} "{CLASSES[k]}"   {k / 7:.3f}\n' for k in range(3000)).encode(),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_text(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = inspect_labels(ODD[name])
    monkeypatch.setattr(odd_text, "_BLOCK", 5000)
    same_as_in_memory(ODD[name], monkeypatch)
    monkeypatch.setattr(files, "LARGE_BYTES", 0)
    monkeypatch.setattr(files.File, "read", never_whole)
    in_blocks = inspect_labels(ODD[name])
    assert in_blocks.readings[0].counts.n_samples + in_blocks.readings[0].counts.missing.max() >= 2900
    assert [each.setting for each in in_blocks.questions] == [each.setting for each in whole.questions]


@pytest.mark.parametrize("sparse", [False, True])
def test_arff(sparse: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    row = (lambda k, name: f"{{0 {k}, 1 {name}}}\n") if sparse else (lambda k, name: f"{k}, {name}\n")
    data = ARFF + "".join(row(k, name) for k, name in enumerate(CLASSES)).encode()
    monkeypatch.setattr(odd_text, "_BLOCK", 3000)
    counts = same_as_in_memory(data, monkeypatch)
    assert dict(zip(counts.classes, counts.positives.tolist(), strict=True)) == {"cat": 1000, "dog": 500, "bird": 500}


def test_arff_with_its_xml(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.arff").write_text(
        "@relation x\n@attribute f numeric\n@attribute a {0,1}\n@attribute b {0,1}\n@data\n"
        + "".join(f"{k},{k % 2},{k % 3 // 2}\n" for k in range(3000))
    )
    (tmp_path / "a.xml").write_text("<labels><label name='a'/><label name='b'/></labels>")
    whole = inspect_labels(tmp_path).readings[0]
    monkeypatch.setattr(files, "LARGE_BYTES", 0)
    in_blocks = inspect_labels(tmp_path).readings[0]
    assert (in_blocks.counts, in_blocks.settings) == (whole.counts, whole.settings)
    assert whole.counts.positives.tolist() == [1500, 1000]


def test_records_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    records = {f"{k}.jpg": {"label": name, "at": {"x": k}} for k, name in enumerate(CLASSES)}
    same_as_in_memory(json.dumps(records).encode(), monkeypatch)
    same_as_in_memory(json.dumps({"about": {"by": "me"}, "rows": list(records.values())}).encode(), monkeypatch)


@pytest.mark.parametrize("late", [b"3001,cat,dog\n", b"3001,cat,dog,bird\n"])
def test_later_rows_that_only_a_person_can_cut(late: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    data = lines("id,label", enumerate(ROWS * 5)) + late
    monkeypatch.setattr(files, "LARGE_BYTES", 0)
    assert "delimiter" in [each.setting for each in inspect_labels(data).questions]
    monkeypatch.setattr(files, "MOST_WHOLE", 0)
    with pytest.raises(UnreadableLabels, match=r"to its end: .*15002"):
        inspect_labels(data)


def test_what_fits_in_memory_is_read_in_every_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = np.random.default_rng(0).multinomial(10, [0.5, 0.3, 0.2], 3000)
    votes = lines("id,a,b,c", ([f"x{k}", *row] for k, row in enumerate(drawn)))
    whole = inspect_labels(votes)
    assert whole.readings[0].settings["shape"] == "votes"
    monkeypatch.setattr(files, "LARGE_BYTES", 0)
    assert [each.counts for each in inspect_labels(votes).readings] == [each.counts for each in whole.readings]
    for reading in whole.readings:
        assert read_labels(votes, filename="file", **reading.settings) == reading.counts
    monkeypatch.setattr(files, "MOST_WHOLE", 1000)
    too_large = inspect_labels(votes)
    assert not too_large.certain
    assert any("votes for 3 classes" in said and "split this one" in said for said in too_large.warnings)
    with pytest.raises(UnreadableLabels, match="A table this large"):
        read_labels(votes, **whole.readings[0].settings)


def test_text_that_can_only_be_read_whole_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps({str(k): name for k, name in enumerate(CLASSES)}).encode()
    assert inspect_labels(data).readings
    monkeypatch.setattr(files, "MOST_WHOLE", 1000)
    with pytest.raises(UnreadableLabels, match="read whole"):
        inspect_labels(data)


@pytest.mark.parametrize("name", ["lists", "flags", "rows", "late quotes"])
def test_labels_of_a_stream_that_stand_together(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = {
        "lists": TABLES["lists"],
        "flags": lines("a,b,c", ([k % 2, k % 3 // 2, 1 - k % 2] for k in range(3000))),
        "rows": lines("image_id,label", ([f"i{k // 3}", "abc"[k * k % 3]] for k in range(3000))),
        "late quotes": lines("id,tags", ([k, TAGS[k % 5]] for k in range(15_000))) + b'"15,001",a|b\n',
    }[name]
    together_alike(data, monkeypatch)


def test_a_table_in_memory_takes_seconds() -> None:
    data = "id,label,note\n" + "".join(f"{k},{'abc'[k % 3]},été\n" for k in range(250_000))
    start = time.process_time()
    inspect_labels(data.encode()[: files.LARGE_BYTES - 1].rpartition(b"\n")[0])
    assert time.process_time() - start < 10


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from Linux")
def test_a_large_odd_file_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("sep=;\nid;label;note\n")
        file.writelines(f"{k};{'abc'[k % 3]};note {k}\n" for k in range(1_300_000))
    assert path.stat().st_size > files.MOST_WHOLE
    code = (
        "import resource, sys; from lossviz import inspect_labels; inspect_labels(b'label\\na\\nb\\na\\n');"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024; before = peak();"
        "print(inspect_labels(sys.argv[1]).readings[0].counts.n_samples, peak() - before)"
    )
    printed = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True).stdout
    rows, megabytes = map(float, printed.split())
    assert rows == 1_300_000
    assert megabytes < 250
