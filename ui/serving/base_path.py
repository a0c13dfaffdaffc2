"""Where on its host the app lies."""

import streamlit


def base_path() -> str:
    """The path below which the app lies, such as ``/course``, or nothing; known once the server runs."""
    path = str(streamlit.get_option("server.baseUrlPath")).strip("/")
    return path and f"/{path}"
