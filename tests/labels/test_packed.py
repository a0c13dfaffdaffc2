"""Label sets of a thousand classes as a link: everything comes back, little is needed, nothing hostile is believed."""

from __future__ import annotations

import base64
import unicodedata
import zlib

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from lossviz import LabelCounts
from lossviz.labels.given.coding import Decoder, Encoder, NameModel, NumberModel
from lossviz.labels.given.packed import MOST_CLASSES, pack, unpack
from lossviz.labels.given.synthetic import long_tail_counts, multilabel_counts
from lossviz.labels.given.text import LONGEST, address_length, parse_counts, spell_counts

NAMES = some.text(max_size=12)


@some.composite
def counts_of_any_kind(draw: some.DrawFn) -> LabelCounts:
    task = draw(some.sampled_from(["binary", "multiclass", "multilabel", "segmentation"]))
    least, most = (2, 2) if task == "binary" else (1, 8)
    names = draw(some.lists(NAMES, min_size=least, max_size=most, unique=True))
    n_samples = draw(some.sampled_from([0, 3, 1000, 2**40, 2**61]))
    positives = [draw(some.integers(0, n_samples)) for _ in names]
    negatives = [draw(some.integers(0, n_samples - n)) for n in positives]
    support = [n * draw(some.sampled_from([1, 2])) for n in positives] if draw(some.booleans()) else None
    assume(any(positives))
    source, unit = draw(NAMES), draw(some.sampled_from(["sample", "pixel", "Rote Boxen-Liste"]))
    return LabelCounts(names, positives, negatives, n_samples, task, unit, source, support)  # type: ignore[arg-type]


@given(counts_of_any_kind())
def test_every_field_comes_back(counts: LabelCounts) -> None:
    for text in (pack(counts), spell_counts(counts)):
        assert text is not None
        again = parse_counts(text)
        assert again == counts
        assert (again.support is None) == (counts.support is None)


@given(some.lists(some.integers(0, 2**64 - 1)), some.lists(some.binary(max_size=20)))
def test_what_is_coded_is_decoded(numbers: list[int], names: list[bytes]) -> None:
    encoder = Encoder(10**6)
    told, spoken = NumberModel(encoder.code), NameModel(encoder.code)
    assert [told.number("n", value) for value in numbers] == numbers
    assert [spoken.name(value) for value in names] == names
    decoder = Decoder(encoder.finished(), 10**6)
    told, spoken = NumberModel(decoder.code), NameModel(decoder.code)
    assert [told.number("n") for _ in numbers] == numbers
    assert [spoken.name() for _ in names] == names


def shuffled(n: int, low: int, high: int) -> list[int]:
    return np.random.default_rng(7).integers(low, high, n, endpoint=True).tolist()


def drawn(n: int) -> list[str]:
    """Real names of one to six words, as data sets of pictures have them."""
    names = [unicodedata.name(chr(code), "").lower() for code in range(0x1F300, 0x1F900)]
    return list(dict.fromkeys(" ".join(name.split()[:2]) for name in names if name))[:n]


def letters(n: int, length: int) -> list[str]:
    return ["".join(map(chr, row)) for row in np.random.default_rng(3).integers(97, 123, (n, length))]


@pytest.mark.parametrize(
    ("names", "low", "high"),
    [
        ([f"class_{k:04d}" for k in range(1203)], 1, 10**6),
        (drawn(900), 5, 1280),
        (letters(1000, 6), 700, 1300),
        ([f"n{k * 7919 + 1440764:08d}" for k in range(1000)], 732, 1300),
        ([f"第{k}類" for k in range(1000)], 1, 10**4),
    ],
    ids=["numbered", "words", "letters", "synsets", "unicode"],
)
def test_a_thousand_classes_fit_an_address(names: list[str], low: int, high: int) -> None:
    numbers = shuffled(len(names), low, high)
    counts = LabelCounts.exclusive(names, numbers, source="labels.csv")
    text = spell_counts(counts)
    assert text.startswith("z1:")
    assert address_length(text) <= LONGEST
    assert parse_counts(text) == counts


