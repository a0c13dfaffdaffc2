"""Where a page's own knobs have left the choice: what is the person's, what stands here, and the way either way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import streamlit as st

import lossviz
from lossviz.notation import number
from ui.live_chart import set_values
from ui.shared import choice
from ui.shared.prose import plain, prose

if TYPE_CHECKING:
    from lossviz.choice.choice import Choice

Knobs = Mapping[str, float | None]
_SAME = 1e-5  # knobs have six digits


def departures(yours: Knobs, here: Knobs) -> dict[str, tuple[float | None, float | None]]:
    """The knobs that stand elsewhere than the choice has them: its value, and the one here."""
    both = {name: (value, here[name]) for name, value in yours.items() if name in here}
    return {name: pair for name, pair in both.items() if not _alike(*pair)}


def show(
    chart: str,
    yours: Knobs,
    here: Knobs,
    names: Mapping[str, str],
    made: Callable[[], Choice],
    back: Callable[[str, Knobs], None] = set_values,
) -> None:
    """One line and two buttons where `here` has left `yours`; `chart` is the live chart whose knobs these are.

    `names` says how a knob is called, `made` makes the choice that stands here, and `back` sets the knobs.
    """
    left = departures(yours, here)
    with st.container(horizontal=True, vertical_alignment="center", key=f"{chart}:departure"):
        if not left:
            return
        said = "; ".join(
            f"{names.get(name, name)}: yours {_spelled(own)}, here {_spelled(value)}"
            for name, (own, value) in left.items()
        )
        st.markdown(prose("choice", "departed", said=plain(said)), width="stretch")
        st.button("Make it my choice", icon=":material/check:", key=f"{chart}:mine", on_click=_take, args=(made,))
        own = {name: pair[0] for name, pair in left.items()}
        st.button("Back to mine", icon=":material/undo:", key=f"{chart}:back", on_click=back, args=(chart, own))


def loss(chart: str, key_values: Mapping[str, Knobs], k: int) -> None:
    """Which of the losses is the person's, and where its knobs have left the choice for class `k`.

    `key_values` has the knob values of every loss that is shown.
    """
    now = choice.current()
    titles = {key: lossviz.LOSSES[key].label for key in now.losses if key in key_values}
    if now.loss not in titles:
        titles[str(now.loss)] = lossviz.LOSSES[str(now.loss)].label
    state, widget = st.session_state, f"{chart}:loss"
    if state.get(widget) != now.loss:
        state[widget] = now.loss

    def picked() -> None:
        key = str(st.session_state[widget])
        knobs = {name: value for name, value in key_values.get(key, {}).items() if name not in lossviz.OWN_KNOBS}
        choice.take(choice.current().with_loss(key, k, knobs))

    st.segmented_control(
        "My loss", list(titles), format_func=titles.__getitem__, key=widget, required=True, on_change=picked
    )
    key, here = str(now.loss), key_values.get(str(now.loss))
    if here is None:
        return
    symbols = {f"{key}.{knob.name}": f"{titles[key]} {knob.symbol}" for knob in lossviz.LOSSES[key].knobs}
    prefixed = {f"{key}.{name}": value for name, value in here.items()}
    knobs = {knob.name: knob for knob in lossviz.LOSSES[key].knobs}
    yours = {f"{key}.{name}": knobs[name].nearest(value) for name, value in now.knob_values(k).items()}
    show(chart, yours, prefixed, symbols, lambda: choice.current().with_loss(key, k, here))


def second() -> None:
    """What the thin lines are, where a second choice is kept."""
    other = choice.second()
    with st.container(key="departure:second"):
        if other is not None:
            said = {"weights": choice.weights_line(other), "loss": choice.loss_line(other)}
            st.caption(prose("choice", "beside", **said))


def _take(made: Callable[[], Choice]) -> None:
    choice.take(made())


def _alike(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _SAME * max(abs(one), abs(other))


def _spelled(value: float | None) -> str:
    return "off" if value is None else number(value)
