"""Classes stand in the order of the model's outputs: index k of every tensor is class k of the training labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn.preprocessing import LabelEncoder, MultiLabelBinarizer
from sklearn.utils.class_weight import compute_class_weight

from lossviz import AmbiguousLabels, UnreadableLabels, class_weights, inspect_labels, read_labels
from lossviz.labels.meaning.ordering import lengths, placed
from lossviz.labels.tables.names import encoded, negative_first
from tests.labels.conftest import Pieces
from tests.labels.written import npy, parquet, png

MANY = settings(max_examples=80, deadline=None, derandomize=True, database=None)


def csv(labels: Any, name: str = "label") -> bytes:
    return ("\n".join([name, *map(str, labels)]) + "\n").encode()


def rows(counts: dict[Any, int], seed: int = 0) -> list[Any]:
    """So many rows of each label, in no order."""
    labels = [label for label, n in counts.items() for _ in range(n)]
    return [labels[k] for k in np.random.default_rng(seed).permutation(len(labels))]


GAP = {0: 50, 1: 5, 2: 10, 4: 200}


# Whole-number ids.


@pytest.mark.parametrize(
    "source",
    [
        csv(rows(GAP)),
        csv([f"{label}.0" for label in rows(GAP)]),
        npy(rows(GAP)),
        npy(np.array(rows(GAP), dtype=float)),
        json.dumps([{"id": f"i{k}", "label": label} for k, label in enumerate(rows(GAP))]).encode(),
        parquet(pd.DataFrame({"label": rows(GAP)})),
        "\n".join(f"{label} 1:0.5 2:1" for label in rows(GAP)).encode(),
        png(np.array(rows(GAP)).reshape(5, 53)),
        pd.DataFrame({"label": rows(GAP)}),
    ],
    ids=["csv", "csv of floats", "npy", "npy of floats", "json", "parquet", "libsvm", "png", "frame"],
)
def test_an_absent_id_keeps_its_place(source: Any) -> None:
    counts = read_labels(source, outputs=5)
    assert [name.removesuffix(".0") for name in counts.classes] == ["0", "1", "2", "3", "4"]
    assert counts.positives.tolist() == [50, 5, 10, 0, 200]
    longer = read_labels(source, outputs=7)
    assert longer.positives.tolist() == [50, 5, 10, 0, 200, 0, 0]
    found = inspect_labels(source).readings[0].counts
    assert found.positives.tolist() == [50, 5, 10, 0, 200]


@pytest.mark.filterwarnings("ignore::lossviz.weights.tensors.EmptyClassWarning")
def test_a_class_that_never_occurs_changes_no_other_weight() -> None:
    weights = class_weights(read_labels(csv(rows(GAP)), outputs=5))
    present = weights[[0, 1, 2, 4]].tolist()
    assert present == pytest.approx([1.325, 13.25, 6.625, 0.33125])
    labels = rows(GAP)
    assert present == pytest.approx(compute_class_weight("balanced", classes=np.array([0, 1, 2, 4]), y=labels).tolist())
    assert weights.shape == (5,)
    assert class_weights(read_labels(csv(labels), outputs=5), zero_count="zero")[3] == 0


def test_ids_rise_as_numbers_whatever_appears_first() -> None:
    counts = read_labels(csv([3, 10, *rows({0: 20, 1: 5, 2: 1, 3: 50}), *range(11)]))
    assert counts.class_to_idx == {str(k): k for k in range(11)}
    assert read_labels(csv(rows({-1: 50, 1: 5}))).classes == ("-1", "1")
    assert read_labels(csv(rows({1: 50, 0: 5}))).classes == ("0", "1")
    assert read_labels(csv(rows({-1: 9, 0: 50, 1: 5})), left_out=None).classes == ("-1", "0", "1")


@MANY
@given(some.lists(some.integers(-20, 40), min_size=2, max_size=12, unique=True))
def test_ids_stand_as_encoders_number_them(ids: list[int]) -> None:
    assert list(map(int, encoded(list(map(str, ids))))) == LabelEncoder().fit(ids).classes_.tolist()


@pytest.mark.parametrize(
    ("names", "choices"),
    [
        ("0 1 2 4", (5,)),
        ("0 1", (2,)),
        ("1 2", (2,)),
        ("0 4", (2, 5)),
        ("0 2", (3, 2)),
        ("1 2 3", (3, 4)),
        ("1 2 4", (4, 3, 5)),
        ("3 4 5 6", (4, 7)),
        ("10 200 5000", (3, 5001)),
        ("-1 0 1", (3,)),
        ("01 02 07", (3,)),
        ("a b c", (3,)),
        ("1 2 30000", (3,)),
    ],
)
def test_how_many_outputs_ids_may_have(names: str, choices: tuple[int, ...]) -> None:
    assert lengths(names.split()) == choices
    for length in choices:
        assert len(placed(names.split(), length)) == length


def test_ids_from_1_and_wide_gaps_are_asked_about() -> None:
    data = csv(rows({1: 30, 2: 9, 3: 5}))
    inspection = inspect_labels(data)
    (question,) = inspection.questions
    assert (question.setting, question.choices) == ("outputs", (3, 4))
    assert not inspection.certain
    assert [reading.counts.classes for reading in inspection.readings] == [("1", "2", "3"), ("0", "1", "2", "3")]
    with pytest.raises(AmbiguousLabels, match=r"begin at 1.*subtract 1.*outputs=3 or outputs=4"):
        read_labels(data)
    assert read_labels(data, outputs=3).class_to_idx == {"1": 0, "2": 1, "3": 2}
    assert read_labels(data, outputs=4).positives.tolist() == [0, 30, 9, 5]
    wide = csv(rows({10: 30, 200: 9, 5000: 5}))
    with pytest.raises(AmbiguousLabels, match=r"with gaps.*outputs=3 or outputs=5001"):
        read_labels(wide)
    assert read_labels(wide, outputs=3).class_to_idx == {"10": 0, "200": 1, "5000": 2}
    for reading in inspection.readings:
        assert read_labels(data, **reading.settings) == reading.counts


# Names.


@MANY
@given(
    some.lists(some.text("abAB éß中_", min_size=1, max_size=4).filter(str.strip), min_size=2, max_size=8, unique=True)
)
def test_names_stand_as_encoders_sort_them(names: list[str]) -> None:
    names = list(dict.fromkeys(name.strip() for name in names))
    if len(names) < 2:
        return
    labels = [name for k, name in enumerate(names) for _ in range(3 + 2 * k)][::-1]
    counts = inspect_labels(pd.DataFrame({"label": labels})).readings[0].counts
    encoder = LabelEncoder().fit(labels)
    assert list(counts.classes) == encoder.classes_.tolist()
    weights = compute_class_weight("balanced", classes=encoder.classes_, y=labels)
    np.testing.assert_allclose(class_weights(counts).numpy(), weights, rtol=1e-6)
    binarizer = MultiLabelBinarizer().fit([[name] for name in labels])
    assert list(counts.classes) == binarizer.classes_.tolist()


@MANY
@given(some.lists(some.sets(some.sampled_from(["Zebra", "ant", "Bee", "cow"]), max_size=4), min_size=40, max_size=60))
def test_labels_of_lists_stand_as_binarizers_sort_them(sets: list[set[str]]) -> None:
    used = set().union(*sets)
    if len(used) < 2 or max(map(len, sets)) < 2:
        return
    frame = pd.DataFrame({"tags": ["|".join(sorted(each, reverse=True)) for each in sets]})
    counts = read_labels(frame, column="tags", separator="|", missing=None)
    assert list(counts.classes) == MultiLabelBinarizer().fit(sets).classes_.tolist()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("yes", "no"), ["no", "yes"]),
        (("Y", "n"), ["n", "Y"]),
        (("1", "0"), ["0", "1"]),
        (("1", "-1"), ["-1", "1"]),
        (("TRUE", "FALSE"), ["FALSE", "TRUE"]),
        (("spam", "ham"), ["ham", "spam"]),
        (("malignant", "benign"), ["benign", "malignant"]),
        (("2", "1"), ["1", "2"]),
    ],
)
def test_of_two_classes_the_positive_one_is_second(names: tuple[str, str], expected: list[str]) -> None:
    assert negative_first(names) == expected
    for counts in ({names[0]: 50, names[1]: 5}, {names[0]: 5, names[1]: 50}):
        found = inspect_labels(csv(rows(counts))).readings[0].counts
        assert list(found.classes) == expected
        assert found.task == "binary"
    assert read_labels(csv(rows(dict.fromkeys(names, 9))), positive=expected[0]).classes == tuple(reversed(expected))


# Orders that are declared.


def test_declared_orders_stand() -> None:
    labels = ["b", "a", "b", "z", "b"] * 4
    category = pd.Categorical(labels, categories=["z", "never", "b", "a"])
    for source in (pd.DataFrame({"y": category}), parquet(pd.DataFrame({"y": category}))):
        counts = read_labels(source)
        assert counts.classes == ("z", "never", "b", "a")
        assert counts.positives.tolist() == [4, 0, 12, 4]
    arff = "@relation t\n@attribute x numeric\n@attribute class {low, mid, high, top}\n@data\n"
    arff += "".join(f"{k}.5,{('mid', 'low', 'high')[k % 3]}\n" for k in range(30))
    assert read_labels(arff.encode()).classes == ("low", "mid", "high", "top")
    columns = "b,a,c\n" + "1,0,0\n0,1,0\n0,0,1\n1,1,0\n" * 3
    assert read_labels(columns.encode()).classes == ("b", "a", "c")
    assert read_labels(columns.encode(), order="sorted").classes == ("a", "b", "c")


def test_categories_of_coco_stand_by_their_ids() -> None:
    coco = {
        "images": [{"id": k} for k in range(4)],
        "categories": [{"id": 7, "name": "ant"}, {"id": 2, "name": "zebra"}, {"id": 5, "name": "never"}],
        "annotations": [{"image_id": k, "category_id": (7, 2)[k % 2]} for k in range(4)],
    }
    counts = read_labels(json.dumps(coco).encode(), unit="image")
    assert counts.classes == ("zebra", "never", "ant")
    assert read_labels(json.dumps(coco).encode(), unit="box", order="frequency").classes == ("ant", "zebra", "never")


def test_levels_of_gray_are_no_ids() -> None:
    counts = inspect_labels(png([[0, 255, 255], [0, 0, 255]]))
    assert counts.certain
    assert counts.readings[0].counts.classes == ("0", "255")


# Settings.


def test_orders_that_are_asked_for() -> None:
    data = csv(["b", "c", "a", "c", "c", "a", "b", "c"] * 2)
    assert read_labels(data, order="appearance").classes == ("b", "c", "a")
    assert read_labels(data, order="frequency").classes == ("c", "a", "b")
    assert read_labels(data, order="sorted").classes == ("a", "b", "c")
    counts = read_labels(data, order=["c", "b", "d", "a"])
    assert counts.positives.tolist() == [8, 4, 0, 4]
    assert read_labels(csv(rows(GAP)), order=[4, 2, 1, 0]).classes == ("4", "2", "1", "0")
    assert read_labels(npy([7, 3, 3, 5, 7]), order="appearance").classes == ("7", "3", "5")
    assert inspect_labels(data, order="appearance").readings[0].counts.classes == ("b", "c", "a")


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"outputs": 2}, "outputs=2 is fewer than the 3 classes that occur"),
        ({"outputs": 5}, r"outputs=5 is more than the 3 classes that are named\. Pass order= with the names of all 5"),
        ({"outputs": 0}, "outputs must be a whole number from 1"),
        ({"outputs": "5"}, "outputs must be a whole number from 1 to 10,000; got '5'"),
        ({"outputs": True}, "outputs must be a whole number"),
        ({"order": ["a", "b"]}, "order lacks 'c', which the labels hold"),
        ({"order": ["a", "b", "c", "a"]}, "order names 'a' twice"),
        ({"order": ["a", "b", "c"], "outputs": 4}, "order names 3 classes for outputs=4"),
        ({"order": "alphabetic"}, "order must be one of sorted, appearance, frequency, or a list"),
        ({"order": 3}, "order must be one of sorted, appearance, frequency, or a list"),
        ({"outpts": 3}, "There is no setting 'outpts'; did you mean 'outputs'"),
        ({"qqq": 3}, "There is no setting 'qqq'; choose one of file"),
    ],
)
def test_settings_that_do_not_fit_are_said(wanted: dict[str, Any], sentence: str) -> None:
    data = csv(rows({"a": 5, "b": 3, "c": 2}))
    for source in (data, pd.DataFrame({"label": rows({"a": 5, "b": 3, "c": 2})})):
        for read in (read_labels, inspect_labels):
            with pytest.raises(ValueError, match=sentence):
                read(source, **wanted)
        with pytest.raises(ValueError, match=sentence):
            read_labels(source, column="label", **wanted)


def test_outputs_that_do_not_fit_lead_to_no_odd_reading() -> None:
    with pytest.raises(UnreadableLabels, match="outputs=6 is more than the 3 classes that are named"):
        read_labels(b"a,b,c\n1,0,0\n0,1,0\n0,0,1\n1,0,0\n", outputs=6)
    with pytest.raises(UnreadableLabels, match="outputs=3 is more than the 2 classes"):
        read_labels(b"y\nyes\nno\nno\nyes\nno\n", outputs=3)


def test_a_list_of_two_names_says_which_is_positive() -> None:
    data = csv(["bad", "good", "good", "bad", "good"])
    assert read_labels(data, order=["good", "bad"]).classes == ("good", "bad")
    assert read_labels(data, order=["good", "odd", "bad"]).task == "multiclass"


def test_ids_that_pandas_made_floats_are_ids() -> None:
    frame = pd.DataFrame({"label": [float(label) for label in rows(GAP)] + [None], "size": 1.5})
    counts = read_labels(frame)
    assert counts.classes == ("0", "1", "2", "3", "4")
    assert counts.missing.tolist() == [1] * 5


def test_too_few_outputs_for_ids_name_what_fits() -> None:
    with pytest.raises(UnreadableLabels, match=r"outputs=4 does not fit class ids from 0 to 4\. Pass outputs=5"):
        read_labels(csv(rows(GAP)), outputs=4)
    with pytest.raises(UnreadableLabels, match=r"fewer than the 4 classes that occur\. Pass at least 5"):
        read_labels(csv(rows(GAP)), outputs=3)


LISTS = "id,tags\n" + "".join(f"{k},{('b|a', 'b', 'a', 'c|a', 'c')[k % 5]}\n" for k in range(60))
BLANKS = LISTS.replace(",c\n", ",\n")


def test_any_setting_is_a_constraint_on_what_is_found() -> None:
    assert read_labels(LISTS.encode(), separator="|").classes == ("a", "b", "c")
    assert read_labels(BLANKS.encode(), missing="missing").labelled.tolist() == [48, 48, 48]
    assert read_labels(BLANKS.encode(), missing=None).labelled.tolist() == [60, 60, 60]
    with pytest.raises(AmbiguousLabels, match="What is a label that is missing"):
        read_labels(BLANKS.encode(), separator="|")
    assert read_labels(csv(rows({"yes": 5, "no": 50})), missing="negative").classes == ("no", "yes")
    votes = "smooth,disk,star\n" + "6,3,1\n2,7,1\n1,1,8\n9,1,0\n" * 10
    assert read_labels(votes.encode(), shape="votes").positives.tolist() == [20, 10, 10]
    counted = "class,count\ndog,10\ncat,15\nbird,5\n"
    assert read_labels(counted.encode(), shape="counts").classes == ("bird", "cat", "dog")
    two = "color,shape\n" + "red,round\nblue,square\ngreen,square\n" * 10
    with pytest.raises(AmbiguousLabels, match=r"column='shape' or column='color'"):
        read_labels(two.encode(), order="sorted")
    assert read_labels(two.encode(), outputs=3, header=True).classes == ("blue", "green", "red")


def test_what_is_ambiguous_is_said_with_two_ways_or_the_question() -> None:
    for data in (
        csv(rows({"bad": 5, "good": 9})),
        b"class,count\ncat,15\ndog,10\nbird,5\n",
        csv(rows({1: 5, 2: 9, 3: 7})),
        BLANKS.encode(),
        b"color,shape\n" + b"red,round\nblue,square\nred,square\n" * 10,
        npy(rows({-1: 5, 0: 9, 1: 7})),
    ):
        try:
            read_labels(data)
        except AmbiguousLabels as error:
            ways = str(error).partition("labels: ")[2].split(". ")[0].split("; ")
            assert len(set(ways)) > 1 or "?" in str(error), str(error)
            assert "Pass " in str(error)
            assert error.questions or len({r.description for r in error.readings}) > 1


# Files a batch at a time.


@pytest.mark.parametrize("name", ["ids", "names", "lists"])
def test_files_in_pieces_have_the_same_order(name: str, pieces: Pieces, tmp_path: Path) -> None:
    data = {
        "ids": "x,label\n" + "".join(f"{k}.5,{label}\n" for k, label in enumerate(rows(GAP) * 5)),
        "names": "x,label\n"
        + "".join(f"{k}.5,{label}\n" for k, label in enumerate(rows({"b": 9, "A": 5, "a": 7}) * 9)),
        "lists": LISTS,
    }[name].encode()
    orders: list[dict[str, Any]] = [{}, {"order": "appearance"}, {"order": "frequency"}, {"order": "sorted"}]
    orders += [{"outputs": 6}] if name == "ids" else [{"order": ["c", "b", "a", "A", "new"]}]
    own = {"separator": "|"} if name == "lists" else {}
    small = [read_labels(data, **order, **own) for order in orders]
    pieces(200, 50)
    path = tmp_path / "labels.csv"
    path.write_bytes(data)
    for order, expected in zip(orders, small, strict=True):
        found = read_labels(path, filename="file", **order, **own)
        assert (found.classes, found.positives.tolist()) == (expected.classes, expected.positives.tolist()), order
