"""A column of run-length masks is no label; whether a cell has a mask is one, beside the class that it is of."""

from __future__ import annotations

from typing import Any

import pytest

from lossviz import Inspection, inspect_labels, read_labels
from tests.labels.conftest import Pieces


def runs(k: int, pairs: int = 3) -> str:
    return " ".join(f"{1000 * j + k} {5 + j + k}" for j in range(1, pairs + 1))


def counted(found: Inspection, **settings: Any) -> dict[str, int]:
    reading = next(each for each in found.readings if settings.items() <= each.settings.items())
    return dict(zip(reading.counts.classes, reading.counts.positives.tolist(), strict=True))


JOINED = "Image_Label,EncodedPixels\n" + "".join(
    f"im_{k}.jpg_{kind},{runs(k) if k % every == 0 else ''}\n"
    for k in range(30)
    for kind, every in (("Fish", 2), ("Gravel", 3), ("Sugar", 5))
)


@pytest.mark.parametrize("bytes_at_once", [None, 300])
def test_an_id_joined_to_a_class_is_cut_and_its_mask_confirms_it(bytes_at_once: int | None, pieces: Pieces) -> None:
    if bytes_at_once:
        pieces(head=2 * bytes_at_once, block=bytes_at_once, rows=12)
    found = inspect_labels(JOINED.encode())
    assert not found.certain
    reading = found.readings[0]
    assert reading.settings["present"] == "EncodedPixels present"
    assert counted(found, column="Label", group_by="Image") == {"Fish": 15, "Gravel": 10, "Sugar": 6}
    assert reading.counts.n_samples == 30
    assert reading.counts.negatives.tolist() == [15, 20, 24]
    assert read_labels(JOINED.encode(), filename="file", **reading.settings) == reading.counts


def test_a_column_of_masks_alone_says_where_there_is_one() -> None:
    table = "ImageId,EncodedPixels\n" + "".join(f"{k}.jpg,{runs(k) if k % 3 == 0 else '-1'}\n" for k in range(30))
    assert counted(inspect_labels(table.encode()), column="EncodedPixels present") == {"0": 20, "1": 10}


def test_a_class_beside_masks_that_all_are_there_is_the_label() -> None:
    rows = "".join(f"{k},{runs(k, 4)},{'abc'[k % 3]}\n" for k in range(30))
    found = inspect_labels(f"id,annotation,cell_type\n{rows}".encode())
    assert {reading.settings["column"] for reading in found.readings if reading.score > 0} == {"cell_type"}
    assert any("'annotation' holds masks by their run lengths" in each for each in found.warnings)


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("Target", ["16 0", "3", "2 5", "0 25"]),
        ("mask", ["yes", "no", "yes", "no"]),
        ("rle_classes", ["5 2 1 0", "1 0 4 2", "5 2 1 0", "4 1 2 0"]),
        ("words", ["1 2 3", "2 3 4", "1 2 3", "5 1 2"]),
    ],
)
def test_other_numbers_are_no_masks(column: str, cells: list[str]) -> None:
    rows = "".join(f"{k},{cells[k % 4]}\n" for k in range(40))
    found = inspect_labels(f"id,{column}\n{rows}".encode())
    assert found.readings[0].settings["column"] == column


def test_names_with_underscores_are_not_cut_without_masks() -> None:
    rows = "".join(f"im_{k},{'abc'[k % 3]}\n" for k in range(40))
    assert "Image_Label" in inspect_labels(f"Image_Label,kind\n{rows}".encode()).preview.columns


def test_a_table_of_masks_is_read_in_other_ways_too() -> None:
    """In another encoding, or with a header, it has other columns."""
    latin = JOINED.replace("Image_Label", "Imagé_Label").encode("cp1252")
    found = inspect_labels(latin)
    for reading in found.readings:
        assert read_labels(latin, filename="file", **reading.settings) == reading.counts
    rows = "".join(f"{runs(k)},{'abc'[k % 3]}\n" for k in range(30))
    assert inspect_labels(rows.encode(), header=True).readings
