"""LabelCounts as one line of text, so that a link can carry them.

``ham10000`` names an example; ``binary:0.01:10000``, ``tail:10:100:12406`` and
``labels:14:0.002:0.2:112120:0`` are made to order; ``counts:multiclass;cat=90;dog=10`` spells them out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast
from urllib.parse import quote, unquote

from lossviz.counts import LabelCounts, Task
from lossviz.labels.examples import EXAMPLES
from lossviz.labels.synthetic import binary_counts, long_tail_counts, multilabel_counts

DEFAULT = "binary:0.01:10000"
LONGEST = 8000
MOST_CLASSES = 10_000


def parse_counts(text: str) -> LabelCounts:
    """The counts that `text` stands for.

    Raises
    ------
    ValueError
        With one sentence, if it stands for none.

    Examples
    --------
    >>> parse_counts("counts:multiclass;cat=90;dog=10").positives.tolist()
    [90, 10]
    """
    if text in EXAMPLES:
        return EXAMPLES[text].counts
    kind, _, rest = text.partition(":")
    try:
        if kind == "counts":
            return _parse_spelled(rest)
        if kind in _MADE:
            make, *kinds = _MADE[kind]
            numbers = _numbers(rest, kinds)
            if numbers[0] > MOST_CLASSES:
                raise ValueError(f"at most {MOST_CLASSES:,} classes can be made to order.")
            return cast(LabelCounts, make(*numbers))
    except (OverflowError, ValueError) as error:
        raise ValueError(f"The labels {_shortened(text)!r} cannot be read: {error}") from error
    raise ValueError(f"The labels {_shortened(text)!r} are neither an example nor counts.")


_MADE: dict[str, tuple[Callable[..., Any], ...]] = {
    "binary": (binary_counts, float, int),
    "tail": (long_tail_counts, int, float, int),
    "labels": (multilabel_counts, int, float, float, int, int),
}


def _numbers(text: str, kinds: Sequence[Callable[[str], float]]) -> list[float]:
    parts = text.split(":")
    if len(parts) != len(kinds):
        raise ValueError(f"{len(kinds)} numbers are needed, {len(parts)} are given.")
    return [_number(part, kind) for part, kind in zip(parts, kinds, strict=True)]


def _number(text: str, kind: Callable[[str], Any] = int) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{_shortened(text)!r} is no {'whole ' if kind is int else ''}number.") from None


def spell_counts(counts: LabelCounts) -> str:
    """`counts` as text that `parse_counts` turns into them again."""
    exclusive = counts.task != "multilabel"
    fields: list[str] = [counts.task]
    if counts.unit != "sample":
        fields.append(f"~unit={quote(counts.unit)}")
    if counts.source:
        fields.append(f"~source={quote(counts.source)}")
    labelled = counts.labelled
    if not exclusive or (labelled != counts.n_samples).any():
        fields.append(f"~n={counts.n_samples}")
    for k, name in enumerate(counts.classes):
        spelled = str(counts.positives[k])
        if not exclusive and labelled[k] != counts.n_samples:
            spelled += f"/{counts.negatives[k]}"
        # quote() leaves ~ as it is, which would make an option of a class that begins with it.
        fields.append(f"{quote(name, safe=' ').replace('~', '%7E')}={spelled}")
    return "counts:" + ";".join(fields)


def _parse_spelled(text: str) -> LabelCounts:
    task, *fields = text.split(";")
    options: dict[str, str] = {}
    names: list[str] = []
    positives: list[int] = []
    negatives: list[int | None] = []
    for field in fields:
        name, _, value = field.rpartition("=")
        if name.startswith("~"):
            options[name[1:]] = unquote(value)
            continue
        positive, _, negative = value.partition("/")
        names.append(unquote(name))
        positives.append(_number(positive))
        negatives.append(_number(negative) if negative else None)
    unit, source = options.get("unit", "sample"), options.get("source", "")
    if task in ("binary", "multiclass", "segmentation"):
        missing = _number(options.get("n", str(sum(positives)))) - sum(positives)
        if missing < 0:
            raise ValueError("there are more labels than samples.")
        rare = names[1] if task == "binary" and len(names) == 2 else None
        return LabelCounts.exclusive(
            names, positives, missing=missing, positive=rare, task=cast(Task, task), unit=unit, source=source
        )
    if task != "multilabel":
        raise ValueError(f"{task!r} is no task.")
    n_samples = _number(options["n"]) if "n" in options else max(positives, default=0)
    known = [n_samples - p if n is None else n for p, n in zip(positives, negatives, strict=True)]
    return LabelCounts(tuple(names), positives, known, n_samples, "multilabel", unit, source)


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
