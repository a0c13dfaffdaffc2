"""A file is read in a process of its own, which ends with who asked, and is reported for what ended it."""

from __future__ import annotations

import io
import logging
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lossviz import UnreadableLabels, cooccurrence, inspect_labels, read_labels
from lossviz.labels import isolation, limits
from lossviz.labels.isolation import isolated
from lossviz.labels.sources.endings import Ending
from lossviz.labels.sources.files import Openable

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="forks are watched as Linux has them")

TABLE = b"label,tags\n" + b"cat,a|b\ndog,b\nant,a\ncat,b|a\n" * 9


def nothing() -> None:
    """Whoever waits goes on."""


def named(name: str, data: bytes = TABLE) -> io.BytesIO:
    file = io.BytesIO(data)
    file.name = name
    file.seek(7)
    return file


def sources(folder: Path) -> dict[str, Any]:
    paths = [folder / "a.csv", folder / "b.csv"]
    for path in paths:
        path.write_bytes(TABLE)
    return {
        "bytes": TABLE,
        "path": paths[0],
        "paths": paths,
        "folder": folder,
        "upload": named("a.csv"),
        "uploads": [named("one.csv"), named("two.csv")],
        "text": io.StringIO(TABLE.decode()),
        "frame": pd.DataFrame({"y": ["a", "b"] * 9}),
    }


