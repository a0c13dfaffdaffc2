"""The value of a setting as the text of an option, and back: pasted into a shell, it is read as it was."""

from __future__ import annotations

import ast
import csv
import json
import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_type_hints

from lossviz.labels.settings import SETTINGS, Settings
from lossviz.labels.values import a_mark, nearest

_KINDS = {name: {*get_args(kind)} for name, kind in get_type_hints(Settings).items()}
# Settings whose value is no text; in an option it stands as JSON has it.
_AS_JSON = {name for name, kinds in _KINDS.items() if {bool, int, float} & kinds}
_SWITCHED = {"true": True, "yes": True, "false": False, "no": False}
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[tnr\\])")
# A setting and its value as Python has them, in a sentence of the library.
_ARGUMENT = re.compile(
    rf"\b({'|'.join(SETTINGS)})=('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\[[^\]]*\]|None|True|False|-?[\d.]*\d)?"
)
_UPLOAD = re.compile(r"\b([Uu])pload(?= (?:an?|the|one|it|some|only|smaller|masks)\b)")


def option_of(name: str) -> str:
    return flag("column" if name == "columns" else name)


def flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def value_of(name: str, text: str) -> Any:
    """What the text of an option says; ValueError if it says nothing that the setting may have."""
    if name not in SETTINGS:
        return text
    if SETTINGS[name].check is a_mark:
        return _mark(text, SETTINGS[name].words)
    if name == "order":
        return _order(text)
    if bool in _KINDS[name]:
        if text.lower() not in _SWITCHED:
            raise ValueError(f"{name} must be true or false; got {text!r}.")
        return _SWITCHED[text.lower()]
    return json_or_text(text) if name in _AS_JSON else text


def pair(text: str) -> tuple[str, str]:
    """The sides of ``key=value``."""
    key, sign, value = text.partition("=")
    if not (key and sign):
        raise ValueError(f"{text!r} must be a key and its value, as key=value.")
    return key, value


def json_or_text(text: str) -> Any:
    """A number, true, false, null, or a list as JSON has them; anything else is text."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("A value nests brackets too deep; give a name, or one list of names.") from None
    except ValueError:
        return text


def spelled(settings: Mapping[str, Any], only: Iterable[str] | None = None) -> str:
    """Settings as one passes them to this command."""
    chosen = settings if only is None else {name: settings[name] for name in settings if name in only}
    return " ".join(option for name, value in chosen.items() for option in _options(name, value))


def in_options(sentence: str) -> str:
    """A sentence of the library in the words of this command: its options for arguments, no page to upload to."""
    passed = _UPLOAD.sub(lambda found: "Pass" if found[1] == "U" else "pass", sentence)
    return _ARGUMENT.sub(_option_for, passed)


def _option_for(argument: re.Match[str]) -> str:
    name, literal = argument.groups()
    if literal in (None, "[...]"):
        return option_of(name)
    try:
        return spelled({name: ast.literal_eval(literal)})
    except (ValueError, SyntaxError):
        return f"{option_of(name)} {literal}"


def _options(name: str, value: Any) -> list[str]:
    if name == "columns" and len(value) > 1 and all(map(_shown, value)):
        return [f"{flag('column')} {shlex.quote(each)}" for each in value]
    text = _text(name, value)
    if text is not None and _shown(text) and _says(name, text, value):
        return [f"{flag(name)} {shlex.quote(text)}"]
    said = json.dumps(value, ensure_ascii=False, default=str)
    said = "".join(char if _shown(char) else json.dumps(char)[1:-1] for char in said)
    return [f"--set {shlex.quote(f'{name}={said}')}"]


def _text(name: str, value: Any) -> str | None:
    """The text of an option that may say the value; None where only JSON can."""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if not isinstance(value, str):
        return None
    setting = SETTINGS[name]
    if setting.check is a_mark and not value.isprintable():
        return setting.words.get(value) or value.encode("unicode_escape").decode()
    return value


def _says(name: str, text: str, value: Any) -> bool:
    try:
        again = value_of(name, text)
    except ValueError:
        return False
    return type(again) is type(value) and bool(again == value)


def _shown(text: str) -> bool:
    """Whether a terminal shows a text as it is, and the output can hold it."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return text.isprintable()


def _mark(text: str, words: Mapping[Any, str]) -> str:
    """The characters of a mark, which may be escaped or called by their name."""
    called = {"tab": "\t", **{title: mark for mark, title in words.items()}}
    if text in words or text.lower() in called:
        return text if text in words else called[text.lower()]
    return _ESCAPE.sub(lambda found: found[0].encode().decode("unicode_escape"), text)


def _order(text: str) -> Any:
    """The word for an order, or names: as JSON has them, or as one line of a CSV."""
    words = SETTINGS["order"].words
    value = json_or_text(text)
    if text in words or isinstance(value, list | dict):
        return text if text in words else value
    try:
        names = next(csv.reader([text], skipinitialspace=True))
    except csv.Error:
        names = []
    if not names:
        raise ValueError(f"order must be one of {', '.join(words)}, or all names on one line, as a,b,c; got {text!r}.")
    return text if len(names) == 1 and nearest(text, words) else names
