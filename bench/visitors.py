"""Visitors that speak the app's own websocket as a browser does."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException


class Session:
    """One reader of a page, speaking the app's own websocket as the browser does."""

    def __init__(self, socket: ClientConnection, url: str) -> None:
        self.socket = socket
        self.url = url
        self.name = ""
        self.page = ""
        self.component = ""
        self.uploader = ""
        self.fragment = ""
        self.data: dict[str, Any] = {}
        self.stamp = 0
        self.state = ""

    @classmethod
    async def open(cls, port: int, page_name: str, query: str = "") -> Session:
        url = f"ws://localhost:{port}/_stcore/stream"
        socket = await connect(url, subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]
        return await cls.begin(socket, page_name, query, f"http://localhost:{port}")

    @classmethod
    async def begin(cls, socket: ClientConnection, page_name: str, query: str = "", url: str = "") -> Session:
        session = cls(socket, url)
        message = BackMsg()
        message.rerun_script.page_name, message.rerun_script.query_string = page_name, query
        await session.socket.send(message.SerializeToString())
        await session.finished()
        return session

    async def finished(self) -> None:
        """Read messages until the script has run."""
        while True:
            message = ForwardMsg()
            message.ParseFromString(await self.socket.recv())  # type: ignore[arg-type]
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.name = message.new_session.initialize.session_id or self.name
                self.page = self.page or message.new_session.page_script_hash
            elif kind == "navigation":
                self.page = message.navigation.page_script_hash
            elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "bidi_component":
                component = message.delta.new_element.bidi_component
                if component.component_name == "lossviz.live_chart":
                    self.component, self.fragment = component.id, message.delta.fragment_id
                    length = int.from_bytes(component.bytes[:4], "little")
                    self.data = json.loads(component.bytes[4 : 4 + length])
            elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "file_uploader":
                self.uploader = self.uploader or message.delta.new_element.file_uploader.id
            elif kind == "script_finished":
                return

    async def step(self) -> float:
        """Turn one knob and wait for the page to follow; milliseconds."""
        self.stamp += 1
        values = {**self.data["values"], "focal.gamma": round(0.05 * (self.stamp % 100), 2)}
        state = {key: self.data[key] for key in ("axis", "scale", "pin", "shape")} | {
            "values": values,
            "stamp": self.stamp,
        }
        self.state = json.dumps({"state": state})
        start = time.perf_counter()
        await self.socket.send(self._asking(self.fragment))
        await self.finished()
        return (time.perf_counter() - start) * 1000

    def _asking(self, fragment: str) -> bytes:
        """A run of the page or of one of its fragments, with the chart as this visitor has set it."""
        values = json.loads(self.state)["state"]["values"]
        message = BackMsg()
        message.rerun_script.query_string = urlencode(values)  # as the chart writes it into the address
        message.rerun_script.page_script_hash = self.page
        message.rerun_script.fragment_id = fragment
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id, widget.json_value = self.component, self.state
        return message.SerializeToString()

    async def back(self, port: int) -> None:
        """Connect again, as often as it takes, and do what the server says, as a browser does."""
        protocols: Any = ["streamlit", "token", self.name]
        while True:
            try:
                self.socket = await connect(
                    f"ws://localhost:{port}/_stcore/stream", subprotocols=protocols, max_size=None
                )
                self.data = {}
                answer = ForwardMsg()
                while answer.WhichOneof("type") != "auto_rerun":
                    answer.ParseFromString(await self.socket.recv())  # type: ignore[arg-type]
                await self.socket.send(self._asking(answer.auto_rerun.fragment_id))
                await self.finished()
            except (OSError, WebSocketException):
                await asyncio.sleep(0.5)
            else:
                return

    async def upload(self, name: str, content: bytes, *, patient: bool = True) -> int:
        """Upload a file on the Labels page, and if `patient` wait for it to be read; the status of the upload."""
        message = BackMsg()
        message.file_urls_request.file_names.append(name)
        await self.socket.send(message.SerializeToString())
        answer = ForwardMsg()
        while answer.WhichOneof("type") != "file_urls_response":
            answer.ParseFromString(await self.socket.recv())  # type: ignore[arg-type]
        (urls,) = answer.file_urls_response.file_urls
        status = await asyncio.to_thread(self._put, urls.upload_url, name, content)
        message = BackMsg()
        message.rerun_script.page_script_hash, message.rerun_script.query_string = self.page, "way=a+file"
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id = self.uploader
        file = widget.file_uploader_state_value.uploaded_file_info.add()
        file.file_id, file.name, file.size = urls.file_id, name, len(content)
        file.file_urls.CopyFrom(urls)
        await self.socket.send(message.SerializeToString())
        if patient:
            await self.finished()
        return status

    def _put(self, place: str, name: str, content: bytes) -> int:
        context = None
        if self.url.startswith("https"):
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with urllib.request.urlopen(f"{self.url}/_stcore/health", context=context) as answer:  # noqa: S310
            cookie = answer.headers["Set-Cookie"].split(";")[0]
        head = f'--line\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'.encode()
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}{place}",
            head + content + b"\r\n--line--\r\n",
            {
                "Content-Type": "multipart/form-data; boundary=line",
                "Cookie": cookie,
                "X-Xsrftoken": cookie.partition("=")[2],
            },
            method="PUT",
        )
        try:
            with urllib.request.urlopen(request, context=context) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
