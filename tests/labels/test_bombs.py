"""A small file that promises much costs what it says, and no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lossviz import UnreadableLabels, cooccurrence, inspect_labels
from lossviz.labels import limits
from lossviz.labels.isolation import isolated
from lossviz.labels.meaning.class_names import parse_class_names
from lossviz.labels.reader import read_with
from tests.labels.test_isolation import nothing, pytestmark  # noqa: F401
from tests.labels.test_sparse import peak_of


def rows_of(line: bytes, *before: bytes) -> bytes:
    return b"\n".join([*before, *[line] * 30]) + b"\n"


# What would take minutes if a part of it were looked at again and again.
LONG = 400_000
TEXTS: dict[str, bytes] = {
    "blank lines before an attribute": b"x\n" + b"\n" * 65_000,
    "returns": b"a,b" + b"\r" * LONG + b"c,d" + b"\r" * LONG,
    "returns and feeds": (b"a,b" + b"\r" * LONG + b"\n") * 3 + b"c" + b"\r" * LONG,
    "spaces inside": b"".join(b"a" + b" " * 30_000 + b"b%d\n" % (k % 3) for k in range(200)),
    "rules": b"\n".join([b" " * LONG + b"x,,", b"a,b,c", b"1,2,3", b"4,5,6"]),
    "a printed count": b"\n".join([b"a" + b" " * LONG + b"b", b"dtype: int64"]),
    "digits": b"label\n" + b"".join(b"0.%s%dx\n" % (b"1" * 1_900, k % 500) for k in range(1_500)),
    "longer digits": b"y,label\n" + b"".join(b"%s%dx,%d\n" % (b"1" * 30_000, k, k % 2) for k in range(40)),
    "a saved formula": b'index,class,positives,negatives,n_samples,task,unit,source\n0,"\'-%sx",1,1,2,multilabel,s,s\n'
    % (b"1" * LONG),
    "a key": b'{"' + b"\\\\" * LONG + b'": {"label": 1}, "b": {"label": 2}}',
    "an attribute": b"@relation x\n@attribute '" + b"\\'" * LONG + b"' numeric\n@data\n1\n2\n",
    "pairs of LIBSVM": rows_of(b"1" + b" 1:1" * LONG + b" x", b"1 1:1") ,
}  # fmt: skip


@pytest.mark.parametrize("kind", TEXTS)
def test_text_is_looked_at_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_SECONDS", 20)
    try:
        isolated(inspect_labels, TEXTS[kind], while_waiting=nothing)
    except UnreadableLabels as refused:
        assert "processor time" not in refused.reason
        assert "memory" not in refused.reason


def names_in(source: bytes) -> tuple[str, ...]:
    return parse_class_names(source)


@pytest.mark.parametrize(
    "text",
    [b"a" + b" " * 50_000 + b"b\nc", b"1" * 50_000 + b"\nx", b"a" + b", " * 30_000 + b"1"],
    ids=["spaces", "digits", "marks"],
)
def test_a_list_of_classes_is_looked_at_once(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_SECONDS", 20)
    try:
        isolated(names_in, text, while_waiting=nothing)
    except ValueError as refused:
        assert "processor time" not in str(refused)


def test_an_index_may_stand_before_or_behind_its_name() -> None:
    for text in ("cat 0\ndog: 1\nan eel ,2", "0 cat\n1:dog\n2, an eel", "cat\t0\ndog\t1\nan eel\t2"):
        assert parse_class_names(text) == ("cat", "dog", "an eel")
    assert parse_class_names("cat1\ndog2") == ("cat1", "dog2")


def records(count: int, keys: int) -> list[dict[str, int]]:
    return [{f"k{k % keys}": 1, "label": k % 3} for k in range(count)]


JSONS: dict[str, Callable[[], Any]] = {
    "keys of their own": lambda: records(20_000, 4_000),
    "columns by number": lambda: {"a": {str(k): k % 3 for k in range(20_000)}, **{f"c{k}": {} for k in range(5_000)}},
    "a long key": lambda: [{"x" * 100_000: {f"a{k}": 1 for k in range(5_000)}}] * 2,
}


@pytest.mark.parametrize("kind", JSONS)
def test_records_take_the_memory_of_what_they_say(kind: str) -> None:
    assert peak_of(json.dumps(JSONS[kind]()).encode()) < 100


def test_json_lines_take_the_memory_of_what_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HEAD_BYTES", 1 << 12)
    data = "\n".join(map(json.dumps, records(20_000, 4_000))).encode()
    assert peak_of(data) < 100
    counts = inspect_labels(data, column="label").readings[0].counts
    assert counts.positives.tolist() == [6_667, 6_667, 6_666]


def test_labels_that_stand_together_are_bounded_by_how_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"id;tags\n" + b"".join(
        b"%d;%s\n" % (k, b"|".join(b"abcd"[i : i + 1] for i in range(4) if k >> i & 1)) for k in range(64)
    )
    reading = inspect_labels(data, column="tags", separator="|").readings[0]
    assert cooccurrence(data, reading) is not None
    monkeypatch.setattr("lossviz.labels.cooccurrence.MOST_BORNE", 100)
    assert cooccurrence(data, reading) is None
    with pytest.raises(ValueError, match="at most 1,000"):
        cooccurrence(data, reading, most=2_000)


def test_names_of_samples_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"image_id,label\n" + b"".join(b"%s%d,%s\n" % (b"x" * 50, k // 3, b"abc"[k % 3 :][:1]) for k in range(30))
    settings: dict[str, Any] = {"shape": "grouped", "column": "label", "group_by": "image_id"}
    assert read_with(data, **settings).counts.n_samples == 10
    monkeypatch.setattr("lossviz.labels.meaning.tallies.MOST_HEAD_CHARACTERS", 1_000)
    with pytest.raises(UnreadableLabels, match="names of samples have more than"):
        read_with(data, **settings)


@pytest.mark.parametrize("value", [b"[]", b'"a"', b'["a"]'])
def test_json_that_must_be_held_whole_is_bounded_by_its_values(value: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_HELD", 2_000_000)
    with pytest.raises(UnreadableLabels, match="take more than 2 MB at once"):
        inspect_labels(b"[" + b",".join([value] * 40_000) + b"]")
