"""Which sites may show the app in a frame of theirs."""

from __future__ import annotations

import os
import re
import sys

_SITE = re.compile(r"https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?")
_WORDS = {"none": "'none'", "self": "'self'"}


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