@pytest.mark.parametrize("kind", ["bytes", "path", "paths", "folder", "upload", "uploads", "text", "frame"])
def test_it_comes_to_the_same(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = sources(tmp_path)[kind]
    monkeypatch.chdir(tmp_path)
    here = inspect_labels(source, filename="x", missing="missing")
    apart = isolated(inspect_labels, source, while_waiting=nothing, filename="x", missing="missing")
    assert (apart.readings, apart.questions, apart.warnings) == (here.readings, here.questions, here.warnings)
    pd.testing.assert_frame_equal(apart.preview, here.preview)


def test_an_open_file_is_the_same(tmp_path: Path) -> None:
    sources(tmp_path)
    with (tmp_path / "a.csv").open("rb") as file:
        apart = isolated(inspect_labels, file, while_waiting=nothing)
    assert apart.readings == inspect_labels(TABLE, filename="a.csv").readings


def test_other_functions_of_a_source() -> None:
    reading = inspect_labels(TABLE, column="tags").readings[0]
    apart, here = isolated(cooccurrence, TABLE, reading, while_waiting=nothing), cooccurrence(TABLE, reading)
    assert apart is not None
    assert here is not None
    assert apart.together.tolist() == here.together.tolist()


@pytest.mark.parametrize(
    ("source", "wanted"),
    [(b"", {}), (TABLE, {"column": "x"}), (TABLE, {"separater": "x"}), (b"y\n" + b"a\nb\n" * 9, {})],
)
def test_what_is_refused_is_refused_alike(source: bytes, wanted: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w") as here:
        read_labels(source, **wanted)
    with pytest.raises(ValueError, match=r"\w") as apart:
        isolated(read_labels, source, while_waiting=nothing, **wanted)
    assert (type(apart.value), str(apart.value)) == (type(here.value), str(here.value))


def ended_by(_: bytes, name: str) -> None:
    os.kill(os.getpid(), getattr(signal, name))


def ended_with(_: bytes, code: int) -> None:
    print("it went wrong", file=sys.stderr)
    os._exit(code)


def hungry(_: bytes) -> int:
    return len(bytearray(limits.MOST_MEMORY + (1 << 30)))


def aborting(_: bytes) -> None:
    print("memory allocation of 99999999999 bytes failed", file=sys.stderr, flush=True)
    os.abort()


def busy(_: bytes) -> None:
    while True:
        pass


def logging_something(_: bytes) -> None:
    try:
        raise RuntimeError("inside")
    except RuntimeError:
        logging.getLogger("lossviz.labels.reader").exception("it was %s", "odd")


MEMORY, SECONDS = r"cannot be read within 900 MB of memory", r"cannot be read within 1 s of processor time"


@pytest.mark.parametrize(
    ("function", "arguments", "said"),
    [
        (hungry, (), MEMORY),
        (aborting, (), MEMORY),
        (busy, (), SECONDS),
        (ended_by, ("SIGXCPU",), SECONDS),
        (ended_by, ("SIGKILL",), "was ended from outside"),
        (ended_by, ("SIGTERM",), "was ended from outside"),
        (ended_by, ("SIGSEGV",), "crashed, by SIGSEGV"),
        (ended_by, ("SIGABRT",), "crashed, by SIGABRT"),
        (ended_with, (7,), "crashed, with code 7"),
    ],
)
def test_an_end_is_reported_for_what_it_was(
    function: Callable[..., Any],
    arguments: Any,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(limits, "MOST_SECONDS", 1)
    with pytest.raises(UnreadableLabels, match=said) as refused:
        isolated(function, TABLE, *arguments, while_waiting=nothing)
    assert refused.value.remedy
    assert "a process that read labels ended with" in caplog.text


def test_a_process_that_had_nearly_all_memory_died_of_it() -> None:
    assert Ending(-signal.SIGSEGV, 1, peak=limits.MOST_MEMORY).took_too_much
    assert not Ending(-signal.SIGSEGV, 1, peak=limits.MOST_MEMORY // 2).took_too_much
    assert not Ending(-signal.SIGKILL, 1, peak=limits.MOST_MEMORY).took_too_much


def test_large_files_may_take_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(9 * limits.BYTES_A_SECOND)
    monkeypatch.setattr(limits, "MOST_SECONDS", 1)
    for source in (path, [str(path)], Openable("x", path.open, path.stat().st_size)):
        with pytest.raises(UnreadableLabels, match="within 10 s of processor time"):
            isolated(ended_by, source, "SIGXCPU", while_waiting=nothing)


def test_what_is_logged_there_is_logged_here(caplog: pytest.LogCaptureFixture) -> None:
    isolated(logging_something, TABLE, while_waiting=nothing)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("lossviz.labels.reader", "ERROR")
    assert "it was odd" in record.getMessage()
    assert "RuntimeError: inside" in record.getMessage()


def begun(_: bytes, pipe: str) -> None:
    """Say who reads and what it started, and read for ever."""
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    Path(pipe).write_text(f"{os.getpid()} {child.pid}\n")
    busy(b"")


class Gone(BaseException):
    """The visitor has left."""


def watched(pipe: Path) -> list[int]:
    """Handles of the processes that a reading consists of, once it has begun."""
    return [os.pidfd_open(int(pid)) for pid in pipe.read_text().split()]


def all_end(handles: list[int]) -> bool:
    return all(select.select([handle], [], [], 60)[0] for handle in handles)


def test_a_reading_ends_with_who_waits_for_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    handles: list[int] = []

    def leave() -> None:
        handles.extend(watched(pipe))
        raise Gone

    with pytest.raises(Gone):
        isolated(begun, TABLE, str(pipe), while_waiting=leave)
    assert len(handles) == 2
    assert all_end(handles)


def test_a_reading_ends_with_the_server(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code = (
        "import sys; from tests.labels.test_isolation import *;"
        "isolated(begun, TABLE, sys.argv[1], while_waiting=nothing)"
    )
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", code, str(pipe)], env=os.environ | paths) as server:
        handles = watched(pipe)
        server.kill()
    assert all_end(handles)


def test_a_new_process_forks_where_the_old_one_died() -> None:
    isolated(inspect_labels, TABLE, while_waiting=nothing)
    process = isolation._forking.process
    assert process is not None
    process.kill()
    process.wait()
    assert isolated(inspect_labels, TABLE, while_waiting=nothing).readings


def test_as_many_readings_as_may_be_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.BoundedSemaphore(1)
    monkeypatch.setattr(isolation, "_free", free)
    monkeypatch.setattr(limits, "LONGEST_WAIT", 3 * isolation.TICK)
    waited: list[None] = []
    with free, pytest.raises(UnreadableLabels, match="Other files are being read"):
        isolated(inspect_labels, TABLE, while_waiting=lambda: waited.append(None))
    assert len(waited) == 3
    assert isolated(inspect_labels, TABLE, while_waiting=nothing).readings
