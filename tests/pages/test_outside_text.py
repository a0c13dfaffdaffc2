"""Names, units and sources from a link or a file are text: nothing in them acts, and nothing in them hides."""

from __future__ import annotations

import re
from urllib.parse import quote

import pandas as pd
import pytest

import lossviz
from lossviz import LabelCounts
from lossviz.labels.formats.saved import is_formula
from lossviz.labels.given.text import DEFAULT, parse_counts, spell_counts
from lossviz.notation import visible
from tests.pages.test_pages import metric, opened, texts
from ui.shared.page import cards
from ui.shared.prose import named, options, plain
from ui.shared.tables import inert

# Each acts in Streamlit's Markdown if it is let through, even where its characters are escaped.
ACTING = [
    ":material/bug_report:",
    ":streamlit:",
    ":smile:",
    ":red[loud]",
    "www.evil.example",
    "https://evil.example/x",
    "someone@evil.example",
    "a -- b",
    "a -> b",
    "a <-> b",
    "a <= b",
    "a ~= b",
    "[link](https://evil.example)",
    "![picture](https://evil.example/p.png)",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "`code`",
    "**bold**",
    "~~gone~~",
    "$x^2$",
    "<b>bold</b>",
    "&lt;b&gt;",
]


@pytest.mark.parametrize("text", ACTING)
def test_what_is_shown_reads_as_it_was_written(text: str) -> None:
    """Escapes undone and what takes no room left out, it is the text; and no pattern that acts is in one piece."""
    shown = re.sub(r"\\([\W_])", r"\1", plain(text))
    assert shown.replace("\u2060", "") == text
    acts = r":[\w+/-]+:|://|www\.|[\w.+-]@[\w-]|(?:^|\s)(?:<->|->|<-|--|>=|<=|~=)(?:\s|$)"
    assert not re.search(acts, shown, re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("co\u00adoperate", r"co\xadoperate"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("blank\u3164", r"blank\u3164"),
        ("cat\u00a0", r"cat\xa0"),
        ("Z\u0301\u0301\u0301\u0301\u0301", "Z\u0301\u0301\u0301" + r"\u0301\u0301"),
        ("a\u200db", r"a\u200db"),
        ("cat\ufe00\U000e0100", r"cat\ufe00\U000e0100"),
        ("中\ufe00\ufe01", "中\ufe00" + r"\ufe01"),
        ("é" + "\u0301\u200d" * 5, "é" + "\u0301\u200d" * 3 + r"\u0301\u200d\u0301\u200d"),
    ],
)
def test_what_hides_is_spelled_out(text: str, spelled: str) -> None:
    assert visible(text) == spelled


