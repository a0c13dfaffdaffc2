"""The Share button: the address of the screen as it stands, ready to copy."""

from __future__ import annotations

import streamlit as st

from lossviz.labels.given.text import address_length, spell_counts
from ui.shared import labels
from ui.shared.prose import prose

_SHARE = st.components.v2.component(
    "lossviz.share",
    html="""
<div class="lv-share">
  <button type="button"></button>
  <input type="text" readonly aria-label="Link to this screen" hidden>
  <span role="status"></span>
</div>
""",
    css="""
.lv-share { display: flex; gap: 0.5rem; align-items: center; justify-content: flex-end; font-family: var(--st-font);
            font-size: 0.85rem; color: var(--st-text-color); }
.lv-share button { border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); cursor: pointer;
                   background: var(--st-background-color); color: inherit; font: inherit; padding: 0.35rem 0.8rem; }
.lv-share button:hover { background: var(--st-secondary-background-color); }
.lv-share button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.lv-share input { flex: 1; min-width: 0; border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
                  background: var(--st-secondary-background-color); color: inherit; font: inherit;
                  padding: 0.3rem 0.5rem; }
.lv-share input[hidden] { display: none; }
""",
    js="""
export default function ({ parentElement, data }) {
  const [button, field, note] = parentElement.querySelector(".lv-share").children;
  button.textContent = data.label;
  button.onclick = async () => {
    field.hidden = false;
    field.value = window.location.href;
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      note.textContent = "Copied";
    } catch {
      note.textContent = "Copy it from here";
    }
    if (field.value.length > data.most) {
      note.textContent += `. It has ${field.value.length.toLocaleString("en")} characters, and some programs cut links `
        + `after ${data.most.toLocaleString("en")}: open it once to check.`;
    }
  };
}
""",
    isolate_styles=False,
)


MOST_CHARACTERS = 8_000


def share_button() -> None:
    """A button that shows and copies the link to this screen; every control's state is in it.

    Where counts are too many for a link, or the link is one that programs cut, it says so before, and offers a file.
    """
    lost = labels.text().startswith("session:")
    characters = sum(address_length(f"{name}={value}") for name, value in st.query_params.items())
    if not lost and characters <= MOST_CHARACTERS:
        _copied("Share")
        return
    from ui.shared.downloads import counts_downloads  # its tables take half a second to import

    counts = labels.current()
    if lost:
        characters = address_length(spell_counts(counts))
    with st.popover("Share", key="share:lost"):
        told = {"classes": f"{counts.n_classes:,}", "characters": f"{characters:,}"}
        st.markdown(prose("share", "lost" if lost else "long", **told))
        counts_downloads(counts)
        _copied("Copy the link without the counts" if lost else "Copy the link")


def _copied(label: str) -> None:
    _SHARE(key="share", data={"label": label, "most": MOST_CHARACTERS})
