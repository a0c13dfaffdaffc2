"""The way of an upload from the browser to the disk, ahead of Streamlit's own, which would hold it in memory."""

from __future__ import annotations

import asyncio
import re
from typing import Protocol

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.serving.uploads import NoRoom, Uploads

_PATH = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/(?P<file_id>[^/]+)\Z")
_FRAME = 1 << 20  # what a browser writes around a file


class Host(Protocol):
    """What the route asks of the server whose sessions upload."""

    @property
    def uploads(self) -> Uploads: ...

    @property
    def most_bytes(self) -> int: ...

    def may_upload(self, request: Request) -> bool: ...

    def is_there(self, session: str) -> bool: ...

    def refused(self, session: str, sentence: str) -> None: ...


class Refused(OSError):
    """An upload that is refused with a status, in a sentence; Starlette closes its files at an OSError alone."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class UploadRoute:
    """Pure ASGI middleware that takes in what is put below ``/_stcore/upload_file``; all else goes on."""

    def __init__(self, app: ASGIApp, host: Host) -> None:
        self.app, self.host = app, host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        put = scope["type"] == "http" and scope["method"] == "PUT"
        place = _PATH.search(scope["path"]) if put else None
        if place is None:
            await self.app(scope, receive, send)
            return
        try:
            await _take_in(self.host, place["session"], place["file_id"], scope, receive)
            response = Response(status_code=204)
        except ConnectionResetError:
            return
        except Refused as error:
            self.host.refused(place["session"], str(error))
            response = PlainTextResponse(str(error), error.status, {"Connection": "close"})
        await response(scope, receive, send)


async def _take_in(host: Host, session: str, file_id: str, scope: Scope, receive: Receive) -> None:
    request = Request(scope, receive)
    if not host.may_upload(request):
        raise Refused(403, "The upload does not come from this page; reload it.")
    if not host.is_there(session):
        raise Refused(400, "The page is no longer connected; reload it.")
    most = host.most_bytes
    said = request.headers.get("content-length", "0")
    if said.isdecimal() and int(said) > most + _FRAME:
        raise Refused(413, _too_large(most))
    with host.uploads.arriving(session) as arrival:
        arrived, more = 0, True

        async def next_part() -> Message:
            nonlocal arrived, more
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionResetError
            arrived, more = arrived + len(message.get("body", b"")), message.get("more_body", False)
            return message

        async def counted() -> Message:
            message = await next_part()
            if arrived > most + _FRAME:
                raise Refused(413, _too_large(most))
            arrival.take(len(message.get("body", b"")))
            return message

        try:
            async with Request(scope, counted).form(max_files=1, max_fields=1) as form:
                files = [value for value in form.values() if isinstance(value, UploadFile)]
                if len(files) != 1:
                    raise Refused(400, "An upload is one file; try again.")
                if (files[0].size or 0) > most:
                    raise Refused(413, _too_large(most))
                await _store(host.uploads, session, file_id, files[0])
        except NoRoom as error:
            while more and arrived < most + _FRAME:  # a browser reads no answer before it has sent all
                await next_part()
            raise Refused(507, str(error)) from error
        except (HTTPException, MultiPartException, ValueError) as error:
            raise Refused(400, "The upload is damaged; try again.") from error
    if not host.is_there(session):
        host.uploads.remove(session, file_id)


async def _store(uploads: Uploads, session: str, file_id: str, file: UploadFile) -> None:
    name, kind = file.filename or "file", file.content_type or "application/octet-stream"
    await asyncio.to_thread(uploads.add, session, file_id, name, kind, file.file)


def _too_large(most: int) -> str:
    return f"The file has more than {most / 1e6:,.0f} MB; save only the label columns, or pack it."
