"""What CrossEntropyLoss divides by when it has class weights, row by row."""

import streamlit as st

import lossviz
from lossviz import figures
from lossviz.notation import number
from lossviz.snippets.batches import batch_snippet
from ui.shared.charts import show
from ui.shared.controls import choice
from ui.shared.page import begin
from ui.shared.prose import prose
from ui.weighted_mean import batch_editor, smoothing_chart

TITLE = "The weighted mean"
ICON = ":material/functions:"
SECTION = "What they do"
RANK = 4

begin("weighted_mean", TITLE)

presets = batch_editor.presets()
preset = presets[choice("Batch", {key: batch.title for key, batch in presets.items()}, key="batch")]
st.markdown(batch_editor.lesson(preset))
rows, controls = st.columns([3, 2], gap="large")
with rows:
    logits, targets = batch_editor.batch_table(preset)
with controls:
    weights = batch_editor.weight_fields(preset)
batch = batch_editor.tried(logits, targets, weights)

with controls, st.container(horizontal=True):
    st.metric('torch, reduction="mean"', number(batch.weighted_mean), border=True)
    st.metric("sum over N", number(batch.plain_mean), border=True)
    batch_editor.second(preset, logits, targets)
with controls:
    means = {"sum_of_weights": number(batch.sum_of_weights), "n": str(batch.n)}
    means["unweighted"] = number(batch.unweighted_mean)
    batch_editor.show_ignored(batch)
    st.markdown(prose("weighted_mean", "two_means", **means))
    for formula in batch_editor.formulas(batch):
        st.latex(formula)
    st.markdown(batch_editor.one_hot_sentence(batch))

st.dataframe(batch_editor.row_table(batch, targets), hide_index=True, alt="Loss, weight and share of every row")
show(
    figures.rows_figure(batch, targets),
    key="rows",
    alt="Each row's part of the weighted mean",
    code=batch_snippet(logits, targets, weights),
)

ten = lossviz.weighted_mean(logits, targets, 10 * weights)
scale = {
    "weighted": number(ten.weighted_mean),
    "plain": number(batch.plain_mean),
    "plain_ten": number(ten.plain_mean),
}
st.markdown(prose("weighted_mean", "scale", **scale))

which = int(choice("Class whose weight moves", batch_editor.class_names(weights), key="which", default="1"))
st.markdown(batch_editor.sweep_sentence(batch, targets, which))
show(
    figures.sweep_figure(logits, targets, weights, which),
    key="sweep",
    alt=f"Both means over the weight of class {which}",
    code=batch_snippet(logits, targets, weights),
)

smoothing_chart.show()
smoothing_chart.show_bce()
