"""Uploads lie on disk, within a room for all visitors, and go with their visitor."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request

from tests.serving.asgi import Reply, ask, pages
from ui.serving.upload_route import UploadRoute
from ui.serving.uploads import LEAST_COUNTED, SHARE, NoRoom, Upload, Uploads

ROOT = Path(__file__).parents[2]
MB = 1 << 20


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def uploads(folder: Path) -> Iterator[Uploads]:
    made = Uploads(room=40 * MB)
    yield made
    made.close()
    assert list(folder.iterdir()) == []


def add(uploads: Uploads, session: str, file_id: str, size: int = 3) -> Upload:
    return uploads.add(session, file_id, f"{file_id}.csv", "text/csv", io.BytesIO(b"x" * size))


def on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_files_belong_to_their_session(uploads: Uploads, folder: Path) -> None:
    one, _ = add(uploads, "ann", "a", 5), add(uploads, "bob", "b", 7)
    assert uploads.of("ann", ["a", "b", "c"]) == [one]
    assert uploads.of("bob", ["a"]) == uploads.of("nobody", ["a"]) == []
    with one.open() as file:
        assert file.read() == b"xxxxx"
    assert on_disk(folder) == 12
    uploads.remove("ann", "b")
    uploads.remove("ann", "a")
    uploads.remove("ann", "a")
    assert on_disk(folder) == 7
    add(uploads, "bob", "b", 2)
    assert on_disk(folder) == 2
    uploads.remove_session("bob")
    assert (on_disk(folder), uploads.used) == (0, 0)


def test_who_is_not_there_any_more_has_no_files(uploads: Uploads, folder: Path) -> None:
    for session in ("ann", "bob", "cyd"):
        add(uploads, session, "f")
    uploads.keep_only({"bob", "dan"})
    assert [bool(uploads.of(session, ["f"])) for session in ("ann", "bob", "cyd")] == [False, True, False]
    assert on_disk(folder) == 3


def test_the_room_is_for_all_and_no_visitor_takes_it_alone(uploads: Uploads) -> None:
    for k in range(5):
        with uploads.arriving(f"visitor {k}") as arrival:
            arrival.take(7 * MB)
            add(uploads, f"visitor {k}", "f", 7 * MB)
    with uploads.arriving("visitor 0") as arrival, pytest.raises(NoRoom, match="Your files have more than 10 MB"):
        arrival.take(4 * MB)
    with uploads.arriving("late") as arrival:
        arrival.take(4 * MB)
        with pytest.raises(NoRoom, match="room of this server for uploads is full; try again"):
            arrival.take(2 * MB)
        assert uploads.used == 39 * MB
    assert uploads.used == 35 * MB
    uploads.remove_session("visitor 3")
    with uploads.arriving("late") as arrival:
        arrival.take(10 * MB)


def test_many_small_files_take_room_too(uploads: Uploads) -> None:
    for k in range(10):
        add(uploads, "ann", str(k), 1)
    assert uploads.used == 10 * LEAST_COUNTED
    assert uploads.room // SHARE // LEAST_COUNTED == 160


def test_a_full_disk_is_said_in_words(uploads: Uploads, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(NoRoom, match="disk of this server is full"):
        add(uploads, "ann", "a")
    assert on_disk(folder) == 0
    assert uploads.of("ann", ["a"]) == []


KILLED = """
import io, os, signal
from ui.serving.uploads import Uploads
Uploads(1 << 20).add("ann", "a", "a.csv", "text/csv", io.BytesIO(bytes(1000)))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_what_a_killed_server_left_is_cleared_and_what_a_living_one_has_is_not(uploads: Uploads, folder: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=os.environ | {"TMPDIR": str(folder)}, check=False)
    assert on_disk(folder) == 1000
    add(uploads, "bob", "b", 5)
    assert on_disk(folder) == 5
    other = Uploads(MB)
    add(other, "cyd", "c", 7)
    assert on_disk(folder) == 12
    other.close()


class Server:
    """Stands for the server: one session is there, and its page hears what was refused."""

    most_bytes = 5 * MB

    def __init__(self, uploads: Uploads, *, trusted: bool = True) -> None:
        self.uploads = uploads
        self.trusted = trusted
        self.there = ["ann"]
        self.refusals: list[tuple[str, str]] = []

    def may_upload(self, _request: Request) -> bool:
        return self.trusted

    def is_there(self, session: str) -> bool:
        return session in self.there

    def refused(self, session: str, sentence: str) -> None:
        self.refusals.append((session, sentence))


