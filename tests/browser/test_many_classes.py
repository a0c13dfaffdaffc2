"""A thousand classes in a browser: the link reopens in another process, pages stay short, tables are searched."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, quote, urlparse

import pytest
from playwright.sync_api import Download, expect

from lossviz import LabelCounts, read_labels
from lossviz.labels.formats.saved import counts_csv
from lossviz.labels.given.text import parse_counts, spell_counts
from tests.browser.conftest import Opened, fits, settled
from tests.browser.server import Server
from tests.labels.test_packed import drawn, letters, shuffled

REAL = LabelCounts.exclusive(drawn(900), shuffled(900, 5, 1280), source="pictures.csv")
CHANCE = LabelCounts.exclusive(letters(800, 16), shuffled(800, 1, 10**6), source="chance.csv")
TAIL = "tail:1000:1000:1000000"
LABELS = "labels:1000:0.001:0.2:1000000:0"
TALLEST = 3_000


def test_a_link_reopens_in_another_process(visit: Opened, server: Server, cold: Server) -> None:
    page = visit("/labels?way=a+file")
    page.locator("input[type=file]").set_input_files(
        {"name": "counts.csv", "mimeType": "text/csv", "buffer": counts_csv(REAL).encode()}
    )
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_text("pictures.csv")).to_be_visible()
    page.wait_for_url(re.compile("labels=z1"))
    page.get_by_role("button", name="Share").click()
    field = page.get_by_label("Link to this screen")
    expect(field).to_be_visible()
    link = field.input_value()
    assert len(link) <= 8_000
    sidebar.get_by_role("link", name="Weights", exact=True).click()
    expect(page.get_by_role("heading", name="Weights", exact=True)).to_be_visible()
    settled(page)
    address = parse_qs(urlparse(page.url).query)["labels"][0]
    assert parse_counts(address) == REAL
    again = visit(link.removeprefix(server.url), url=cold.url)
    expect(again.get_by_test_id("stSidebar").get_by_text("pictures.csv")).to_be_visible()
    assert not again.get_by_text("Showing the default labels").count()
    with again.expect_download() as saved:
        again.goto(f"{cold.url}/weights?labels={quote(address)}")
        settled(again)
        again.get_by_role("button", name="JSON").click()
    assert REAL.classes[-1] in text_of(saved.value)


def test_what_no_link_carries_is_said_before_and_saved(visit: Opened) -> None:
    page = visit("/labels?way=a+file")
    page.locator("input[type=file]").set_input_files(
        {"name": "counts.csv", "mimeType": "text/csv", "buffer": counts_csv(CHANCE).encode()}
    )
    expect(page.get_by_test_id("stSidebar").get_by_text("chance.csv")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_text("A link cannot carry these 800 classes")).to_be_visible()
    for kind in ("CSV", "JSON"):
        with page.expect_download() as saved:
            page.get_by_role("button", name=f"Counts as {kind}").click()
        assert read_labels(text_of(saved.value).encode(), filename=f"counts.{kind.lower()}") == CHANCE
    page.get_by_role("button", name="Copy the link without the counts").click()
    expect(page.get_by_label("Link to this screen")).to_have_value(re.compile("labels=session"))


@pytest.mark.parametrize("labels", [TAIL, LABELS, spell_counts(REAL)], ids=["classes", "labels", "names"])
def test_pages_stay_short(visit: Opened, labels: str) -> None:
    page = visit(f"/labels?labels={quote(labels)}", width=1280, height=720)
    for name in ("labels", "weights"):
        page.goto(re.sub(r"/labels\?", f"/{name}?", page.url))
        settled(page)
        expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        assert height < TALLEST, f"{name} is {height} px high"
        fits(page)


def test_a_class_is_found_by_its_name(visit: Opened) -> None:
    page = visit(f"/weights?labels={quote(TAIL)}", width=390, height=844, scheme="dark")
    field = page.get_by_label("Find a class")
    field.fill("class 512")
    field.press("Enter")
    expect(page.get_by_text("1 of 1,000 rows")).to_be_visible()
    fits(page)


def text_of(download: Download) -> str:
    return Path(download.path()).read_text(encoding="utf-8")
