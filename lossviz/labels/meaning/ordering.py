"""Readings -> readings whose classes stand in the order of a model's outputs.

Class ids rise, and an id that never occurs keeps its place; names stand as scikit-learn's LabelEncoder and
MultiLabelBinarizer and torchvision's ImageFolder sort them; what a file declares stands as declared. Of two classes
the second is the positive one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.inspection import Inspection, Question, Reading, UnreadableLabels
from lossviz.labels.limits import MOST_CLASSES
from lossviz.labels.tables.names import encoded, ids_of, negative_first

Order = str | Sequence[Any] | None


def lengths(names: Sequence[str]) -> tuple[int, ...]:
    """How many outputs a model of these classes may have, the likeliest first; one where the names say it.

    Ids from 0 are places, unless most of them never occur. Other ids may be numbered anew from 0, with or without
    those that never occur, or be places beside an output 0 that never occurs.

    Examples
    --------
    >>> lengths(["0", "1", "2", "4"]), lengths(["1", "2", "3"]), lengths(["10", "200", "5000"])
    ((5,), (3, 4), (3, 5001))
    """
    places, n = _places(names), len(names)
    if not places:
        return (n,)
    low, high = min(places), max(places)
    span = high - low + 1
    dense = span <= 2 * n
    if low == 0 and dense and n > 2:
        return (span,)
    if n == span == 2:
        return (n,)
    return tuple(dict.fromkeys([*([span] if dense else []), n, high + 1]))


def placed(names: Sequence[str], outputs: int) -> list[str]:
    """Class ids or names as the classes of so many outputs: ids at their places, or numbered anew from 0.

    Raises
    ------
    UnreadableLabels
        If they do not fit.
    """
    places, n = _places(names), len(names)
    if places and outputs > max(places):
        return _filled(places, range(outputs))
    if outputs not in lengths(names) and not (n == 2 and outputs == 1):
        raise _misfit(names, outputs)
    return encoded(names) if outputs <= n else _filled(places, range(min(places), max(places) + 1))


def _places(names: Sequence[str]) -> dict[int, str]:
    """Ids of 0 or more that may be places among the outputs, each with its spelling; none for other names."""
    ids = ids_of(names) or {}
    plain = all(str(k) == name.partition(".")[0] for k, name in ids.items())
    return ids if ids and plain and min(ids) >= 0 and max(ids) < MOST_CLASSES else {}


def _filled(places: Mapping[int, str], ids: range) -> list[str]:
    _, dot, zeros = next(iter(places.values())).partition(".")
    return [places.get(k, f"{k}{dot}{zeros}") for k in ids]


def _misfit(names: Sequence[str], outputs: int) -> UnreadableLabels:
    places, n = _places(names), len(names)
    mark = _mark(names, outputs)
    without = f", or left_out={mark!r} if that marks rows without a label" if mark else ""
    if outputs < n:
        return UnreadableLabels(
            f"outputs={outputs} is fewer than the {n:,} classes that occur.",
            f"Pass at least {lengths(names)[0]}{without}.",
        )
    if places and outputs <= max(places):
        fitting = " or ".join(f"outputs={length}" for length in lengths(names))
        return UnreadableLabels(
            f"outputs={outputs} does not fit class ids from {min(places)} to {max(places)}.",
            f"Pass {fitting}{without}, or order= with the ids in the order of the outputs.",
        )
    return UnreadableLabels(
        f"outputs={outputs} is more than the {n:,} classes that are named.",
        f"Pass order= with the names of all {outputs:,} classes.",
    )


def _mark(names: Sequence[str], outputs: int) -> str | None:
    """The one id without which the others are places among so many outputs."""
    ids = ids_of(names) or {}
    others = [k for k in ids if not 0 <= k < outputs]
    return ids[others[0]] if len(others) == 1 and len(ids) > 2 else None


def in_output_order(found: Inspection, order: Order = None, outputs: int | None = None) -> Inspection:
    """`found` with every reading in the order of the outputs; how many outputs there are is asked where it is open.

    Raises
    ------
    UnreadableLabels
        If no reading has the classes that `order` and `outputs` say.
    """
    readings: list[Reading] = []
    problems: dict[int, UnreadableLabels] = {}
    asked: tuple[Question, ...] = ()
    for k, reading in enumerate(found.readings):
        wanted = open_lengths(reading, order) if outputs is None else ()
        try:
            if wanted and k == 0:
                asked = (_question(reading, wanted),)
                readings += [final(reading, order, length) for length in wanted]
            else:
                readings.append(final(reading, order, outputs))
        except UnreadableLabels as problem:
            problems[k] = problem
    if 0 in problems:
        # What nobody would read it as is no way out, but what was offered beside the likeliest reading is.
        first = found.readings[0].settings
        readings = [each for each in readings if _offered(each, found.questions) or _less(each, first)]
    if not readings:
        raise problems[0]
    certain = found.certain and not asked
    return replace(found, readings=tuple(readings), questions=(*found.questions, *asked), certain=certain)


def _less(reading: Reading, first: Mapping[str, Any]) -> bool:
    """Whether the reading is that of the settings `first` without a value that may mark rows without a label."""
    own = {**reading.settings, "order": None, "outputs": None, "left_out": None}
    return reading.settings.get("left_out") is not None and own == {**own, **first, "left_out": None}


def _offered(reading: Reading, questions: Sequence[Question]) -> bool:
    """Whether a question about where the labels are has the reading among its answers."""
    own = {"column": reading.settings.get("column"), "columns": tuple(reading.settings.get("columns", ()))}
    return any(own.get(question.setting, question) in question.choices for question in questions)


def open_lengths(reading: Reading, order: Order = None) -> tuple[int, ...]:
    """The numbers of outputs among which only the person who trains knows; none where it is clear."""
    if reading.declared or not reading.appeared or order not in (None, "sorted") or "outputs" in reading.settings:
        return ()
    known = lengths(reading.appeared)
    if reading.counts.task == "segmentation" and len(known) < 2:
        ids = ids_of(reading.appeared) or {0: ""}
        known = tuple(dict.fromkeys([*known, max(ids) + 1])) if min(ids) > 0 else known  # 0 may be the background
    return known if len(known) > 1 else ()


def final(reading: Reading, order: Order = None, outputs: int | None = None) -> Reading:
    """The reading in the order of the outputs, with settings that give it again, and said in its description.

    Raises
    ------
    UnreadableLabels
        If its classes are not those of `order` and `outputs`.
    """
    wanted = open_lengths(reading, order)
    if outputs is None and wanted:
        outputs = wanted[0]
    found = arrange(reading, order, outputs)
    as_saved = not reading.settings  # counts that come back whole, whatever they are
    if found.counts.n_classes < 2 and found.counts.task != "multilabel" and not as_saved:
        where = f"Column {reading.settings['column']!r}" if "column" in reading.settings else "The file"
        raise UnreadableLabels(
            f"{where} holds fewer than two classes.",
            "Choose another column, or pass outputs= or order= with all classes of the model.",
        )
    own = {"order": order, "outputs": outputs}
    settings = {**reading.settings, **{key: value for key, value in own.items() if value is not None}}
    return replace(found, settings=settings, description=reading.description + _said(reading, found.counts))


def arrange(reading: Reading, order: Order = None, outputs: int | None = None) -> Reading:
    """The reading with its classes in `order`, by default that of the outputs, and as many as there are `outputs`.

    Raises
    ------
    UnreadableLabels
        If its classes are not those.
    """
    classes = _classes(reading, order, outputs)
    if classes == list(reading.counts.classes):
        return reading
    try:
        counts = reading.counts.reordered(classes)
        if reading.counts.n_classes == 1 and len(classes) == 2 and counts.task == "multiclass":
            missing = counts.n_samples - int(counts.positives.sum())
            counts = LabelCounts.exclusive(
                classes, counts.positives, missing=missing, positive=classes[1], unit=counts.unit, source=counts.source
            )
        return replace(reading, counts=counts)
    except ValueError as error:
        raise UnreadableLabels(str(error), "Name every class that occurs.") from error


def _classes(reading: Reading, order: Order, outputs: int | None) -> list[str]:
    counts, names = reading.counts, list(reading.appeared or reading.counts.classes)
    if order is not None and not isinstance(order, str):
        return _listed(order, names, outputs)
    if order in ("sorted", "frequency") and reading.declared:
        names = list(dict.fromkeys([*names, *reading.declared]))  # a class that is declared has its output
    if order == "frequency":
        times = dict(zip(counts.classes, counts.positives.tolist(), strict=True))
        classes = sorted(encoded(names), key=lambda name: -times.get(name, 0))
    elif order == "appearance":
        classes = names
    elif order is None and reading.declared:
        listed = set(reading.declared)
        classes = [*reading.declared, *encoded([name for name in names if name not in listed])]
    elif order is None and not reading.appeared:
        classes = list(counts.classes)  # columns, as they stand
    else:
        classes = placed(names, outputs if outputs is not None else lengths(names)[0])
    if counts.task == "binary" and len(classes) == 2 and order in (None, "sorted"):
        classes = list(counts.classes) if "positive" in reading.settings else negative_first(classes, classes)
    if outputs is None or outputs == len(classes) or (len(classes) == 2 and outputs == 1):
        return classes
    if order is not None:
        raise _misfit(classes, outputs)
    return placed(classes, outputs)


def _listed(order: Sequence[Any], names: Sequence[str], outputs: int | None) -> list[str]:
    """The names that `order` lists, as the file spells them."""
    known = set(names)
    spelled = {str(k): name for k, name in (ids_of(names) or {}).items()}
    classes = [name if name in known else spelled.get(name, name) for name in map(str, order)]
    if len(set(classes)) < len(classes):
        twice = next(name for name, times in Counter(classes).items() if times > 1)
        raise UnreadableLabels(f"order names {twice!r} twice.", "Name every class once.")
    listed = set(classes)
    left = [name for name in names if name not in listed]
    if left:
        raise UnreadableLabels(
            f"order lacks {_some(map(repr, left))}, which the labels hold.",
            "Name every class that occurs.",
        )
    if outputs is not None and outputs != len(classes):
        raise UnreadableLabels(f"order names {len(classes)} classes for outputs={outputs}.", "Pass one of the two.")
    return classes


def _said(reading: Reading, counts: LabelCounts) -> str:
    """What is to be said of ids that stand at other places, or of classes that never occur."""
    ids = ids_of(counts.classes) if reading.appeared else None
    met = set(reading.appeared or counts.classes)
    absent = [name for name in counts.classes if name not in met]
    said = ""
    if ids is not None and min(ids) > 0:
        first = min(ids)
        together = list(ids) == list(range(first, first + len(ids)))
        said = f"; index k is id k + {first}" if together else "; the ids numbered from 0"
    elif ids is not None and absent:
        said = "; index k is id k"
    if absent:
        said += f"; {_some(absent)} never occur{'s' if len(absent) == 1 else ''}"
    return said


def _some(names: Iterable[str]) -> str:
    """The first names, and how many more there are."""
    listed = list(names)
    return ", ".join(listed[:5]) + (f" and {len(listed) - 5:,} more" if len(listed) > 5 else "")


def _question(reading: Reading, choices: tuple[int, ...]) -> Question:
    ids = ids_of(reading.appeared) or {}
    low, high = min(ids), max(ids)
    if low == 1 and high == len(ids):
        text = f"The class ids begin at 1. Does training subtract 1, so that the model has {high} outputs?"
    elif high - low + 1 == len(ids):
        text = f"The class ids begin at {low}. How many outputs does the model have?"
    else:
        text = f"The class ids run from {low} to {high}, with gaps. How many outputs does the model have?"
    return Question("outputs", text, choices)
