"""Every failure of a reader is a sentence, and what no reader foresaw is logged."""

from __future__ import annotations

import io
import json
import logging
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from lossviz import UnreadableLabels, cooccurrence, inspect_labels, read_labels
from lossviz.labels import opening, reader
from lossviz.labels.meaning import counting
from lossviz.labels.reader import read_with
from lossviz.labels.sources.files import File
from lossviz.scores.reading import read_columns
from tests.labels.conftest import Pieces

MANY_DIGITS = "9" * 5_000
TABLE = b"label\n" + b"cat\ndog\nant\n" * 9


def coco(**lists: Any) -> bytes:
    """A COCO file of two images and two categories, with other lists in it."""
    own = {
        "images": [{"id": 1}, {"id": 2}],
        "annotations": [{"image_id": 1, "category_id": 1}, {"image_id": 2, "category_id": 2}],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    }
    return json.dumps(own | lists).encode()


def npy_of(kind: str) -> bytes:
    """The header of five values of a type, without any."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': (5,), }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()


FAULTS: dict[str, tuple[bytes, str]] = {
    "digits in a list": (f"[{MANY_DIGITS}, 1, 2]".encode(), "a number of thousands of digits"),
    "digits in records": (f'[{{"y": {MANY_DIGITS}}}, {{"y": 2}}]'.encode(), "a number of thousands of digits"),
    "digits in lines": (f'{{"y": {MANY_DIGITS}}}\n{{"y": 2}}\n'.encode(), "Line 1 of the JSON Lines is broken"),
    "digits by key": (f'{{"a": {{"y": {MANY_DIGITS}}}, "b": {{"y": 2}}}}'.encode(), "a number of thousands of digits"),
    "depth": (b"[" * 100_000 + b"]" * 100_000, "too deep"),
    "an annotation of a list": (
        coco(annotations=[{"image_id": 1, "category_id": [2]}]), r"COCO file cannot be read: \[2\] is no id"
    ),
    "an image of a list": (coco(images=[{"id": [1]}]), r"COCO file cannot be read: \[1\] is no id"),
    "an annotation of none": (coco(annotations=[{"image_id": 1, "category_id": None}]), "None is no id"),
    "ids of two kinds": (
        coco(annotations=[{"image_id": 1, "category_id": "x"}, {"image_id": 1, "category_id": 7}]), "category 7, which"
    ),
    "a LIBSVM id": (f"{MANY_DIGITS} 1:1\n2 1:1\n".encode() + b"1 2:3\n" * 60, "LIBSVM|looks like labels"),
    "a relation": (f"@relation 'x -C {MANY_DIGITS}'\n@attribute a {{0,1}}\n@data\n0\n1\n".encode(), ""),
    **{f"npy of {kind}": (npy_of(kind), "fewer than two values") for kind in ("|S0", "<U0", "|V0")},
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_readers_know_has_a_sentence_of_its_own(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    data, sentence = FAULTS[fault]
    try:
        inspect_labels(data)
    except UnreadableLabels as refused:
        assert re.search(sentence, refused.reason), refused.reason
        assert refused.remedy
    assert caplog.records == []


FUNCTIONS: dict[str, Callable[[bytes], Any]] = {
    "inspect": inspect_labels,
    "read": read_labels,
    "read with": lambda data: read_with(data, column="label"),
    "scores": read_columns,
}
ERRORS = [
    RecursionError("too deep"), OverflowError("too large"), UnicodeDecodeError("utf-8", b"", 0, 1, "odd"),
    KeyError("names"), ZeroDivisionError(), AttributeError("x"), StopIteration(), AssertionError(), ValueError("odd"),
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_whatever_fails_is_a_sentence_and_logged(
    function: str, error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(opening, "text_table", fail)
    with pytest.raises(UnreadableLabels, match="'file' cannot be read: it is damaged, or written") as refused:
        FUNCTIONS[function](TABLE)
    assert refused.value.__cause__ is error
    (record,) = caplog.records
    assert (record.levelno, record.name) == (logging.ERROR, "lossviz.labels.inspection")
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_too_little_memory_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(opening, "text_table", fail)
    with pytest.raises(UnreadableLabels, match="takes more memory than there is"):
        inspect_labels(TABLE)


def test_what_ends_the_program_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(reader, "opened", interrupt)
    with pytest.raises(KeyboardInterrupt):
        inspect_labels(TABLE)


def test_one_file_that_fails_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    read = opening.text_table

    def fail(opener: Any, settings: Any) -> Any:
        with opener() as file:
            if b"odd" in file.read(100):
                raise KeyError("odd")
        return read(opener, settings)

    monkeypatch.setattr(opening, "text_table", fail)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("labels.csv", TABLE)
        archive.writestr("train.csv", "odd,odd\n1,2\n")
    inspection = inspect_labels(stream.getvalue())
    assert inspection.readings[0].counts.n_samples == 27
    assert any("Not read: train.csv ('train.csv' cannot be read" in said for said in inspection.warnings)


def test_one_shape_that_fails_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"label,tags\n" + b"cat,a|b\ndog,b\nant,a\ncat,b|a\n" * 9

    def fail(*_: Any, **__: Any) -> Any:
        raise OverflowError

    broken = counting.COUNTED["list"]._replace(read=fail)
    monkeypatch.setattr(counting, "COUNTED", {**counting.COUNTED, "list": broken})
    assert {reading.settings["shape"] for reading in inspect_labels(data).readings} == {"class"}


def test_pairs_of_a_source_that_fails_are_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"id;tags\n0;a|b\n1;a\n2;a|b\n3;c|a\n4;b|c\n" * 3
    reading = inspect_labels(data, column="tags").readings[0]

    def fail(_: File, *__: Any) -> Any:
        raise IndexError

    monkeypatch.setattr("lossviz.labels.cooccurrence.opened", fail)
    with pytest.raises(UnreadableLabels, match="cannot be read"):
        cooccurrence(data, reading)


def test_a_byte_of_no_encoding_ends_the_search_for_one(pieces: Pieces, caplog: pytest.LogCaptureFixture) -> None:
    pieces(head=1 << 10, block=1 << 10)
    lines = [f"caf\u00e9 {k}.jpg,{'abc'[k % 3]}\n" for k in range(200)]
    data = "".join(["image,label\n", *lines]).encode() + b"odd\xff\xfe\xfe.jpg,a\n" + "".join(lines).encode()
    with pytest.raises(UnreadableLabels, match="is not utf-8-sig text: byte") as refused:
        inspect_labels(data)
    assert refused.value.remedy
    assert caplog.records == []


def test_votes_that_some_records_do_not_name(caplog: pytest.LogCaptureFixture) -> None:
    votes = [{"a": 3 - k % 3, "b": k % 3, "c": 2} for k in range(30)]
    records = [{name: n for name, n in each.items() if n} for each in votes]
    read = read_with(json.dumps(records).encode(), shape="votes", columns=["a", "b", "c"]).counts
    whole = read_with(json.dumps(votes).encode(), shape="votes", columns=["a", "b", "c"]).counts
    assert read.positives.tolist() == whole.positives.tolist()
    assert caplog.records == []
