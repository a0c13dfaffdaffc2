"""What only the rows of a file know beyond the counts: which labels stand together, and which are uncertain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import streamlit as st

import lossviz
from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.inspection import Inspection, Reading
from ui.shared import uploads

if TYPE_CHECKING:
    from lossviz.labels.cooccurrence import Cooccurrence

MOST_BYTES = 16_000_000
_KEY = "labels:facts"

T = TypeVar("T")


@dataclass(frozen=True)
class Source:
    """What the reader takes, by a `key` that changes with its content, and as `code` that names it."""

    key: str
    open: Callable[[], Any]
    name: str
    code: str
    size: int


@dataclass(frozen=True, eq=False)
class Facts:
    """Of one file: pairs of labels, marks such as "uncertain" per label, and the policy for each mark.

    `appeared` are the classes in the order in which they are met.
    """

    counts: LabelCounts
    pairs: Cooccurrence | None
    marks: Mapping[str, Mapping[str, int]]
    policies: Mapping[str, str]
    appeared: tuple[str, ...] = ()


def remember(source: Source, inspection: Inspection, reading: Reading) -> None:
    """Keep what the rows of the chosen reading know."""
    pairs = None
    if reading.counts.task == "multilabel" and source.size <= MOST_BYTES:
        pairs = _pairs(source.key, dict(reading.settings), source, reading)
    marks = {mark: found for mark in ("missing", "uncertain") if (found := _marks(inspection, reading, mark))}
    policies = {mark: str(reading.settings.get(mark) or "missing") for mark in marks}
    st.session_state[_KEY] = Facts(reading.counts, pairs, marks, policies, reading.appeared)


def current(counts: LabelCounts) -> Facts | None:
    """What is known of the rows of `counts`, if they come from the file that was read last."""
    facts: Facts | None = st.session_state.get(_KEY)
    if facts is None or (facts.counts.source, facts.counts.n_samples) != (counts.source, counts.n_samples):
        return None
    return facts


def pairs_of(counts: LabelCounts) -> tuple[tuple[str, ...], np.ndarray] | None:
    """The labels of `counts` whose pairs are known, with the samples that bear both."""
    facts = current(counts)
    if facts is None or facts.pairs is None:
        return None
    positives = dict(zip(counts.classes, counts.positives.tolist(), strict=True))
    own = np.diag(facts.pairs.together)
    kept = [k for k, name in enumerate(facts.pairs.classes) if positives.get(name) == own[k]]
    if len(kept) < 2:
        return None
    return tuple(facts.pairs.classes[k] for k in kept), facts.pairs.together[np.ix_(kept, kept)]


def uncertain_is_missing(counts: LabelCounts) -> bool:
    """Whether uncertain labels are among the missing ones of `counts`."""
    facts = current(counts)
    return facts is not None and facts.policies.get("uncertain") == "missing"


def alike(counts: LabelCounts) -> list[tuple[str, ...]]:
    """Labels of `counts` that stand on exactly the same samples."""
    facts = current(counts)
    groups = facts.pairs.alike if facts is not None and facts.pairs is not None else ()
    left = [tuple(name for name in group if name in counts.classes) for group in groups]
    return [group for group in left if len(group) > 1]


def _marks(inspection: Inspection, reading: Reading, mark: str) -> dict[str, int]:
    """How often each label bears a mark: what counting it as positive adds to leaving it out."""
    others = {key: value for key, value in reading.settings.items() if key != mark}
    under = {
        str(each.settings[mark]): dict(zip(each.counts.classes, each.counts.positives.tolist(), strict=True))
        for each in (*inspection.readings, reading)
        if mark in each.settings and {k: v for k, v in each.settings.items() if k != mark} == others
    }
    if "positive" not in under or not {"missing", "negative"} & set(under):
        return {}
    without = under.get("missing", under.get("negative", {}))
    return {name: n - without.get(name, 0) for name, n in under["positive"].items()}


@st.cache_data(scope="session", max_entries=8, show_spinner="Counting which labels stand together")
def _pairs(key: str, settings: dict[str, object], _source: Source, _reading: Reading) -> Cooccurrence | None:
    return read_apart(lossviz.cooccurrence, _source, _reading)


def read_apart(function: Callable[..., T], source: Source, *arguments: Any, **settings: Any) -> T:
    """What a reader gives of a source, in a process that ends when the visitor goes or moves on."""
    return uploads.read_apart(function, source.open(), *arguments, filename=source.name, **settings)
