"""The live chart under a hand: mouse, keyboard, typed numbers, hover, pins, axes, themes, lost connections."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Locator, Page, Route, expect

import lossviz
from tests.browser.conftest import Opened, curve, drawn, settled
from tests.browser.server import Server

FOCAL = "Focal, target 1"


def knob(page: Page, name: str = "focal.gamma") -> Locator:
    return page.locator(f'[id="lv-{name}"]')


def number(page: Page, name: str = "focal.gamma") -> Locator:
    return page.locator(f'[id="lv-{name}-number"]')


def typed(page: Page, name: str, value: str) -> None:
    number(page, name).fill(value)
    number(page, name).press("Enter")


def shown(page: Page, name: str, value: float) -> None:
    """Wait until the chart shows this knob's value and the hand rests."""
    page.wait_for_function(
        "([name, value]) => JSON.parse(document.querySelector('.lv').dataset.values)[name] === value", arg=[name, value]
    )
    page.wait_for_selector(".lv-plot:not(.lv-moves)")


def code(page: Page) -> Locator:
    """The code that made the figure, which Python writes once the hand rests."""
    block = page.get_by_test_id("stCode").last
    if not block.is_visible():
        page.get_by_text("Code that made this figure").click()
    return block


PANELS = "document.querySelector('.lv-plot').panels"


def panel(page: Page, path: str, k: int = 0) -> Any:
    """A value of a drawn panel, by its dotted path."""
    return page.evaluate(
        f"([k, path]) => path.split('.').reduce((at, name) => at[name], {PANELS}[k])",
        [k, path],
    )


def test_twenty_different_curves_before_the_mouse_is_released(visit: Opened) -> None:
    page = visit("/loss_curves")
    drawn(page)
    slider = knob(page)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    value = float(slider.input_value())
    page.mouse.move(box["x"] + 8 + value / 5 * (box["width"] - 16), middle)
    page.evaluate(
        """() => {
            window.pictures = new Set();
            const look = () => {
                const canvas = document.querySelector(".lv-moves canvas");
                if (canvas) window.pictures.add(canvas.toDataURL());
            };
            const options = { attributes: true, attributeFilter: ["data-draws"] };
            new MutationObserver(look).observe(document.querySelector(".lv"), options);
        }"""
    )
    page.mouse.down()
    for seen in range(20):
        page.mouse.move(box["x"] + 12 + seen / 20 * (box["width"] - 24), middle)
        page.wait_for_function("(seen) => window.pictures.size > seen", arg=seen)
    page.mouse.up()
    last = float(slider.input_value())
    shown(page, "focal.gamma", last)
    # The last value has arrived everywhere: curve, address, code.
    asked = lossviz.loss_curve(lossviz.SigmoidFocalLoss(gamma=last), 1)
    assert max(curve(page, FOCAL)) == pytest.approx(asked.value.max().item(), rel=1e-5)
    expect(page).to_have_url(re.compile(rf"focal\.gamma={last:g}(&|$)"))
    expect(code(page)).to_contain_text(f"gamma={last:g}")


def test_keys_move_a_slider_as_a_native_one(visit: Opened) -> None:
    page = visit("/loss_curves?focal.gamma=2")
    drawn(page)
    slider = knob(page)
    slider.focus()
    for key, value in (
        ("ArrowRight", 2.05),
        ("ArrowUp", 2.1),
        ("ArrowLeft", 2.05),
        ("ArrowDown", 2.0),
        ("Home", 0.0),
        ("End", 5.0),
    ):
        page.keyboard.press(key)
        assert float(slider.input_value()) == pytest.approx(value)
        shown(page, "focal.gamma", value)
    page.keyboard.press("PageDown")
    assert 4 < float(slider.input_value()) < 5
    assert slider.get_attribute("aria-label") == "Focal: gamma"
    assert float(slider.get_attribute("aria-valuetext") or "nan") == float(slider.input_value())


def test_a_number_may_be_typed(visit: Opened) -> None:
    page = visit("/loss_curves")
    drawn(page)
    typed(page, "focal.gamma", "3.217")
    shown(page, "focal.gamma", 3.217)
    asked = lossviz.loss_curve(lossviz.SigmoidFocalLoss(gamma=3.217), 1)
    assert max(curve(page, FOCAL)) == pytest.approx(asked.value.max().item(), rel=1e-5)
    typed(page, "focal.gamma", "99")  # beyond the knob: its end
    shown(page, "focal.gamma", 5)
    assert number(page).input_value() == "5"


