"""LabelCounts as one line of text, so that a link can carry them.

``ham10000`` names an example; ``binary:0.01:10000``, ``tail:10:100:12406`` and
``labels:14:0.002:0.2:112120:0`` are made to order; ``counts:multiclass;cat=90;dog=10`` spells them out, and
``z1:`` packs those that are long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast, get_args
from urllib.parse import quote, unquote

from lossviz.counts.label_counts import LabelCounts, Task
from lossviz.labels.given.examples import EXAMPLES
from lossviz.labels.given.packed import MARK, MOST_CLASSES, pack, unpack
from lossviz.labels.given.synthetic import binary_counts, long_tail_counts, multilabel_counts

DEFAULT = "binary:0.01:10000"
# Characters of an address that labels may take: many programs cut links after 8,000, and the page's own come on top.
LONGEST = 7_800
_READABLE = 2_000


def spell_binary(prevalence: float, at_least: int = 10_000) -> str:
    """Two classes made to order, of which `prevalence` are positive to the last digit.

    Examples
    --------
    >>> spell_binary(0.02), spell_binary(1.5e-7)
    ('binary:0.02:10000', 'binary:1.5e-07:100000000')
    """
    digits = -int(Decimal(repr(float(prevalence))).as_tuple().exponent)
    return f"binary:{prevalence:g}:{max(at_least, 10 ** min(digits, 12))}"


@lru_cache(maxsize=256)  # a page asks several times a run
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
    counts = _made(text)
    if not counts.positives.any():
        raise ValueError(f"The labels {_shortened(text)!r} cannot be read: every count is 0, so there are no labels.")
    return counts


def _made(text: str) -> LabelCounts:
    kind, _, rest = text.partition(":")
    try:
        if kind == "counts":
            return _parse_spelled(rest)
        if kind == MARK:
            return unpack(text)
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
    """`counts` as text that `parse_counts` turns into them again: spelled out while that is short, else packed."""
    spelled = f"counts:{';'.join(_fields(counts))}"
    return spelled if address_length(spelled) <= _READABLE else pack(counts) or spelled


def address_length(text: str) -> int:
    """How many characters `text` takes in an address."""
    return len(quote(text, safe=""))


def _fields(counts: LabelCounts) -> list[str]:
    fields: list[str] = [counts.task]
    if counts.unit != "sample":
        fields.append(f"~unit={_quoted(counts.unit)}")
    if counts.source:
        fields.append(f"~source={_quoted(counts.source)}")
    labelled = counts.n_samples if counts.task == "multilabel" else int(counts.positives.sum())
    if counts.task == "multilabel" or labelled != counts.n_samples:
        fields.append(f"~n={counts.n_samples}")
    for k, name in enumerate(counts.classes):
        spelled = [str(counts.positives[k]), "", ""]
        if counts.labelled[k] != labelled:
            spelled[1] = str(counts.negatives[k])
        if counts.support is not None:
            spelled[2] = str(counts.support[k])
        # quote() leaves ~ as it is, which would make an option of a class that begins with it.
        fields.append(f"{_quoted(name, ' ').replace('~', '%7E')}={'/'.join(spelled).rstrip('/')}")
    return fields


def _quoted(text: str, safe: str = "/") -> str:
    return quote(text, safe, errors="surrogatepass")


def _unquoted(text: str) -> str:
    return unquote(text, errors="surrogatepass")


def _parse_spelled(text: str) -> LabelCounts:
    task, *fields = text.split(";")
    options: dict[str, str] = {}
    names: list[str] = []
    positives: list[int] = []
    stated: list[tuple[str, str]] = []
    if task not in get_args(Task):
        raise ValueError(f"{task!r} is no task.")
    if len(fields) > MOST_CLASSES:
        raise ValueError(f"at most {MOST_CLASSES:,} classes can be read.")
    for field in fields:
        name, _, value = field.rpartition("=")
        if name.startswith("~"):
            options[name[1:]] = _unquoted(value)
            continue
        names.append(_unquoted(name))
        positive, negative, support = [*value.split("/"), "", ""][:3]
        positives.append(_number(positive))
        stated.append((negative, support))
    labelled = max(positives, default=0) if task == "multilabel" else sum(positives)
    n_samples = _number(options["n"]) if "n" in options else labelled
    if task == "multilabel":
        labelled = n_samples
    negatives = [_number(n) if n else labelled - p for p, (n, _) in zip(positives, stated, strict=True)]
    supports = [_number(support) for _, support in stated if support]
    return LabelCounts(
        names,
        positives,
        negatives,
        n_samples,
        cast(Task, task),
        options.get("unit", "sample"),
        options.get("source", ""),
        supports or None,
    )


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
