"""What a command says: data on standard output, words on standard error, one sentence for what is wrong."""

from __future__ import annotations

import csv
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any

import click

from lossviz.labels.inspection import AmbiguousLabels, Question
from lossviz.option_values import in_options, option_of, spelled


class Commands(click.Group):
    """Commands whose errors are a sentence each, whatever the streams can hold."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        if sys.stdout is None:
            _say("Error: Standard output is closed; there is nowhere to print to.")
            sys.exit(1)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        return super().main(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _one_sentence():
            return super().invoke(ctx)


@contextmanager
def reading() -> Iterator[None]:
    """While a source and its settings are read: whatever is wrong with them is a ValueError, and no fault of ours."""
    try:
        yield
    except RecursionError:
        raise ValueError("The values or the labels nest brackets too deep; pass a table, or one list.") from None
    except (TypeError, csv.Error) as error:
        raise ValueError(str(error)) from error


@contextmanager
def _one_sentence() -> Iterator[None]:
    """What is wrong, in one sentence; warnings on standard error, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except AmbiguousLabels as error:
            _say_choices(error)
            raise SystemExit(1) from None
        except BrokenPipeError:
            raise
        except OSError as error:
            where = "" if error.filename is None else f"{error.filename!r}: "
            raise click.ClickException(printable(f"{where}{error.strerror or error}.")) from None
        except ValueError as error:
            raise click.ClickException(printable(in_options(" ".join(str(error).split())))) from None
        finally:
            say_warnings(dict.fromkeys(str(each.message) for each in caught))


def _say_choices(error: AmbiguousLabels) -> None:
    """The readings, each with the options that choose it, and which of those decide."""
    deciding = dict.fromkeys(question.setting for question in error.questions) or error.readings[0].settings
    options = ", ".join(dict.fromkeys(map(option_of, deciding)))
    _say(f"Error: It is not certain how to read these labels; {options} would decide.")
    for each in error.readings[:10]:
        _say(f"  {each.description}  {spelled(each.settings)}".rstrip())
    say_questions(error.questions)


def say_questions(questions: Iterable[Question]) -> None:
    for question in questions:
        ways = " or ".join(spelled({question.setting: choice}) for choice in question.choices[:8])
        _say(f"{question.text} {ways}")


def say_warnings(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        _say(f"Warning: {in_options(sentence)}")


def _say(sentence: str) -> None:
    click.echo(printable(sentence), err=True)


def show_table(rows: Iterable[Sequence[str]]) -> None:
    """A line for each row, its cells separated by tabs."""
    for row in rows:
        click.echo("\t".join(map(printable, row)))


def printable(text: str) -> str:
    """A line of its own, whatever a name from a file holds, and nothing that a terminal would obey."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
