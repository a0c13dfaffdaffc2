"""What the server's headers rest on in Streamlit's own page."""

from __future__ import annotations

from pathlib import Path

import streamlit

from ui.serving.server import InlineScripts, content_security_policy

PAGE = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")


def test_the_policy_allows_what_streamlits_page_brings() -> None:
    """If this fails, Streamlit has changed its page: let `content_security_policy` follow what is new there."""
    assert len(InlineScripts(PAGE).found) == 1
    assert content_security_policy().count("'sha256-") == 1
    assert PAGE.count("<script") == 2  # the other is a file of its own


def test_inline_scripts_are_found_and_files_are_not() -> None:
    page = '<script>let a = "<b>";</script><script src="x.js"></script><p>text</p><script type="module">b</script>'
    assert InlineScripts(page).found == ['let a = "<b>";', "b"]
    assert InlineScripts("<p>none</p>").found == []
