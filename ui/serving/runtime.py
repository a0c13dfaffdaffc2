"""All that rests on Streamlit's inner parts: where its sessions and their uploads are kept.

If tests/serving/test_runtime.py fails after an update of Streamlit, this file has to follow.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

import streamlit as st
from starlette.requests import Request
from streamlit.runtime import Runtime, RuntimeConfig, get_instance
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.session_manager import SessionInfo, SessionStorage
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFileRec
from streamlit.web.server.server_util import is_xsrf_enabled
from streamlit.web.server.starlette.starlette_app_utils import validate_xsrf_token
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from ui.serving import memory
from ui.serving.uploads import Upload, Uploads

_MB = 1 << 20
_MOST_DEPARTED = 1000
_EVERY_S = 5


class UploadsOnDisk(MemoryUploadedFileManager):
    """Streamlit's manager of uploads, over files on disk: what it hands to a script names a file, and is empty."""

    def __init__(self, endpoint: str, uploads: Uploads) -> None:
        super().__init__(endpoint)
        self._uploads = uploads

    def get_files(self, session_id: str, file_ids: Sequence[str]) -> list[UploadedFileRec]:
        files = self._uploads.of(session_id, file_ids)
        return [UploadedFileRec(file.file_id, file.name, file.kind, b"") for file in files]

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        raise NotImplementedError("Uploads come by ui.serving.upload_route.")

    def remove_file(self, session_id: str, file_id: str) -> None:
        self._uploads.remove(session_id, file_id)

    def remove_session_files(self, session_id: str) -> None:
        self._uploads.remove_session(session_id)


class DepartedSessions(SessionStorage):
    """Sessions whose browser has gone, for a while: a network that fails for a moment loses nothing."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._sessions: dict[str, tuple[float, SessionInfo]] = {}

    def get(self, session_id: str) -> SessionInfo | None:
        return self._sessions.get(session_id, (0, None))[1]

    def save(self, session_info: SessionInfo) -> None:
        self._sessions[session_info.session.id] = time.monotonic(), session_info
        while len(self._sessions) > _MOST_DEPARTED:
            self._end(next(iter(self._sessions)))

    def delete(self, session_id: str) -> None:
        self._sessions.pop(session_id, None)

    def list(self) -> list[SessionInfo]:
        return [info for _, info in list(self._sessions.values())]

    def end_old(self) -> int:
        """End the sessions that have been gone for too long; how many there were."""
        before = time.monotonic() - self._seconds
        old = [session_id for session_id, (since, _) in list(self._sessions.items()) if since <= before]
        for session_id in old:
            self._end(session_id)
        return len(old)

    def _end(self, session_id: str) -> None:
        _, info = self._sessions.pop(session_id, (0, None))
        if info is not None:
            info.session.shutdown()  # Streamlit would wait for the collector


class Host:
    """The server's sessions and uploads, for what stands before and behind Streamlit."""

    def __init__(self) -> None:
        self.uploads = Uploads(whole_number("UPLOAD_ROOM_MB", 2000, "megabytes") * _MB)
        self._departed: DepartedSessions | None = None
        self._refusals: dict[str, str] = {}

    @property
    def most_bytes(self) -> int:
        return int(st.get_option("server.maxUploadSize")) * _MB

    def may_upload(self, request: Request) -> bool:
        """Whether the request comes from a page of this app."""
        token, cookie = request.headers.get("x-xsrftoken"), request.cookies.get(XSRF_COOKIE_NAME)
        return not is_xsrf_enabled() or validate_xsrf_token(token, cookie)

    def is_there(self, session: str) -> bool:
        return get_instance().is_active_session(session)

    def knows(self, session: str) -> bool:
        """Whether a browser may come back to this session."""
        return get_instance()._session_mgr.get_session_info(session) is not None

    def active(self) -> int:
        """How many browsers are connected."""
        return len(get_instance()._session_mgr.list_active_sessions())

    def away(self) -> int:
        """How many sessions wait for their browser to come back."""
        return len(self._departed.list()) if self._departed is not None else 0

    def refused(self, session: str, sentence: str) -> None:
        """Let the page of a session say why its upload was refused: the browser shows a number alone."""
        info = get_instance()._session_mgr.get_active_session_info(session)
        if info is not None:
            self._refusals[session] = sentence
            info.session.request_rerun(info.session._client_state)

    def serve(self, app: st.App) -> None:
        """Let `app` keep its sessions and uploads here."""
        app._create_runtime = lambda: self._runtime(app)  # type: ignore[method-assign]

    def _runtime(self, app: st.App) -> Runtime:
        self._departed = DepartedSessions(float(st.get_option("server.disconnectedSessionTTL")))
        return Runtime(
            RuntimeConfig(
                script_path=str(app._resolve_script_path()),
                media_file_storage=MemoryMediaFileStorage("/media"),
                uploaded_file_manager=UploadsOnDisk("/_stcore/upload_file", self.uploads),
                session_storage=self._departed,
                on_script_error=app._on_script_error,
            )
        )

    async def release(self) -> None:
        """See to it, as long as the server runs, that who has left holds nothing for long."""
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                if self._release():
                    await asyncio.to_thread(memory.give_back)
            except Exception:
                logging.getLogger(__name__).exception("What departed visitors held was not released")

    def _release(self) -> int:
        ended = self._departed.end_old() if self._departed is not None else 0
        known = {info.session.id for info in get_instance()._session_mgr.list_sessions()}
        self.uploads.keep_only(known)
        self._refusals = {session: sentence for session, sentence in self._refusals.items() if session in known}
        return ended

    def stored(self, file_id: str) -> Upload | None:
        """An upload of the session whose script runs, if it came by this server's route."""
        context = get_script_run_ctx()
        return next(iter(self.uploads.of(context.session_id, [file_id])), None) if context else None

    def refusal(self) -> str | None:
        """Why the last upload of the session whose script runs was refused; said once."""
        context = get_script_run_ctx()
        return self._refusals.pop(context.session_id, None) if context else None


def is_lost(value: Any) -> bool:
    """Whether one of the values of an uploader names a file that the server no longer has."""
    return isinstance(value, DeletedFile)


def whole_number(setting: str, default: int, unit: str) -> int:
    """What the environment says about a size or a time."""
    said = os.environ.get(setting, str(default))
    if not said.isdecimal() or int(said) < 1:
        sys.exit(f"{setting} is a whole number of {unit}, such as {default}; it is {said!r}.")
    return int(said)


host = Host()
