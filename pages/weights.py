"""pos_weight and class weights of your labels under every scheme, ready to paste."""

import streamlit as st

from lossviz import figures
from lossviz.notation import number
from lossviz.snippets.choice import choice_snippet
from ui.shared import class_table, labels
from ui.shared.charts import show
from ui.shared.downloads import MOST_PASTED, weight_code
from ui.shared.page import begin
from ui.shared.prose import named, prose
from ui.weights import controls, price, tables

TITLE = "Weights"
ICON = ":material/balance:"
SECTION = "Your labels"
RANK = 2

begin("weights", TITLE)

chosen = controls.chosen()
counts, names, weights, argument = chosen.counts, chosen.names, chosen.exact, chosen.argument
if not counts.labelled.any():
    st.stop()  # the sidebar says that there is nothing to weigh
k = 0 if len(names) == 1 else counts.rarest
with st.container(horizontal=True):
    st.metric(f"{argument} of {named(names[k])}", number(weights[k].item(), 5))
    st.metric("shape of the tensor", str(tuple(weights.shape)))
everything = tables.every_scheme(chosen)
if argument == "pos_weight":
    show(
        figures.pos_weight_figure(counts, weights),
        key="pos_weight",
        alt=f"pos_weight of {len(names)} labels, largest first",
        code=choice_snippet(chosen),
    )
else:
    show(
        figures.schemes_figure(counts, everything, tables.titles(), "own" if chosen.own else chosen.scheme),
        key="schemes",
        alt=f"Weights of {len(names)} classes under every scheme",
        code=choice_snippet(chosen),
    )

loss = chosen.code
st.subheader(f"Paste this into your training script: `{loss}`", anchor=False)
if len(names) <= MOST_PASTED:
    st.markdown(prose("weights", "order", names=labels.listed(names)))
weight_code(counts, names, weights, loss=loss, argument=argument)

class_table.show(
    tables.weight_table(chosen, everything),
    key="weights",
    alt="Weights of every class, in the order of the outputs",
    hide_index=False,
)

st.markdown(prose("weights", f"share_{argument}"))
before, after, code = tables.shares(chosen)
show(
    figures.shares_figure(counts, before, after),
    key="shares",
    alt="Share of the total weight of each class, as counted and weighted",
    code=code,
)

price.show(chosen)
