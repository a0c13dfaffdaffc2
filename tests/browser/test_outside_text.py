"""A link full of Markdown, icons and addresses: on no page does any of it act."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page

from lossviz import LabelCounts
from lossviz.labels.given.text import spell_counts
from tests.browser.conftest import Opened, settled
from tests.pages.test_outside_text import ACTING
from ui.shared.page import cards
from ui.shared.prose import JOINER, one_line

# None of it acts, but it hides something or breaks out of what is around it.
HIDING = ["gpj.\u202efdp", "so\u00adft", "tag\U000e0041", "Z" + "\u0301" * 9, "zero\u200bwidth"]
HIDING += ['"""', "{x}", "=1+1", "[[n]]"]
TEXTS = [f"{text} qz{k}" for k, text in enumerate([*ACTING, *HIDING])]

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


TOLD = r"""() => {
    const told = [];
    for (const element of document.querySelectorAll("body :not(script, style)")) {
        if (element.closest("[data-testid=stFileUploader]")) continue;  // which repeats what was chosen there
        const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
        const texts = [own.map((node) => node.textContent).join("")];
        for (const name of ["alt", "title", "aria-label", "placeholder"]) texts.push(element.getAttribute(name) || "");
        told.push(...texts.filter((text) => /qz\d+/.test(text)));
    }
    return told;
}"""


def check_whole(page: Page, names: Sequence[str]) -> None:
    """Where the end of a name is to be seen, all of it is, as it was written: in tables, charts, code and regions."""
    told = page.evaluate(TOLD)
    assert told, page.url
    for text in told:
        shown = " ".join(text.replace(JOINER, "").split())
        for name in names:
            if name.split()[-1] in re.findall(r"qz\d+", shown):
                ways = (" ".join(one_line(name).split()), " ".join(repr(name)[1:-1].split()))
                assert any(way in shown for way in ways), (page.url, name, text)


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


def test_what_a_link_says_is_seen_as_it_was_written(visit: Opened) -> None:
    for half, path in ((TEXTS[:17], "labels"), (TEXTS[17:], "weights")):
        positives = [9000 // (k + 1) for k in range(len(half))]
        counts = LabelCounts(half, positives, [9000 - n for n in positives], 9000, "multilabel", "row", half[1])
        page = visit(f"/{path}?labels={quote(spell_counts(counts), safe='')}", height=3000)
        check_whole(page, half)


def test_nothing_from_a_file_acts(visit: Opened, tmp_path: Path) -> None:
    """Neither its name nor its columns and cells: of labels, and of scores."""
    rows = [[name, "x"] for k, name in enumerate(TEXTS) for _ in range(k + 3)]
    labels = tmp_path / "**bold** :material+bug_report: www.evil.example <b>bold<b> so\u00adft qz98.csv"
    write(labels, [["label", TEXTS[0]], *rows])
    page = visit("/labels?way=a+file")
    page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(labels)
    page.wait_for_function(f"() => ({TOLD})().length > 9")
    settled(page)
    assert page.evaluate(ACTED) == []
    check_whole(page, [*TEXTS, labels.stem])
    scores = tmp_path / "scores.csv"
    write(scores, [[*TEXTS[:4], "score"], *[[name, "a", "b", "c", k / 100] for k, name in enumerate(TEXTS)]])
    page = visit("/scores", height=3000, tab=page)
    page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(scores)
    page.wait_for_function(f"() => ({TOLD})().length > 9")
    settled(page)
    assert page.evaluate(ACTED) == []
    check_whole(page, TEXTS)


def write(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
