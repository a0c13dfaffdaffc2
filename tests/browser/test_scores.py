"""What a score means, in the browser."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
import torch
from playwright.sync_api import expect

import lossviz
from tests.browser.conftest import Opened, drawn, settled


def test_asl_reports_32_percent_for_1(visit: Opened) -> None:
    page = visit("/labels")
    settled(page)
    expect(page.locator("[data-testid=stSidebar]")).to_contain_text(re.compile("positive.1.%"))
    page.get_by_role("link", name="What a score means").first.click()
    drawn(page)
    card = page.get_by_test_id("stMetric").filter(has_text="ASL reports")
    expect(card).to_contain_text("32.1 %")
    field = page.locator('[id="lv-asl.gamma_neg-number"]')
    field.fill("0")
    field.press("Enter")
    exact = lossviz.score_threshold(lossviz.AsymmetricLoss(gamma_neg=0), 0.01).item()
    expect(card).to_contain_text(f"{100 * exact:.3g} %")


def test_uploaded_scores_come_back_undone(visit: Opened, tmp_path: Path) -> None:
    truth = torch.linspace(0.01, 0.9, 50, dtype=torch.float64)
    asl = lossviz.AsymmetricLoss()
    file = tmp_path / "scores.csv"
    pd.DataFrame({"id": [f"={k}" for k in range(50)], "score": lossviz.score_threshold(asl, truth)}).to_csv(
        file, index=False
    )
    page = visit("/scores")
    drawn(page)
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)
    expect(page.get_by_text("scores.csv")).to_be_visible()
    rows = page.locator("[data-testid=stDataFrame] [role=grid]")
    expect(rows).to_have_attribute("aria-rowcount", "51")  # a header and a row per score
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    table = pd.read_csv(download.value.path())
    assert table["score, undone"].tolist() == pytest.approx(truth.tolist(), abs=1e-6)
    assert table["id"].str.startswith("'=").all()
