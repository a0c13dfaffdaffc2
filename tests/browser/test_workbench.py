"""Typing into the workbench's table changes what is computed."""

from __future__ import annotations

import re

import pytest
import torch
from playwright.sync_api import expect

import lossviz
from lossviz.notation import number
from tests.browser.conftest import Opened, settled

pytestmark = pytest.mark.browser


def test_typed_logits_change_the_loss(visit: Opened) -> None:
    page = visit("/workbench?case=E1%3A+Hamming+loss")
    settled(page)
    logits, target = lossviz.CASES["E1"].batch()
    value = page.get_by_test_id("stMetricValue").last
    expect(value).to_have_text(number(lossviz.taken_apart("bce", logits, target).reduced, 6))
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    for _ in range(10):  # the table is drawn on a canvas; how soon it listens depends on the machine
        page.wait_for_timeout(700)
        box = table.bounding_box()
        assert box
        page.mouse.dblclick(box["x"] + box["width"] - 30, box["y"] + 52)  # the last logit of the first row
        page.wait_for_timeout(700)
        page.keyboard.press("Control+A")
        page.keyboard.type("-4", delay=100)
        page.wait_for_timeout(200)
        page.keyboard.press("Enter")
        page.wait_for_timeout(700)
        settled(page)
        if "x=" in page.url:
            break
    logits[0, -1] = -4
    expect(value).to_have_text(number(lossviz.taken_apart("bce", logits, target).reduced, 6))
    expect(page).to_have_url(re.compile("x="))
    other = visit(page.url.split(page.url.split("/")[2], 1)[1])
    settled(other)
    expect(other.get_by_test_id("stMetricValue").last).to_have_text(value.inner_text())


def test_a_pasted_table_replaces_the_old_one(visit: Opened) -> None:
    page = visit("/workbench?case=E1%3A+Hamming+loss")
    settled(page)
    page.get_by_text("Size, or paste from a spreadsheet").click()
    page.get_by_label("logits, one row a line").fill("2\t-1\n0\t3")
    page.get_by_label("targets, one row a line").fill("1\t0\n0\t1")
    page.get_by_role("button", name="Use these").click()
    exact = lossviz.taken_apart("bce", torch.tensor([[2.0, -1], [0, 3]]), torch.tensor([[1.0, 0], [0, 1]]))
    expect(page.get_by_test_id("stMetricValue").last).to_have_text(number(exact.reduced, 6))


def test_a_target_that_is_blanked_is_left_out_of_the_mean(visit: Opened) -> None:
    page = visit("/workbench?case=E1%3A+Hamming+loss")
    settled(page)
    table = page.get_by_test_id("stDataFrame").nth(1)
    table.scroll_into_view_if_needed()
    counted = page.get_by_text("The mean is over the 8 of 9 that count.")
    for _ in range(10):  # the table is drawn on a canvas; how soon it listens depends on the machine
        box = table.bounding_box()
        assert box
        page.mouse.click(box["x"] + box["width"] - 30, box["y"] + 52)  # the last target of the first row
        page.wait_for_timeout(300)
        page.keyboard.press("Delete")
        page.wait_for_timeout(700)
        settled(page)
        if counted.is_visible():
            break
    expect(counted).to_be_visible()
    logits, target = lossviz.CASES["E1"].batch()
    target[0, -1] = -1
    exact = lossviz.taken_apart("bce", logits, target, ignore_index=-1)
    expect(page.get_by_test_id("stMetricValue").last).to_have_text(number(exact.reduced, 6))