def test_hover_reads_what_lossviz_computes(visit: Opened) -> None:
    page = visit("/loss_curves?focal.gamma=3")
    drawn(page)
    plot = page.locator(".lv-plot")
    box = plot.bounding_box()
    assert box
    for share in (0.25, 0.6, 0.9):
        before = page.locator(".lv-readout").get_attribute("data-index") or ""
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 3)
        expect(page.locator(".lv-readout")).not_to_have_attribute("data-index", before)
        crosses = page.locator(".u-cursor-x").evaluate_all("(lines) => lines.map((line) => line.style.transform)")
        assert len(crosses) == 2 and len(set(crosses)) == 1 and "-10px" not in crosses[0]
        head = page.locator(".lv-head").inner_text()
        logit, probability = (float(part) for part in re.findall(r"[-+\d.e]+(?=[,:])", head)[:2])
        row = page.locator(".lv-row", has_text=FOCAL).locator(".lv-numbers").inner_text().split()
        import torch

        at = torch.tensor([logit], dtype=torch.float64)
        exact = lossviz.loss_curve(lossviz.SigmoidFocalLoss(gamma=3), 1, at)
        assert probability == pytest.approx(torch.sigmoid(at).item(), rel=1e-3)
        assert float(row[0]) == pytest.approx(exact.value.item(), rel=1e-3, abs=1e-6)
        assert float(row[1]) == pytest.approx(exact.gradient.item(), rel=1e-3, abs=1e-6)


def pinned(page: Page) -> dict[str, list[float]]:
    """The pinned curves of the upper panel, once there are any."""
    page.wait_for_function(f"() => {PANELS}[0].curves.some((curve) => curve.alpha < 1)")
    return page.evaluate(  # type: ignore[no-any-return]
        f"""() => {{
            const {{ u, curves }} = {PANELS}[0];
            return Object.fromEntries(curves.flatMap(({{ name, alpha }}, k) =>
                alpha < 1 ? [[name, Array.from(u.data[k + 1])]] : []));
        }}"""
    )


def test_pinned_curves_stay_where_they_were(visit: Opened) -> None:
    page = visit("/loss_curves?focal.gamma=1")
    drawn(page)
    before = curve(page, FOCAL)
    pin = page.get_by_role("button", name="pin", exact=True)
    pin.click()
    assert pinned(page)
    typed(page, "focal.gamma", "4")
    shown(page, "focal.gamma", 4)
    settled(page)
    assert curve(page, FOCAL) != before
    assert pinned(page)[FOCAL] == pytest.approx(before)
    page.reload()
    drawn(page)
    assert pinned(page)[FOCAL] == pytest.approx(before)
    expect(pin).to_have_attribute("aria-pressed", "true")
    pin.click()
    page.wait_for_function(f"() => {PANELS}[0].curves.every((curve) => curve.alpha === 1)")
    expect(page).not_to_have_url(re.compile("pin="))


def test_axes_and_reset(visit: Opened) -> None:
    page = visit("/loss_curves")
    drawn(page)
    page.get_by_role("button", name="log", exact=True).click()
    page.wait_for_function(f"() => {PANELS}.every(({{ u }}) => u.scales.y.distr === 3)")
    assert min(curve(page, FOCAL, panel=1)) >= 0  # magnitudes
    assert panel(page, "titles.y", 1) == "|gradient|"
    assert "10⁻²" in [mark["text"] for mark in panel(page, "marks.y")]
    page.get_by_role("button", name="probability", exact=True).click()
    page.wait_for_function(f"() => {PANELS}[1].titles.x.includes('σ')")
    assert [mark["text"] for mark in panel(page, "marks.x", 1)] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    settled(page)
    expect(page).to_have_url(re.compile(r"axis=probability.*scale=log|scale=log.*axis=probability"))
    typed(page, "focal.gamma", "4")
    shown(page, "focal.gamma", 4)
    page.get_by_role("button", name="reset", exact=True).click()
    shown(page, "focal.gamma", 2)
    expect(page).not_to_have_url(re.compile(r"focal\.gamma"))
    page.reload()
    drawn(page)
    assert panel(page, "scales.y") == "log"
    assert "σ" in panel(page, "titles.x", 1)


CONTRASTS = """() => {
    const light = (color) => {
        const parts = color.match(/[\\d.]+/g).slice(0, 3).map((part) => part / (color.startsWith("color") ? 1 : 255));
        const [red, green, blue] = parts.map((part) => part > 0.04 ? ((part + 0.055) / 1.055) ** 2.4 : part / 12.92);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
    };
    const below = light(getComputedStyle(document.querySelector(".stApp")).backgroundColor);
    return [...document.querySelectorAll(".lv-label")].map((label) => light(getComputedStyle(label).color))
        .map((color) => Math.max(color, below) / Math.min(color, below));
}"""


