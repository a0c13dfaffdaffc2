"""Names, units and sources from a link or a file are text: nothing in them acts, and nothing in them hides."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from lossviz import LabelCounts
from lossviz.labels.given.text import parse_counts
from lossviz.notation import visible
from ui.shared.prose import plain

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
