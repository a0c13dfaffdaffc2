"""Labels that stand together, against a count over the rows themselves; and the figures of many labels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lossviz import LabelCounts, Reading, cooccurrence, figures, inspect_labels

NAMES = ["a", "b", "c", "d", "e"]


@pytest.fixture(scope="module")
def rows() -> NDArray[np.int64]:
    rng = np.random.default_rng(0)
    drawn = (rng.random((150_000, 5)) < [0.4, 0.3, 0.2, 0.1, 0.02]).astype(np.int64)
    drawn[:, 2] |= drawn[:, 4]
    return drawn


def expected(rows: NDArray[np.int64], classes: tuple[str, ...]) -> list[list[int]]:
    picked = rows[:, [NAMES.index(name) for name in classes]]
    return [[int((picked[:, i] & picked[:, j]).sum()) for j in range(picked.shape[1])] for i in range(picked.shape[1])]


def first(source: bytes, shape: str) -> Reading:
    return next(each for each in inspect_labels(source).readings if each.settings.get("shape") == shape)


def test_columns(rows: NDArray[np.int64]) -> None:
    text = (",".join(NAMES) + "\n" + "\n".join(",".join(map(str, row)) for row in rows)).encode()
    found = cooccurrence(text, first(text, "onehot"))
    assert found is not None
    assert found.together.tolist() == expected(rows, found.classes)
    assert found.classes[0] == "a"
    assert found.alike == ()
    fewer = cooccurrence(text, first(text, "onehot"), most=2)
    assert fewer is not None
    assert fewer.classes == ("a", "b")


def test_lists_and_empty_sets(rows: NDArray[np.int64]) -> None:
    some = rows[:3000]
    cells = ["|".join(name for name, on in zip(NAMES, row, strict=True) if on) or "No Finding" for row in some]
    text = ("id,tags\n" + "\n".join(f"{k},{cell}" for k, cell in enumerate(cells))).encode()
    for reading in inspect_labels(text).readings[:2]:
        found = cooccurrence(text, reading)
        assert found is not None
        kept = tuple(name for name in found.classes if name in NAMES)
        index = [found.classes.index(name) for name in kept]
        assert found.together[np.ix_(index, index)].tolist() == expected(some, kept)
        assert ("No Finding" in found.classes) == ("empty" not in reading.settings)


def test_several_rows_per_sample() -> None:
    pairs = [(k % 40, "cat" if k % 3 else "dog") for k in range(200)]
    text = ("image_id,label\n" + "\n".join(f"img{image}.jpg,{name}" for image, name in pairs)).encode()
    found = cooccurrence(text, first(text, "grouped"))
    both = {image for image, name in pairs if name == "cat"} & {image for image, name in pairs if name == "dog"}
    assert found is not None
    assert found.together[0, 1] == len(both)


def test_labels_on_the_same_samples_are_named() -> None:
    lines = [f"{k % 2},{k % 3 == 0:d},{k % 2},{k % 5 == 0:d}" for k in range(60)]
    text = ("a,b,c,d\n" + "\n".join(lines)).encode()
    found = cooccurrence(text, first(text, "onehot"))
    assert found is not None
    assert found.alike == (("a", "c"),)


def test_no_rows_no_answer() -> None:
    classes = b"label\ncat\ndog\ncat\ncat\n"
    assert cooccurrence(classes, inspect_labels(classes).readings[0]) is None
    counted = Reading("counts", LabelCounts(("a", "b"), [3, 2], [1, 2], 4, "multilabel"), {"format": "libsvm"})
    assert cooccurrence(b"x,y\n1,0\n0,1\n", counted) is None


def test_rows_that_say_otherwise_than_the_counts_show_nothing() -> None:
    text = b"a,b\n1,0\n1,1\n0,1\n"
    reading = first(text, "onehot")
    forged = LabelCounts(("a", "b"), [1, 2], [2, 1], 3, "multilabel")
    assert cooccurrence(text, Reading("x", forged, reading.settings)) is None


@pytest.mark.parametrize(
    "name",
    [
        "chestxray14_pipe_csv/Data_Entry_2017.csv",
        "hpa_index_lists_csv/train.csv",
        "moderation_jsonl_missing/samples-1680-labels.jsonl",
        "taco_coco_json/annotations.json",
    ],
)
def test_real_files(shared: Path, name: str) -> None:
    path = shared / "labels" / name
    reading = inspect_labels(path).readings[0]
    found = cooccurrence(path, reading)
    assert found is not None
    assert (found.together == found.together.T).all()
    counted = dict(zip(reading.counts.classes, reading.counts.positives.tolist(), strict=True))
    assert np.diag(found.together).tolist() == [counted[each] for each in found.classes]


def test_real_pairs_of_lists(shared: Path) -> None:
    """The Protein Atlas labels, paired by hand."""
    path = shared / "labels" / "hpa_index_lists_csv" / "train.csv"
    lists = [set(line.split(",")[1].split()) for line in path.read_text().splitlines()[1:]]
    found = cooccurrence(path, inspect_labels(path).readings[0])
    assert found is not None
    for i, one in enumerate(found.classes[:6]):
        for j, other in enumerate(found.classes[:6]):
            assert found.together[i, j] == sum(one in each and other in each for each in lists)


def test_real_pairs_of_coco(shared: Path) -> None:
    path = shared / "labels" / "taco_coco_json" / "annotations.json"
    value = json.loads(path.read_text())
    found = cooccurrence(path, inspect_labels(path).readings[0])
    assert found is not None
    ids = {category["name"]: category["id"] for category in value["categories"]}
    first, second = (
        {each["image_id"] for each in value["annotations"] if each["category_id"] == ids[name]}
        for name in found.classes[:2]
    )
    assert found.together[0, 1] == len(first & second)


def test_the_heat_map_shows_shares_of_the_row() -> None:
    together = np.array([[10, 4, 0], [4, 5, 0], [0, 0, 0]])
    figure = figures.cooccurrence_figure(["<b>often", "rare", "never"], together)
    shown = figure["data"][0]["z"]
    assert shown[0, 1] == 40
    assert shown[1, 0] == 80
    assert np.isnan(shown[0, 0])
    assert np.isnan(shown[2]).all()
    assert "<b>" not in json.dumps(figure["layout"])


def test_a_tail_of_thousands_has_three_names_and_no_zeros() -> None:
    numbers = [1_000_000 // (k + 1) for k in range(2000)] + [0, 0]
    counts = LabelCounts.exclusive([f"class <{k}>" for k in range(2002)], numbers)
    figure = figures.tail_figure(counts)
    assert len(figure["data"][0]["x"]) == 2000
    assert min(figure["data"][0]["y"]) == 500
    shown = [note["text"] for note in figure["layout"]["annotations"]]
    assert shown == ["class &lt;0&gt;: 1,000,000", "class &lt;44&gt;: 22,222", "class &lt;1996&gt;: 500"]
    assert counts.rarest == 1996
    assert figure["layout"]["xaxis"]["type"] == figure["layout"]["yaxis"]["type"] == "log"
