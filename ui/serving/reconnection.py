"""A page that comes back to a server which does not know it, because that was started anew, runs again by itself."""

from __future__ import annotations

from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_NAME = "reconnected"  # of a fragment that there is not
_SOON_S = 0.05


class Sessions(Protocol):
    """The sessions of the server."""

    def knows(self, session: str) -> bool: ...


class Reconnection:
    """Pure ASGI middleware over the websocket of a page.

    A browser that connects again keeps its page as it was, also where the server has never heard of it. It is told
    to run a fragment in a moment; what it then asks for, with all that is set on the page, becomes a whole run.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self.app, self.sessions = app, sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = _session_before(scope) if scope["type"] == "websocket" else ""
        if not session or self.sessions.knows(session):
            await self.app(scope, receive, send)
            return
        waiting = True

        async def send_and_call(message: Message) -> None:
            await send(message)
            if message["type"] == "websocket.accept":
                await send(_spoken(_call()))

        async def received() -> Message:
            nonlocal waiting
            while True:
                message = await receive()
                asked = _asked(message)
                if asked is None or asked.rerun_script.fragment_id not in ("", _NAME):
                    return message
                called = asked.rerun_script.fragment_id == _NAME
                if called and not waiting:
                    continue  # sent before the browser was told to stop
                if waiting:
                    waiting = False
                    await send(_spoken(_enough()))
                if not called:
                    return message
                asked.rerun_script.fragment_id, asked.rerun_script.is_auto_rerun = "", False
                return {"type": "websocket.receive", "bytes": asked.SerializeToString()}

        await self.app(scope, received, send_and_call)


def _session_before(scope: Scope) -> str:
    """The session that the page had: the third of the subprotocols, after Streamlit's name and a token."""
    said = next((value for name, value in scope["headers"] if name == b"sec-websocket-protocol"), b"")
    return ",".join(said.decode("latin-1").split(",")[2:3]).strip()


def _asked(message: Message) -> BackMsg | None:
    """What the browser asks to run, if that is what it sends."""
    asked = BackMsg()
    try:
        asked.ParseFromString(message.get("bytes") or b"")
    except Exception:  # protobuf names its own; Streamlit refuses what it cannot read
        return None
    return asked if asked.WhichOneof("type") == "rerun_script" else None


def _call() -> ForwardMsg:
    message = ForwardMsg()
    message.auto_rerun.interval = _SOON_S
    message.auto_rerun.fragment_id = _NAME
    return message


def _enough() -> ForwardMsg:
    message = ForwardMsg()
    message.stop_auto_rerun.fragment_ids.append(_NAME)
    return message


def _spoken(message: ForwardMsg) -> Message:
    return {"type": "websocket.send", "bytes": message.SerializeToString()}
