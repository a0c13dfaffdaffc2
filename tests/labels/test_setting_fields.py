"""Every setting, by its field: what it refuses, the nearest right one, and the code that reads the same again."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from PIL import Image

import lossviz
from lossviz import UnreadableLabels, inspect_labels, read_labels
from lossviz.labels.settings import SETTINGS, UNSAID, Settings
from lossviz.labels.values import a_word, an_order
from ui.labels import settings as page

CLOSED = {name: setting.words for name, setting in SETTINGS.items() if setting.check in (a_word, an_order)}


def table(header: str, *rows: str, times: int = 1) -> bytes:
    return ("\n".join([header, *rows * times]) + "\n").encode()


def npz(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "."), data)
    return stream.getvalue()


def mask(values: list[int]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.tile(np.array(values, np.uint8), (2, 1))).save(stream, "PNG")
    return stream.getvalue()


def workbook() -> bytes:
    import pandas as pd

    stream = io.BytesIO()
    with pd.ExcelWriter(stream) as writer:
        for sheet, names in (("one", ["cat", "dog", "cat"]), ("two", ["ant", "bee", "ant", "bee"])):
            pd.DataFrame({"label": names}).to_excel(writer, sheet_name=sheet, index=False)
    return stream.getvalue()


def database() -> bytes:
    with closing(sqlite3.connect(":memory:")) as base:
        for name, label in (("first", "cat"), ("second", "ant")):
            base.execute(f"CREATE TABLE {name} (label TEXT)")
            base.executemany(f"INSERT INTO {name} VALUES (?)", [(label,), ("dog",), (label,)])  # noqa: S608
        base.commit()
        return base.serialize()


CLASSES = table("label", "cat", "dog", "ant", "cat", "dog", "cat")
COCO = json.dumps(
    {
        "images": [{"id": k} for k in range(4)],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": [{"image_id": k % 3, "category_id": 1 + (k == 3)} for k in range(5)],
    }
).encode()
BOXES = table("image,label,confidence", "a,cat,1", "a,cat,0", "b,dog,1", "c,cat,1", "c,dog,0", "d,dog,1", times=2)
# For each setting a source that has it, with what is said of it.
SOURCES: dict[str, tuple[Any, dict[str, Any]]] = {
    "file": (zipped(a__csv=CLASSES, b__csv=table("label", "x", "y", "x")), {"file": "b.csv"}),
    "array": (npz(y=np.array([0, 1, 0, 2]), z=np.array([0, 1, 1, 1])), {"array": "z"}),
    "sheet": (workbook(), {"sheet": "two"}),
    "table": (database(), {"table": "second"}),
    "split": (zipped(**{f"{split}/{kind}/{k}__jpg": b"" for split, most in (("train", 3), ("val", 2))
                        for kind in ("cat", "dog", "eel") for k in range(most)}), {"split": "val"}),
    "list": (json.dumps({"a": [{"y": "x"}, {"y": "z"}], "b": [{"y": y} for y in "zxzx"]}).encode(), {"list": "b"}),
    "encoding": ("label\nché\nchat\nché\nchat\n".encode("cp1252"), {"encoding": "cp1250"}),
    "delimiter": (table("id;label", "1;a,b", "2;c", "3;a,b", "4;c"), {"delimiter": ";", "column": "label"}),
    "header": (table("cat", "dog", "cat", "dog"), {"header": False}),
    "shape": (table("label", "a|b", "a", "a|b", "b"), {"shape": "class", "column": "label"}),
    "column": (table("label,kind", "a,x", "b,x", "a,y", "b,x"), {"column": "kind"}),
    "columns": (table("a,b,c", "1,0,1", "0,1,1", "1,1,0"), {"columns": ["c", "a"]}),
    "counts": (table("class,count,train", "a,3,2", "b,5,4"), {"counts": "train", "shape": "counts"}),
    "group_by": (BOXES, {"group_by": "image"}),
    "present": (BOXES, {"group_by": "image", "present": "confidence"}),
    "unit": (COCO, {"unit": "box"}),
    "separator": (table("label", "a;b", "a", "b;a", "b"), {"separator": ";"}),
    "empty": (table("label", "a|b", "No Finding", "a", "b|a", "No Finding"), {"separator": "|", "empty": "No Finding"}),
    "missing": (table("a,b", "1,0", "0,", "1,1", "0,1"), {"missing": "negative"}),
    "uncertain": (table("a,b", "1,0", "0,-1", "1,1", "0,1"), {"uncertain": "positive"}),
    "left_out": (table("label", "0", "1", "-1", "2", "1"), {"left_out": -1}),
    "as_class": (table("label", "FR", "NA", "DE", "NA", "FR"), {"as_class": "NA"}),
    "ignore": (mask([0, 1, 255]), {"ignore": 255}),
    "names": (table("label", "1.0", "0.0", "1.0", "2.0"), {"names": "whole"}),
    "threshold": (npz(y=np.array([[0.2, 0.9], [0.6, 0.4]])), {"threshold": 0.5}),
    "positive": (table("label", "cat", "dog", "cat"), {"positive": "cat"}),
    "format": (b"1 1:0.5\n2 2:1\n1 1:0.1 2:3\n", {"format": "libsvm"}),
    "outputs": (table("label", "1", "2", "1", "3"), {"outputs": 4}),
    "order": (CLASSES, {"order": ["dog", "cat", "ant", "fox"]}),
}  # fmt: skip


def refusal(**settings: Any) -> str:
    with pytest.raises(ValueError) as caught:
        read_labels(CLASSES, **settings)
    said = str(caught.value)
    assert said.endswith((".", "?"))
    assert "\n" not in said
    return said


@pytest.mark.parametrize("name", SETTINGS)
def test_a_misspelled_name_is_refused_with_the_right_one(name: str) -> None:
    for wrong in (name + "x", name.upper(), f"{name}_"):
        if wrong not in SETTINGS:
            assert f"did you mean {name!r}?" in refusal(**{wrong: 1})


@pytest.mark.parametrize("name", CLOSED)
def test_a_misspelled_word_is_refused_with_the_right_one(name: str) -> None:
    for word in CLOSED[name]:
        assert f"did you mean {word!r}?" in refusal(**{name: f"{word}x".lower()})
        near = word[:-1] if isinstance(word, str) else str(word)
        assert f"did you mean {word!r}?" in refusal(**{name: near})


@pytest.mark.parametrize(
    ("settings", "instead"),
    [
        ({"unit": "pixels"}, "'pixel'"),
        ({"encoding": "uft-8"}, "'utf-8'"),
        ({"encoding": "widows-1252"}, "'windows-1252'"),
        ({"delimiter": "tab"}, r"'\t'"),
        ({"delimiter": "comma"}, "','"),
        ({"separator": "Semicolon"}, "';'"),
    ],
)
def test_other_words_are_refused_with_the_right_one(settings: dict[str, Any], instead: str) -> None:
    assert refusal(**settings).endswith(f"did you mean {instead}?")


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("value", [object(), b"x", {1: 2}, [[1]], 1 + 2j], ids=lambda value: type(value).__name__)
def test_a_value_of_another_type_is_refused_in_one_sentence(name: str, value: Any) -> None:
    assert name in refusal(**{name: value})


@pytest.mark.parametrize("name", SETTINGS)
def test_none_says_nothing_or_has_words(name: str) -> None:
    said = Settings.of({name: None})
    assert (name in said) == bool(SETTINGS[name].none)


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_as_code_read_the_same_counts(name: str) -> None:
    source, wanted = SOURCES[name]
    reading = inspect_labels(source, **wanted).readings[0]
    assert reading.settings[name] == Settings.of(wanted)[name]
    code = f"lossviz.read_labels(source, {Settings(**reading.settings).code})"
    assert f"{name}=" in code
    assert eval(code, {"lossviz": lossviz, "source": source}) == reading.counts  # noqa: S307
    assert eval(repr(reading.settings), {"Settings": Settings}) == reading.settings  # noqa: S307


@pytest.mark.parametrize("name", SETTINGS)
def test_a_page_has_words_for_every_setting_and_value(name: str) -> None:
    assert SETTINGS[name].title
    for value in (*SETTINGS[name].words, None, Settings.of(SOURCES[name][1])[name]):
        assert page.spelled(name, value)


def test_settings_are_frozen_and_hold_what_is_said() -> None:
    settings = Settings(columns=["b", "a"], left_out=np.int64(-1), order={"x": 1, "y": 0})
    assert dict(settings) == {"columns": ("b", "a"), "left_out": "-1", "order": ("y", "x")}
    assert (settings.shape, settings.get("shape")) == (UNSAID, None)
    with pytest.raises(FrozenInstanceError):
        settings.shape = "class"  # type: ignore[misc]
    assert settings.without("order") | {"header": True} == {"header": True, "columns": ("b", "a"), "left_out": "-1"}
    assert (settings | {"file": "a"}).of_table == {"file": "a"}
    assert (settings | {"file": "a"}).of_labels == settings


def test_a_column_of_samples_is_no_unit() -> None:
    assert "pass group_by='lesion_id'" in refusal(unit="lesion_id")
    with pytest.raises(UnreadableLabels, match="Pass group_by='image' if all the rows of one image are one sample"):
        read_labels(BOXES, unit="image", column="label")
    assert read_labels(BOXES, group_by="image", column="label", present=None).n_samples == 4
