"""pos_weight and class weights of your labels under every scheme, ready to paste."""

import streamlit as st

import lossviz
from lossviz import figures
from lossviz.notation import number
from lossviz.snippets import class_weights_snippet, loss_snippet, pos_weight_snippet
from ui import labels, weight_controls, weight_price
from ui.charts import show
from ui.controls import choice
from ui.downloads import weight_downloads
from ui.page import begin
from ui.prose import plain, prose

TITLE = "Weights"
ICON = ":material/balance:"
SECTION = "Your labels"
RANK = 2

begin("weights", TITLE)

counts = labels.current()
target = choice("The weights are for", weight_controls.targets(counts), key="weights_for")
st.markdown(prose("weights", target))

scheme = ""
if target == "pos_weight":
    options = weight_controls.pos_weight_options()
    weights = weight_controls.tried(lambda: lossviz.pos_weight(counts, **options))
    names = counts.classes[1:] if counts.task == "binary" else counts.classes
    argument, loss = "pos_weight", "BCEWithLogitsLoss"
    k = 0 if counts.task == "binary" else counts.rarest
    with st.container(horizontal=True):
        st.metric(f"pos_weight of {plain(names[k])}", number(weights[k].item(), 5))
        st.metric("shape of the tensor", str(tuple(weights.shape)))
    show(
        figures.pos_weight_figure(counts, weights),
        key="pos_weight",
        alt=f"pos_weight of {len(names)} labels, largest first",
        code=pos_weight_snippet(counts, options),
    )
    table = weight_controls.pos_weight_table(counts, weights)
else:
    scheme, options = weight_controls.scheme_options()
    everything = weight_controls.tried(
        lambda: {key: lossviz.class_weights(counts, key, **options) for key in lossviz.SCHEMES}
    )
    weights, names = everything[scheme], counts.classes
    argument, loss = "weight", "CrossEntropyLoss" if target == "class_weight" else "BCEWithLogitsLoss"
    with st.container(horizontal=True):
        st.metric(f"weight of {plain(names[counts.rarest])}", number(weights[counts.rarest].item(), 5))
        st.metric("shape of the tensor", str(tuple(weights.shape)))
    show(
        figures.schemes_figure(
            counts, everything, {key: entry.title for key, entry in lossviz.SCHEMES.items()}, scheme
        ),
        key="schemes",
        alt=f"Weights of {len(names)} classes under every scheme",
        code=class_weights_snippet(counts, scheme, options),
    )
    table = weight_controls.scheme_table(counts, everything)

st.dataframe(table, hide_index=True, alt="Weights of every class")

st.subheader(f"Paste this into your training script: `{loss}({argument}=...)`", anchor=False)
st.markdown(prose("weights", "order", names=labels.listed(names)))
st.code(loss_snippet(argument, weights, names, loss), language="python", wrap_lines=True)
weight_downloads(counts, names, weights, loss=loss, argument=argument)

st.markdown(prose("weights", f"share_{argument}"))
before, after, code = weight_controls.shares(counts, weights, argument, scheme, options)
show(
    figures.shares_figure(counts, before, after),
    key="shares",
    alt="Share of the total weight of each class, as counted and weighted",
    code=code,
)

weight_price.show(counts, weights, argument)
