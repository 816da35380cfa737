"""solve view to come."""

from __future__ import annotations

TITLE = "Solve"
ICON = ":material/play_arrow:"


def render(desk):
    """Draw the view."""
