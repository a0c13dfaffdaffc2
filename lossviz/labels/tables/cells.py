"""One value of any reader -> the text that names its class."""

from __future__ import annotations

import math
from typing import Any


def text_of(value: Any) -> str:
    """A value as the text that names its class; nothing where it is missing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
