"""A link full of Markdown, icons and addresses: on no page does any of it act."""

from __future__ import annotations

from urllib.parse import quote

from lossviz import LabelCounts
from lossviz.labels.given.text import spell_counts
from tests.browser.conftest import Opened
from tests.pages.test_outside_text import ACTING
from ui.shared.page import cards

ACTED = """() => {
    const found = [], all = (selector) => [...document.querySelectorAll(selector)];
    if (all("a[href*=evil]").length) found.push("link");
    if (all("img[alt='Streamlit logo'], img[src*=evil]").length) found.push("picture");
    if (all(".katex annotation").some((element) => element.textContent === "x^2")) found.push("formula");
    for (const element of all(".stApp :is(b, strong, del, em, h1, h2, h3, li, blockquote, code)")) {
        const own = element.textContent.trim();
        if (["bold", "gone", "heading", "item", "quote", "loud"].includes(own)) found.push(own);
    }
    if (all("[data-testid=stIconMaterial], [role=img]").some((icon) => icon.textContent.includes("bug_report")))
        found.push("icon");
    if (/a [\u2192\u2014\u2194\u2264\u2248] b|😄/u.test(document.body.innerText)) found.push("sign");
    return found;
}"""


def test_nothing_from_a_link_acts(visit: Opened) -> None:
    """On every page; sentences are about the rarest class and the commonest, so each text is one of them once."""
    positives = [9000 // (k + 1) for k in range(len(ACTING))]
    negatives = [9000 - n for n in positives]
    tab = None
    for first in range(0, len(ACTING), 8):
        names = ACTING[first:] + ACTING[:first]
        counts = LabelCounts(names, positives, negatives, 9000, "multilabel", "row", " ".join(names[:6]))
        link = quote(spell_counts(counts), safe="")
        for card in cards() if not first else cards()[:2]:
            tab = visit(f"/{card.name if card.rank else ''}?labels={link}", tab=tab)
            assert tab.evaluate(ACTED) == [], (card.name, names)
