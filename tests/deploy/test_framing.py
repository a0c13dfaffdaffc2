"""Which sites may show the app in a frame, as its environment says."""

from __future__ import annotations

import asyncio

import pytest
from starlette.responses import Response

from tests.serving.asgi import ask
from ui.serving.server import Headers, content_security_policy
from ui.serving.settings import framing_headers, settings

SITE = "https://moodle.example.org"


@pytest.mark.parametrize(
    ("said", "policy", "option"),
    [
        (None, "'none'", "DENY"),
        ("", "'none'", "DENY"),
        ("none", "'none'", "DENY"),
        ("'self'", "'self'", "SAMEORIGIN"),
        (f"self {SITE} https://*.example.org:8443", f"'self' {SITE} https://*.example.org:8443", None),
    ],
)
def test_frames_are_allowed_by_name(
    monkeypatch: pytest.MonkeyPatch, said: str | None, policy: str, option: str | None
) -> None:
    if said is None:
        monkeypatch.delenv("FRAME_ANCESTORS", raising=False)
    else:
        monkeypatch.setenv("FRAME_ANCESTORS", said)
    assert content_security_policy().endswith(f"frame-ancestors {policy}")
    assert framing_headers().get("X-Frame-Options") == option
    assert settings().get("server.xsrfCookieSameSite") == (None if option else "none")


@pytest.mark.parametrize(
    "said", [f"none {SITE}", f"{SITE};", f"{SITE}/page", "*", "moodle", f"{SITE}\r\nX: y", "https:"]
)
def test_what_is_no_site_is_refused(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("FRAME_ANCESTORS", said)
    with pytest.raises(SystemExit, match="FRAME_ANCESTORS is none, or self and sites"):
        settings()


@pytest.mark.parametrize(("said", "cookie"), [("self", "a=b; Path=/"), (SITE, "a=b; Path=/; Partitioned")])
def test_in_frames_of_other_sites_browsers_keep_the_cookies(
    monkeypatch: pytest.MonkeyPatch, said: str, cookie: str
) -> None:
    monkeypatch.setenv("FRAME_ANCESTORS", said)
    app = Headers(Response(headers={"Set-Cookie": "a=b; Path=/"}))
    reply = asyncio.run(ask(app, "/"))
    assert reply
    assert reply.headers["set-cookie"] == cookie
