"""Label sources: examples, made to order, as text in a link, and delimited files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

import lossviz
from lossviz import AmbiguousLabels, LabelCounts, UnreadableLabels, inspect_labels, read_labels
from lossviz.labels.given.synthetic import binary_counts, long_tail_counts, multilabel_counts
from lossviz.labels.given.text import DEFAULT, parse_counts, spell_counts


def best(source: Any) -> LabelCounts:
    return inspect_labels(source).readings[0].counts


def as_dict(counts: LabelCounts) -> dict[str, int]:
    return dict(zip(counts.classes, counts.positives.tolist(), strict=True))


# Examples and counts made to order.


def test_examples_carry_their_source() -> None:
    assert len(lossviz.EXAMPLES) >= 12
    for entry in lossviz.EXAMPLES.values():
        assert entry.counts.source
        assert not entry.counts.without_positives
        if entry.counts.task != "multilabel":
            assert entry.counts.positives.sum() == entry.counts.n_samples
    assert as_dict(lossviz.EXAMPLES["ham10000"].counts)["nv"] == 6705
    assert as_dict(lossviz.EXAMPLES["credit_card_fraud"].counts)["fraud"] == 492
    assert lossviz.EXAMPLES["chestxray14"].counts.n_classes == 14
    assert {entry.counts.task for entry in lossviz.EXAMPLES.values()} == {
        "binary",
        "multiclass",
        "multilabel",
        "segmentation",
    }


def test_counts_made_to_order() -> None:
    assert binary_counts(0.01, 10_000).positives.tolist() == [9900, 100]
    tail = long_tail_counts(10, 100, 12_406)
    assert tail.positives.sum() == 12_406
    assert tail.imbalance_ratio == pytest.approx(100, rel=0.02)
    many = multilabel_counts(20, 0.001, 0.3, 100_000, seed=3)
    assert many.prevalence.max() == pytest.approx(0.3)
    assert many.prevalence.min() == pytest.approx(0.001)
    assert many == multilabel_counts(20, 0.001, 0.3, 100_000, seed=3)
    assert many != multilabel_counts(20, 0.001, 0.3, 100_000, seed=4)
    assert multilabel_counts(1, 0.1, 0.2, 100, 0).positives.tolist() == [20]


def test_impossible_orders_are_refused() -> None:
    for order, match in (
        (lambda: binary_counts(0, 10), "prevalence"),
        (lambda: binary_counts(0.5, 0), "at least 1 sample"),
        (lambda: long_tail_counts(1, 10, 10), "at least 2 classes"),
        (lambda: long_tail_counts(3, 0.5, 10), "1 or more"),
        (lambda: multilabel_counts(0, 0.1, 0.2, 10, 0), "at least 1 label"),
        (lambda: multilabel_counts(2, 0.3, 0.2, 10, 0), "lowest <= highest"),
    ):
        with pytest.raises(ValueError, match=match):
            order()


# Counts as text.


@settings(deadline=None)
@given(
    some.lists(some.text(min_size=1, max_size=8), min_size=2, max_size=6, unique=True),
    some.data(),
)
def test_text_gives_the_counts_back(names: list[str], data: some.DataObject) -> None:
    numbers = [data.draw(some.integers(0, 10**9)) for _ in names]
    assume(any(numbers))
    missing = data.draw(some.integers(0, 5))
    exclusive = LabelCounts.exclusive(names, numbers, missing=missing, unit="pixel", source="a ; = / ~ source")
    assert parse_counts(spell_counts(exclusive)) == exclusive
    total = max(numbers) + 7
    gaps = [data.draw(some.integers(0, 7)) for _ in names]
    many = LabelCounts(
        tuple(names), numbers, [total - n - g for n, g in zip(numbers, gaps, strict=True)], total, "multilabel"
    )
    assert parse_counts(spell_counts(many)) == many


def test_text_of_examples_and_orders() -> None:
    assert parse_counts("ham10000") is lossviz.EXAMPLES["ham10000"].counts
    assert parse_counts(DEFAULT).positives.tolist() == [9900, 100]
    assert parse_counts("tail:3:100:1110").positives.tolist() == [1000, 100, 10]
    assert parse_counts("labels:5:0.01:0.2:1000:1").n_classes == 5
    assert as_dict(parse_counts("counts:multiclass;cat=90;dog=10")) == {"cat": 90, "dog": 10}


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "binary:2:10", "binary:x:10", "binary:0.5", "tail:3", "labels:1:2", "counts:", "counts:binary;a=1",
     "counts:multiclass;a=x", "counts:multiclass;a=-1;b=2", "counts:multilabel;~n=3;a=9", "counts:ranking;a=1",
     "counts:binary;a=1;b=2;c=3", "binary:0.5:10:7",
     "tail:1000000000:2:100", "labels:1000000000:0.1:0.2:10:0", "labels:3:0.1:0.2:10:-5",
     "counts:multiclass;~n=1;a=5;b=5", "binary:0.5:1e999", "binary:nan:10", "counts:multiclass;a=1;a=2"],
)  # fmt: skip
def test_text_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"labels"):
        parse_counts(text)


# Delimited files.

CLASS_COLUMN = "id,label,size\n1,cat,3.25\n2,dog,4.75\n3,cat,1.55\n4,eel,9.15\n5,cat,7.85\n6,dog,2.05\n"
ONE_HOT = "id,toxic,threat,insult\n1,1,0,0\n2,1,1,0\n3,0,0,0\n4,0,0,\n5,1,0,1\n"
LISTS = "image;findings\n1;A|B\n2;A\n3;\n4;B|C\n5;A|C\n6;A|B|C\n7;C\n8;C|A\n"


def test_one_class_column() -> None:
    inspection = inspect_labels(CLASS_COLUMN.encode())
    best = inspection.readings[0]
    assert best.settings["column"] == "label"
    assert as_dict(best.counts) == {"cat": 3, "dog": 2, "eel": 1}
    assert best.counts.task == "multiclass"
    assert read_labels(CLASS_COLUMN.encode(), **best.settings) == best.counts
    assert len(inspection.preview) == 6


def test_one_hot_columns_keep_missing_apart() -> None:
    counts = best(ONE_HOT.encode())
    assert counts.task == "multilabel"
    assert as_dict(counts) == {"toxic": 3, "threat": 1, "insult": 1}
    assert counts.negatives.tolist() == [2, 4, 3]
    assert counts.with_missing == ("insult",)


def test_one_hot_rows_with_exactly_one_are_classes() -> None:
    counts = read_labels(b"a,b,c\n1,0,0\n0,1,0\n0,0,1\n1,0,0\n")
    assert counts.task == "multiclass"
    assert as_dict(counts) == {"a": 2, "b": 1, "c": 1}


def test_a_column_of_lists() -> None:
    inspection = inspect_labels(LISTS.encode())
    best = inspection.readings[0]
    assert best.settings["shape"] == "list"
    assert best.settings["separator"] == "|"
    assert as_dict(best.counts) == {"A": 5, "C": 5, "B": 3}
    assert best.counts.n_samples == 8
    assert best.counts.class_to_idx == {"A": 0, "B": 1, "C": 2}
    assert best.counts.negatives.tolist() == [3, 5, 3]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("header", [True, False], ids=["header", "no header"])
def test_dialects(delimiter: str, bom: bytes, newline: str, header: bool) -> None:
    rows = CLASS_COLUMN.strip().split("\n")[0 if header else 1 :]
    data = bom + newline.join(row.replace(",", delimiter) for row in rows).encode()
    counts = inspect_labels(data).readings[0].counts
    assert as_dict(counts) == {"cat": 3, "dog": 2, "eel": 1}
    assert counts.n_samples == 6


def test_quotes() -> None:
    text = 'text,label\n"a, b",x\n"say ""hi""",y\n"two\nlines",x\nplain,x\n'
    counts = read_labels(text.encode(), column="label")
    assert as_dict(counts) == {"x": 3, "y": 1}
    assert counts.n_samples == 4
    # Stray quotes in tab-separated text are part of the text.
    stray = 'ham\tshe said "hi\nspam\twin "now\nham\tok\nham\t"odd" one\n'
    assert as_dict(best(stray.encode())) == {"ham": 3, "spam": 1}


