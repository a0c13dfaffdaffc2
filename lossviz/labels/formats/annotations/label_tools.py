"""Label Studio's JSON and Labelbox's NDJSON: tasks with what annotators chose or marked under each question."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lossviz.labels.formats.annotations.marked import Marked, inspect_each
from lossviz.labels.inspection import Inspection, UnreadableLabels
from lossviz.labels.tables.table import Table

_TEXT = {"labels", "hypertextlabels", "paragraphlabels", "timeserieslabels"}
_CHOICES = {"choices", "taxonomy", "rating", "number"}


@dataclass
class Task:
    """What is said of one sample: under each question what is chosen for the whole, and what is marked in it."""

    chosen: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    marked: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    spans: bool = False
    several: bool = False


def is_label_studio(value: Any) -> bool:
    tasks = value if isinstance(value, list) else []
    key = next(
        (key for key in ("annotations", "completions") if tasks and isinstance(tasks[0], dict) and key in tasks[0]),
        None,
    )
    return (
        key is not None
        and all(isinstance(each, dict) and isinstance(each.get(key), list) for each in tasks)
        and any(isinstance(each, dict) and "result" in each for task in tasks for each in task[key])
    )


def is_labelbox(value: Any) -> bool:
    tasks = value if isinstance(value, list) else []
    return bool(tasks) and all(isinstance(each, dict) and {"data_row", "projects"} <= each.keys() for each in tasks)


def read_tasks(value: Sequence[Any], name: str, settings: Mapping[str, Any]) -> Table | Inspection:
    """A column per question of choices, or images and documents with their marks.

    Raises
    ------
    UnreadableLabels
        If nothing is annotated.
    """
    studio = is_label_studio(value)
    title = "Label Studio" if studio else "Labelbox"
    try:
        tasks = [(_of_studio if studio else _of_labelbox)(each) for each in value]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnreadableLabels(f"The {title} export cannot be read: {str(error)[:100]}.", "Export it again.") from error
    annotated = [task for task in tasks if task is not None]
    said = []
    if len(annotated) < len(tasks):
        said.append(f"{len(tasks) - len(annotated):,} of {len(tasks):,} tasks are not annotated, and left out.")
    if several := sum(task.several for task in annotated):
        said.append(f"{several:,} tasks have several annotations; the last of each is counted.")
    chosen = dict.fromkeys(key for task in annotated for key in task.chosen)
    marked = dict.fromkeys(key for task in annotated for key in task.marked)
    if marked and not chosen:
        subjects = {key: [Marked(tuple(task.marked.get(key, ()))) for task in annotated] for key in marked}
        units = ("span", "document") if any(task.spans for task in annotated) else ("image", "box")
        return inspect_each(subjects, units, title, name, settings, warnings=said)
    if not chosen:
        raise UnreadableLabels(f"The {title} export has no annotations.", "Export it again with its annotations.")
    many = {key for key in chosen if any(len(task.chosen.get(key, ())) > 1 for task in annotated)}
    cells = {key: [_cell(task.chosen.get(key), listed=key in many) for task in annotated] for key in chosen}
    cells |= {key: [_cell(task.marked.get(key, []), listed=True) for task in annotated] for key in marked}
    return Table.of_cells(pd.DataFrame(cells, dtype="string"), warnings=tuple(said))


def _cell(labels: list[str] | None, *, listed: bool) -> str:
    if labels is None:
        return ""
    return json.dumps(labels, ensure_ascii=False) if listed else labels[0]


def _of_studio(task: Mapping[str, Any]) -> Task | None:
    """The last annotation that was not cancelled; None where there is none. Predictions are none."""
    every = task.get("annotations", task.get("completions"))
    done = [each for each in every or () if not each.get("was_cancelled") and not each.get("skipped")]
    if not done:
        return None
    found = Task(several=len(done) > 1)
    for result in done[-1]["result"]:
        kind = str(result.get("type", "")).lower()
        values = result.get("value", {}).get(kind)
        question = str(result.get("from_name", kind))
        if values is None:
            continue
        if kind in _CHOICES:
            found.chosen[question] += _texts(values)
        elif kind.endswith("labels"):
            found.marked[question] += _texts(values)
            found.spans = found.spans or kind in _TEXT
    return found


def _texts(values: Any) -> list[str]:
    """Labels, of a taxonomy the last word of each path."""
    listed = values if isinstance(values, list) else [values]
    return [str(each[-1] if isinstance(each, list) else each) for each in listed]


def _of_labelbox(task: Mapping[str, Any]) -> Task | None:
    labels = [label for project in task["projects"].values() for label in project.get("labels", ())]
    if not labels:
        return None
    found = Task(several=len(labels) > 1)
    annotations = labels[-1].get("annotations", {})
    for each in annotations.get("objects", ()):
        found.marked["objects"].append(str(each["name"]))
        found.spans = found.spans or "location" in each
    for each in annotations.get("classifications", ()):
        found.chosen[str(each["name"])] += list(_answers(each))
    if not found.marked and not annotations.get("classifications"):
        found.marked["objects"] = []
    return found


def _answers(classification: Mapping[str, Any]) -> Iterator[str]:
    for key in ("radio_answer", "dropdown_answer"):
        if classification.get(key):
            yield str(classification[key]["name"])
    yield from (str(each["name"]) for each in classification.get("checklist_answers", ()))
    if classification.get("text_answer"):
        yield str(classification["text_answer"]["content"])
