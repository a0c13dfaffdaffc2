"""The counts per class as a table to search and sort, and what the rows of a file say of pairs of labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

import lossviz
from lossviz import figures
from lossviz.counts.label_counts import LabelCounts
from lossviz.snippets.labels import together_snippet
from ui.labels import facts as label_facts
from ui.shared import class_table, labels
from ui.shared.charts import show as show_chart
from ui.shared.prose import named, prose

_WHOLE = ("positives", "negatives", "missing", "uncertain")


def counts_table(counts: LabelCounts) -> pd.DataFrame:
    """The counts and balanced weights per class, in the order of the model's outputs.

    Missing and uncertain labels stand there where there are any, and a note where classes never occur.
    """
    rows = pd.DataFrame(
        {
            "class": counts.classes,
            "positives": counts.positives,
            "negatives": counts.negatives,
            "missing": counts.missing,
            "prevalence, %": 100 * counts.prevalence,
        }
    )
    facts = label_facts.current(counts)
    for mark, found in (facts.marks if facts is not None else {}).items():
        rows[mark] = [found.get(name, 0) for name in counts.classes]
    if facts is not None and "missing" not in facts.marks and label_facts.uncertain_is_missing(counts):
        rows["missing"] = counts.missing - rows["uncertain"]
    for mark in ("missing", "uncertain"):
        if mark in rows and not rows[mark].any():
            rows = rows.drop(columns=mark)
    weight = "balanced pos_weight" if counts.task == "multilabel" else "balanced weight"
    weigh = lossviz.pos_weight if counts.task == "multilabel" else lossviz.class_weights
    rows[weight] = weigh(counts).double().numpy() if counts.positives.any() else np.nan
    order = [name for name in ("class", "positives", weight, *_WHOLE[1:]) if name in rows]
    rows = rows[[*order, "prevalence, %"]]
    never = set(lossviz.never_occurs(counts))
    if never:
        rows["note"] = ["never occurs" if name in never else "" for name in counts.classes]
    rows.index.name = "index"
    return rows


def show(counts: LabelCounts) -> None:
    """The table, and below it what the policies are for labels that are not known."""
    class_table.show(
        counts_table(counts),
        key="counts",
        column_config={name: st.column_config.NumberColumn(format="localized") for name in _WHOLE}
        | {
            "class": st.column_config.TextColumn("class", pinned=True),
            **{
                name: st.column_config.NumberColumn(format="%.4g")
                for name in ("prevalence, %", "balanced weight", "balanced pos_weight")
            },
        },
        hide_index=False,
        alt="Counts per class",
    )
    facts = label_facts.current(counts)
    for mark, policy in (facts.policies if facts is not None else {}).items():
        st.caption(prose("labels", f"{mark}_{policy}"))


def concerns(counts: LabelCounts) -> None:
    """The labels about which little or nothing can be learned, by name, with what to do."""
    for concern, names in lossviz.concerns(counts).items():
        st.warning(prose("labels", concern, names=labels.listed(names)), icon=":material/warning:")
    groups = label_facts.alike(counts)
    if groups:
        listed = "; ".join(labels.listed(group) for group in groups[:6])
        st.warning(prose("labels", "alike", names=listed), icon=":material/content_copy:")


def pairs(counts: LabelCounts) -> None:
    """A heat map of the most frequent labels, where the rows are known."""
    known = label_facts.pairs_of(counts)
    if known is None:
        return
    classes, together = known
    st.subheader("Labels that stand together", anchor=False)
    st.markdown(prose("labels", "pairs", sentence=_strongest(classes, together)))
    show_chart(
        figures.cooccurrence_figure(classes, together),
        key="pairs",
        alt=f"Heat map of {len(classes)} labels: share of the samples with one that bear the other",
        code=together_snippet(classes, together.tolist()),
    )


def _strongest(classes: tuple[str, ...], together: np.ndarray) -> str:
    """The pair of labels that stand together most often."""
    apart = together.copy()
    np.fill_diagonal(apart, -1)
    i, j = np.unravel_index(int(apart.argmax()), apart.shape)
    return prose("labels", "strongest", one=named(classes[i]), other=named(classes[j]), n=f"{int(together[i, j]):,}")
