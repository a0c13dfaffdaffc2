"""Pages with a thousand classes: a screen of numbers, tables to search, links and files that hold all of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from lossviz import LabelCounts
from lossviz.labels.formats.saved import counts_csv, counts_json
from lossviz.labels.given.synthetic import long_tail_counts
from lossviz.labels.given.text import LONGEST, address_length, spell_counts
from tests.labels.test_packed import letters, shuffled
from tests.pages.test_label_page import counts_in, uploaded
from tests.pages.test_pages import opened, texts

TAIL, LABELS = "tail:1000:1000:1000000", "labels:1000:0.001:0.2:1000000:0"
HOSTILE = ["a" * 200, "two\nlines", "\u202eturned", "# head **bold** [x](y)", "🦊 fox", "=1+1", "<b>b</b>", "$x$"]


def found_in_table(app: AppTest, key: str, wanted: str) -> list[str]:
    next(field for field in app.text_input if field.key == f"find:{key}").set_value(wanted).run()
    assert not app.exception
    return [str(name) for name in app.dataframe[0].value.iloc[:, 0]]


@pytest.mark.parametrize("labels", [TAIL, LABELS])
def test_a_screen_of_weights_and_the_rest_in_a_file(labels: str) -> None:
    app = opened("weights", f"labels={labels}")
    pasted = next(code.value for code in app.code if "988 more" in code.value)
    assert len(pasted.split("\n")) < 30
    assert all(len(code.value.split("\n")) < 60 for code in app.code)
    assert [button.label for button in app.get("download_button")] == ["CSV", "JSON", "Python"]
    assert len(app.dataframe[0].value) == 1000
    kind = "label" if labels is LABELS else "class"
    assert found_in_table(app, "weights", f"{kind} 77") == [f"{kind} {k}" for k in (77, *range(770, 780))]
    assert found_in_table(app, "weights", "512") == [f"{kind} 512"]


@pytest.mark.parametrize(("page", "key"), [("labels", "counts"), ("scores", "scores"), ("batch_size", "batch_size")])
def test_tables_of_many_classes_are_searched(page: str, key: str) -> None:
    app = opened(page, f"labels={TAIL}")
    next(field for field in app.text_input if field.key == f"find:{key}").set_value("CLASS 99").run()
    tables = [table.value for table in app.dataframe if len(table.value) == 11]
    assert sorted(tables[0].iloc[:, 0]) == sorted(["class 99", *(f"class {k}" for k in range(990, 1000))])
    assert "11 of 1,000 rows" in texts(app)


def test_tables_of_few_classes_need_no_search() -> None:
    app = opened("weights", "labels=ham10000")
    assert not [field for field in app.text_input if str(field.key).startswith("find:")]


@pytest.mark.parametrize("page", ["labels", "weights", "scores", "batch_size", "loss_curves"])
def test_names_of_any_kind_among_many(page: str) -> None:
    names = [*HOSTILE, *(f"class {k}" for k in range(500))]
    text = spell_counts(LabelCounts.exclusive(names, range(1, len(names) + 1), source="odd *names*.csv"))
    assert text.startswith("z1:")
    assert address_length(text) <= LONGEST
    app = opened(page, f"labels={text}")
    assert not app.error
    assert "Showing the default labels" not in texts(app)
    shown = [table for table in app.dataframe if len(table.value.columns) > 2]  # the other one is typed into
    for table in shown:
        for name in table.value.iloc[:, 0].astype(str):
            assert "\n" not in name
            assert "\u202e" not in name
            assert not name.startswith("=")


CHANCE = LabelCounts.exclusive(letters(800, 16), shuffled(800, 1, 10**6), source="chance.csv")


@pytest.mark.parametrize("written", [counts_csv, counts_json])
def test_counts_too_many_for_a_link_are_said_before_sharing(written: Callable[[LabelCounts], str]) -> None:
    app = uploaded(("counts", written(CHANCE).encode()))
    assert app.session_state["labels"].startswith("session:")
    assert counts_in(app) == CHANCE
    assert "A link cannot carry these 800 classes" in texts(app)
    assert [button.label for button in app.get("download_button")] == ["Counts as CSV", "Counts as JSON"]


def test_a_thousand_uploaded_classes_are_shared_as_a_link() -> None:
    counts = long_tail_counts(1000, 1000, 10**6).reordered([f"class {k}" for k in reversed(range(1000))])
    app = uploaded(("counts.csv", counts_csv(counts).encode()))
    assert app.session_state["labels"].startswith("z1:")
    assert counts_in(app) == counts
    assert "A link cannot carry" not in texts(app)
    again = opened("weights", f"labels={app.session_state['labels']}")
    assert counts_in(again) == counts


def test_a_link_that_programs_cut_is_said_before_sharing() -> None:
    weights = ",".join(f"{k}.{k:04}" for k in range(1, 1001))
    app = opened("weights", f"labels={TAIL}&choice=weights={weights}")
    assert "characters, and many programs cut a link after 8,000" in texts(app)
    assert {"Counts as CSV", "Counts as JSON"} <= {button.label for button in app.get("download_button")}
