"""The command ``lossviz``: data on standard output, words on standard error, one sentence for what is wrong."""

from __future__ import annotations

import csv
import functools
import json
import os
import shlex
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import click

import lossviz

STDIN = "-"
# Settings of `read_labels` that have an option of their own; --set takes the others.
OPTIONS = {
    "column": "Name of the column that holds the labels; several times for several columns of labels.",
    "positive": "The positive class of two.",
    "shape": "What a row holds, such as class, list or onehot.",
    "unit": "Column whose values are the samples, where several rows belong to one.",
    "separator": "What separates the labels of a list.",
    "missing": "What an empty cell is: missing, negative or positive.",
    "delimiter": "What separates the columns.",
    "encoding": "Encoding of the text.",
    "sheet": "Sheet of a workbook.",
    "file": "File of an archive.",
}
ORDERS = ("sorted", "appearance", "frequency")

F = TypeVar("F", bound=Callable[..., Any])


def label_source(command: F) -> F:
    """The files and the settings that every command on labels takes, as `source` and `settings`."""

    @functools.wraps(command)
    def with_source(
        files: tuple[str, ...], order: str | None, outputs: int | None, more: tuple[str, ...], **options: Any
    ) -> Any:
        own = {key: options.pop(key) for key in OPTIONS}
        columns = own.pop("column")
        if len(columns) == 1:
            own["column"] = columns[0]
        elif columns:
            own["columns"] = list(columns)
        settings = {"order": _order(order), "outputs": outputs, **own}
        given = {key: value for key, value in settings.items() if value is not None}
        return command(source=_source(files), settings=given | dict(map(_pair, more)), **options)

    wrapped: Any = with_source
    for decorate in (
        click.argument("files", metavar="FILE...", nargs=-1, required=True),
        *(click.option(f"--{key}", help=said, multiple=key == "column") for key, said in OPTIONS.items()),
        click.option("--order", help="sorted, appearance, frequency, or the names in their order: a,b,c."),
        click.option("--outputs", type=int, help="How many outputs the model has."),
        click.option("--set", "more", multiple=True, metavar="KEY=VALUE", help="Any other setting of read_labels."),
    ):
        wrapped = decorate(wrapped)
    return wrapped  # type: ignore[no-any-return]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(lossviz.__version__, message="%(version)s")
def main() -> None:
    """Which weights and which loss for imbalanced labels. FILE is a file of labels, or - for standard input."""


