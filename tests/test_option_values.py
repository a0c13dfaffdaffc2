"""Options that are printed, pasted into a shell, are the settings again."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossviz.label_options import label_source
from lossviz.labels.settings import SETTINGS, Settings
from lossviz.labels.values import a_column, a_mark, a_value
from lossviz.option_values import in_options, spelled

TEXT = st.text(st.characters(exclude_characters="\0"), min_size=1)
ODD = [
    "a b", "it's", '"quoted"', "a\tb", "a\nb", "\x1b[31m", "\u202egnp", "\x7f", "--column", "-c", "-", "a=b", "1",
    "null", "[1, 2]", "\\t", "\\", "tab", "$HOME", "`id`", "!1", "~", "*", "é", "中", "\U0001f600", "\xa0", "\ud800",
    " ", "true",
]  # fmt: skip


@click.command()
@label_source
def settings_of(source: Any, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    return settings


def read_again(arguments: list[str]) -> Any:
    return settings_of.main([__file__, *arguments], standalone_mode=False)


@st.composite
def some_settings(draw: st.DrawFn) -> Settings:
    named = [name for name, each in SETTINGS.items() if each.check in (a_column, a_value, a_mark)]
    values: dict[str, Any] = {name: st.none() | TEXT | st.sampled_from(ODD) for name in named}
    marks = {name: SETTINGS[name].words for name in named if SETTINGS[name].check is a_mark}
    # A mark of more than two characters is refused where it is spelled as a name.
    values |= {name: st.sampled_from(list(words)) | st.text(max_size=2, min_size=1) for name, words in marks.items()}
    values["header"], values["threshold"] = st.booleans(), st.floats(1e-9, 1)
    values["ignore"] = st.integers(-9, 999) | TEXT
    values["order"] = st.sampled_from(["sorted", "frequency"]) | st.lists(TEXT, min_size=3, unique=True)
    values["outputs"] = st.integers(1, 1_000)
    several = draw(st.none() | st.lists(TEXT | st.sampled_from(ODD), min_size=1, unique=True))
    if several is not None:
        values |= {"columns": st.just(several)}
        del values["column"]
    drawn = draw(st.fixed_dictionaries({}, optional=values))
    return Settings(**drawn)


@given(some_settings())
def test_what_is_printed_is_read_as_it_was(settings: Settings) -> None:
    said = spelled(settings)
    assert said.isprintable()
    again = read_again(shlex.split(said))
    assert dict(again) == dict(settings)
    assert {name: type(value) for name, value in again.items()} == {n: type(v) for n, v in settings.items()}


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
def test_a_shell_splits_it_as_python_does() -> None:
    said = " ".join(spelled({"column": each, "columns": (each, "b"), "delimiter": each}) for each in ODD)
    done = subprocess.run(["/bin/sh", "-c", f"printf '%s\\0' {said}"], capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == shlex.split(said)


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("Pass group_by='image' if so.", "Pass --group-by image if so."),
        ("There is no column 'a', which column= names.", "There is no column 'a', which --column names."),
        ("Pass columns=['a', 'b c'] or header=False.", "Pass --column a --column 'b c' or --header false."),
        ("outputs=3 is more than 2. Pass order= with all.", "--outputs 3 is more than 2. Pass --order with all."),
        ("It is empty. Upload a file with one row per sample.", "It is empty. Pass a file with one row per sample."),
        ("Run git lfs pull, and upload the file it brings.", "Run git lfs pull, and pass the file it brings."),
        ("There is no column 'Upload'.", "There is no column 'Upload'."),
    ],
)  # fmt: skip
def test_sentences_name_options(sentence: str, wanted: str) -> None:
    assert in_options(sentence) == wanted
