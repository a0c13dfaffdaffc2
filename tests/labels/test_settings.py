"""Settings of the readers are constraints: each settles what it names, and no value is ignored in silence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from lossviz import AmbiguousLabels, UnreadableLabels, inspect_labels, read_labels
from tests.labels.written import npy, png

MARKED = [-1] * 20 + [0] * 5 + [1] * 4 + [2] * 9
IDS = [0] * 5 + [1] * 4 + [2] * 9


def col(values: Any) -> bytes:
    return ("label\n" + "\n".join(map(str, values)) + "\n").encode()


def is_thirds(counts: Any) -> bool:
    return bool(counts.classes == ("0", "1", "2") and counts.positives.tolist() == [5, 4, 9])


# A column that is named.


def test_naming_the_column_leaves_open_what_it_does_not_name() -> None:
    data = col(MARKED)
    assert inspect_labels(data, column="label").readings[0].settings["left_out"] == "-1"
    for named in ({}, {"column": "label"}):
        with pytest.raises(AmbiguousLabels, match=r"left_out='-1' or left_out=None"):
            read_labels(data, **named)
        assert is_thirds(read_labels(data, outputs=3, **named))
        assert is_thirds(read_labels(data, left_out="-1", **named))
        assert read_labels(data, left_out=None, **named).classes == ("-1", "0", "1", "2")


@pytest.mark.parametrize(
    ("values", "question"),
    [
        ([0] * 9 + [2] * 5 + [9] * 4, "outputs=3 or outputs=10"),
        ([1] * 9 + [2] * 5 + [3] * 4, "outputs=3 or outputs=4"),
        (["NA"] * 9 + ["FR"] * 5 + ["DE"] * 4, "as_class"),
        ([0] * 9 + [1] * 5 + [255] * 4, "outputs=3 or outputs=256"),
        (["benign"] * 9 + ["malignant"] * 5, "positive="),
    ],
)
def test_a_named_column_is_asked_about_as_any_other(values: list[Any], question: str) -> None:
    for named in ({}, {"column": "label"}):
        with pytest.raises(AmbiguousLabels, match=question):
            read_labels(col(values), **named)


def test_every_reading_of_a_named_column_has_settings_that_choose_it() -> None:
    for data in (col(MARKED), col(["NA"] * 9 + ["FR"] * 5 + ["DE"] * 4), col([1] * 9 + [2] * 5 + [3] * 4)):
        for reading in inspect_labels(data, column="label").readings:
            assert read_labels(data, **reading.settings) == reading.counts


def test_rows_are_samples_of_a_named_column() -> None:
    rows = [f"L{k // 2},{('nv', 'mel', 'bcc')[k // 2 % 3]}" for k in range(60)]
    data = ("lesion_id,dx\n" + "\n".join(rows) + "\n").encode()
    with pytest.raises(AmbiguousLabels, match="group_by"):
        read_labels(data)
    assert read_labels(data, column="dx").n_samples == 60
    assert read_labels(data, column="dx", group_by="lesion_id").n_samples == 30


def test_columns_stand_as_they_are_named() -> None:
    frame = pd.DataFrame({"a": [1, 1, 0, 1], "b": [0, 1, 1, 0], "c": [1, 0, 0, 0]})
    for names in (["b", "a"], np.array(["b", "a"]), pd.Index(["b", "a"]), {"b": 0, "a": 1}.keys(), {"a": 1, "b": 0}):
        counts = read_labels(frame, columns=names)
        assert (counts.classes, counts.positives.tolist()) == (("b", "a"), [2, 3])


def test_two_columns_have_the_positive_class_that_is_named() -> None:
    data = b"a,b\n" + b"1,0\n0,1\n0,1\n" * 9
    assert read_labels(data, positive="a").class_to_idx == {"b": 0, "a": 1}
    assert read_labels(data, outputs=2).class_to_idx == {"a": 0, "b": 1}


# Orders.


@pytest.mark.parametrize(
    "order",
    [
        np.array(["c", "a", "b"]),
        pd.Index(["c", "a", "b"]),
        pd.Series(["c", "a", "b"]),
        {"c": 1, "a": 2, "b": 3}.keys(),
        {"a": 1, "b": 2, "c": 0},
    ],
)
def test_lists_of_names_of_any_kind(order: Any) -> None:
    assert read_labels(col(["a", "b", "c", "a", "b", "a"]), order=order).classes == ("c", "a", "b")


def test_an_order_says_which_of_two_is_positive() -> None:
    data = col(["cat"] * 9 + ["dog"] * 5)
    settings: list[dict[str, Any]] = [{"outputs": 2}, {"order": "sorted"}, {"order": ["cat", "dog"]}]
    for each in settings:
        counts = read_labels(data, **each)
        assert (counts.classes, counts.task) == (("cat", "dog"), "binary")
    with pytest.raises(ValueError, match="positive='cat' contradicts order, whose second name, 'dog'"):
        read_labels(data, positive="cat", order=["cat", "dog"])
    assert read_labels(data, positive="cat", order=["dog", "cat"]).classes == ("dog", "cat")


def test_declared_classes_that_never_occur_keep_their_outputs() -> None:
    frame = pd.DataFrame({"label": pd.Categorical(["b", "a", "b"] * 5, categories=["c", "b", "a"])})
    assert read_labels(frame, order="sorted").classes == ("a", "b", "c")
    assert read_labels(frame, order="frequency").classes == ("b", "a", "c")


def test_one_class_of_several_is_read_where_the_outputs_are_said() -> None:
    for named in ({}, {"column": "label"}):
        assert read_labels(col([3] * 20), outputs=5, **named).positives.tolist() == [0, 0, 0, 20, 0]
        counts = read_labels(col(["dog"] * 20), order=["cat", "dog"], **named)
        assert (counts.classes, counts.positives.tolist(), counts.task) == (("cat", "dog"), [0, 20], "binary")
        with pytest.raises(UnreadableLabels):
            read_labels(col([3] * 20), **named)
    assert read_labels(npy([3] * 20), outputs=5).positives.tolist() == [0, 0, 0, 20, 0]


def test_outputs_confirm_a_table_of_counts() -> None:
    data = b"class,count\n" + b"".join(b"%c,%d\n" % (97 + k, 10 + k) for k in range(7))
    with pytest.raises(AmbiguousLabels, match="counts add up"):
        read_labels(data)
    assert read_labels(data, outputs=7).positives.tolist() == [10, 11, 12, 13, 14, 15, 16]


# Values that mark rows without a label.


def test_values_left_out_are_values_however_they_are_spelled() -> None:
    for source in (col(MARKED), npy(MARKED), pd.DataFrame({"label": MARKED}), col([f"{k}.0" for k in MARKED])):
        for mark in (-1, "-1", -1.0, np.int64(-1)):
            counts = read_labels(source, left_out=mark, outputs=3)
            assert counts.positives.tolist() == [5, 4, 9]
    with pytest.raises(ValueError, match="left_out must be one name or value"):
        read_labels(col(MARKED), left_out=[-1, 2])
    with pytest.raises(ValueError, match=r"left_out='zz'.*'0', '1'"):
        read_labels(col(IDS), left_out="zz")


def test_outputs_are_of_what_is_left() -> None:
    data = col(IDS + [999] * 3)
    for more in ({}, {"outputs": 3}, {"column": "label"}):
        assert is_thirds(read_labels(data, left_out="999", **more))
    with pytest.raises(UnreadableLabels, match="left_out='255' if that marks"):
        read_labels(col(IDS + [255] * 3), outputs=3)


def test_arrays_leave_out_what_tables_do() -> None:
    assert is_thirds(read_labels(npy(IDS + [-100] * 7)))
    for mark in (-1, 255):
        assert is_thirds(read_labels(npy(IDS + [mark] * 7), left_out=mark))
        assert is_thirds(read_labels(npy(IDS + [mark] * 7), ignore=mark))
    assert is_thirds(read_labels(npy(IDS + [-1] * 7), outputs=3))
    assert is_thirds(read_labels(col(IDS + [255] * 7), ignore=255))


def test_outputs_settle_that_minus_1_marks_rows_without_a_label() -> None:
    for source in (col([-1] * 5 + [0] * 9 + [1] * 4), npy([-1] * 5 + [0] * 9 + [1] * 4)):
        assert read_labels(source, outputs=2).positives.tolist() == [9, 4]


def test_none_is_no_answer_where_something_must_be_named() -> None:
    assert is_thirds(read_labels(col(IDS), column=None, columns=None, shape=None, header=None))


def test_labels_of_few_rows_are_read() -> None:
    assert read_labels(col(["cat", "dog", "cat", "bird"])).classes == ("bird", "cat", "dog")
    assert read_labels(["cat", "dog", "bird", "cat", "dog"]).positives.tolist() == [1, 2, 2]
    assert read_labels(col([0, 1, 2, 1, 0])).positives.tolist() == [2, 2, 1]


def test_a_threshold_is_for_scores() -> None:
    with pytest.raises(UnreadableLabels, match=r"threshold=0\.5 does nothing"):
        read_labels(col(["a", "b", "c"] * 5), threshold=0.5)


@pytest.mark.parametrize(("pair", "choices"), [([2, 5], (4, 2, 6)), ([1, 2], (2, 3))])
def test_two_ids_of_a_mask_are_asked_about(pair: list[int], choices: tuple[int, ...]) -> None:
    (question,) = inspect_labels(png([pair * 4] * 4)).questions
    assert (question.setting, question.choices) == ("outputs", choices)


# Labels in memory.


@pytest.mark.parametrize(
    "source",
    [
        IDS,
        tuple(IDS),
        np.array(IDS),
        torch.tensor(IDS),
        pd.Series(IDS),
        pd.Series(IDS, name="y"),
        pd.Series(pd.Categorical(IDS)),
        np.array(IDS, dtype=object),
        [float(k) for k in IDS],
        [np.int64(k) for k in IDS],
        {"label": IDS},
    ],
)
def test_labels_in_memory_are_read(source: Any) -> None:
    assert is_thirds(read_labels(source))


def test_names_and_lists_in_memory_are_read() -> None:
    assert read_labels(["b", "a", "c", "b", "a", "b"]).positives.tolist() == [2, 3, 1]
    sets = [["a", "b"], ["a"], ["c"], ["a", "c"]] * 3
    assert read_labels(sets).positives.tolist() == [9, 3, 6]


def test_what_holds_no_labels_is_said() -> None:
    for source in (None, 3, 2.5, object(), []):
        with pytest.raises(UnreadableLabels, match="Pass a path"):
            read_labels(source)  # type: ignore[arg-type]
    with pytest.raises(UnreadableLabels):
        read_labels("no_such_file.csv")
    with pytest.raises(UnreadableLabels):
        read_labels(["no_such_file.csv", "nor_this.csv"])


def test_frames_spell_whole_numbers_whole() -> None:
    for values in (
        [3.0, 0.0, 1.0, None] * 5,
        pd.array([3.0, 0.0, 1.0, None] * 5, dtype="Float64"),
        np.array([3, 0, 1, np.nan] * 5, dtype=np.float32),
        pd.Series([3.0, 0, 1.0, None] * 5, dtype=object),
    ):
        counts = read_labels(pd.DataFrame({"label": values}), outputs=4)
        assert (counts.classes, counts.missing.tolist()) == (("0", "1", "2", "3"), [5] * 4)
    mixed = read_labels(pd.DataFrame({"label": pd.Series([1, 1.0, 2, 2.0, 0] * 4, dtype=object)}))
    assert (mixed.classes, mixed.positives.tolist()) == (("0", "1", "2"), [4, 8, 8])


# Settings that cannot be.


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"shape": "foo"}, "shape must be one of 'class'"),
        ({"header": "x"}, "header must be one of True, False"),
        ({"delimiter": ""}, "delimiter must be"),
        ({"threshold": 2}, "threshold must be a number"),
        ({"uncertain": "foo"}, "uncertain must be one of"),
        ({"missing": "foo"}, "missing must be one of"),
        ({"columns": ["a", "a"]}, "columns names 'a' twice"),
        ({"columns": "zebra"}, "columns must be a list"),
        ({"columns": []}, "columns must be a list"),
        ({"column": ["a"]}, "column must be one name"),
        ({"encoding": "nope"}, "no encoding 'nope'"),
        ({"group_by": "box"}, "no column 'box', which group_by= names. Choose one of label"),
        ({"sheet": "x"}, "sheet='x' does nothing here: the file is text"),
        ({"array": "x"}, "array='x' does nothing here"),
        ({"file": "x"}, "no file 'x'"),
        ({"list": "x"}, "list='x' does nothing here"),
        ({"order": {"a": 5, "b": 7}}, "indices 0 to 1"),
        ({"format": "foo"}, "format"),
        ({"counts": "zebra"}, "no column 'zebra', which counts= names"),
        ({"present": "zebra"}, "no column 'zebra', which present= names"),
    ],
)
def test_impossible_settings_are_said(wanted: dict[str, Any], sentence: str) -> None:
    for read in (read_labels, inspect_labels):
        with pytest.raises(ValueError, match=sentence):
            read(col(["a", "b", "c", "a", "b", "a"]), **wanted)
