"""Every path below the app's own prefixes is answered in words, and nothing is done for a client that has left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ui.serving import api
from ui.serving.answers import BUSY
from ui.serving.api import LONGEST_QUERY, Api
from ui.serving.worker import Answer, Question


class Asked:
    """Stands for the answers: notes the questions, and gives one answer to all, or none for ever."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer
        self.questions: list[Question] = []
        self.taken_back: list[Question] = []

    def kept(self, _question: Question) -> Answer | None:
        return None

    async def ask(self, question: Question, client: str) -> Answer:
        self.questions.append(question)
        if self.answer is None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.taken_back.append(question)
                raise
        assert self.answer
        return self.answer


Page = tuple[int, dict[str, str], bytes]


@pytest.fixture
def get(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[Page | None]]:
    """A function that asks the middleware, over an app whose pages say so."""

    async def pages(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a page"})

    async def got(
        path: str, query: bytes = b"", *, asked: Asked, method: str = "GET", leaves: bool = False, **headers: str
    ) -> Page | None:
        monkeypatch.setattr(api, "answers", asked)
        events = [{"type": "http.request"}] + [{"type": "http.disconnect"}] * leaves
        sent: list[Any] = []

        async def receive() -> Any:
            await asyncio.sleep(0)
            return events.pop(0) if events else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query,
            "headers": [(name.encode().replace(b"_", b"-"), value.encode()) for name, value in headers.items()],
            "client": ("192.0.2.1", 5000),
        }
        await asyncio.wait_for(Api(pages)(scope, receive, send), 60)
        if not sent:
            return None
        said = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], said, b"".join(message.get("body", b"") for message in sent[1:])

    return got


FIGURE = Answer(200, b"numbers")


def test_a_figure_may_be_kept_by_anyone(get: Callable[..., Awaitable[Page | None]]) -> None:
    asked = Asked(FIGURE)
    status, headers, body = asyncio.run(get("/api/v1/curves", b"loss=bce", asked=asked)) or (0, {}, b"")
    assert (status, body, headers["cache-control"]) == (200, b"numbers", "public, max-age=3600")
    asyncio.run(get("/api/v1/curves", b"loss=bce", asked=asked, accept_encoding="gzip, br"))
    assert asked.questions == [Question("curves", b"loss=bce"), Question("curves", b"loss=bce", gzip=True)]


def test_a_long_question_is_refused_before_it_is_read(get: Callable[..., Awaitable[Page | None]]) -> None:
    asked = Asked(FIGURE)
    keys = b"&".join(b"key%d=1" % k for k in range(25_000))
    status, headers, body = asyncio.run(get("/api/v1/curves", keys, asked=asked)) or (0, {}, b"")
    assert (status, headers["content-type"]) == (414, "text/plain; charset=utf-8")
    assert body.startswith(b"The question is longer than 8,192 bytes")
    assert asyncio.run(get(f"/api/v1/{'x' * LONGEST_QUERY}", b"y", asked=asked))[0] == 414  # type: ignore[index]
    assert asked.questions == []


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/curves/", "/api/v2/curves", "/api/x/y"]
)
def test_what_is_not_there_is_said_in_words(path: str, get: Callable[..., Awaitable[Page | None]]) -> None:
    status, headers, body = asyncio.run(get(path, asked=Asked(FIGURE))) or (0, {}, b"")
    assert (status, headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert body == b"There is nothing here; figures are below /api/v1/."


def test_other_methods_are_refused_in_words(get: Callable[..., Awaitable[Page | None]]) -> None:
    asked = Asked(FIGURE)
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
        status, headers, _ = asyncio.run(get("/api/v1/curves", asked=asked, method=method)) or (0, {}, b"")
        assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert asked.questions == []
    assert asyncio.run(get("/api/v1/curves", asked=asked, method="HEAD"))[0] == 200  # type: ignore[index]


@pytest.mark.parametrize("path", ["/", "/apis", "/weights", "/weights/api/v1/curves"])
def test_pages_are_the_apps(path: str, get: Callable[..., Awaitable[Page | None]]) -> None:
    assert asyncio.run(get(path, asked=Asked())) == (200, {}, b"a page")


def test_a_client_that_leaves_takes_its_question_back(get: Callable[..., Awaitable[Page | None]]) -> None:
    asked = Asked()
    assert asyncio.run(get("/api/v1/curves", b"loss=bce", asked=asked, leaves=True)) is None
    assert asked.taken_back == asked.questions == [Question("curves", b"loss=bce")]


def test_a_refusal_says_when_to_come_back(get: Callable[..., Awaitable[Page | None]]) -> None:
    status, headers, body = asyncio.run(get("/api/v1/curves", asked=Asked(BUSY))) or (0, {}, b"")
    assert (status, body, headers["retry-after"], headers["cache-control"]) == (503, BUSY.body, "1", "no-store")
