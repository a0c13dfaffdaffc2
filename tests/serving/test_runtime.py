"""What the server rests on in Streamlit's inner parts. If this fails after an update, ui/serving/runtime.py follows."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.runtime import RuntimeConfig
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.session_manager import SessionInfo, SessionStorage
from streamlit.web.server.starlette.starlette_app import App
from streamlit.web.server.starlette.starlette_routes import create_upload_routes

from ui.serving import runtime
from ui.serving.runtime import DepartedSessions

ROOT = Path(__file__).parents[2]

# Streamlit 1.67. After an update read what is new in each, let the server follow, and write the new digest here.
KNOWN = {
    App._create_runtime: "ac8a2ef86868678d",
    create_upload_routes: "4155ed4458edce19",
}


@pytest.mark.parametrize("part", KNOWN, ids=lambda part: part.__name__)
def test_streamlits_parts_are_those_that_ours_stand_for(part: Any) -> None:
    assert hashlib.sha256(inspect.getsource(part).encode()).hexdigest()[:16] == KNOWN[part]


def test_nothing_new_is_kept_that_ours_would_miss() -> None:
    public = {name for name, _ in inspect.getmembers(MemoryUploadedFileManager) if not name.startswith("_")}
    assert public == {
        *("add_file", "get_files", "get_stats", "get_upload_urls", "remove_file", "remove_session_files"),
        "stats_families",
    }
    assert {name for name in vars(SessionStorage) if not name.startswith("_")} == {"delete", "get", "list", "save"}
    assert [field.name for field in dataclasses.fields(RuntimeConfig)] == [
        *("script_path", "media_file_storage", "uploaded_file_manager", "cache_storage_manager", "component_registry"),
        *("bidi_component_registry", "session_manager_class", "session_storage", "is_hello", "on_script_error"),
    ]


LAUNCHED = """
import app
from ui.serving.runtime import DepartedSessions, UploadsOnDisk
routes = app.app._build_starlette_app()
runtime = app.app._runtime
assert isinstance(runtime.uploaded_file_mgr, UploadsOnDisk)
assert isinstance(runtime._session_mgr._session_storage, DepartedSessions)
"""


def test_the_app_keeps_sessions_and_uploads_our_way() -> None:
    subprocess.run([sys.executable, "-c", LAUNCHED], cwd=ROOT, check=True)


class Session:
    """Stands for one of Streamlit's, and notes its end."""

    def __init__(self, name: str) -> None:
        self.id = name
        self.ended = False

    def shutdown(self) -> None:
        self.ended = True


def info(name: str) -> SessionInfo:
    return SessionInfo(client=None, session=Session(name))  # type: ignore[arg-type]


def test_departed_sessions_end_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(monotonic=lambda: now)
    monkeypatch.setattr(runtime, "time", clock)
    departed, ann, bob = DepartedSessions(45), info("ann"), info("bob")
    now = 100.0
    departed.save(ann)
    now = 130.0
    departed.save(bob)
    assert departed.get("ann") is ann
    assert departed.list() == [ann, bob]
    assert departed.end_old() == 0
    now = 145.0
    assert departed.end_old() == 1
    assert (ann.session.ended, bob.session.ended) == (True, False)  # type: ignore[attr-defined]
    assert departed.list() == [bob]
    departed.delete("bob")
    departed.delete("bob")
    now = 1000.0
    assert departed.end_old() == 0
    assert departed.get("bob") is None
    assert not bob.session.ended  # type: ignore[attr-defined]  # it is back


def test_too_many_departed_sessions_end_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "_MOST_DEPARTED", 3)
    departed, sessions = DepartedSessions(45), [info(str(k)) for k in range(5)]
    for session in sessions:
        departed.save(session)
    assert [session.session.ended for session in sessions] == [True, True, False, False, False]  # type: ignore[attr-defined]
