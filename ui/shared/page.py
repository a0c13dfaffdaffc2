"""How every page begins, and how the menu finds it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

from ui.serving.loading import loaded
from ui.serving.warm_up import warm_up
from ui.shared.prose import prose
from ui.shared.sharing import share_button

FOLDER = Path(__file__).parents[2] / "pages"


@dataclass(frozen=True)
class PageCard:
    """What a page says of itself at its top: docstring, TITLE, ICON, SECTION, RANK."""

    path: Path
    help: str
    title: str
    icon: str
    section: str
    rank: int

    @property
    def name(self) -> str:
        return self.path.stem


@cache
def cards() -> tuple[PageCard, ...]:
    """All pages in the order of the way; read from their files without running them."""
    found = []
    for path in FOLDER.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper()
        }
        help_text = (ast.get_docstring(tree) or "").split("\n\n")[0].replace("\n", " ")
        found.append(PageCard(path, help_text, said["TITLE"], said["ICON"], said["SECTION"], said["RANK"]))
    return tuple(sorted(found, key=lambda card: card.rank))


def begin(page: str, title: str, *, without_torch: bool = False) -> None:
    """Draw the title, the Share button and the page's lead sentence, before anything is computed.

    In a fresh process the room of the page is then held until torch is there, unless the page
    goes on `without_torch`.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(title, anchor=False)
        share_button()
    st.markdown(prose(page, "lead"))
    place = st.empty()  # always there: what follows would be mounted anew if it moved up on the next run
    if not loaded() and not without_torch:
        place.skeleton(height=700)
        warm_up()
        place.empty()


def doors() -> None:
    """A link to every page but the start, each with what it is for."""
    st.markdown(prose("home", "doors"))
    with st.grid(4):
        for card in cards():
            if card.rank:
                with st.container(border=True, height="stretch"):
                    st.page_link(card.path, label=f"**{card.title}**", icon=card.icon)
                    st.caption(card.help)