@main.command()
@label_source
@click.option("--scheme", default="balanced", show_default=True, help="Scheme of class weights.")
@click.option("--target", type=click.Choice(["pos_weight", "class_weight"]), help="By default what the task asks for.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="Option of the scheme, as beta=0.999.")
@click.option("--json", "as_json", is_flag=True, help="Print an object with classes and weights, in class order.")
def weights(
    source: Any, settings: Mapping[str, Any], scheme: str, target: Any, options: Sequence[str], as_json: bool
) -> None:
    """Print the weight of every class, in the order of the model's outputs."""
    with _one_sentence():
        counts = _counts(source, settings)
        choice = lossviz.Choice(counts, target, scheme, tuple(map(_pair, options)))
        numbers = choice.exact.tolist()
        if as_json:
            said = {"target": choice.target, "scheme": scheme, "task": counts.task}
            click.echo(json.dumps({"classes": choice.names, "weights": numbers, **said}))
        else:
            _table((name, f"{weight:.9g}") for name, weight in zip(choice.names, numbers, strict=True))


@main.command()
@label_source
@click.option("--json", "as_json", is_flag=True, help="Print an object with readings, questions and warnings.")
def inspect(source: Any, settings: Mapping[str, Any], as_json: bool) -> None:
    """Print the ways to read FILE, the likeliest first, with the options that choose each."""
    with _one_sentence():
        found = lossviz.inspect_labels(source, filename=_name(source), **settings)
        if as_json:
            click.echo(json.dumps(_described(found), default=str))
            return
        _table(
            (_counted(reading.counts), reading.description, _options(reading.settings)) for reading in found.readings
        )
        _say_questions(found.questions)
        _say_warnings(found.warnings)


@main.command()
@click.option("--port", type=int, default=8501, show_default=True)
@click.option("--headless", is_flag=True, help="Open no browser.")
def app(port: int, headless: bool) -> None:
    """Open the app."""
    missing = [package for package in ("streamlit", "plotly") if find_spec(package) is None]
    if missing:
        needs = f"The app needs {' and '.join(missing)}, which the extra app brings"
        raise click.ClickException(f"{needs}: pip install 'lossviz[app]'.")
    here = Path(__file__).parent
    # In a wheel the app lies inside the package, in a checkout beside it.
    launcher = next(path for path in (here / "_app" / "app.py", here.parent / "app.py") if path.exists())
    environment = os.environ | {"PORT": str(port)} | ({"HEADLESS": "1"} if headless else {})
    command = [sys.executable, str(launcher)]
    if sys.platform == "win32":
        raise SystemExit(subprocess.call(command, env=environment))  # noqa: S603
    os.execve(sys.executable, command, environment)  # noqa: S606 - signals then reach the server


def _source(files: Sequence[str]) -> Any:
    if STDIN in files:
        if len(files) > 1:
            raise click.ClickException("Standard input, -, is one source; name it alone.")
        return sys.stdin.buffer.read()
    for file in files:
        if not Path(file).exists():
            raise click.ClickException(f"There is no file {file!r}.")
    return files[0] if len(files) == 1 else list(files)


def _name(source: Any) -> str | None:
    return "standard input" if isinstance(source, bytes) else None


def _order(text: str | None) -> str | list[str] | None:
    return text if text is None or text in ORDERS else _names(text)


def _names(text: str) -> list[str]:
    """Names as a JSON list, or as one line of a CSV."""
    value = _value(text)
    return value if isinstance(value, list) else next(csv.reader([text], skipinitialspace=True))


def _pair(text: str) -> tuple[str, Any]:
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


def _counts(source: Any, settings: Mapping[str, Any]) -> lossviz.LabelCounts:
    found = lossviz.inspect_labels(source, filename=_name(source), **settings)
    if not found.certain:
        lossviz.read_labels(source, filename=_name(source), **settings)  # raises, with what is open
    _say_warnings(found.warnings)
    return found.readings[0].counts


@contextmanager
def _one_sentence() -> Iterator[None]:
    """What is wrong, in one sentence; warnings on standard error, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except lossviz.AmbiguousLabels as error:
            _say_choices(error)
            raise SystemExit(1) from None
        except BrokenPipeError:
            raise
        except (ValueError, OSError) as error:
            raise click.ClickException(_printable(" ".join(str(error).split()))) from None
        finally:
            _say_warnings(dict.fromkeys(str(each.message) for each in caught))


def _say_choices(error: lossviz.AmbiguousLabels) -> None:
    """The readings, and which options decide."""
    deciding = dict.fromkeys(question.setting for question in error.questions) or error.readings[0].settings
    options = ", ".join(dict.fromkeys(_option(key) for key in deciding))
    _say(f"Error: It is not certain how to read these labels; {options} would decide.")
    for reading in error.readings[:10]:
        _say(f"  {reading.description}  {_options(reading.settings, deciding)}".rstrip())
    _say_questions(error.questions)


def _say_questions(questions: Iterable[lossviz.Question]) -> None:
    for question in questions:
        ways = " or ".join(_options({question.setting: choice}) for choice in question.choices[:8])
        _say(f"{question.text} {ways}")


def _say_warnings(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        _say(f"Warning: {sentence}")


def _say(sentence: str) -> None:
    click.echo(_printable(sentence), err=True)


def _printable(text: str) -> str:
    """A line of its own, whatever a name from a file holds, and nothing that a terminal would obey."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _option(key: str) -> str:
    return "--column" if key == "columns" else f"--{key}" if key in (*OPTIONS, "order", "outputs") else f"--set {key}"


def _options(settings: Mapping[str, Any], only: Iterable[str] | None = None) -> str:
    """Settings as one passes them to this command."""
    said = []
    for key, value in settings.items():
        if only is not None and key not in only:
            continue
        for each in value if key == "columns" else [value]:
            if isinstance(each, str) and (key in OPTIONS or key == "columns"):
                said.append(f"{_option(key)} {shlex.quote(each)}")
            else:
                text = each if isinstance(each, str) and _value(each) == each else json.dumps(each, default=str)
                said.append(f"--set {shlex.quote(f'{key}={text}')}")
    return " ".join(said)


def _described(found: lossviz.Inspection) -> dict[str, Any]:
    readings = [
        {
            "description": reading.description,
            "task": reading.counts.task,
            "unit": reading.counts.unit,
            "n_samples": reading.counts.n_samples,
            "classes": reading.counts.classes,
            "positives": reading.counts.positives.tolist(),
            "negatives": reading.counts.negatives.tolist(),
            "settings": dict(reading.settings),
        }
        for reading in found.readings
    ]
    questions = [vars(question) for question in found.questions]
    return {"certain": found.certain, "readings": readings, "questions": questions, "warnings": found.warnings}


def _counted(counts: lossviz.LabelCounts) -> str:
    return f"{counts.n_samples} {counts.unit}s, {counts.n_classes} classes"


def _table(rows: Iterable[Sequence[str]]) -> None:
    """A line for each row, its cells separated by tabs."""
    for row in rows:
        click.echo("\t".join(map(_printable, row)))
