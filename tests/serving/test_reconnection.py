"""A page that comes back to a server which does not know it is asked to run again, once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ui.serving.reconnection import Reconnection


class Known:
    def knows(self, session: str) -> bool:
        return session == "known"


def asks(fragment: str = "", *, query: str = "") -> bytes:
    message = BackMsg()
    message.rerun_script.fragment_id, message.rerun_script.query_string = fragment, query
    message.rerun_script.is_auto_rerun = bool(fragment)
    return message.SerializeToString()


def heartbeat() -> bytes:
    message = BackMsg()
    message.app_heartbeat = True
    return message.SerializeToString()


def talk(protocols: str, sent: list[bytes]) -> tuple[list[BackMsg], list[str]]:
    """What Streamlit hears of what a browser sends, and the kinds of what the browser hears."""
    events = [{"type": "websocket.connect"}, *({"type": "websocket.receive", "bytes": data} for data in sent)]
    heard: list[BackMsg] = []
    told: list[str] = []

    async def streamlit(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            heard.append(BackMsg.FromString(message["bytes"]))

    async def receive() -> Any:
        return events.pop(0) if events else {"type": "websocket.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "websocket.send":
            told.append(str(ForwardMsg.FromString(message["bytes"]).WhichOneof("type")))

    scope = {"type": "websocket", "headers": [(b"sec-websocket-protocol", protocols.encode())]}
    asyncio.run(Reconnection(streamlit, Known())(scope, receive, send))
    return heard, told


@pytest.mark.parametrize(
    "protocols", ["streamlit", "streamlit, token", "streamlit, token, known", "streamlit, token, "]
)
def test_a_page_that_is_new_or_known_is_left_alone(protocols: str) -> None:
    heard, told = talk(protocols, [asks("some fragment"), asks()])
    assert [message.rerun_script.fragment_id for message in heard] == ["some fragment", ""]
    assert told == []


def test_a_page_of_an_earlier_server_runs_as_a_whole() -> None:
    called = asks("reconnected", query="labels=ham10000")
    heard, told = talk("streamlit, token, gone", [heartbeat(), called, called, asks("a fragment"), called])
    assert [message.WhichOneof("type") for message in heard] == ["app_heartbeat", "rerun_script", "rerun_script"]
    whole, later = heard[1].rerun_script, heard[2].rerun_script
    assert (whole.fragment_id, whole.is_auto_rerun, whole.query_string) == ("", False, "labels=ham10000")
    assert later.fragment_id == "a fragment"
    assert told == ["auto_rerun", "stop_auto_rerun"]


def test_a_page_that_runs_by_itself_is_not_run_twice() -> None:
    heard, told = talk("streamlit, token, gone", [asks(query="a=1"), asks("reconnected")])
    assert [message.rerun_script.query_string for message in heard] == ["a=1"]
    assert told == ["auto_rerun", "stop_auto_rerun"]
