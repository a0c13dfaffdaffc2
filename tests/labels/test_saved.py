"""Counts that were saved to a file are read again, equal and in their order; one that was harmed is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given

from lossviz import LabelCounts, UnreadableLabels, inspect_labels, read_labels
from lossviz.labels.formats.saved import counts_csv, counts_json
from lossviz.labels.given.synthetic import long_tail_counts
from tests.labels.test_packed import counts_of_any_kind

SHUFFLED = long_tail_counts(1000, 1000, 10**6).reordered(
    [f"class {k}" for k in np.random.default_rng(1).permutation(1000)]
)


@given(counts_of_any_kind())
def test_what_is_saved_is_read_again(counts: LabelCounts) -> None:
    for written, name in ((counts_csv(counts), "counts.csv"), (counts_json(counts), "counts.json")):
        assert read_labels(written.encode("utf-8", "surrogatepass"), filename=name) == counts


def test_a_thousand_classes_in_their_order() -> None:
    for written in (counts_csv(SHUFFLED), counts_json(SHUFFLED)):
        found = inspect_labels(written.encode())
        assert found.certain
        assert len(found.readings) == 1
        assert found.readings[0].counts == SHUFFLED


def test_a_spreadsheet_may_sort_and_mark_the_rows() -> None:
    head, *rows = counts_csv(SHUFFLED).splitlines()
    text = "\ufeff" + "\r\n".join([head, *sorted(rows)]).replace(",", ";")
    assert read_labels(text.encode()) == SHUFFLED


def test_no_name_is_run_as_a_formula() -> None:
    counts = LabelCounts.exclusive(["=1+1", "'quoted", "-5", "+x", "@y"], [5, 4, 3, 2, 1])
    cells = [row.split(",")[1] for row in counts_csv(counts).splitlines()[1:]]
    assert cells == ['"\'=1+1"', "\"''quoted\"", '"-5"', '"\'+x"', '"\'@y"']
    assert read_labels(counts_csv(counts).encode()) == counts


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\n1,", "\n7,", "indices"),
        ('"class 1"', '"class 0"', "differ"),
        ("multiclass", "ranking", "task"),
        (",100,", ",x,", "invalid literal"),
    ],
)
def test_harmed_files_are_refused_in_a_sentence(old: str, new: str, reason: str) -> None:
    text = counts_csv(long_tail_counts(5, 10, 100))
    with pytest.raises(UnreadableLabels, match=f"saved counts do not fit together: .*{reason}"):
        read_labels(text.replace(old, new, 1 if "indices" in reason else -1).encode())
    harmed = json.loads(counts_json(SHUFFLED)) | {"positives": [1, 2]}
    with pytest.raises(UnreadableLabels, match="saved counts do not fit together"):
        read_labels(json.dumps(harmed).encode())