def test_colours_follow_the_theme(visit: Opened) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        page = visit("/loss_curves", scheme=scheme)
        drawn(page)
        colours[scheme] = (panel(page, "look.text"), panel(page, "look.line"))
        assert min(page.evaluate(CONTRASTS)) >= 4.5
    assert colours["light"] != colours["dark"]
    assert colours["dark"][0].lower() in ("#e6ebf2", "rgb(230, 235, 242)")


def test_a_narrow_screen_keeps_the_chart_in_sight(visit: Opened) -> None:
    page = visit("/loss_curves", width=390, height=844)
    drawn(page)
    knob(page).scroll_into_view_if_needed()
    page.wait_for_function(
        """() => document.querySelector(".lv-plot").getBoundingClientRect().bottom
            <= document.getElementById("lv-focal.gamma").getBoundingClientRect().top + 1"""
    )
    plot, slider = page.locator(".lv-plot").bounding_box(), knob(page).bounding_box()
    assert plot and slider
    assert plot["y"] >= 0
    assert plot["y"] + plot["height"] <= slider["y"] + 1
    assert plot["x"] >= 0 and plot["x"] + plot["width"] <= 390
    assert slider["width"] > 180


def test_a_link_reproduces_the_chart(visit: Opened) -> None:
    link = "/loss_curves?focal.gamma=3.5&asl.clip=0.2&focal.alpha=off&axis=probability&scale=log"
    page = visit(link)
    drawn(page)
    values = json.loads(page.locator(".lv").get_attribute("data-values") or "{}")
    assert (values["focal.gamma"], values["asl.clip"], values["focal.alpha"]) == (3.5, 0.2, None)
    before = curve(page, FOCAL)
    page.reload()
    drawn(page)
    assert curve(page, FOCAL) == pytest.approx(before)
    for part in link.split("?")[1].split("&"):
        expect(page).to_have_url(re.compile(re.escape(part)))


def test_two_windows_do_not_mix(visit: Opened) -> None:
    one, other = visit("/loss_curves"), visit("/loss_curves")
    drawn(one)
    drawn(other)
    typed(one, "focal.gamma", "1")
    typed(other, "focal.gamma", "4")
    shown(one, "focal.gamma", 1)
    shown(other, "focal.gamma", 4)
    for page, gamma in ((one, 1), (other, 4)):
        settled(page)
        exact = lossviz.loss_curve(lossviz.SigmoidFocalLoss(gamma=gamma), 1)
        assert max(curve(page, FOCAL)) == pytest.approx(exact.value.max().item(), rel=1e-5)
        expect(code(page)).to_contain_text(f"gamma={gamma}")


def test_values_survive_a_change_of_page(visit: Opened) -> None:
    page = visit("/loss_curves")
    drawn(page)
    typed(page, "focal.gamma", "4")
    shown(page, "focal.gamma", 4)
    settled(page)
    page.get_by_role("link", name="Weights").first.click()
    settled(page)
    page.get_by_role("link", name="Loss curves").first.click()
    drawn(page)
    shown(page, "focal.gamma", 4)
    expect(page).to_have_url(re.compile(r"focal\.gamma=4"))


def test_a_lost_connection_comes_back_to_the_same_state(visit: Opened, tmp_path: Path) -> None:
    first = Server(tmp_path / "first")
    page = visit("/loss_curves", url=first.url, may_lose=True)
    drawn(page)
    typed(page, "focal.gamma", "1.5")
    shown(page, "focal.gamma", 1.5)
    settled(page)
    first.stop()
    typed(page, "focal.gamma", "4")  # turned while nobody answers
    expect(page.locator(".lv")).to_have_attribute("data-problem", re.compile("could not be updated"))
    second = Server(tmp_path / "second", port=first.port)
    try:
        shown(page, "focal.gamma", 4)
        expect(page.locator(".lv")).not_to_have_attribute("data-problem", re.compile(""))
        settled(page)
        expect(code(page)).to_contain_text("gamma=4")
        expect(page).to_have_url(re.compile(r"focal\.gamma=4"))
    finally:
        second.stop()


def test_a_busy_app_is_asked_again_and_nothing_is_said(visit: Opened) -> None:
    page = visit("/loss_curves", may_lose=True)
    drawn(page)
    refused = []

    def busy(route: Route) -> None:
        refused.append(route.request.url)
        route.fulfill(status=503, body="Many figures are asked for.") if len(refused) < 4 else route.continue_()

    page.route("**/api/v1/**", busy)
    problems = "new MutationObserver((changes) => (window.said = changes)).observe(document.querySelector('.lv'), "
    page.evaluate(problems + "{ attributes: true, attributeFilter: ['data-problem'], attributeOldValue: true })")
    typed(page, "focal.gamma", "4")
    shown(page, "focal.gamma", 4)
    assert len(refused) == 4
    assert not page.evaluate("() => window.said?.some((change) => change.oldValue !== null)")


