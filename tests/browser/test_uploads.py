"""Uploads from a browser: on disk, within their room, said when they are lost, gone with their visitor."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import PATIENCE_MS, Opened, settled, understood
from tests.browser.server import Server

PETS = b"label\n" + b"cat\n" * 90 + b"dog\n" * 10


def upload(page: Page, name: str, content: bytes) -> None:
    file = FilePayload(name=name, mimeType="text/csv", buffer=content)
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)


def wait_until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not there():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


def test_an_upload_lies_on_disk_within_its_room_and_goes_with_its_visitor(
    visit: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"UPLOAD_ROOM_MB": "8", "AWAY_S": "1", "TMPDIR": str(tmp_path)}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    def on_disk() -> list[bytes]:
        return [path.read_bytes() for path in tmp_path.glob("lossviz-uploads-*/*") if path.name != "lock"]

    server = Server(tmp_path / "log")
    try:
        page = visit("/labels?way=a+file", url=server.url, may_lose=True)
        upload(page, "pets.csv", PETS)
        expect(understood(page, "column 'label'")).to_be_visible()
        assert on_disk() == [PETS]
        upload(page, "more.csv", PETS * 6000)
        expect(page.get_by_text("Your files have more than 2 MB together; remove some, or pack them.")).to_be_visible()
        expect(understood(page, "column 'label'")).to_be_visible()
        settled(page)
        assert on_disk() == [PETS]
        page.close()
        wait_until(lambda: not on_disk())
    finally:
        server.stop()
    assert not list(tmp_path.glob("lossviz-uploads-*"))


def test_after_a_restart_the_page_runs_by_itself_and_says_what_is_lost(visit: Opened, tmp_path: Path) -> None:
    first = Server(tmp_path / "first")
    page = visit("/labels?way=a+file", url=first.url, may_lose=True)
    upload(page, "pets.csv", PETS)
    expect(understood(page, "column 'label'")).to_be_visible()
    expect(page.get_by_test_id("stSidebar")).to_contain_text("pets.csv: dog 10 %")
    settled(page)
    first.process.kill()
    first.process.wait()
    second = Server(tmp_path / "second", port=first.port)
    try:
        expect(page.get_by_text("Your uploaded files are no longer on the server")).to_be_visible()
        expect(understood(page, "column 'label'")).to_have_count(0)
        expect(page.get_by_test_id("stSidebar")).to_contain_text("pets.csv: dog 10 %")  # which is in the link
        settled(page)
        upload(page, "pets.csv", PETS.replace(b"cat", b"ant"))
        expect(understood(page, "column 'label'")).to_be_visible()
        expect(page.get_by_text("ant on 90 of 100 samples")).to_be_visible()
        page.close()
    finally:
        second.stop()
