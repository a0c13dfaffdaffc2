"""Every path below the app's own prefixes is answered in words, and nothing is done for a client that has left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.serving.asgi import Reply, ask, pages
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


Get = Callable[..., Reply]


@pytest.fixture
def get(monkeypatch: pytest.MonkeyPatch) -> Get:
    """A function that asks the middleware, over an app whose pages say so."""

    def got(path: str, query: bytes = b"", *, asked: Asked, **more: Any) -> Reply | None:
        monkeypatch.setattr(api, "answers", asked)
        return asyncio.run(ask(Api(pages), path, query, **more))

    return got  # type: ignore[return-value]


FIGURE = Answer(200, b"numbers")


def test_a_figure_may_be_kept_by_anyone(get: Get) -> None:
    asked = Asked(FIGURE)
    status, headers, body = get("/api/v1/curves", b"loss=bce", asked=asked)
    assert (status, body, headers["cache-control"]) == (200, b"numbers", "public, max-age=3600")
    get("/api/v1/curves", b"loss=bce", asked=asked, headers={"Accept-Encoding": "gzip, br"})
    assert asked.questions == [Question("curves", b"loss=bce"), Question("curves", b"loss=bce", gzip=True)]


def test_a_long_question_is_refused_before_it_is_read(get: Get) -> None:
    asked = Asked(FIGURE)
    keys = b"&".join(b"key%d=1" % k for k in range(25_000))
    status, headers, body = get("/api/v1/curves", keys, asked=asked)
    assert (status, headers["content-type"]) == (414, "text/plain; charset=utf-8")
    assert body.startswith(b"The question is longer than 8,192 bytes")
    assert get(f"/api/v1/{'x' * LONGEST_QUERY}", b"y", asked=asked)[0] == 414
    assert asked.questions == []


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/curves/", "/api/v2/curves", "/api/x/y"]
)
def test_what_is_not_there_is_said_in_words(path: str, get: Get) -> None:
    status, headers, body = get(path, asked=Asked(FIGURE))
    assert (status, headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert body == b"There is nothing here; figures are below /api/v1/."


def test_other_methods_are_refused_in_words(get: Get) -> None:
    asked = Asked(FIGURE)
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
        status, headers, _ = get("/api/v1/curves", asked=asked, method=method)
        assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert asked.questions == []
    assert get("/api/v1/curves", asked=asked, method="HEAD")[0] == 200


@pytest.mark.parametrize("path", ["/", "/apis", "/weights", "/weights/api/v1/curves"])
def test_pages_are_the_apps(path: str, get: Get) -> None:
    assert get(path, asked=Asked()) == (200, {}, b"a page")


def test_a_client_that_leaves_takes_its_question_back(get: Get) -> None:
    asked = Asked()
    assert get("/api/v1/curves", b"loss=bce", asked=asked, leaves=True) is None
    assert asked.taken_back == asked.questions == [Question("curves", b"loss=bce")]


def test_a_refusal_says_when_to_come_back(get: Get) -> None:
    status, headers, body = get("/api/v1/curves", asked=Asked(BUSY))
    assert (status, body, headers["retry-after"], headers["cache-control"]) == (503, BUSY.body, "1", "no-store")