def downloaded(page: Page, name: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=name, exact=True).click()
    assert download.value.suggested_filename == f"lossviz-curves.{name.lower()}"
    return download.value.path().read_bytes()


@pytest.mark.parametrize(("width", "least"), [(1440, 900), (390, 900)])
def test_downloads_show_what_the_screen_shows(width: int, least: int, visit: Opened) -> None:
    page = visit("/loss_curves?axis=probability&scale=log&pin=focal.gamma:1", width=width)
    drawn(page)
    svg = ElementTree.fromstring(downloaded(page, "SVG"))  # noqa: S314
    assert float(svg.attrib["width"]) >= least
    texts = [node.text for node in svg.iter("{http://www.w3.org/2000/svg}text")]
    for text in ("Loss", "|gradient|", "probability σ(logit)", "10⁻⁴", "Focal", FOCAL, "Focal, target 0"):
        assert text in texts, texts
    paths = list(svg.iter("{http://www.w3.org/2000/svg}path"))
    both = [[path for path in paths if path.get("opacity") == opacity] for opacity in ("1", "0.35")]
    assert len(both[0]) == 20 + 10  # a line of the legend for each name
    assert len(both[1]) == 20
    png = downloaded(page, "PNG")
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == 2 * float(svg.attrib["width"])
    assert page.locator(".lv-plot").count() == 1  # nothing is left of the making


CROSSED = """() => document.querySelector(".lv-plot").panels.flatMap(({ u, curves, names }) => {
    const inside = u.over.getBoundingClientRect();
    const boxes = names.map(({ node }) => {
        const { left, right, top, bottom } = node.getBoundingClientRect();
        return { text: node.textContent, left: left - inside.left, right: right - inside.left,
                 top: top - inside.top, bottom: bottom - inside.top };
    });
    const out = boxes.filter(({ left, right, top, bottom }) =>
        left < 0 || top < 0 || right > inside.width || bottom > inside.height);
    const over = boxes.filter((one) => boxes.some((other) => one !== other
        && one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom));
    const crossed = boxes.filter(({ left, right, top, bottom }) => curves.some((_, k) => {
        const [x, y] = [0, k + 1].map((row) => Array.from(u.data[row], (v) => u.valToPos(v, row ? "y" : "x")));
        return x.some((end, i) => i && [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].some((part) => {
            const [px, py] = [x[i - 1] + part * (end - x[i - 1]), y[i - 1] + part * (y[i] - y[i - 1])];
            return px > left && px < right && py > top && py < bottom;
        }));
    }));
    return [...out, ...over, ...crossed].map(({ text }) => text);
})"""


@pytest.mark.parametrize(("width", "least"), [(1280, 4), (390, 1)])
def test_names_lie_on_no_line_and_on_no_other_name(width: int, least: int, visit: Opened) -> None:
    page = visit("/loss_curves?focal.gamma=3.5&pin=focal.gamma:1", width=width, height=844)
    drawn(page)
    for axis in ("logit", "probability"):
        for scale in ("linear", "log"):
            for choice in (axis, scale):
                page.get_by_role("button", name=choice, exact=True).click()
            page.wait_for_function(
                f"([axis, distr]) => {PANELS}[1].titles.x.startsWith(axis) && {PANELS}[1].u.scales.y.distr === distr",
                arg=[axis, 3 if scale == "log" else 1],
            )
            assert page.locator(".lv-label").count() >= least
            assert page.evaluate(CROSSED) == []


def test_a_live_chart_needs_no_plotly(visit: Opened) -> None:
    page = visit("/")
    drawn(page)
    scripts = page.evaluate("() => performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert not [name for name in scripts if "plotly" in name.lower()]
    assert sum("uPlot" in name for name in scripts) == 1


def test_zoom_stays_until_a_double_click(visit: Opened) -> None:
    page = visit("/loss_curves")
    drawn(page)
    across = f"() => {PANELS}.map(({{ u }}) => [u.scales.x.min, u.scales.x.max])"
    whole = page.evaluate(across)
    box = page.locator(".lv-plot").bounding_box()
    assert box
    at = (box["x"] + 0.4 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + 120, at[1] + 60, steps=5)
    page.mouse.up()
    page.wait_for_function(f"() => {PANELS}.every(({{ u }}) => u.scales.x.min > -7)")
    zoomed = page.evaluate(across)
    typed(page, "focal.gamma", "4")
    shown(page, "focal.gamma", 4)
    settled(page)
    assert page.evaluate(across) == zoomed
    page.mouse.dblclick(*at)
    page.wait_for_function(f"() => {PANELS}.every(({{ u }}) => u.scales.x.min < -7)")
    assert page.evaluate(across) == whole
