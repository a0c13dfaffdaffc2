"""Parquet files are decoded in bounded memory, whatever they unpack to."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lossviz.labels import limits
from lossviz.labels.formats.binary import parquet
from lossviz.labels.formats.binary.parquet_pages import are_plain
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.reader import inspect_labels, read_labels
from lossviz.labels.sources.decoder import WAYS

TABLE = pa.table(
    {
        "label": ["cat", "dog", None, "ant"] * 500,
        "tags": [["a", "b"], [], ["b"], ["a"]] * 500,
        "flag": [0, 1, 1, 0] * 500,
    }
)


def file_of(table: pa.Table, **options: object) -> bytes:
    with io.BytesIO() as buffer:
        pq.write_table(table, buffer, **options)
        return buffer.getvalue()


def words(count: int, length: int) -> bytes:
    """A file of one long word, which stands in it once, and of short ones."""
    indices = pa.array([0] * count + [1, 2] * count, pa.int32())
    column = pa.DictionaryArray.from_arrays(indices, pa.array(["x" * length, "b", "c"]))
    return file_of(pa.table({"label": column}), compression="zstd", store_schema=False)


@pytest.mark.parametrize("what", ["every", "some"])
@pytest.mark.parametrize("columns", [["label"], ["tags", "flag"]], ids=str)
def test_a_process_of_its_own_gives_the_same_rows(what: str, columns: list[str]) -> None:
    data = file_of(TABLE, row_group_size=300)
    ways = {"every": parquet.every_row, "some": parquet.some_rows}
    apart = pa.Table.from_batches(ways[what](lambda: io.BytesIO(data), columns, 128))
    here = pa.Table.from_batches(WAYS[what](io.BytesIO(data), columns, 128))
    assert apart.equals(here)
    assert apart.num_rows == 2000 if what == "every" else 100 <= apart.num_rows < 2000


def test_a_path_is_read_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    path.write_bytes(file_of(TABLE))
    assert sum(len(batch) for batch in parquet.every_row(lambda: path.open("rb"), ["flag"], 100)) == 2000


def test_a_file_without_rows_gives_none() -> None:
    data = file_of(TABLE.slice(0, 0))
    assert list(parquet.every_row(lambda: io.BytesIO(data), ["flag"], 100)) == []
    with pytest.raises(UnreadableLabels, match="no rows"):
        inspect_labels(data)


def test_thousands_of_long_names_are_no_hindrance() -> None:
    table = pa.table({f"{'a rather long name of a label':40} {k}": [0, 1, 1, 0] for k in range(5000)})
    counts = inspect_labels(file_of(table)).readings[0].counts
    assert counts.n_classes == 5000
    assert set(counts.positives.tolist()) == {2}


@pytest.mark.parametrize(
    ("table", "options", "plain"),
    [
        (TABLE.select(["label", "flag"]), {}, True),
        (TABLE.select(["label", "flag"]), {"compression": "zstd"}, False),
        (TABLE, {}, False),
    ],
    ids=["snappy", "zstd", "lists"],
)
def test_only_plain_files_are_decoded_here(
    table: pa.Table, options: dict[str, str], plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(parquet, "batches_apart", lambda *_: asked.append("apart") or iter(()))
    list(parquet.every_row(lambda: io.BytesIO(file_of(table, **options)), table.column_names, 100))
    assert asked == ([] if plain else ["apart"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems know no such limit")
@pytest.mark.slow(reason="starts a process that unpacks to its limit")
def test_what_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_MEMORY", 200_000_000)
    table = pa.table({"label": pa.array(["a" * (150 << 20), "b"] * 2, pa.large_string())})
    data = file_of(table, compression="zstd", use_dictionary=False)
    del table
    assert len(data) < 100_000
    with pytest.raises(UnreadableLabels, match="within 200 MB"):
        inspect_labels(data)


def test_a_long_word_that_occurs_often_is_refused() -> None:
    data = words(50_000, 1 << 17)
    assert len(data) < 100_000
    with pytest.raises(UnreadableLabels, match="million characters"):
        inspect_labels(data)


def test_a_word_of_a_dictionary_counts_as_often_as_it_occurs() -> None:
    counts = read_labels(words(50, 3), column="label", shape="class")
    assert dict(zip(counts.classes, counts.positives.tolist(), strict=True)) == {"b": 50, "c": 50, "xxx": 50}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems know no such limit")
def test_a_process_that_ends_early_is_no_end_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_MEMORY", 200_000_000)
    table = pa.table({"label": pa.array(["b"] * 1000 + ["a" * (150 << 20)] * 2, pa.large_string())})
    data = file_of(table, compression="zstd", use_dictionary=False, row_group_size=1000)
    del table
    batches = parquet.every_row(lambda: io.BytesIO(data), ["label"], 1000)
    assert len(next(batches)) == 1000
    with pytest.raises(UnreadableLabels, match="cannot be read within"):
        next(batches)


def test_what_is_damaged_is_told_as_it_is_found() -> None:
    data = bytearray(file_of(TABLE))
    data[200:900] = bytes(700)
    with pytest.raises(UnreadableLabels, match="damaged"):
        inspect_labels(bytes(data))


def test_who_wants_the_first_rows_alone_leaves_nothing_behind() -> None:
    batches = parquet.every_row(lambda: io.BytesIO(file_of(TABLE)), ["flag"], 10)
    assert len(next(batches)) == 10
    batches.close()  # type: ignore[attr-defined]
    assert list(batches) == []


def forged(unpacked: int) -> bytes:
    """A file whose last page says that it unpacks to so many bytes."""
    data = file_of(pa.table({"label": pa.array([0, 1, 1, 0] * 5000)}), use_dictionary=False, compression="snappy")
    chunk = pq.read_metadata(io.BytesIO(data)).row_group(0).column(0)
    assert data[chunk.data_page_offset : chunk.data_page_offset + 3] == b"\x15\x00\x15"
    at = chunk.data_page_offset + 3
    end = next(k for k in range(at, at + 5) if data[k] < 128) + 1
    said, number = bytearray(), 2 * unpacked
    while number > 127 or len(said) < end - at - 1:
        said.append(number & 127 | 128)
        number >>= 7
    said.append(number)
    return data[:at] + bytes(said[: end - at]) + data[end:]


def test_pages_that_say_they_are_larger_than_they_weigh_are_not_decoded_here() -> None:
    honest = forged(160_008)
    assert read_labels(honest, column="label").positives.tolist() == [10_000, 10_000]
    for unpacked, plain in ((160_008, True), (2_000_000, False)):
        data = forged(unpacked)
        metadata = pq.read_metadata(io.BytesIO(data))
        assert are_plain(io.BytesIO(data), metadata, {"label"}) == plain
    with pytest.raises(UnreadableLabels):
        inspect_labels(forged(2_000_000))


@pytest.mark.parametrize("codec", ["snappy", "none"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("dictionary", [True, False])
def test_honest_pages_are_plain(codec: str, version: str, dictionary: bool) -> None:
    table = pa.table({"label": ["a", "b", None, "c"] * 5000, "flag": [1, 0, 0, None] * 5000, "x": [0.5] * 20_000})
    data = file_of(table, compression=codec, data_page_version=version, use_dictionary=dictionary, data_page_size=1000)
    assert are_plain(io.BytesIO(data), pq.read_metadata(io.BytesIO(data)), {"label", "flag", "x"})


def test_words_that_repeat_the_bytes_of_others_are_not_plain() -> None:
    table = pa.table({"label": ["x" * 10_000 + str(k % 3) for k in range(1000)]})
    data = file_of(table, use_dictionary=False, column_encoding={"label": "DELTA_BYTE_ARRAY"})
    assert not are_plain(io.BytesIO(data), pq.read_metadata(io.BytesIO(data)), {"label"})
