"""What a mean of means does: to the loss in a log, and to an optimiser step of several micro-batches."""

from __future__ import annotations

import streamlit as st

import lossviz
from lossviz import figures
from lossviz.notation import number, percent
from lossviz.snippets.batches import cosines_snippet, epoch_snippet, exact_step_snippet
from ui.shared.charts import show as show_figure
from ui.shared.charts import show_code
from ui.shared.controls import bound_number, choice
from ui.shared.prose import prose

_PAGE = "batch_size"
_ROWS = {str(rows): str(rows) for rows in (32, 64, 128, 256, 512)}
_PARTS = {str(parts): str(parts) for parts in (1, 2, 4, 8, 16, 32)}


def show_epoch(prevalence: float, weight: float, batch_size: int) -> None:
    """The loss that a training log shows, for rows whose loss depends on their class alone."""
    st.subheader("The loss in your log", anchor=False)
    question = st.empty()
    with st.container(horizontal=True):
        of_rare = _loss_field("Loss of a rare row", 2.0, key="loss_of_rare")
        of_common = _loss_field("Loss of another row", 0.1, key="loss_of_common")
    said = {"rare": number(of_rare), "common": number(of_common), "batch_size": f"{batch_size:,}"}
    question.markdown(prose(_PAGE, "epoch_question", **said))
    means = lossviz.epoch_means(prevalence, weight, batch_size, loss_of_rare=of_rare, loss_of_common=of_common)
    whole, of_batches = (sorted(mean.tolist()) for mean in means)
    middle, tenth = (len(whole) - 1) // 2, len(whole) // 20
    with st.container(horizontal=True):
        for label, each in (("weighted mean of all rows", whole), ("mean over the batches", of_batches)):
            band = f"{number(each[tenth], 3)} to {number(each[-tenth - 1], 3)} in nine of ten epochs"
            st.metric(label, number(each[middle], 3), border=True, delta=band, delta_arrow="off", delta_color="off")
    medians = [number(each[middle], 3) for each in (whole, of_batches)]
    section = "epoch_same" if medians[0] == medians[1] else "epoch_unweighted" if batch_size == 1 else "epoch"
    st.markdown(prose(_PAGE, section, mean=medians[0]))
    show_code(epoch_snippet(prevalence, weight, batch_size, of_rare, of_common), key="epoch")


def _loss_field(label: str, value: float, *, key: str) -> float:
    typed = bound_number(label, 0.0, 100.0, value, key=key, step=0.1)
    return value if typed is None else typed


def show_step(prevalence: float, weight: float) -> None:
    """One step cut into micro-batches, at the prevalence and weight of the chart."""
    st.subheader("Accumulated gradients, several workers", anchor=False)
    question = st.empty()
    with st.container(horizontal=True, gap="large"):
        rows = int(choice("Rows of one optimiser step", _ROWS, key="step_rows", default="256"))
        parts = int(choice("Micro-batches (accumulation steps × workers)", _PARTS, key="micro_batches", default="8"))
    micro_batch, rare = rows // parts, min(max(1, round(prevalence * rows)), rows)
    cuts = [part for part in (1, 2, 4, 8, 16, 32, 64, 128, 256) if part <= rows]
    cosines = lossviz.gradient_cosines(rows, rare, weight, [rows // cut for cut in cuts])
    chosen = cosines[cuts.index(parts)]
    asked = "accumulation_question" if parts > 1 else "accumulation_question_one"
    question.markdown(prose(_PAGE, asked, rows=str(rows), parts=str(parts)))
    show_figure(
        figures.cosines_figure(cuts, cosines, parts),
        key="cosines",
        alt="Cosine between the step of micro-batches and the gradient of all rows, over the number of micro-batches",
        code=cosines_snippet(rows, rare, weight, micro_batch),
    )
    left = lossviz.effective_weight(prevalence, weight, [micro_batch, rows]).tolist()
    said = {
        "rows": str(rows),
        "parts": str(parts),
        "micro_batch": str(micro_batch),
        "rare": str(rare),
        "draws": str(len(chosen)),
        "effective": number(left[0], 3),
        "whole": number(left[1], 3),
        "cosine": number(chosen.median().item(), 2),
        "uphill": percent((chosen < 0).double().mean().item(), 2),
    }
    same = "_one" if parts == 1 else "_same" if said["effective"] == said["whole"] else ""
    st.markdown(prose(_PAGE, f"accumulation{same}", **said))
    st.markdown(prose(_PAGE, "simulated", **said))
    st.markdown(prose(_PAGE, "exact"))
    with st.expander("The exact step, as code", icon=":material/code:", key="exact_step"):
        st.code(exact_step_snippet(rows, rare, weight, micro_batch), language="python", wrap_lines=True)
