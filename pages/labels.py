"""Your labels: choose a data set, set an imbalance, type counts or upload a file."""

import streamlit as st

from lossviz import figures
from lossviz.snippets import labels_snippet
from ui import label_sources, labels
from ui.charts import show
from ui.controls import choice
from ui.page import begin
from ui.prose import prose

TITLE = "Labels"
ICON = ":material/label:"
SECTION = "Your labels"
RANK = 1

begin("labels", TITLE)

text = labels.text()
counts = labels.current()
with st.container(border=True):
    way = choice("Labels from", label_sources.WAYS, key="way", default=label_sources.way_of(text))
    label_sources.show(way, text, counts)

st.markdown(labels.sentence(counts))
for concern in ("without_positives", "without_negatives", "with_missing"):
    names = getattr(counts, concern)
    if names:
        st.warning(prose("labels", concern, names=labels.listed(names)), icon=":material/warning:")

log = choice("Scale", {"linear": "linear", "log": "logarithmic"}, key="count_scale") == "log"
show(
    figures.counts_figure(counts, log=log),
    key="counts",
    alt=f"{counts.unit} counts of {counts.n_classes} classes, most frequent first",
    code=labels_snippet(counts),
)
st.dataframe(label_sources.counts_table(counts), hide_index=True, alt="Counts per class")