def test_binary_names_its_positive_class() -> None:
    data = b"y\n0\n1\n1\n1\n0\n1\n"
    inspection = inspect_labels(data)
    assert inspection.readings[0].counts.classes == ("0", "1")
    assert {question.setting for question in inspection.questions} == {"positive"}
    assert read_labels(data, column="y", positive="0").classes == ("1", "0")
    with pytest.raises(ValueError, match="positive class 'x' is none of"):
        read_labels(data, column="y", positive="x")


def test_missing_labels_are_left_out() -> None:
    counts = read_labels(
        b"label,n\ncat,1.5\n,2.5\ndog,3.5\nNA,4.5\n?,5.5\ncat,6.5\n", column="label", missing=None, positive="dog"
    )
    assert as_dict(counts) == {"cat": 2, "dog": 1}
    assert counts.missing.tolist() == [3, 3]
    assert counts.n_samples == 6


def test_uncertain_columns_are_asked_about() -> None:
    table = "color,shape\n" + "red,round\nblue,square\nred,square\n" * 10
    with pytest.raises(AmbiguousLabels, match="several ways") as caught:
        read_labels(table.encode())
    assert {reading.settings["column"] for reading in caught.value.readings} >= {"color", "shape"}
    assert as_dict(read_labels(table.encode(), column="color", positive="blue")) == {"red": 20, "blue": 10}
    questions = inspect_labels(table.encode()).questions
    assert any({"color", "shape"} <= set(question.choices) for question in questions)