def form(content: bytes, *, name: str = "pets.csv", parts: int = 1) -> list[bytes]:
    """A form as a browser writes it, in chunks of 64 kB."""
    head = (
        f'Content-Disposition: form-data; name="{name}"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'.encode()
    )
    body = b"".join(b"--line\r\n" + head + content + b"\r\n" for _ in range(parts)) + b"--line--\r\n"
    return [body[k : k + 65536] for k in range(0, len(body), 65536)]


def put(
    server: Server, body: list[bytes], *, session: str = "ann", says_length: bool = True, leaves: bool = False
) -> Reply | None:
    headers = {"Content-Type": "multipart/form-data; boundary=line"}
    if says_length:
        headers["Content-Length"] = str(sum(map(len, body)))
    path = f"/base/_stcore/upload_file/{session}/file-1"
    app = UploadRoute(pages, server)
    return asyncio.run(ask(app, path, method="PUT", headers=headers, body=body, leaves=leaves))


@pytest.mark.parametrize("size", [0, 10, 4 * MB])
def test_an_upload_comes_to_lie_on_disk(size: int, uploads: Uploads) -> None:
    content = os.urandom(size)
    server = Server(uploads)
    reply = put(server, form(content, name="Täg 1.csv"))
    assert reply == Reply(204, {}, b"")
    (upload,) = uploads.of("ann", ["file-1"])
    assert (upload.name, upload.kind, upload.path.read_bytes()) == ("Täg 1.csv", "text/csv", content)
    assert uploads.used == max(size, LEAST_COUNTED)
    assert server.refusals == []


@pytest.mark.parametrize("says_length", [True, False])
def test_a_large_upload_is_refused_in_words(says_length: bool, uploads: Uploads, folder: Path) -> None:
    for size in (5 * MB + 1, 20 * MB):
        server = Server(uploads)
        reply = put(server, form(bytes(size)), says_length=says_length)
        assert reply and reply.status == 413
        assert server.refusals == [("ann", reply.body.decode())]
        assert reply.body == b"The file has more than 5 MB; save only the label columns, or pack it."
        assert (uploads.used, on_disk(folder)) == (0, 0)


def test_an_upload_without_room_is_refused_in_words(uploads: Uploads) -> None:
    uploads.room = 8 * MB
    server = Server(uploads)
    body = form(bytes(3 * MB))
    reply = put(server, body)
    assert reply and reply.status == 507
    assert reply.body.startswith(b"Your files have more than 2 MB together")
    assert server.refusals == [("ann", reply.body.decode())]
    assert uploads.used == 0


def test_what_does_not_come_from_the_page_is_refused(uploads: Uploads) -> None:
    reply = put(Server(uploads, trusted=False), form(b"x"))
    assert reply and (reply.status, reply.body) == (403, b"The upload does not come from this page; reload it.")
    reply = put(Server(uploads), form(b"x"), session="eve")
    assert reply and (reply.status, reply.body) == (400, b"The page is no longer connected; reload it.")
    assert uploads.used == 0


@pytest.mark.filterwarnings("ignore:.*SpooledTemporaryFile")  # Starlette leaves that of half a form to the collector
@pytest.mark.parametrize(
    "body",
    [[b"no form at all"], form(b"x", parts=2), [form(b"x")[0][:-12]], [b"--line\r\n\r\nx\r\n--line--\r\n"]],
)
def test_a_damaged_upload_is_refused_in_words(body: list[bytes], uploads: Uploads) -> None:
    reply = put(Server(uploads), body)
    assert reply and reply.status == 400
    assert reply.body.endswith(b"try again.")
    assert uploads.used == 0


def test_a_client_that_leaves_gives_its_room_back(uploads: Uploads, folder: Path) -> None:
    assert put(Server(uploads), form(bytes(4 * MB))[:-5], leaves=True) is None
    assert (uploads.used, on_disk(folder)) == (0, 0)


def test_a_session_that_leaves_during_its_upload_keeps_nothing(uploads: Uploads, folder: Path) -> None:
    server = Server(uploads)
    add_before = uploads.add

    def add_and_leave(*given: object) -> Upload:
        server.there.clear()
        return add_before(*given)  # type: ignore[arg-type]

    uploads.add = add_and_leave  # type: ignore[method-assign]
    put(server, form(b"x"))
    assert (uploads.used, on_disk(folder)) == (0, 0)


def test_all_else_goes_on(uploads: Uploads) -> None:
    app = UploadRoute(pages, Server(uploads))
    for method, path in (("PUT", "/labels"), ("DELETE", "/_stcore/upload_file/ann/f"), ("GET", "/_stcore/health")):
        assert asyncio.run(ask(app, path, method=method)) == Reply(200, {}, b"a page")
