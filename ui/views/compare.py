"""compare view to come."""

from __future__ import annotations

TITLE = "Compare"
ICON = ":material/play_arrow:"


def render(desk):
    """Draw the view."""
