"""Two actions in quick succession both count, on every kind of control, as soon as a process shows its first page.

Nothing is waited for between the two, nor before the first but the control itself: the page may still run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as Late

from tests.browser.conftest import PATIENCE_MS, Opened
from tests.browser.server import Server

Act = Callable[[Page], None]


def pick(*names: str) -> Act:
    """Options of a segmented control or pills, or buttons, one after the other."""

    def act(page: Page) -> None:
        for name in names:
            option = re.compile(rf"(^|\W){re.escape(name)}$")
            page.get_by_role("radio", name=name, exact=True).or_(
                page.get_by_test_id("stMain").get_by_role("button", name=option)
            ).first.dispatch_event("click")  # a chart that comes above may move it from under a mouse

    return act


def press(label: str, key: str = "ArrowRight", times: int = 1) -> Act:
    """A key on a slider, or on what else has the label."""

    def act(page: Page) -> None:
        for _ in range(times):
            page.locator(f'input[aria-label="{label}"]').press(key)

    return act


def fill(label: str, value: str) -> Act:
    """A number or a text into a field, as one does who goes on to the next field at once."""

    def act(page: Page) -> None:
        field = page.locator(f'input[aria-label="{label}"]')
        field.fill(value)
        field.press("Tab")

    return act


def step(label: str, times: int = 1) -> Act:
    """The + of a number field."""

    def act(page: Page) -> None:
        field = page.get_by_test_id("stNumberInput").filter(has=page.locator(f'input[aria-label="{label}"]'))
        for _ in range(times):
            field.get_by_test_id("stNumberInputStepUp").click()

    return act


def labels(*names: str) -> Act:
    """Labels from an open list of many."""

    def act(page: Page) -> None:
        box = page.get_by_test_id("stMultiSelect").get_by_role("combobox")
        while not page.get_by_role("option").count():  # a chart that comes above may move it from under a click
            box.press("ArrowDown")
        for name in names:
            page.get_by_role("option", name=name, exact=True).dispatch_event("click")
        page.keyboard.press("Escape")

    return act


def choose(page: Page, *, table: int = 0, column: int = 0) -> None:
    """Choose a cell of the first row of a table."""
    page.get_by_test_id("stDataFrame").nth(table).locator(".dvn-scroller").first.click(position={"x": 90, "y": 52})
    for _ in range(column):
        page.keyboard.press("ArrowRight")


def cell(number: str, *, column: int = 0) -> Act:
    """A number into a cell of the first row of the first table, as one types it."""

    def act(page: Page) -> None:
        choose(page, column=column)
        below(number)(page)

    return act


def below(number: str) -> Act:
    """A number into the cell that is chosen, which is the one below the last."""

    def act(page: Page) -> None:
        field = page.locator("#portal").locator("input, textarea")
        page.keyboard.press("Enter")
        field.fill(number)
        page.keyboard.press("Enter")
        field.wait_for(state="detached")  # the cell has taken it; the page has not

    return act


class Quick(NamedTuple):
    """A page, two actions on it, and what of each the address or the sidebar says then, or which option is `held`."""

    path: str
    first: Act
    second: Act
    one: str
    other: str = ""
    held: str = ""


def both(*acts: Act) -> Act:
    """One after the other, as one action."""

    def act(page: Page) -> None:
        for each in acts:
            each(page)

    return act


MADE = "/labels?way=an+imbalance+I+set"
MANY = "/labels?labels=ham10000"
TYPED = "/labels?labels=counts:multiclass%3Bcat%3D30%3Bdog%3D12%3Beel%3D5&way=counts+I+type"
SAID = """wanted => {
    const sidebar = document.querySelector("[data-testid=stSidebar]").innerText;
    const said = decodeURIComponent(location.search.replaceAll("+", " ")) + ";" + sidebar;
    return wanted.every((each) => new RegExp(each).test(said));
}"""
QUICK = {
    "labels picked": Quick(MANY, labels("df", "vasc"), pick("Merge"), "df=257"),
    "a new name": Quick(MANY, labels("df", "vasc"), both(fill("New name", "rare"), pick("Merge")), "rare=257"),
    "two data sets": Quick(MANY, pick("Credit-card fraud"), pick("Bank marketing"), "labels=bank_marketing"),
    "data set, scale": Quick(
        MANY, pick("Bank marketing"), pick("logarithmic"), "labels=bank_|Bank", held="logarithmic"
    ),
    "merge, scale": Quick(
        MANY, both(labels("df", "vasc"), pick("Merge")), pick("logarithmic"), "df=257|df.2.57", held="logarithmic"
    ),
    "slider": Quick(MADE, press("Share of positives"), press("Share of positives"), "binary:0.002:10000"),
    "two sliders": Quick(MADE, press("Share of positives"), press("Samples"), "binary:0.005:100000"),
    "kind, scale": Quick(MADE, pick("many labels"), pick("logarithmic"), "labels:14:", held="logarithmic"),
    "number field": Quick("/labels?labels=tail:10:100:10000", step("Classes"), step("Classes"), "tail:12:"),
    "way, scale": Quick(MADE, pick("counts I type"), pick("logarithmic"), "way=counts", "count_scale=log"),
    "typed counts": Quick(TYPED, cell("31", column=1), below("17"), "cat=31", "dog=17"),
    "scheme, cap": Quick(
        "/weights", pick("Inverse square root"), fill("Cap", "5"), "choice=.*sqrt", "choice=.*max_weight.5"
    ),
    "power twice": Quick("/weights", press("Power", "ArrowLeft"), press("Power", "ArrowLeft"), "power.0.9(&|,|;|$)"),
    "power, zero": Quick("/weights", press("Power", "ArrowLeft"), pick("weight 0"), "power.0.95", "zero_count.zero"),
    "power, cap": Quick("/weights", press("Power", "ArrowLeft"), fill("Cap", "5"), "power.0.95", "max_weight.5"),
    "reduction, precision": Quick("/workbench", pick("sum"), pick("float16"), "reduction=sum", "dtype=float16"),
    "weights of the bench": Quick(
        "/workbench", fill("pos_weight per label", "3"), fill("weight per row", "2"), "w_positive=3", "w_sample=2"
    ),
    "cells of logits": Quick("/workbench", cell("7.25"), below("8.5"), "7.25", "8.5"),
    "cell, reduction": Quick("/workbench", cell("7.25"), pick("sum"), "7.25", "reduction=sum"),
    "class weights": Quick(
        "/weighted_mean", fill("weight of class 0", "3"), fill("weight of class 1", "5"), "_w0=3", "_w1=5"
    ),
    "cells of the batch": Quick("/weighted_mean", cell("1.25", column=1), below("2.5"), "1.25", "2.5"),
    "cell, class weight": Quick(
        "/weighted_mean", cell("1.25", column=1), fill("weight of class 0", "3"), "1.25", "_w0=3"
    ),
    "target, precision": Quick("/precision", pick("0, a negative"), pick("float16"), "target=0", "precision=float16"),
    "losses in a log": Quick(
        "/batch_size", fill("Loss of a rare row", "3"), fill("Loss of another row", "0.5"), "rare=3", "common=0.5"
    ),
    "rows, micro-batches": Quick("/batch_size", pick("512"), pick("16"), "step_rows=512", "micro_batches=16"),
    "knob, micro-batches": Quick("/batch_size", press("weight"), pick("16"), "weight=", "micro_batches=16"),
    "scored losses": Quick("/scores", pick("ZLPR"), pick("Weighted CE"), "scored=.*ZLPR", "scored=.*Weighted CE"),
    "costs and case": Quick(
        "/scores",
        fill("A case that is truly positive with probability", "0.3"),
        fill("A missed positive costs as much as … false alarms", "7"),
        "true_probability=0.3",
        "cost_ratio=7",
    ),
    "losses drawn": Quick("/loss_curves", pick("ZLPR"), pick("Softmax focal"), "losses=.*ZLPR", "losses=.*Softmax"),
    "two knobs": Quick("/loss_curves", press("Focal: gamma"), press("ASL: gamma neg"), "focal.gamma=", "gamma_neg="),
    "knob twice": Quick("/loss_curves", fill("Focal: gamma, value", "3"), press("Focal: gamma"), "focal.gamma=3.05"),
    "preset, knob": Quick(
        "/loss_curves", pick("focal that is BCE: γ 0, α off"), press("ASL: gamma neg"), "focal.alpha=off", "gamma_neg="
    ),
    "knob, preset": Quick(
        "/loss_curves", press("ASL: gamma neg"), pick("focal that is BCE: γ 0, α off"), "focal.alpha=off", "gamma_neg="
    ),
    "loss, knob": Quick("/loss_curves", pick("ZLPR"), press("Focal: gamma"), "losses=.*ZLPR", "focal.gamma="),
    "knob, budget": Quick(
        "/loss_curves", press("Focal: gamma"), press("Show whose", "Space"), "budget", "focal.gamma="
    ),
}


@pytest.mark.parametrize("control", QUICK)
def test_both_count(control: str, visit: Opened, cold: Server) -> None:
    """A page that is at fault loses an action each time; a machine that is busy may once, and is asked again."""
    case = QUICK[control]
    for last in (False, True):
        page = visit(case.path, url=cold.url, wait=False)
        case.first(page)
        case.second(page)
        try:
            page.wait_for_function(SAID, arg=[case.one, case.other], timeout=PATIENCE_MS if last else PATIENCE_MS / 3)
        except Late:
            if last:
                raise
            continue
        if case.held:
            expect(page.get_by_role("radio", name=case.held, exact=True)).to_be_checked()
        return