@pytest.mark.parametrize("counts", [long_tail_counts(300, 1000, 10**6), multilabel_counts(300, 0.001, 0.1, 10**6, 0)])
def test_order_is_kept(counts: LabelCounts) -> None:
    turned = counts.reordered([*reversed(counts.classes), "never"])
    assert parse_counts(spell_counts(turned)) == turned != counts
    assert parse_counts(spell_counts(counts)) == counts


def test_names_of_chance_do_not_fit_and_still_come_back() -> None:
    counts = LabelCounts.exclusive(letters(700, 16), shuffled(700, 1, 10**6))
    text = spell_counts(counts)
    assert address_length(text) > LONGEST
    assert parse_counts(text) == counts


def test_what_is_short_stays_readable() -> None:
    counts = LabelCounts.exclusive(["cat", "dog"], [90, 10])
    assert spell_counts(counts) == "counts:binary;cat=90;dog=10"
    held = LabelCounts(["sky", "sign"], [80, 20], [20, 80], 100, "segmentation", "pixel", support=[100, 40])
    assert spell_counts(held) == "counts:segmentation;~unit=pixel;sky=80//100;sign=20//40"
    assert parse_counts("counts:multilabel;~n=10;a=3/6;b=2").negatives.tolist() == [6, 8]


def test_the_bytes_are_those_of_every_release() -> None:
    packed = "z1:8kLsX64PlmtMDyMjkA16iM6I"
    assert unpack(packed) == LabelCounts.exclusive(["cat", "dog", "eel"], [5, 3, 1])


def test_damaged_links_are_refused_in_a_sentence() -> None:
    text = spell_counts(long_tail_counts(300, 100, 10**5))
    for damaged in (text[:-40], text[:200] + "A" + text[201:], text[:50] + "!" + text[50:], "z1:", "z1:AAAA"):
        with pytest.raises(ValueError, match=r"^The labels '.*' cannot be read: .*\.$"):
            parse_counts(damaged)


def crafted(**fields: int) -> str:
    """A packed text with a right checksum that says whatever it likes of its fields."""
    encoder = Encoder(10**6)
    number, names = NumberModel(encoder.code).number, NameModel(encoder.code)
    number("task", fields.get("task", 1))
    names.name(b"sample")
    names.name(b"")
    number("samples", fields.get("samples", 10))
    number("classes", fields.get("classes", 2))
    names.name(b"a" * fields.get("letters", 1))
    data = encoder.finished()
    return "z1:" + base64.urlsafe_b64encode((zlib.crc32(data) & 0xFFFFFF).to_bytes(3, "big") + data).decode()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"task": 9}, "no counts of 1 to 10,000 classes"),
        ({"classes": 0}, "no counts of 1 to 10,000 classes"),
        ({"classes": MOST_CLASSES + 1}, "no counts of 1 to 10,000 classes"),
        ({"letters": 10_000}, "more than a link may carry"),
    ],
)
def test_few_bytes_that_hold_much_are_refused(
    fields: dict[str, int], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lossviz.labels.given.packed._MOST_DECISIONS", 40_000)
    text = crafted(**fields)
    assert len(text) < 400
    with pytest.raises(ValueError, match=reason):
        parse_counts(text)


@settings(deadline=None, max_examples=50)
@given(some.binary(min_size=1, max_size=60))
def test_chance_bytes_give_counts_or_a_sentence(data: bytes) -> None:
    text = "z1:" + base64.urlsafe_b64encode((zlib.crc32(data) & 0xFFFFFF).to_bytes(3, "big") + data).decode()
    try:
        counts = parse_counts(text)
    except ValueError as error:
        assert str(error).startswith("The labels 'z1:")
    else:
        assert counts.n_classes <= MOST_CLASSES


def test_text_longer_than_any_link_is_not_read() -> None:
    with pytest.raises(ValueError, match="longer than"):
        parse_counts("z1:" + "A" * 40_000)
    with pytest.raises(ValueError, match="at most 10,000 classes"):
        parse_counts("counts:multiclass;" + ";".join(f"{k}=1" for k in range(10_001)))
