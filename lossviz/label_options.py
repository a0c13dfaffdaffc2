"""The settings of a label source as options of a command, and back."""

from __future__ import annotations

import csv
import functools
import json
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import click

from lossviz.labels.settings import SETTINGS, Settings
from lossviz.labels.values import a_word

STDIN = "-"
# Settings whose value is no text; in an option it stands as JSON has it.
AS_JSON = {name for name, kind in get_type_hints(Settings).items() if {bool, int, float} & {*get_args(kind)}}

F = TypeVar("F", bound=Callable[..., Any])


def spelled(settings: Mapping[str, Any], only: Iterable[str] | None = None) -> str:
    """Settings as one passes them to this command."""
    said = []
    for name, value in settings.items():
        if only is not None and name not in only:
            continue
        for each in value if name == "columns" else [value]:
            if isinstance(each, str) and name not in AS_JSON:
                said.append(f"{option_of(name)} {shlex.quote(each)}")
            elif name in AS_JSON and each is not None:
                said.append(f"{_flag(name)} {shlex.quote(each if isinstance(each, str) else json.dumps(each))}")
            else:
                said.append(f"--set {shlex.quote(f'{name}={json.dumps(each, default=str)}')}")
    return " ".join(said)


def option_of(name: str) -> str:
    return _flag("column" if name == "columns" else name)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _setting(name: str, value: Any) -> Any:
    """The value of an option: one column or several, a list of names, JSON or text."""
    if name == "column":
        return value[0] if len(value) == 1 else list(value)
    if name == "order" and value not in SETTINGS["order"].words:
        return _names(value)
    return _value(value) if name in AS_JSON else value


def _own_option(name: str) -> Callable[[F], F]:
    return click.option(_flag(name), help=_help(name), multiple=name == "column")


def _help(name: str) -> str:
    """What a page calls the setting, with the values that it may have where those are few."""
    setting = SETTINGS[name]
    if name == "column":
        return f"{setting.title}; several times for several."
    if name == "order":
        return f"{setting.title}: {', '.join(setting.words)}, or the names, as a,b,c."
    values = [word if isinstance(word, str) else json.dumps(word) for word in setting.words]
    return f"{setting.title}: {', '.join(values)}." if values and setting.check is a_word else f"{setting.title}."


def _source(files: Sequence[str]) -> Any:
    if STDIN in files:
        if len(files) > 1:
            raise click.ClickException("Standard input, -, is one source; name it alone.")
        return sys.stdin.buffer.read()
    for file in files:
        if not Path(file).exists():
            raise click.ClickException(f"There is no file {file!r}.")
    return files[0] if len(files) == 1 else list(files)


def _names(text: str) -> list[str]:
    """Names as a JSON list, or as one line of a CSV."""
    value = _value(text)
    return value if isinstance(value, list) else next(csv.reader([text], skipinitialspace=True))


def pair(text: str) -> tuple[str, Any]:
    key, sign, value = text.partition("=")
    if not (key and sign):
        raise click.ClickException(f"{text!r} must be a key and its value, as key=value.")
    return key, _value(value)


def _value(text: str) -> Any:
    """A number, true, false, null, or a list as JSON has them; anything else is text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def label_source(command: F) -> F:
    """The files and the settings that every command on labels takes, as `source` and `settings`."""

    @functools.wraps(command)
    def with_source(files: tuple[str, ...], more: tuple[str, ...], **options: Any) -> Any:
        given = {name: options.pop(name) for name in SETTINGS if name != "columns"}
        settings = {name: _setting(name, value) for name, value in given.items() if value not in (None, ())}
        if isinstance(settings.get("column"), list):
            settings["columns"] = settings.pop("column")
        return command(source=_source(files), settings=settings | dict(map(pair, more)), **options)

    wrapped: Any = with_source
    more = click.option("--set", "more", multiple=True, metavar="KEY=VALUE", help="Any setting, its value as JSON.")
    for decorate in (more, *(_own_option(name) for name in reversed(list(SETTINGS)) if name != "columns")):
        wrapped = decorate(wrapped)
    return click.argument("files", metavar="FILE...", nargs=-1, required=True)(wrapped)  # type: ignore[no-any-return]
