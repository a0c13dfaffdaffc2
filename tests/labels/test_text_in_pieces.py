"""Text in every dialect is counted in blocks, and comes to what it comes to at once; nothing is held whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lossviz import UnreadableLabels, inspect_labels
from lossviz.labels import limits
from tests.labels.conftest import Pieces
from tests.labels.test_batches import ROWS, TABLES, inspected, lines, same_in_pieces, together_alike

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
def test_odd_text(name: str, pieces: Pieces) -> None:
    counts = same_in_pieces(ODD[name], pieces)
    assert counts.n_samples + counts.missing.max() >= 2900


@pytest.mark.parametrize("sparse", [False, True])
def test_arff(sparse: bool, pieces: Pieces) -> None:
    row = (lambda k, name: f"{{0 {k}, 1 {name}}}\n") if sparse else (lambda k, name: f"{k}, {name}\n")
    data = ARFF + "".join(row(k, name) for k, name in enumerate(CLASSES)).encode()
    counts = same_in_pieces(data, pieces)
    assert dict(zip(counts.classes, counts.positives.tolist(), strict=True)) == {"cat": 1000, "dog": 500, "bird": 500}


def test_arff_with_its_xml(pieces: Pieces, tmp_path: Path) -> None:
    (tmp_path / "a.arff").write_text(
        "@relation x\n@attribute f numeric\n@attribute a {0,1}\n@attribute b {0,1}\n@data\n"
        + "".join(f"{k},{k % 2},{k % 3 // 2}\n" for k in range(3000))
    )
    (tmp_path / "a.xml").write_text("<labels><label name='a'/><label name='b'/></labels>")
    counts = same_in_pieces(tmp_path, pieces, (tmp_path / "a.arff").stat().st_size)
    assert counts.positives.tolist() == [1500, 1000]


def test_records_by_key(pieces: Pieces) -> None:
    records = {f"{k}.jpg": {"label": name, "at": {"x": k}} for k, name in enumerate(CLASSES)}
    same_in_pieces(json.dumps(records).encode(), pieces)
    same_in_pieces(json.dumps({"about": {"by": "me"}, "rows": list(records.values())}).encode(), pieces)


@pytest.mark.parametrize("late", [b"3001,cat,dog\n", b"3001,cat,dog,bird\n"])
def test_later_rows_that_only_a_person_can_cut(late: bytes, pieces: Pieces) -> None:
    data = lines("id,label", enumerate(ROWS * 5)) + late
    same_in_pieces(data, pieces)
    assert "delimiter" in [each.setting for each in inspect_labels(data).questions]


def test_tables_of_every_shape_in_pieces(pieces: Pieces) -> None:
    rng = np.random.default_rng(0)
    votes = rng.multinomial(10, [0.5, 0.3, 0.2], 3000)
    shapes = {
        "votes": lines("id,a,b,c", ([f"x{k}", *row] for k, row in enumerate(votes))),
        "scores": lines("id,a,b,c", ([f"x{k}", *np.round(row / 10, 2)] for k, row in enumerate(votes))),
        "counts": lines("class,count", ([f"class {k}", k * k % 900 + 1] for k in range(800))),
        "grouped": lines(
            "image_id,label,present", ([f"i{k // 3}", "abc"[k * k % 3], ("yes", "no")[k % 5 == 0]] for k in range(3000))
        ),
    }
    for shape, data in shapes.items():
        same_in_pieces(data, pieces)
        assert shape in [each[1]["shape"] for each in inspected(data)[0]]


def test_text_that_can_only_be_read_whole_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps({str(k): name for k, name in enumerate(CLASSES)}).encode()
    assert inspect_labels(data).readings
    monkeypatch.setattr(limits, "HEAD_BYTES", 1000)
    monkeypatch.setattr(limits, "WHOLE_BYTES", 1000)
    with pytest.raises(UnreadableLabels, match="read whole"):
        inspect_labels(data)


@pytest.mark.parametrize("name", ["lists", "flags", "rows", "late quotes"])
def test_labels_of_a_stream_that_stand_together(name: str, pieces: Pieces) -> None:
    data = {
        "lists": TABLES["lists"],
        "flags": lines("a,b,c", ([k % 2, k % 3 // 2, 1 - k % 2] for k in range(3000))),
        "rows": lines("image_id,label", ([f"i{k // 3}", "abc"[k * k % 3]] for k in range(3000))),
        "late quotes": lines("id,tags", ([k, TAGS[k % 5]] for k in range(15_000))) + b'"15,001",a|b\n',
    }[name]
    together_alike(data, pieces)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from Linux")
def test_a_large_odd_file_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("sep=;\nid;label;note\n")
        file.writelines(f"{k};{'abc'[k % 3]};note {k}\n" for k in range(1_300_000))
    code = (
        "import resource, sys; from lossviz import inspect_labels; inspect_labels(b'label\\na\\nb\\na\\n');"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024; before = peak();"
        "print(inspect_labels(sys.argv[1]).readings[0].counts.n_samples, peak() - before)"
    )
    printed = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True).stdout
    rows, megabytes = map(float, printed.split())
    assert rows == 1_300_000
    assert megabytes < 250
