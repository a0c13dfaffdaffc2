"""Weights in small batches, as a person turns them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opened, curve, drawn, fits, settled
from tests.browser.test_app import set_knob


def test_a_weight_of_99_in_batches_of_32_is_26_9(visit: Opened) -> None:
    page = visit("/batch_size?batch_size=256")
    drawn(page)
    effective = page.get_by_test_id("stMetricValue").first
    expect(effective).to_have_text("80.4")
    before = curve(page, "your batch size")
    set_knob(page, "batch_size", "32")
    expect(effective).to_have_text("26.9")
    settled(page)
    assert curve(page, "your batch size") != before
    expect(page.get_by_test_id("stMain")).to_contain_text("In batches of 32, a weight of 99 acts like 26.9")
    expect(page).not_to_have_url(re.compile("batch_size="))  # 32 is where it starts


def test_batch_sizes_are_whole_numbers(visit: Opened) -> None:
    page = visit("/batch_size")
    drawn(page)
    slider = page.locator('[id="lv-batch_size"]')
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
    number = page.locator('[id="lv-batch_size-number"]')
    expect(number).to_have_value(re.compile(r"^\d+$"))
    set_knob(page, "batch_size", "12.4")
    expect(number).to_have_value("12")
    expect(page).to_have_url(re.compile(r"batch_size=12\b"))


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
@pytest.mark.parametrize("path", ["/batch_size", "/weighted_mean"])
def test_nothing_sticks_out(visit: Opened, path: str, width: int, scheme: str) -> None:
    page = visit(path, width=width, scheme=scheme)
    drawn(page)
    fits(page)
    formulas = page.locator(".katex-display").all()
    for formula in formulas:
        assert formula.evaluate("node => node.scrollWidth - node.clientWidth") <= 1


def test_smoothing_teaches_the_wrong_class(visit: Opened) -> None:
    page = visit("/weighted_mean")
    drawn(page)
    expect(page.get_by_text("has a score of 0.16 and class 1 a score of 0.84")).to_be_visible()
    set_knob(page, "label_smoothing", "0")
    expect(page.get_by_text("Without smoothing the loss is least")).to_be_visible()


def test_the_gradient_budget_follows_the_labels(visit: Opened) -> None:
    page = visit("/loss_curves?labels=ham10000")
    drawn(page)
    page.get_by_text("Show whose").click()
    expect(page.get_by_test_id("stMain")).to_contain_text("the share of the positives is 1.15 % at the start")


def test_the_chart_follows_labels_chosen_later(visit: Opened) -> None:
    page = visit("/batch_size")
    drawn(page)
    set_knob(page, "batch_size", "64")
    expect(page).to_have_url(re.compile(r"batch_size=64"))
    page.get_by_role("link", name="Labels").first.click()
    settled(page)
    page.get_by_text("a data set", exact=True).click()
    settled(page)
    page.get_by_text("Credit-card fraud", exact=True).click()
    settled(page)
    page.get_by_role("link", name="Weights in small batches").first.click()
    drawn(page)
    expect(page.locator('[id="lv-weight-number"]')).to_have_value("577.876")
    expect(page.locator('[id="lv-batch_size-number"]')).to_have_value("64")
