"""What the environment says about the server."""

from __future__ import annotations

import os
import re
import sys
from typing import Any

import streamlit

from ui.serving.runtime import whole_number

_BASE_PATH = re.compile(r"/?([A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*/?)?")
_SITE = re.compile(r"https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?")
_WORDS = {"none": "'none'", "self": "'self'"}


def settings() -> dict[str, Any]:
    """Streamlit's settings by name, for ``python app.py``.

    ADDRESS and PORT, where the app listens; BASE_PATH, below which it lies; HOSTS, the names by which it is reached;
    FRAME_ANCESTORS, which may show it in a frame; UPLOAD_MB, which a file may have that is uploaded, and
    UPLOAD_ROOM_MB, which those of all visitors together; AWAY_S, how long a visitor whose connection was lost may come
    back to what is not in the link; OPERATOR_TOKEN, with which /ready and /metrics answer to other machines too; and
    HEADLESS, with which no browser opens.
    """
    said = os.environ
    chosen: dict[str, Any] = {"server.port": _port(said.get("PORT", "8501"))}
    if said.get("ADDRESS"):
        chosen["server.address"] = said["ADDRESS"]
    if said.get("HOSTS"):
        chosen["server.allowedHosts"] = ["localhost", "127.0.0.1", *said["HOSTS"].split()]
    if "HEADLESS" in said:
        chosen["server.headless"] = said["HEADLESS"] not in ("", "0", "false")
    if "BASE_PATH" in said:
        base = said["BASE_PATH"]
        if not _BASE_PATH.fullmatch(base):
            sys.exit(f"BASE_PATH is a path of letters, digits, - and _, such as /course/lossviz; it is {base!r}.")
        chosen["server.baseUrlPath"] = base.strip("/")
    if "UPLOAD_MB" in said:
        chosen["server.maxUploadSize"] = whole_number("UPLOAD_MB", 200, "megabytes")
    if "AWAY_S" in said:
        chosen["server.disconnectedSessionTTL"] = whole_number("AWAY_S", 45, "seconds")
    if framed_elsewhere():
        chosen["server.xsrfCookieSameSite"] = "none"  # in a frame of another site uploads would lack it
    return chosen


def _port(said: str) -> int:
    if not said.isdecimal() or not int(said) <= 65535:
        sys.exit(f"PORT is a number from 1 to 65535, such as 8501, or 0 for any that is free; it is {said!r}.")
    return int(said)


def base_path() -> str:
    """The path below which the app lies, such as ``/course``, or nothing; known once the server runs."""
    path = str(streamlit.get_option("server.baseUrlPath")).strip("/")
    return path and f"/{path}"


def frame_ancestors() -> tuple[str, ...]:
    """What FRAME_ANCESTORS says, as the Content Security Policy spells it: sites, ``'self'``, or ``'none'`` alone."""
    said = os.environ.get("FRAME_ANCESTORS", "none")
    sources = tuple(_WORDS.get(word.strip("'"), word) for word in said.split()) or ("'none'",)
    wrong = [source for source in sources if source not in _WORDS.values() and not _SITE.fullmatch(source)]
    if wrong or ("'none'" in sources and len(sources) > 1):
        sys.exit(
            "FRAME_ANCESTORS is none, or self and sites with spaces between, such as self https://moodle.example.org; "
            f"it is {said!r}."
        )
    return sources


def framing_headers() -> dict[str, str]:
    """The older header for browsers that know no other; it has no words for other sites and is left out for them."""
    option = {"'none'": "DENY", "'self'": "SAMEORIGIN"}.get(" ".join(frame_ancestors()))
    return {"X-Frame-Options": option} if option else {}


def framed_elsewhere() -> bool:
    """Whether other sites may show the app in a frame."""
    return any(source not in _WORDS.values() for source in frame_ancestors())
