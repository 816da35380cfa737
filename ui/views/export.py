"""export view to come."""

from __future__ import annotations

TITLE = "Export"
ICON = ":material/play_arrow:"


def render(desk):
    """Draw the view."""
