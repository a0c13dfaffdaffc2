"""The files of labels and their settings as arguments of a command."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from lossviz.console import reading
from lossviz.labels.settings import SETTINGS, Settings
from lossviz.labels.values import a_mark, a_word
from lossviz.option_values import flag, json_or_text, option_of, pair, value_of

STDIN = "-"

F = TypeVar("F", bound=Callable[..., Any])


def once(*names: str, **attributes: Any) -> Callable[[F], F]:
    """An option of one value, refused where it stands twice."""
    default = attributes.pop("default", None)
    values = None if default is None else [default]
    return click.option(*names, multiple=True, default=values, callback=_single, **attributes)


def _single(_: click.Context, option: click.Parameter, values: Sequence[Any]) -> Any:
    if len(values) > 1:
        raise click.ClickException(f"{option.opts[0]} stands {len(values)} times; give it once.")
    return values[0] if values else None


def by_key(texts: Sequence[str], option: str) -> dict[str, str]:
    """The values of an option ``key=value``, refused where a key stands twice."""
    found: dict[str, str] = {}
    for key, value in map(pair, texts):
        if key in found:
            raise ValueError(f"{option} {key} stands twice; give it once.")
        found[key] = value
    return found


def _settings(columns: Sequence[str], given: dict[str, str], more: Sequence[str]) -> Settings:
    said: dict[str, Any] = {name: value_of(name, text) for name, text in given.items()}
    if columns:
        said |= {"column": columns[0]} if len(columns) == 1 else {"columns": list(columns)}
    for key, text in by_key(more, "--set").items():
        if option_of(key) in map(option_of, said):
            raise ValueError(f"{option_of(key)} stands beside --set {key}; give one of them.")
        value = json_or_text(text)
        said[key] = value_of(key, value) if isinstance(value, str) and value == text else value
    return Settings.of(said)


def _own_option(name: str) -> Callable[[F], F]:
    if name == "column":
        return click.option(flag(name), "columns", multiple=True, help=_help(name))
    return once(flag(name), name, help=_help(name))


def _help(name: str) -> str:
    """What a page calls the setting, with the values that it may have where those are few."""
    setting = SETTINGS[name]
    if name == "column":
        return f"{setting.title}; several times for several."
    if name == "order":
        return f"{setting.title}: {', '.join(setting.words)}, or the names, as a,b,c."
    if setting.check is a_mark:
        return f"{setting.title}: the characters themselves, or tab, \\t, \\x01."
    values = [word if isinstance(word, str) else json.dumps(word) for word in setting.words]
    return f"{setting.title}: {', '.join(values)}." if values and setting.check is a_word else f"{setting.title}."


def _source(files: Sequence[str]) -> Any:
    if STDIN in files:
        if len(files) > 1:
            raise ValueError("Standard input, -, is one source; name it alone.")
        if sys.stdin is None:
            raise ValueError("Standard input is closed; name a file, or pipe one in.")
        return sys.stdin.buffer.read()
    if "" in files:
        raise ValueError("A file has no name; name it, or pass - for standard input.")
    for file in files:
        try:
            Path(file).stat()
        except (FileNotFoundError, NotADirectoryError):
            raise ValueError(f"There is no file {file!r}.") from None
    return files[0] if len(files) == 1 else list(files)


def label_source(command: F) -> F:
    """The files and the settings that every command on labels takes, as `source` and `settings`."""

    @functools.wraps(command)
    def with_source(files: tuple[str, ...], columns: tuple[str, ...], more: tuple[str, ...], **options: Any) -> Any:
        own = {name: options.pop(name) for name in SETTINGS if name not in ("column", "columns")}
        with reading():
            settings = _settings(columns, {name: text for name, text in own.items() if text is not None}, more)
            source = _source(files)
        return command(source=source, settings=settings, **options)

    wrapped: Any = with_source
    more = click.option("--set", "more", multiple=True, metavar="KEY=VALUE", help="Any setting, its value as JSON.")
    for decorate in (more, *(_own_option(name) for name in reversed(list(SETTINGS)) if name != "columns")):
        wrapped = decorate(wrapped)
    return click.argument("files", metavar="FILE...", nargs=-1, required=True)(wrapped)  # type: ignore[no-any-return]
