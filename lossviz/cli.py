"""The command ``lossviz``: data on standard output, words on standard error, one sentence for what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

import lossviz
from lossviz.console import Commands, reading, say_questions, say_warnings, show_table
from lossviz.label_options import by_key, label_source, once
from lossviz.labels.words import DELIMITERS
from lossviz.notation import plural
from lossviz.option_values import json_or_text, spelled


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(lossviz.__version__, message="%(version)s")
def main() -> None:
    """Which weights and which loss for imbalanced labels. FILE is a file of labels, or - for standard input."""


@main.command()
@label_source
@once("--scheme", default="balanced", show_default=True, help="Scheme of class weights.")
@once("--target", type=click.Choice(["pos_weight", "class_weight"]), help="By default what the task asks for.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="Option of the scheme, as beta=0.999.")
@click.option("--json", "as_json", is_flag=True, help="Print an object with classes and weights, in class order.")
def weights(
    source: Any, settings: Mapping[str, Any], scheme: str, target: Any, options: Sequence[str], as_json: bool
) -> None:
    """Print the weight of every class, in the order of the model's outputs."""
    counts = _counts(source, settings)
    given = {key: json_or_text(text) for key, text in by_key(options, "--option").items()}
    choice = lossviz.Choice(counts, target, scheme, tuple(given.items()))
    numbers = choice.exact.tolist()
    if as_json:
        said = {"target": choice.target, "scheme": scheme, "task": counts.task}
        click.echo(json.dumps({"classes": choice.names, "weights": numbers, **said}))
    else:
        show_table((name, f"{weight:.9g}") for name, weight in zip(choice.names, numbers, strict=True))


@main.command()
@label_source
@click.option("--json", "as_json", is_flag=True, help="Print an object with readings, questions and warnings.")
def inspect(source: Any, settings: Mapping[str, Any], as_json: bool) -> None:
    """Print the ways to read FILE, the likeliest first, with the options that choose each."""
    found = _inspected(source, settings)
    if as_json:
        click.echo(json.dumps(_described(found), default=str))
        return
    show_table((_counted(each.counts), each.description, spelled(each.settings)) for each in found.readings)
    say_questions(found.questions)
    say_warnings(found.warnings)


@main.command()
@once("--port", type=int, default=8501, show_default=True)
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


def _inspected(source: Any, settings: Mapping[str, Any]) -> lossviz.Inspection:
    with reading():
        found = lossviz.inspect_labels(source, filename=_name(source), **settings)
    if "delimiter" in settings and found.preview.shape[1] == 1:
        _mind_undivided(settings["delimiter"], found.preview.iloc[:, 0].tolist())
    return found


def _mind_undivided(delimiter: str, cells: Sequence[str]) -> None:
    """Say that a delimiter leaves every row in one cell, where it is rare or another would divide them alike."""
    if delimiter not in DELIMITERS:
        raise ValueError(f"No row is divided by the delimiter {delimiter!r}; leave out --delimiter, or pass another.")
    for mark in ",;\t|":
        if mark != delimiter and len({cell.count(mark) for cell in cells}) == 1 and mark in cells[0]:
            other = spelled({"delimiter": mark})
            say_warnings([f"No row is divided by the delimiter {delimiter!r}; is it {other}?"])


def _counts(source: Any, settings: Mapping[str, Any]) -> lossviz.LabelCounts:
    found = _inspected(source, settings)
    if not found.certain:
        with reading():
            lossviz.read_labels(source, filename=_name(source), **settings)  # raises, with what is open
    say_warnings(found.warnings)
    return found.readings[0].counts


def _described(found: lossviz.Inspection) -> dict[str, Any]:
    readings = [
        {
            "description": each.description,
            "task": each.counts.task,
            "unit": each.counts.unit,
            "n_samples": each.counts.n_samples,
            "classes": each.counts.classes,
            "positives": each.counts.positives.tolist(),
            "negatives": each.counts.negatives.tolist(),
            "settings": dict(each.settings),
        }
        for each in found.readings
    ]
    questions = [vars(question) for question in found.questions]
    return {"certain": found.certain, "readings": readings, "questions": questions, "warnings": found.warnings}


def _counted(counts: lossviz.LabelCounts) -> str:
    units = counts.unit if counts.n_samples == 1 else plural(counts.unit)
    return f"{counts.n_samples} {units}, {counts.n_classes} {'class' if counts.n_classes == 1 else 'classes'}"


if __name__ == "__main__":
    main(prog_name="lossviz")
