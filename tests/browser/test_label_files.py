"""Label files of every family through a real browser: read, asked about, refused; labels revised and undone."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import select
import time
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, in_sight, settled, understood
from tests.browser.server import Server

ROWS = ["cat"] * 30 + ["dog"] * 12


def delimited(folder: Path) -> list[Path]:
    path = folder / "classes.csv"
    path.write_text("id;label\n" + "".join(f"{k};{name}\n" for k, name in enumerate(ROWS)), encoding="utf-8-sig")
    return [path]


def workbook(folder: Path) -> list[Path]:
    book = openpyxl.Workbook()
    for row in [("id", "label"), *enumerate(ROWS)]:
        book.active.append(row)
    path = folder / "classes.xlsx"
    book.save(path)
    return [path]


def coco(folder: Path) -> list[Path]:
    path = folder / "boxes.json"
    marks = [{"id": k, "image_id": k, "category_id": 1 + (name == "dog")} for k, name in enumerate(ROWS)]
    names = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    images = [{"id": k} for k in range(len(ROWS))]
    path.write_text(json.dumps({"images": images, "annotations": marks, "categories": names}), encoding="utf-8")
    return [path]


def arff_and_xml(folder: Path) -> list[Path]:
    head = "@relation x\n@attribute size numeric\n@attribute cat {0,1}\n@attribute dog {0,1}\n@data\n"
    data = "".join(f"{k / 7:.2f},{name == 'cat':d},{name == 'dog' or k == 0:d}\n" for k, name in enumerate(ROWS))
    (folder / "x.arff").write_text(head + data, encoding="utf-8")
    (folder / "x.xml").write_text(
        '<labels xmlns="http://mulan.sourceforge.net/labels"><label name="cat"/><label name="dog"/></labels>',
        encoding="utf-8",
    )
    return [folder / "x.arff", folder / "x.xml"]


def array(folder: Path) -> list[Path]:
    path = folder / "y.npy"
    np.save(path, np.array([name == "dog" for name in ROWS], dtype=np.int64))
    return [path]


def masks(folder: Path) -> list[Path]:
    path = folder / "masks.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for k in range(3):
            data = io.BytesIO()
            Image.fromarray(np.array([[0] * 10, [1] * 4 + [0] * 6], dtype=np.uint8)).save(data, "PNG")
            archive.writestr(f"{k}.png", data.getvalue())
    return [path]


def parquet(folder: Path) -> list[Path]:
    path = folder / "classes.parquet"
    pq.write_table(pa.table({"id": list(range(len(ROWS))), "label": ROWS}), path)
    return [path]


FAMILIES = {
    delimited: "12 of 42 samples are dog",
    workbook: "12 of 42 samples are dog",
    coco: "The rarest label, dog, is on 12 of 42 images",
    arff_and_xml: "The rarest label, dog, is on 13 of 42 samples",
    array: "12 of 42 samples are 1",
    masks: "12 of 60 pixels",
    parquet: "12 of 42 samples are dog",
}


def upload(page: Page, files: list[Path]) -> None:
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(files)


def test_ids_have_their_weights_in_the_order_of_the_outputs(visit: Opened, tmp_path: Path) -> None:
    path = tmp_path / "ids.csv"
    path.write_text("label\n3\n" + "0\n" * 20 + "1\n" * 5 + "2\n" + "3\n" * 49, encoding="utf-8")
    page = visit("/labels?way=a+file")
    upload(page, [path])
    expect(page.get_by_text("Output 0 of the model is 0, output 3 is 3.")).to_be_visible()
    settled(page)
    page.get_by_role("link", name="Weights", exact=True).click()
    code = page.locator("[data-testid=stCode]", has_text="class_to_idx")
    for index, weight in enumerate(("0.95", "3.8", "19.0", "0.38")):
        expect(code).to_contain_text(f"'{index}': {weight},  # output {index}")
    page.get_by_role("link", name="Labels", exact=True).click()
    page.get_by_role("radio", name="most frequent first").click()
    expect(page.get_by_text("Output 0 of the model is 3, output 3 is 2.")).to_be_visible()
    page.get_by_role("button", name="My class_to_idx").click()
    page.get_by_label("Paste it").fill('{"1": 0, "0": 1, "3": 2, "2": 3, "4": 4}')
    page.get_by_label("Paste it").press("ControlOrMeta+Enter")
    expect(page.get_by_text("Output 0 of the model is 1, output 4 is 4.")).to_be_visible()
    expect(page.get_by_text("Never occurs:")).to_be_visible()


def test_every_family(visit: Opened, tmp_path: Path) -> None:
    page = visit("/labels?way=a+file")
    for make, sentence in FAMILIES.items():
        upload(page, make(tmp_path))
        expect(understood(page)).to_be_visible(timeout=20_000)
        expect(page.locator("[data-testid=stMain]")).to_contain_text(re.compile(sentence), timeout=20_000)
        expect(page.get_by_text("lossviz.read_labels")).to_be_visible()
        settled(page)
        for _ in make(tmp_path):
            page.get_by_role("button", name=re.compile("^Remove ")).first.click()
            settled(page)
        expect(understood(page)).to_have_count(0)


def test_an_answer_changes_the_counts_at_once(visit: Opened, tmp_path: Path) -> None:
    file = tmp_path / "boxes.csv"
    rows = "".join(f"i{k}.jpg,cat\ni{k}.jpg,cat\n" + (f"i{k}.jpg,dog\n" if k % 3 == 0 else "") for k in range(30))
    file.write_text("image_id,label\n" + rows, encoding="utf-8")
    page = visit("/labels?way=a+file")
    upload(page, [file])
    expect(page.get_by_text("dog on 10 of 70 samples: pos_weight 6").last).to_be_visible(timeout=20_000)
    expect(page.get_by_text("2 labels, dog on 10 of 30 samples: pos_weight 2").last).to_be_visible()
    settled(page)
    sidebar = page.locator("[data-testid=stSidebar]")
    expect(sidebar).to_contain_text("14.3 %")
    question = page.get_by_test_id("stRadio").filter(has_text="What is one sample")
    question.get_by_text("all rows of one image_id", exact=True).click()
    expect(sidebar).to_contain_text("33.3 %", timeout=20_000)
    expect(page.get_by_text("Labels that stand together")).to_be_visible()
    expect(page.locator("[data-testid=stMain]")).to_contain_text("group_by='image_id'")


def test_a_refusal_says_what_to_do(visit: Opened, tmp_path: Path) -> None:
    file = tmp_path / "emotions.arff"
    file.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:6f2f79\nsize 380476\n", encoding="utf-8")
    page = visit("/labels?labels=ham10000&way=a+file")
    upload(page, [file])
    alert = page.get_by_test_id("stAlert").filter(has_text="Git LFS")
    expect(alert).to_contain_text("git lfs pull", timeout=20_000)
    expect(page).to_have_url(re.compile("labels=ham10000"))


def test_labels_are_merged_for_every_page_and_back(visit: Opened) -> None:
    page = visit("/labels?labels=ham10000")
    page.locator(".js-plotly-plot").first.wait_for()  # it moves what lies below it, also from under a mouse
    in_sight(page.get_by_test_id("stMultiSelect").get_by_role("combobox")).click()
    for name in ("df", "vasc"):
        page.get_by_role("option", name=name, exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_label("New name").fill("rare")
    page.get_by_role("button", name="Merge").click()
    sidebar = page.locator("[data-testid=stSidebar]")
    expect(sidebar).to_contain_text("rare", timeout=20_000)
    expect(sidebar).to_contain_text("2.57 %")
    settled(page)
    expect(page).to_have_url(re.compile("rare(=|%3D)257"))
    page.get_by_role("link", name="Weights").first.click()
    settled(page)
    expect(sidebar).to_contain_text("2.57 %")
    page.get_by_role("link", name="Labels", exact=True).first.click()
    settled(page)
    page.get_by_role("button", name=re.compile("Undo")).click()
    expect(sidebar).to_contain_text("1.15 %", timeout=20_000)
    expect(page).to_have_url(re.compile("labels=ham10000"))


def test_a_path_on_this_machine(visit: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "served").mkdir()
    delimited(tmp_path / "served")
    (tmp_path / "served" / "out").symlink_to("/etc")
    monkeypatch.setenv("LOSSVIZ_DATA_DIR", str(tmp_path / "served"))
    server = Server(tmp_path / "log")
    try:
        page = visit("/labels?way=a+path+on+this+machine", url=server.url)
        field = page.get_by_label("Path or glob")
        field.fill("out/passwd")
        field.press("Enter")
        expect(page.get_by_text("12 of 42 samples are dog")).to_have_count(0)
        expect(page.get_by_test_id("stAlert")).to_contain_text("link out of the folder", timeout=20_000)
        field.fill("classes.csv")
        field.press("Enter")
        expect(page.locator("[data-testid=stMain]")).to_contain_text("12 of 42 samples are dog", timeout=20_000)
    finally:
        page.close()  # before the server, whose absence it would report
        server.stop()
    assert "Traceback" not in server.text()


def descendants(process: int, depth: int) -> list[int]:
    """The processes that others started so many steps below one."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # of one that has ended
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found = [process]
    for _ in range(depth):
        found = [child for child, parent in parents.items() if parent in found]
    return found


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes are watched as Linux has them")
def test_a_reading_ends_when_its_visitor_leaves(visit: Opened, server: Server, tmp_path: Path) -> None:
    mask, path = io.BytesIO(), tmp_path / "masks.zip"
    Image.fromarray(np.tile(np.arange(2, dtype=np.uint8).repeat(2_000), (4_000, 1))).save(mask, "PNG")
    with zipfile.ZipFile(path, "w") as archive:
        for k in range(900):  # half a minute of processor time
            archive.writestr(f"mask {k}.png", mask.getvalue())
    page = visit("/labels?way=a+file")
    page.locator("input[type=file]").first.set_input_files([path])
    expect(page.get_by_text("Reading the labels")).to_be_visible(timeout=20_000)
    end = time.monotonic() + 60
    while not (readings := descendants(server.process.pid, 3)) and time.monotonic() < end:
        pass
    handles = [os.pidfd_open(reading) for reading in readings]
    assert handles
    page.close()
    assert all(select.select([handle], [], [], 60)[0] for handle in handles)
    assert descendants(server.process.pid, 3) == []
