"""Colours: one per loss on every page, told apart by colour-blind readers, legible on light and dark."""

from __future__ import annotations

LOSS_COLORS = {
    "bce": "#2f7ed8",
    "ce": "#b8860b",
    "focal": "#0f9d74",
    "asl": "#d1495b",
    "softmax_focal": "#7a5fd0",
    "zlpr": "#c2589b",
}
OTHER_COLORS = ("#2f7ed8", "#d98200", "#0f9d74", "#d1495b", "#7a5fd0", "#c2589b", "#5f8a00", "#7f8794")
ACCENT, BEFORE, AFTER, NEUTRAL = "#2f7ed8", "#9aa3af", "#d98200", "#7f8794"


def loss_color(key: str) -> str:
    """The colour of a loss; losses beyond the named ones share the rest of the palette."""
    return LOSS_COLORS.get(key, OTHER_COLORS[sum(map(ord, key)) % len(OTHER_COLORS)])


def faint(color: str, opacity: float = 0.22) -> str:
    """A colour ``#rrggbb`` that lets the background through.

    Examples
    --------
    >>> faint("#2f7ed8")
    'rgba(47, 126, 216, 0.22)'
    """
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"
