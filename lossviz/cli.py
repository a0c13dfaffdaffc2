"""The command ``lossviz``: data on standard output, words on standard error, one sentence for what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

import lossviz
from lossviz.label_options import label_source, option_of, pair, spelled


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
        choice = lossviz.Choice(counts, target, scheme, tuple(map(pair, options)))
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
        _table((_counted(reading.counts), reading.description, spelled(reading.settings)) for reading in found.readings)
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


def _name(source: Any) -> str | None:
    return "standard input" if isinstance(source, bytes) else None


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
    options = ", ".join(dict.fromkeys(map(option_of, deciding)))
    _say(f"Error: It is not certain how to read these labels; {options} would decide.")
    for reading in error.readings[:10]:
        _say(f"  {reading.description}  {spelled(reading.settings, deciding)}".rstrip())
    _say_questions(error.questions)


def _say_questions(questions: Iterable[lossviz.Question]) -> None:
    for question in questions:
        ways = " or ".join(spelled({question.setting: choice}) for choice in question.choices[:8])
        _say(f"{question.text} {ways}")


def _say_warnings(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        _say(f"Warning: {sentence}")


def _say(sentence: str) -> None:
    click.echo(_printable(sentence), err=True)


def _printable(text: str) -> str:
    """A line of its own, whatever a name from a file holds, and nothing that a terminal would obey."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


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
