"""Tags of tokens are counted per token: in lists, however they are written, and in CoNLL's lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lossviz import class_weights, inspect_labels, read_labels
from tests.labels.conftest import Pieces

TAGS = ["O"] * 100 + ["B-PER", "I-PER", "B-LOC", "I-LOC"] * 20
ORDER = ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"]
SENTENCES = np.random.default_rng(0).permutation(TAGS).reshape(20, 9).tolist()
IDS = [[-100, *(ORDER.index(tag) for tag in tags), -100] for tags in SENTENCES]


def records(name: str, lists: list[list[Any]]) -> list[dict[str, Any]]:
    return [{"id": k, "tokens": [f"w{j}" for j in range(9)], name: tags} for k, tags in enumerate(lists)]


def lines(tags: list[list[str]], row: Callable[[int, str], str]) -> str:
    words = iter(range(1000))
    return "\n".join("".join(row(next(words) % 60, tag) + "\n" for tag in sentence) for sentence in tags)


SOURCES: dict[str, Any] = {
    "lists": json.dumps(SENTENCES).encode(),
    "records": json.dumps(records("ner_tags", SENTENCES)).encode(),
    "json lines": "\n".join(map(json.dumps, records("tags", SENTENCES))).encode(),
    "ids": json.dumps(records("labels", IDS)).encode(),
    "lists in csv": ("id,tags\n" + "".join(f'{k},"{tags}"\n' for k, tags in enumerate(SENTENCES))).encode(),
    "words in csv": ("id,tags\n" + "".join(f"{k},{' '.join(tags)}\n" for k, tags in enumerate(SENTENCES))).encode(),
    "CoNLL": ("-DOCSTART- O\n\n" + lines(SENTENCES, lambda k, tag: f"w{k} {tag}")).encode(),
    "CoNLL of tabs": lines(SENTENCES, lambda k, tag: f"w{k}\t{tag}").encode(),
    "frame": pd.DataFrame({"ner_tags": SENTENCES}),
    "parquet": pd.DataFrame({"tokens": [["a"] * 9] * 20, "ner_tags": SENTENCES}).to_parquet(),
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_token_counts(name: str) -> None:
    counts = read_labels(SOURCES[name])
    assert list(counts.classes) == ([str(k) for k in range(5)] if name == "ids" else ORDER)
    assert counts.positives.tolist() == [20, 20, 20, 20, 100]
    assert (counts.task, counts.unit) == ("multiclass", "token")
    assert class_weights(counts).tolist() == pytest.approx([1.8] * 4 + [0.36])
    for reading in inspect_labels(SOURCES[name]).readings:
        assert read_labels(SOURCES[name], **reading.settings) == reading.counts


@pytest.mark.parametrize("name", ["lists", "json lines", "ids", "lists in csv", "parquet"])
def test_files_of_tags_in_pieces(name: str, pieces: Pieces, tmp_path: Path) -> None:
    expected = read_labels(SOURCES[name])
    pieces(100, 50)
    path = tmp_path / "tags"
    path.write_bytes(SOURCES[name])
    assert read_labels(path, filename="file") == expected


def test_ignored_rows_are_left_out() -> None:
    data = "label\n" + "\n".join(map(str, [0, 1, 1, -100, 2, -100, 1] * 4)) + "\n"
    counts = read_labels(data.encode())
    assert counts.classes == ("0", "1", "2")
    assert counts.positives.tolist() == [4, 12, 4]
    assert counts.missing.tolist() == [8, 8, 8]


def test_sets_of_labels_stay_sets() -> None:
    data = "id,tags\n" + "".join(f"{k},{('a|b', 'b', 'a|c', 'c')[k % 4]}\n" for k in range(40))
    assert read_labels(data.encode()).task == "multilabel"
