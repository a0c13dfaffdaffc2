"""Names that are alike: one way to tell them apart, in every format."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from itertools import permutations

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lossviz import inspect_labels
from lossviz.labels.tables.headers import unique_names
from tests.pages.test_label_page import tally, uploaded

ROWS = [[1, 0, 1], [0, 1, 0], [1, 1, 0]]
ORDERS = sorted(set(permutations(("a", "a", "a (2)"))))
Names = tuple[str, ...]
NEAR = some.sampled_from(["a", "a (2)", "a (3)", "a (2) (2)", "", " ", " a", "column 1", "column 2", "b"])


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(some.lists(NEAR | some.text(max_size=4), max_size=12))
def test_names_become_distinct(names: list[str]) -> None:
    unique = unique_names(names)
    assert len(set(unique)) == len(unique) == len(names)
    assert unique == unique_names(names)
    assert all(unique)
    assert unique_names(unique) == [name.strip() for name in unique]
    for given_name, name in zip(names, unique, strict=True):
        if given_name.strip():
            assert name.startswith(given_name.strip())
    # Of names that are alike the first keeps its own.
    for name in {name.strip() for name in names} - {""}:
        assert unique[[each.strip() for each in names].index(name)] == name or name.startswith("column ")


def test_many_names_that_are_alike_take_no_time_squared() -> None:
    assert unique_names(["a"] * 100_000)[-1] == "a (100000)"


def coco(names: Names) -> bytes:
    marks = [{"image_id": k % 5, "category_id": 1 + k % 3} for k in range(9)]
    categories = [{"id": k, "name": name} for k, name in enumerate(names, start=1)]
    return json.dumps({"images": [{"id": 5}], "categories": categories, "annotations": marks}).encode()


def arff(names: Names) -> bytes:
    attributes = "".join(f"@attribute '{name}' {{0,1}}\n" for name in names)
    return f"@relation x\n{attributes}@data\n{csv(names).decode().partition(chr(10))[2]}".encode()


def csv(names: Names) -> bytes:
    return "\n".join([",".join(names), *(",".join(map(str, row)) for row in ROWS), ""]).encode()


def excel(names: Names) -> bytes:
    stream = io.BytesIO()
    pd.DataFrame([list(names), *ROWS]).to_excel(stream, index=False, header=False)
    return stream.getvalue()


def split(names: Names) -> bytes:
    return json.dumps({"columns": list(names), "data": ROWS}).encode()


def frame(names: Names) -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=list(names))


FORMATS: list[tuple[str, Callable[[Names], bytes]]] = [
    ("coco.json", coco), ("labels.arff", arff), ("labels.csv", csv), ("labels.xlsx", excel), ("split.json", split),
]  # fmt: skip


@pytest.mark.parametrize("names", ORDERS, ids=str)
@pytest.mark.parametrize("made", [*(made for _, made in FORMATS), frame], ids=lambda made: made.__name__)
def test_every_format_tells_names_apart(made: Callable[[Names], bytes | pd.DataFrame], names: Names) -> None:
    for reading in inspect_labels(made(names)).readings:
        if reading.counts.n_classes == 3:
            assert reading.counts.classes == tuple(unique_names(names))
            break
    else:
        pytest.fail("no reading has the three classes")


@pytest.mark.parametrize(("file", "made"), FORMATS)
def test_the_page_shows_names_that_are_alike(file: str, made: Callable[[Names], bytes]) -> None:
    app = uploaded((file, made(ORDERS[0])))
    assert not app.exception
    assert {*tally(app)} == {*unique_names(ORDERS[0])}


def test_names_of_a_data_set_that_are_alike_stay_two_classes() -> None:
    features = {"label": {"names": ["crane", "cat", "crane"], "_type": "ClassLabel"}}
    schema = pa.schema([("label", pa.int64())], {b"huggingface": json.dumps({"info": {"features": features}}).encode()})
    stream = io.BytesIO()
    pq.write_table(pa.table({"label": [0, 1, 2, 2, 0, 2]}, schema), stream)
    counts = inspect_labels(stream.getvalue()).readings[0].counts
    assert (counts.classes, counts.positives.tolist()) == (("crane", "cat", "crane (2)"), [2, 1, 3])


def test_columns_that_are_alike_as_text_are_two() -> None:
    mixed = pd.DataFrame(ROWS, columns=[1, "1", "b"])
    assert inspect_labels(mixed).readings[0].counts.classes == ("1", "1 (2)", "b")
