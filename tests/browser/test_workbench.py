"""Typing into the workbench's table changes what is computed."""

from __future__ import annotations

import re

import torch
from playwright.sync_api import expect

import lossviz
from lossviz.notation import number
from tests.browser.conftest import Opened, settled
from tests.browser.test_quick_actions import cell, choose


def test_typed_logits_change_the_loss(visit: Opened) -> None:
    page = visit("/workbench?case=E1%3A+Hamming+loss")
    settled(page)
    logits, target = lossviz.CASES["E1"].batch()
    value = page.get_by_test_id("stMetricValue").last
    expect(value).to_have_text(number(lossviz.taken_apart("bce", logits, target).reduced, 6))
    cell("-4", column=2)(page)
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
    choose(page, table=1, column=2)
    page.keyboard.press("Delete")
    expect(page.get_by_text("The mean is over the 8 of 9 that count.")).to_be_visible()
    logits, target = lossviz.CASES["E1"].batch()
    target[0, -1] = -1
    exact = lossviz.taken_apart("bce", logits, target, ignore_index=-1)
    expect(page.get_by_test_id("stMetricValue").last).to_have_text(number(exact.reduced, 6))
