"""Sparse rows are counted by what they say: the same counts as dense ones, in the memory of their entries."""

from __future__ import annotations

import gzip
import random
import tracemalloc
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossviz import UnreadableLabels, cooccurrence, inspect_labels, read_labels
from lossviz.labels import limits
from lossviz.labels.tables.sparse import Sparse
from tests.labels.conftest import Pieces
from tests.labels.test_batches import inspected

MEGABYTE = 1 << 20
Cells = list[list[str]]


def arff(domains: list[list[str]], lines: list[str]) -> bytes:
    """Attributes of these values, numeric where there are none, and rows."""
    kinds = ["numeric" if not domain else f"{{{','.join(domain)}}}" for domain in domains]
    above = [f"@attribute a{k} {kind}" for k, kind in enumerate(kinds)]
    return "\n".join(["@relation r", *above, "@data", *lines, ""]).encode()


def sparse_line(row: list[str], defaults: list[str]) -> str:
    return "{" + ", ".join(f"{k} {cell}" for k, cell in enumerate(row) if cell != defaults[k]) + "}"


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], Cells]:
    kinds = st.sampled_from([["0", "1"], ["1", "0"], ["no", "yes"], ["a", "b", "c"], ["0", "1", "-1"], []])
    domains = draw(st.lists(kinds, min_size=1, max_size=5))
    cells = [st.sampled_from([*(domain or ["0", "0.5", "7"]), "?"]) for domain in domains]
    return domains, draw(st.lists(st.tuples(*cells).map(list), min_size=2, max_size=40))


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(tables(), st.booleans(), st.integers(0, 3))
def test_sparse_rows_are_the_dense_ones(table: tuple[list[list[str]], Cells], quoted: bool, mixed: int) -> None:
    domains, rows = table
    defaults = [domain[0] if domain else "0" for domain in domains]
    lines = [sparse_line(row, defaults) for row in rows]
    dense = [",".join(row) for row in rows]
    lines[: mixed - 1] = dense[: mixed - 1] if mixed > 1 else lines[: mixed - 1]
    if quoted:
        lines = [line.replace("yes", "'yes'") for line in lines]
    assert said_of(arff(domains, lines)) == said_of(arff(domains, dense))


def said_of(data: bytes) -> Any:
    try:
        return inspected(data)
    except UnreadableLabels as refused:
        return str(refused)


@pytest.mark.parametrize("entry", ["{0 1, 0 0}", "{1 1,0 1 , 0 0}", "{0 '1', 0 0}", "{ 0\t0 }", "{}"])
def test_what_is_said_twice_is_what_was_said_last(entry: str) -> None:
    data = arff([["0", "1"], ["0", "1"]], ["{0 1}", "{1 1}", "{0 1,1 1}", "{0 1}", entry])
    assert read_labels(data, columns=["a0", "a1"]).positives[0] == 3


@pytest.mark.parametrize(
    "line", ["{5 1}", "{1000000000 1}", "{99999999999999999999 1}", "{-1 1}", "{x 1}", "{0 1, 7 '1'}"]
)
def test_an_attribute_that_is_not_declared_is_named_with_its_row(line: str) -> None:
    with pytest.raises(UnreadableLabels, match=r"Row 4 of the ARFF names attribute '\S+', which is not declared"):
        inspect_labels(arff([["0", "1"]] * 3, ["{0 1}", "% a comment" if "'" in line else "{}", "{1 1}", line, "{}"]))


def peak_of(data: bytes, **wanted: Any) -> float:
    """The most that reading takes at once, in megabytes, whatever comes of it."""
    inspect_labels(b"label\na\nb\na\n")
    tracemalloc.start()
    try:
        inspect_labels(data, **wanted)
    except UnreadableLabels:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak / MEGABYTE


