"""The app below a base path, as its environment sets it."""

from __future__ import annotations

import asyncio

import pytest
from starlette.applications import Starlette
from streamlit import config

from tests.serving.asgi import ask
from ui.serving.assets import PREFIX, BelowBasePath
from ui.serving.server import MIDDLEWARE
from ui.serving.settings import settings


@pytest.mark.parametrize(
    ("said", "meant"), [("", ""), ("/", ""), ("/course/lossviz/", "course/lossviz"), ("a-1", "a-1")]
)
def test_the_environment_says_where_the_app_lies(monkeypatch: pytest.MonkeyPatch, said: str, meant: str) -> None:
    monkeypatch.setenv("BASE_PATH", said)
    assert settings()["server.baseUrlPath"] == meant


@pytest.mark.parametrize("said", ["//evil.example", "a b", "a?b", "a//b", "../a", "a>; rel=x"])
def test_a_base_path_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("BASE_PATH", said)
    with pytest.raises(SystemExit, match="BASE_PATH is a path of letters"):
        settings()


def test_the_environment_says_where_the_app_listens_and_how_it_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ADDRESS": "0.0.0.0", "PORT": "8600", "HOSTS": "a.example.org b.example.org"}.items():  # noqa: S104
        monkeypatch.setenv(name, value)
    chosen = settings()
    assert (chosen["server.address"], chosen["server.port"]) == ("0.0.0.0", 8600)  # noqa: S104
    assert chosen["server.allowedHosts"][-2:] == ["a.example.org", "b.example.org"]
    monkeypatch.setenv("PORT", "80a")
    with pytest.raises(SystemExit, match="PORT is a number from 1 to 65535"):
        settings()


def answered(path: str) -> tuple[int, str]:
    """Status and content of the app's own answer to a request of a path."""
    reply = asyncio.run(ask(Starlette(routes=[BelowBasePath()], middleware=MIDDLEWARE), path))
    assert reply
    return reply.status, reply.body.decode()


@pytest.mark.parametrize("base", ["", "/course/lossviz"])
def test_own_routes_lie_below_the_base_path_alone(base: str) -> None:
    name, before = "server.baseUrlPath", config.get_option("server.baseUrlPath")
    config.set_option(name, base)
    try:
        assert answered(f"{base}/{PREFIX}/wire.js")[0] == 200
        assert answered(f"{base}/live_chart/0/wire.js") == (404, "There is no such file.")
        assert answered(f"/elsewhere{base}/{PREFIX}/wire.js")[0] == 404
        if base:
            assert answered(f"/{PREFIX}/wire.js") == (404, "Not Found")
    finally:
        config.set_option(name, before)
