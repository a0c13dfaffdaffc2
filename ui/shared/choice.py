"""The person's choice of weights and loss: kept in the address, shown in the sidebar, followed by every page."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from lossviz.counts.label_counts import LabelCounts
from lossviz.notation import number
from ui.shared import address, labels
from ui.shared.prose import named, plain, prose

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from lossviz.choice.choice import Choice

KEY, SECOND = "choice", "b"
_OWN, _MOVED = "choice:own", "choice:moved"
_PLAIN = "default"  # how a second choice that is the default one is spelled: an empty text is none


def carry() -> None:
    """Bind both choices to the address; called once per run, by the frame."""
    st.session_state.pop(_MOVED, None)
    address.carry(KEY, "Choice")
    address.carry(SECOND, "Second choice")


def current() -> Choice:
    """The choice that every page follows; the default one where the address cannot be read."""
    return _read(KEY)[0]


def second() -> Choice | None:
    """The choice that is kept beside it, if there is one."""
    spelled = address.text(SECOND)
    if not spelled:
        return None
    found, problem = _read(SECOND)
    return None if problem else found


def _read(key: str) -> tuple[Choice, str]:
    """The choice under `key`, and what is wrong with the address, if anything."""
    return _of(labels.current(), address.text(key).removeprefix(_PLAIN), tuple(st.session_state.get(_OWN, ())))


@lru_cache(maxsize=256)
def _of(counts: LabelCounts, spelled: str, own: tuple[tuple[str, float], ...]) -> tuple[Choice, str]:
    from lossviz.choice.choice import Choice

    try:
        choice, problem = Choice.made_of(counts, spelled), ""
        _ = choice.exact
    except ValueError as error:
        choice, problem = Choice(counts), str(error)
        by_name = dict(own)
        if "weights=" in spelled and set(by_name) == set(choice.names):  # the same classes in another order
            return choice.changed(weights=tuple(by_name[name] for name in choice.names)), ""
    try:
        _ = choice.exact
    except ValueError as error:  # nothing to weigh, as where all counts are 0
        return Choice(counts, weights=(1.0,) * len(choice.names)), str(error)
    return choice, problem


def take(choice: Choice, key: str = KEY) -> None:
    """Make `choice` the one that is followed; for use in a callback."""
    if choice.weights is not None:
        st.session_state[_OWN] = tuple(zip(choice.names, choice.weights, strict=True))
    address.put(key, choice.spelled)
    moved()


def moved() -> None:
    """Let the whole page run, also where the control that was turned belongs to a fragment."""
    st.session_state[_MOVED] = True


def settle() -> None:
    """At the start of a fragment: run the whole page if a control of the fragment has changed what all follow."""
    if _MOVED in st.session_state:
        st.rerun()


def keep() -> None:
    """Keep the choice as the second one; for use in a callback."""
    address.put(SECOND, address.text(KEY) or _PLAIN)


def swap() -> None:
    """Let the two choices change places; for use in a callback."""
    one, other = address.text(KEY) or _PLAIN, address.text(SECOND)
    address.put(KEY, other.removeprefix(_PLAIN))
    address.put(SECOND, one)


def drop() -> None:
    """Forget the second choice; for use in a callback."""
    address.put(SECOND, "")


def glance(place: DeltaGenerator) -> None:
    """The choice in short lines, with the second one below it."""
    choice, problem = _read(KEY)
    with place:
        if problem:
            st.warning(f"{plain(problem)} {prose('choice', 'unfit')}", icon=":material/link_off:")
        st.markdown(_lines(choice))
        other = second()
        if other is None:
            st.button("Keep as B, to compare", icon=":material/add:", key="choice:keep", on_click=keep)
            return
        st.markdown(f"**B**  \n{_lines(other)}")
        with st.container(horizontal=True):
            st.button("Swap", icon=":material/swap_vert:", key="choice:swap", on_click=swap)
            st.button("Drop B", icon=":material/close:", key="choice:drop", on_click=drop)


def _lines(choice: Choice) -> str:
    return f":material/balance: {weights_line(choice)}  \n:material/show_chart: {loss_line(choice)}"


def weights_line(choice: Choice) -> str:
    """Scheme and weight of the class to watch, as Markdown."""
    k = choice.counts.rarest
    name = named(choice.names[-1] if len(choice.names) == 1 else choice.names[k])
    weight = number(choice.exact[0 if len(choice.names) == 1 else k].item())
    return f"{choice.argument.replace('_', chr(92) + '_')} **{weight}** of {name}, {scheme_name(choice)}"


def scheme_name(choice: Choice) -> str:
    """The scheme in a word or two."""
    import lossviz

    if choice.own:
        return "my own numbers"
    return str(lossviz.SCHEMES[choice.scheme].title).lower().replace("enet", "ENet")


def loss_line(choice: Choice) -> str:
    """The loss and those of its knobs that are set, as Markdown."""
    import lossviz

    loss = lossviz.LOSSES[str(choice.loss)]
    symbols = {knob.name: knob.symbol for knob in loss.knobs}
    values: dict[str, Any] = dict(choice.knobs)
    said = ", ".join(f"{symbols[name]} {'off' if value is None else number(value)}" for name, value in values.items())
    return f"**{plain(loss.label)}**" + (f", {plain(said)}" if said else "")