BOMBS = {
    "flags": (["0", "1"], "{}"),
    "ones": (["1", "0"], "{}"),
    "numbers": ([], "{}"),
    "scores": ([], "{0 0.5}"),
    "classes": (["a", "b", "c"], "{1 b}"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_empty_rows_of_many_columns_take_the_memory_of_their_text(kind: str) -> None:
    domain, line = BOMBS[kind]
    told = [f"{{{k} {value}}}" for k in range(30) for value in ("0.25", "0.75", "1")] if not domain else []
    told = [f"{{{k} {domain[1]}}}" for k in range(500)] if domain else told
    data = gzip.compress(arff([domain] * 5_000, [*told, *[line] * 60_000]))
    assert len(data) < 40_000
    assert peak_of(data) < 60  # 300 million cells


def test_a_table_of_size_is_counted_by_its_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(0)  # noqa: S311
    rows, columns, labels = 4_000, 3_000, 40
    lines = []
    for _ in range(rows):
        said = sorted(dice.sample(range(columns), 20))
        lines.append("{" + ",".join(f"{k} {'1' if k >= columns - labels else dice.random():.4}" for k in said) + "}")
    data = arff([[]] * (columns - labels) + [["0", "1"]] * labels, lines)
    touched: list[int] = []
    distinct = Sparse.distinct

    def counted(column: Sparse) -> Any:
        touched.append(len(column.places))
        return distinct(column)

    monkeypatch.setattr(Sparse, "distinct", counted)
    monkeypatch.setattr(Sparse, "dense", lambda _: pytest.fail("a sparse column was made dense"))
    counts = inspect_labels(data).readings[0].counts
    assert (counts.n_samples, counts.n_classes) == (rows, labels)
    assert sum(touched) < 5 * 20 * rows  # of 12 million cells
    assert peak_of(data) < 100


def test_sparse_labels_that_stand_together(pieces: Pieces) -> None:
    lines = [["{0 1,1 1}", "{0 1}", "{2 1, 0 1}", "{}"][k % 4] for k in range(2_000)]
    for domain in (["0", "1"], ["1", "0"]):
        data = arff([domain] * 3, [line.replace(" 1", f" {domain[1]}") for line in lines])
        reading = inspect_labels(data, columns=["a0", "a1", "a2"]).readings[0]
        pairs = cooccurrence(data, reading)
        assert pairs is not None
        by_hand = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 1], [0, 0, 0]])
        by_hand = by_hand if domain[0] == "0" else 1 - by_hand
        order = [int(name[1:]) for name in pairs.classes]
        assert pairs.together.tolist() == (by_hand.T @ by_hand * 500)[np.ix_(order, order)].tolist()
    whole = inspected(data)
    pieces(1 << 12, 1 << 10)
    assert inspected(data) == whole


def test_too_many_attributes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_ATTRIBUTES", 10)
    with pytest.raises(UnreadableLabels, match="11 attributes; at most 10"):
        inspect_labels(arff([["0", "1"]] * 11, ["{}"] * 3))


@pytest.mark.parametrize("second", [["{1 1}", "{0 1}"], ["0,1,0", "1,0,0"]], ids=["sparse", "dense"])
def test_parts_of_a_table_may_be_sparse(second: list[str], tmp_path: Any) -> None:
    for part, lines in enumerate((["{0 1}", "{}", "{1 1}"] * 5, second * 4)):
        (tmp_path / f"part{part}.arff").write_bytes(arff([["0", "1"]] * 3, lines))
    assert "2 files of the same columns are read as one." in inspect_labels(tmp_path).warnings
    counts = read_labels(tmp_path, columns=["a0", "a1", "a2"])
    assert (counts.n_samples, counts.positives.tolist()) == (23, [9, 9, 0])


def test_votes_are_found_from_any_column_on() -> None:
    """The columns before them have no constant sum with them."""
    rows = [f"{k % 7},{k % 5},{5 - k % 5 - k % 2},{k % 2}" for k in range(40)]
    votes = inspect_labels(("id2,a,b,c\n" + "\n".join(rows)).encode()).readings
    assert ("a", "b", "c") in [reading.settings.get("columns") for reading in votes]


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_some_rows_of_a_sparse_column_are_those_of_the_whole(rows: list[tuple[bool, bool]]) -> None:
    places = np.array([k for k, (said, _) in enumerate(rows) if said], np.int64)
    column = Sparse(len(rows), "0", places, np.array([f"t{k}" for k in places], dtype=object))
    kept = pa.array([kept for _, kept in rows], pa.bool_())
    assert column.filter(kept).dense().to_pylist() == column.dense().filter(kept).to_pylist()
