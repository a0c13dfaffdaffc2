"""One choice, set on one page and followed by the others, in the browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, drawn, fits, settled
from tests.browser.test_app import set_knob

IDS = "/weights?labels=counts:multiclass;0=20;1=5;2=1;3=50"


def go(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()
    expect(page.locator("h1")).to_have_text(name)
    settled(page)


def test_a_scheme_is_followed_on_every_page_and_in_the_link(visit: Opened) -> None:
    page = visit(IDS)
    page.get_by_role("radio", name="Inverse square root").click()
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("8.7178")
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar).to_contain_text("weight 8.718 of 2, inverse square root")
    go(page, "Weights in small batches")
    drawn(page)
    expect(page.get_by_test_id("stMain")).to_contain_text("8.718 for 2")
    go(page, "Loss curves")
    drawn(page)
    expect(page.locator('[id="lv-ce.weight_1-number"]')).to_have_value("8.7178")
    expect(page).to_have_url(re.compile("choice=scheme"))
    other = visit(page.url.split("/", 3)[3].join(["/", ""]))
    drawn(other)
    expect(other.locator('[id="lv-ce.weight_1-number"]')).to_have_value("8.7178")


def test_a_knob_that_leaves_the_choice_can_become_it(visit: Opened) -> None:
    page = visit("/batch_size")
    drawn(page)
    set_knob(page, "weight", "12")
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("yours 99, here 12")
    page.get_by_role("button", name="Make it my choice").click()
    expect(page.get_by_test_id("stSidebar")).to_contain_text("pos_weight 12 of positive, my own numbers")
    expect(main).not_to_contain_text("yours 99")
    go(page, "Loss curves")
    drawn(page)
    expect(page.locator('[id="lv-bce.pos_weight-number"]')).to_have_value("12")


def test_a_second_choice_is_drawn_beside_the_first(visit: Opened) -> None:
    page = visit("/weights")
    page.get_by_role("button", name="Keep as B").click()
    expect(page.get_by_role("button", name="Drop B")).to_be_visible()
    page.get_by_role("radio", name="Inverse square root").click()
    expect(page.get_by_test_id("stSidebar")).to_contain_text("pos_weight 9.95 of positive")
    go(page, "What a score means")
    drawn(page)
    expect(page.get_by_test_id("stMain")).to_contain_text("Thin lines: your choice B, pos_weight 99 of positive")
    expect(page.get_by_role("button", name="pin", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Drop B").click()
    expect(page.get_by_test_id("stMain")).not_to_contain_text("Thin lines")
    expect(page.get_by_role("button", name="pin", exact=True)).to_have_attribute("aria-pressed", "false")


def test_ones_own_numbers_are_pasted(visit: Opened) -> None:
    page = visit(IDS)
    page.get_by_role("radio", name="my own numbers").click()
    field = page.get_by_label("All at once, in the order of the classes, with commas")
    field.fill("torch.tensor([1, 2, x, 4])")
    field.press("Enter")
    expect(page.get_by_text("'x' is no number")).to_be_visible()
    expect(field).to_have_value("torch.tensor([1, 2, x, 4])")
    field.fill("torch.tensor([1., 2., 3., 4.])")
    field.press("Enter")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("3")
    expect(page.get_by_test_id("stSidebar")).to_contain_text("weight 3 of 2, my own numbers")
    expect(page.get_by_test_id("stCode").first).to_contain_text("3.0")


@pytest.mark.parametrize("width", [1440, 390])
def test_what_stands_beside_a_chart_fits(visit: Opened, width: int) -> None:
    page = visit("/loss_curves?bce.pos_weight=12&b=scheme%3Dinverse_sqrt", width=width)
    drawn(page)
    expect(page.get_by_role("button", name="Back to mine")).to_be_visible()
    fits(page)


def test_the_start_page_sets_the_imbalance(visit: Opened) -> None:
    page = visit("/")
    drawn(page)
    set_knob(page, "prevalence", "0.0025")
    expect(page.get_by_test_id("stSidebar")).to_contain_text(re.compile("positive.0.25.%"))
    go(page, "Weights")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("399")