@pytest.mark.parametrize(
    "text",
    [
        "cafe\u0301",
        "क्‍ष",
        "می\u200cخواهم",
        "👩\u200d👩\u200d👧",
        "東\u3000京",
        "❤\ufe0f",
        "1\ufe0f\u20e3",
        "葛\U000e0100",
        "ᠠ\u180b",
        "tiếng Việt",
        "ä ö ü",
    ],
)
def test_scripts_stay_as_they_are(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("unit", ["# heading", "[x](https://evil.example)", "", "a" * 30, "12", "pixel\nrow", "<b>"])
def test_units_are_short_words(unit: str) -> None:
    with pytest.raises(ValueError, match="unit must be a short word such as sample"):
        LabelCounts(("a", "b"), [1, 2], [2, 1], 3, "multiclass", unit)
    if unit:
        with pytest.raises(ValueError, match="unit must be a short word such as sample"):
            parse_counts(f"counts:multiclass;~unit={quote(unit, safe='')};a=1;b=2")


@pytest.mark.parametrize("text", ["counts:multiclass;a=0;b=0", "counts:multilabel;~n=9;a=0;b=0", "binary:0.0:100"])
def test_counts_that_are_all_0_are_no_labels(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        parse_counts(text)


# In a table each is a formula to a spreadsheet, or hides something.
HOSTILE = ("=1+1", "+2", "-x", "@SUM(A1)", "\t=1", "\uff1d1", "gpj.\u202efdp", "so\u00adft", "x" * 7_000 + "!", "a\nb")


def test_no_name_floods_a_sentence_or_looks_like_another() -> None:
    assert len(named("x" * 5_000)) == 60
    assert len(plain("x" * 5_000)) == 1_000
    assert named("x" * 59 + "\u202e") == "x" * 59 + "…"
    shown = options(["x" * 300, "x" * 301, "so\u00adft", r"so\xadft", "a"])
    assert len(set(shown)) == 5
    assert max(map(len, shown)) < 210


def test_tables_run_no_formula_and_hide_nothing() -> None:
    shown = inert(
        pd.DataFrame({"=a": ["=1", None, "x" * 999], "so\u00adft": ["a\tb", "gpj.\u202efdp", ""], "n": [1, 2, 3]})
    )
    assert shown.columns.tolist() == ["'=a", r"so\xadft", "n"]
    assert shown["'=a"].str.len().tolist() == [3, 0, 200]
    assert shown.iloc[:, 1].tolist() == [r"a\tb", r"gpj.\u202efdp", ""]
    assert shown["n"].tolist() == [1, 2, 3]
    assert inert(pd.DataFrame([[1, 2]], columns=["a\u00ad", r"a\xad"])).columns.is_unique


@pytest.mark.parametrize("page", [card.name for card in cards()])
def test_every_table_of_every_page(page: str) -> None:
    """Also what the browser makes a CSV of, and what is typed into."""
    positives = [9000 // (k + 1) for k in range(len(HOSTILE))]
    counts = LabelCounts(HOSTILE, positives, [9000 - n for n in positives], 9000, "multilabel", "row", "=source\u202e")
    app = opened(page, f"labels={quote(spell_counts(counts), safe='')}&way=counts+I+type")
    assert len(app.dataframe) == {"labels": 2, "weights": 1}.get(page, len(app.dataframe))
    for table in app.dataframe:
        for text in [*table.value.columns, *table.value.select_dtypes(exclude="number").to_numpy().ravel()]:
            ours = re.match(r"-\d", str(text))  # a number with words behind it
            assert ours or not is_formula(str(text)), (page, text)
            assert visible(str(text)) == str(text), (page, text)
    shown = texts(app)
    assert "x" * 100 not in shown
    for text in ("\u202e", "\u00ad"):
        assert text not in shown


def test_counts_that_are_typed_over_leave_hostile_names_as_they_are() -> None:
    counts = LabelCounts(HOSTILE, [*range(1, 11)], [*range(99, 89, -1)], 100, "multilabel")
    app = opened("labels", f"labels={quote(spell_counts(counts), safe='')}&way=counts+I+type")
    editor = next(key for key in app.session_state.to_dict() if str(key).startswith("typed:table"))
    edited = {0: {"count": 40}, 1: {"class": "new"}}
    app.session_state[editor] = {"edited_rows": edited, "added_rows": [], "deleted_rows": [2]}
    app.run()
    assert not app.exception
    after = parse_counts(app.session_state["labels"])
    assert after.classes == ("=1+1", "new", *HOSTILE[3:])
    assert after.positives[0] == 40


def test_counts_that_are_all_0_are_refused_where_they_are_made() -> None:
    """Typed, read or left over, they would be a link that no page can read."""
    app = opened("labels", "labels=counts:multilabel;~n=90;a=0;b=7&way=counts+I+type")
    before = app.session_state["labels"]
    editor = next(key for key in app.session_state.to_dict() if str(key).startswith("typed:table"))
    app.session_state[editor] = {"edited_rows": {1: {"count": 0}}, "added_rows": [], "deleted_rows": []}
    app.run()
    assert any("Every count is 0" in error.value for error in app.error)
    assert app.session_state["labels"] == before
    app = opened("labels", "labels=counts:multilabel;~n=90;a=0;b=7;c=0")
    app.multiselect(key="revise:picked").set_value(["b"]).run()
    app.button(key="revise:Drop").click().run()
    assert any("Every count is 0" in error.value for error in app.error)
    assert parse_counts(app.session_state["labels"]).classes == ("a", "b", "c")
    app = opened("labels", "way=a+file")
    app.file_uploader(key="file").upload("none.csv", b"class,count\nx,0\ny,0\nw,0\n").run()
    assert any("Every count is 0" in error.value for error in app.error)
    assert app.session_state["labels"] == DEFAULT


NOTHING = LabelCounts([f"label {k}" for k in range(300)], [0] * 300, [9] * 300, 9, "multilabel")  # packed in a link


@pytest.mark.parametrize("choice", ["", "&choice=scheme%3Dbalanced", "&b=default", "&b=scheme%3Dlog"])
@pytest.mark.parametrize(
    "text", ["counts:binary;a=0;b=0", spell_counts(LabelCounts([*"abc"], [0] * 3, [9] * 3, 9, "multilabel"))]
)
def test_every_link_to_counts_that_are_all_0_shows_the_default(text: str, choice: str) -> None:
    app = opened("weights", f"labels={quote(text, safe='')}{choice}")
    assert [each.value for each in app.warning if "every count is 0" in each.value]
    assert metric(app, "of positive") == "99"
    with pytest.raises(ValueError, match="every count is 0"):
        lossviz.Choice.parse(f"labels={quote(text, safe='')}{choice}")
