"""The frame around every page: configuration, menu, the person's labels at a glance."""

from pathlib import Path

import streamlit as st

from ui.serving.loading import loaded
from ui.shared import address, choice, labels
from ui.shared.page import cards

st.set_page_config(
    page_title="lossviz", page_icon=str(Path(__file__).parent / "icon.png"), layout="wide", menu_items={"About": None}
)

sections: dict[str, list[st.Page]] = {}
for card in cards():
    page = st.Page(
        card.path, title=card.title, icon=card.icon, help=card.help, url_path=card.name, default=card.rank == 0
    )
    sections.setdefault(card.section, []).append(page)
chosen = st.navigation(sections)
with st.sidebar:
    place, fields = st.container(key="glance"), address.hidden()
with fields:
    # Streamlit leaves 10rem free below a page and 6rem above it.
    st.html(
        "<style>.stMainBlockContainer { padding-top: 4rem; padding-bottom: 2rem; }"
        ".stMainBlockContainer .stVerticalBlock { gap: 0.6rem; }</style>"
    )
    labels.carry()
    choice.carry()
labels.frame(place)
early = loaded()
if early:
    choice.glance(place)
try:
    chosen.run()
finally:  # in a fresh process the page waits for torch; one that stops early has its frame all the same
    if loaded() and not early:
        choice.glance(place)
