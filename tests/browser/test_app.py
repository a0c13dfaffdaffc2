"""The way through the app, as a person walks it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, curve, drawn, fits, in_sight, settled, understood
from tests.browser.server import Server

PAGES = ("/", "/labels", "/weights", "/loss_curves", "/weighted_mean")


BACKGROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(16, 21, 28)"}


@pytest.mark.parametrize(("width", "schemes"), [(1440, ("light", "dark")), (390, ("dark", "light"))])
@pytest.mark.parametrize("path", PAGES)
def test_every_page(visit: Opened, path: str, width: int, schemes: tuple[str, str]) -> None:
    page = visit(path, width=width, scheme=schemes[0])
    expect(page.locator("h1")).to_be_visible()
    for scheme in schemes:  # a page follows the machine's, also later
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", BACKGROUND[scheme])
        fits(page)


def set_knob(page: Page, name: str, value: str) -> None:
    """Type a value into a knob's number field."""
    field = page.locator(f'[id="lv-{name}-number"]')
    field.fill(value)
    field.press("Enter")
    field.blur()


def test_from_a_file_to_a_shared_link(visit: Opened, shared: Path) -> None:
    """Upload, read a weight, move gamma, see the curve move, copy the link, see the same screen."""
    page = visit("/labels")
    page.get_by_text("a file", exact=True).click()
    settled(page)
    file = shared / "labels" / "ham10000_csv" / "HAM10000_metadata.csv"
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)
    expect(understood(page, "column 'dx'")).to_be_visible()
    settled(page)

    page.get_by_role("link", name="Weights").first.click()
    settled(page)
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("12.441")

    page.get_by_role("link", name="Loss curves").first.click()
    drawn(page)
    before = curve(page, "Focal, target 1")
    slider = page.locator('[id="lv-focal.gamma"]')
    slider.focus()
    for _ in range(10):
        slider.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.lv').dataset.values.includes('\"focal.gamma\":2.5')")
    after = curve(page, "Focal, target 1")
    assert after != before
    expect(page).to_have_url(re.compile(r"focal\.gamma=2\.5"))

    page.get_by_role("button", name="Share").click()
    link = page.get_by_label("Link to this screen").input_value()
    assert "focal.gamma=2.5" in link
    other = visit(link.split(page.url.split("/")[2], 1)[1])
    drawn(other)
    assert curve(other, "Focal, target 1") == pytest.approx(after)
    expect(other.locator('[id="lv-focal.gamma-number"]')).to_have_value("2.5")
    expect(other.get_by_test_id("stSidebar")).to_contain_text("HAM10000")


def test_another_column_may_be_chosen(visit: Opened, shared: Path) -> None:
    page = visit("/labels?way=a+file")
    file = shared / "labels" / "ham10000_csv" / "HAM10000_metadata.csv"
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)
    expect(understood(page, "column 'dx'")).to_be_visible()
    settled(page)
    in_sight(page.get_by_role("combobox", name=re.compile("Label column"))).click()
    page.get_by_role("option", name="dx_type").click()
    expect(understood(page, "column 'dx_type'")).to_be_visible()
    expect(page).to_have_url(re.compile("histo(=|%3D)5340"))


def test_back_undoes_a_change_of_labels(visit: Opened) -> None:
    page = visit("/labels")
    page.get_by_text("a data set", exact=True).click()
    settled(page)
    page.get_by_text("Credit-card fraud", exact=True).click()
    sidebar = page.locator("[data-testid=stSidebar]")
    expect(sidebar).to_contain_text("Credit-card fraud")
    page.go_back()
    expect(sidebar).to_contain_text("an imbalance set by hand")


def test_labels_follow_to_every_page(visit: Opened) -> None:
    page = visit("/labels?labels=jigsaw_toxic")
    for name in ("Weights", "Loss curves", "The weighted mean", "lossviz"):
        page.get_by_role("link", name=name).first.click()
        settled(page)
        expect(page).to_have_url(re.compile("labels=jigsaw_toxic"))
        expect(page.locator("[data-testid=stSidebar]")).to_contain_text("Toxic comments")


def test_markup_in_class_names_is_shown_not_run(visit: Opened, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    names = ["<img src=x onerror=alert(1)>", "**bold**", "[x](javascript:alert(1))", "=1+1", "$x$ :red[y]"]
    file.write_text("label\n" + "".join(f'"{name}"\n' * (k + 2) for k, name in enumerate(names)), encoding="utf-8")
    page = visit("/labels?way=a+file")
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)
    expect(understood(page)).to_be_visible()
    settled(page)
    main = page.locator("[data-testid=stMain]")
    expect(main).to_contain_text("<img src=x onerror=alert(1)>")
    assert main.locator("img[src=x]").count() == 0
    page.get_by_role("link", name="Weights").first.click()
    settled(page)
    assert page.locator("img[src=x]").count() == 0


def test_an_unreadable_file_is_refused_and_nothing_is_lost(visit: Opened, tmp_path: Path) -> None:
    file = tmp_path / "noise.csv"
    file.write_bytes(bytes(range(256)) * 20)
    page = visit("/labels?labels=ham10000&way=a+file")
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)
    expect(page.get_by_test_id("stAlert")).to_contain_text("binary file of an unknown kind")
    expect(page).to_have_url(re.compile("labels=ham10000"))


def test_too_large_an_upload_is_refused(server: Server) -> None:
    """The server itself refuses what claims to be larger than the limit."""
    import http.client

    connection = http.client.HTTPConnection("localhost", server.port)
    connection.putrequest("PUT", "/_stcore/upload_file/session/file")
    connection.putheader("Content-Length", str(10**9))
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.endheaders()
    assert connection.getresponse().status >= 400
    connection.close()


def test_keyboard_reaches_the_menu_and_the_controls(visit: Opened) -> None:
    page = visit("/loss_curves")
    drawn(page)
    reached: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("() => document.activeElement.getAttribute('aria-label') || document.activeElement.innerText")
        )
    spoken = " | ".join(reached)
    for name in ("Weights", "Share", "BCE: pos weight", "Focal: gamma", "reset"):
        assert name in spoken, spoken
