"""The order of the model's outputs on the Labels page: seen, asked about, chosen, and taken from a list of classes."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from lossviz import LabelCounts
from lossviz.labels.given.text import spell_counts
from tests.pages.test_label_page import control, counts_in, uploaded
from tests.pages.test_pages import opened, texts

IDS = "label\n3\n" + "0\n" * 20 + "1\n" * 5 + "2\n" + "3\n" * 49
TYPED = spell_counts(LabelCounts.exclusive(("dog", "cat", "eel"), [90, 9, 1]))


def table(app: AppTest) -> dict[str, list[object]]:
    """The columns of the table of classes, its index among them."""
    shown = next(each.value for each in app.dataframe if "prevalence, %" in each.value)
    return {"index": shown.index.tolist()} | {str(name): shown[name].tolist() for name in shown}


def of_typed(spelled: str = TYPED) -> AppTest:
    return opened("labels", labels=spelled)


def order(app: AppTest, key: str) -> None:
    next(each for each in app.button_group if each.label == "Classes stand").set_value(key).run()
    assert not app.exception


def test_ids_stand_beside_their_weights() -> None:
    app = uploaded(("ids.csv", IDS.encode()))
    columns = table(app)
    assert columns["index"] == [0, 1, 2, 3]
    assert columns["class"] == ["0", "1", "2", "3"]
    assert columns["positives"] == [20, 5, 1, 50]
    assert columns["balanced weight"] == pytest.approx([0.95, 3.8, 19, 0.38])
    assert "Output 0 of the model is **0**" in texts(app)


def test_a_class_that_never_occurs_is_marked() -> None:
    app = uploaded(("gap.csv", IDS.replace("2\n", "").encode()))
    columns = table(app)
    assert columns["class"] == ["0", "1", "2", "3"]
    assert columns["note"] == ["", "", "never occurs", ""]
    assert "Its weight does nothing in training" in texts(app)


def test_ids_from_1_are_asked_about() -> None:
    app = uploaded(("ones.csv", ("label\n" + "1\n" * 30 + "2\n" * 9 + "3\n" * 5).encode()))
    question = next(each for each in app.radio if "begin at 1" in each.label)
    assert list(question.options) == ["3 outputs", "4 outputs"]
    assert counts_in(app).classes == ("1", "2", "3")
    question.set_value(1).run()
    assert counts_in(app).classes == ("0", "1", "2", "3")
    assert "outputs=4" in next(each.value for each in app.code if "read_labels" in each.value)


def test_the_order_is_a_choice_that_acts_at_once() -> None:
    app = of_typed()
    assert table(app)["class"] == ["dog", "cat", "eel"]
    order(app, "sorted")
    assert table(app)["class"] == ["cat", "dog", "eel"]
    assert counts_in(app).positives.tolist() == [9, 90, 1]
    order(app, "appearance")
    assert table(app)["class"] == ["dog", "cat", "eel"]
    order(app, "frequency")
    assert counts_in(app).positives.tolist() == [90, 9, 1]
    app = uploaded(("names.csv", ("label\n" + "b\n" + "c\n" * 20 + "a\n" * 9 + "b\n" * 9).encode()))
    assert counts_in(app).classes == ("a", "b", "c")
    order(app, "appearance")
    assert counts_in(app).classes == ("b", "c", "a")
    assert "order=['b', 'c', 'a'])" in next(each.value for each in app.code if "read_labels" in each.value)


def test_of_two_classes_the_order_says_which_is_positive() -> None:
    app = of_typed(spell_counts(LabelCounts.exclusive(("spam", "ham"), [90, 9], positive="ham")))
    assert "target 1, the positive class, is **ham**" in texts(app)
    order(app, "sorted")
    assert counts_in(app).classes == ("ham", "spam")
    assert "target 1, the positive class, is **spam**" in texts(app)


def test_a_list_of_classes_orders_and_adds() -> None:
    app = of_typed()
    control(app, "text_area", "Paste it").set_value('{"eel": 0, "fox": 1, "cat": 2, "dog": 3}').run()
    assert table(app)["class"] == ["eel", "fox", "cat", "dog"]
    assert table(app)["note"] == ["", "never occurs", "", ""]
    control(app, "text_area", "Paste it").set_value('{"eel": 0').run()
    assert any("cannot be read as JSON" in each.value for each in app.error)
    assert counts_in(app).classes == ("eel", "fox", "cat", "dog")
    control(app, "text_area", "Paste it").set_value("cat\nfox").run()
    assert any("lacks 'eel', 'dog'" in each.value for each in app.error)


def test_a_list_names_ids() -> None:
    app = uploaded(("ids.csv", IDS.encode()))
    control(app, "text_area", "Paste it").set_value("names:\n  0: ant\n  1: bee\n  2: cow\n  3: dog\n").run()
    assert not app.exception
    assert counts_in(app).class_to_idx == {"ant": 0, "bee": 1, "cow": 2, "dog": 3}
    assert counts_in(app).positives.tolist() == [20, 5, 1, 50]
