"""Of whatever size the batches and the first look are, every file comes to the same counts, questions and warnings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lossviz import UnreadableLabels
from tests.labels.conftest import Pieces
from tests.labels.test_batches import OTHERS, PARQUET, RECORDS, TABLES, inspected, parquet
from tests.labels.test_text_in_pieces import ARFF, CLASSES, ODD

_FIRST = 41  # lines, so that batches of one row take no minutes
TEXTS = {name: data for name, data in (TABLES | ODD).items() if b"\0" not in data}
SMALL: dict[str, bytes] = {
    **{f"text: {name}": b"\n".join(data.split(b"\n")[:_FIRST]) + b"\n" for name, data in TEXTS.items()},
    **{f"JSON Lines: {name}": "\n".join(map(json.dumps, rows[:_FIRST])).encode() for name, rows in RECORDS.items()},
    **{f"JSON: {name}": json.dumps(rows[:_FIRST]).encode() for name, rows in RECORDS.items()},
    "ARFF": ARFF + "".join(f"{k}, {name}\n" for k, name in enumerate(CLASSES[:_FIRST])).encode(),
    "COCO": OTHERS["COCO"],
    "LIBSVM": b"\n".join(OTHERS["LIBSVM"].split(b"\n")[:_FIRST]) + b"\n",
}


def said_of(source: Any) -> tuple[Any, ...]:
    """All that is said of a source, or why it is refused."""
    try:
        return inspected(source)
    except UnreadableLabels as refused:
        return (refused.reason, refused.remedy)


@pytest.mark.parametrize("block", [1, 2, 7, 100, 1 << 22])
@pytest.mark.parametrize("name", SMALL)
def test_small_files_in_batches_of_any_size(name: str, block: int, pieces: Pieces) -> None:
    whole = said_of(SMALL[name])
    pieces(len(SMALL[name]) * 3 // 5 + 1, block)
    assert said_of(SMALL[name]) == whole


@pytest.mark.parametrize("name", PARQUET)
def test_parquet_in_batches_of_any_size(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = parquet(pa.table(PARQUET[name]))
    whole = said_of(source)
    for cells in (1, 7, 1000):
        monkeypatch.setattr("lossviz.labels.limits.BATCH_CELLS", cells)
        assert said_of(source) == whole


def shared_files(shared: Path) -> list[Path]:
    folders = [shared / "labels", shared / "labels_small"]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path for path in files if path.name != "truth.json" and path.stat().st_size < 3 << 20]


@pytest.mark.slow(reason="reads every shared file three times")
def test_shared_files_in_batches_of_any_size(shared: Path, pieces: Pieces) -> None:
    different: list[str] = []
    for path in shared_files(shared):
        pieces(1 << 22, 1 << 22)
        whole = said_of(path)
        for block in (1 << 13, 1 << 22):
            pieces(path.stat().st_size * 3 // 5 + 1, block)
            if said_of(path) != whole:
                different.append(f"{path.parent.name}/{path.name} in blocks of {block}")
    assert different == []