def test_settings_overrule_what_was_found() -> None:
    data = b"a;b\nx;1\ny;2\nx;3\n"
    assert as_dict(read_labels(data, delimiter=";", header=False, column="column 1")) == {"x": 2, "a": 1, "y": 1}
    with pytest.raises(UnreadableLabels, match="no column 'z'"):
        read_labels(data, column="z")


def test_data_frames_and_paths(tmp_path: Path) -> None:
    frame = pd.DataFrame({"label": ["a", "b", None, "a"]})
    counts = best(frame)
    assert as_dict(counts) == {"a": 2, "b": 1}
    assert counts.missing.tolist() == [1, 1]
    path = tmp_path / "labels.csv"
    path.write_text(CLASS_COLUMN, encoding="utf-8")
    assert best(path).source == "labels.csv"
    with path.open("rb") as file:
        assert best(file).n_samples == 6


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b"label\n", "only a header"),
        (b"label\ncat\n", "one row"),
        (b"\x00\x01\x02\xff" * 100, "binary file of an unknown kind"),
        (bytes(np.random.default_rng(0).integers(0, 256, 5000, dtype=np.uint8)), "binary file of an unknown kind"),
        (b"a,b\n\x00,1\n", "NUL"),
        (b"<!DOCTYPE html><html><body>sign in</body></html>", "web page"),
        (b"\x1f\x8b\x08" + b"\xff" * 50, "gzip"),
        (b"PK\x03\x04rest", "zip archive"),
        (b"\x80\x04\x95cos\nsystem\n", "pickle"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "Git LFS pointer"),
        (b"x,y\n1.5,2.25\n3.5,4.25\n5.5,6.75\n", "None of the 2 columns looks like labels"),
        (b"a,b\n1,2\n1,2,3,4\n", "different lengths"),
        (("a," * 30_000 + "b\n").encode() * 3, "at most 20,000"),
    ],
)
def test_what_holds_no_labels_is_refused_with_a_remedy(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableLabels, match=reason) as caught:
        inspect_labels(data)
    assert caught.value.reason.endswith(".")
    assert caught.value.remedy.endswith(".")


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableLabels, match="cannot be opened"):
        read_labels(tmp_path / "none.csv")


def test_ten_thousand_columns() -> None:
    header = ",".join(f"label {k}" for k in range(10_000))
    rows = [",".join(str((k + row) % 7 // 6) for k in range(10_000)) for row in range(4)]
    counts = read_labels("\n".join([header, *rows]).encode())
    assert counts.n_classes == 10_000
    assert counts.n_samples == 4


def test_names_are_data_not_markup_or_formulas() -> None:
    names = ["=cmd()", "<script>alert(1)</script>", "**bold**", "[link](javascript:alert(1))", "$x^2$", "\u202eevil"]
    text = "label\n" + "".join(f"{name}\n" * (k + 2) for k, name in enumerate(names))
    assert set(read_labels(text.encode()).classes) == set(names)


def test_other_encodings() -> None:
    text = "label\nchâteau\nmaison\nmaison\n"
    assert as_dict(inspect_labels(text.encode("utf-16")).readings[0].counts) == {"château": 1, "maison": 2}
    inspection = inspect_labels(text.encode("cp1252"))
    assert set(inspection.readings[0].counts.classes) == {"château", "maison"}
    assert "Windows-1252" in inspection.warnings[0]


# Real files.


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("ham10000_csv", "HAM10000_metadata.csv"),
        ("bank_marketing_semicolon", "bank-additional-full.csv"),
        ("chestxray14_pipe_csv", "Data_Entry_2017.csv"),
        ("sms_spam_tsv_noheader", "SMSSpamCollection"),
        ("watermelon_bom_csv", "西瓜数据集.csv"),
        ("hpa_index_lists_csv", "train.csv"),
    ],
)
def test_real_files(shared: Path, name: str, file: str) -> None:
    folder = shared / "labels" / name
    truth: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    best = inspect_labels(folder / file).readings[0]
    assert as_dict(best.counts) == truth["counts"]
    assert best.counts.n_samples == truth["n_samples"]
    assert best.counts.task == truth["task"]
    assert read_labels(folder / file, **best.settings) == best.counts


def test_another_column_of_a_real_file(shared: Path) -> None:
    folder = shared / "labels" / "ham10000_csv"
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for column, counts in truth["other_columns"].items():
        assert as_dict(read_labels(folder / "HAM10000_metadata.csv", column=column)) == counts
