"""Your labels: choose a data set, set an imbalance, type counts or upload a file."""

import streamlit as st

from lossviz import figures
from lossviz.snippets.labels import labels_snippet
from ui.labels import class_order, revising, sources, table
from ui.shared import labels
from ui.shared.charts import show
from ui.shared.controls import choice
from ui.shared.page import begin
from ui.shared.prose import prose

TITLE = "Labels"
ICON = ":material/label:"
SECTION = "Your labels"
RANK = 1

begin("labels", TITLE)

text = labels.text()
counts = labels.current()
with st.container(border=True, key="ways"):
    way = choice("Labels from", sources.ways(), key="way", default=sources.way_of(text))
    sources.show(way, text, counts)

st.markdown(labels.sentence(counts))
table.concerns(counts)
if way not in sources.FILES:  # a file's own question says the same
    revising.missing(counts)

if counts.n_classes > figures.MOST_BARS:
    figure, order = figures.tail_figure(counts), "over their rank, both axes logarithmic"
else:
    log = choice("Scale", {"linear": "linear", "log": "logarithmic"}, key="count_scale") == "log"
    figure, order = figures.counts_figure(counts, log=log), "most frequent first"
show(
    figure,
    key="counts",
    alt=f"{counts.unit} counts of {counts.n_classes} classes, {order}",
    code=labels_snippet(counts),
)
st.caption(prose("labels", "sorted_chart"))
class_order.show(counts)
table.show(counts)
table.pairs(counts)
revising.show(counts)
