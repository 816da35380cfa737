"""The views in the order of the menu: a view is one file here with TITLE, ICON and render, and one line below."""

from __future__ import annotations

# Group of the menu -> names of the files.
VIEWS: dict[str, tuple[str, ...]] = {
    "Answer": ("overview", "portfolio", "industry", "compare"),
    "Change": ("inputs", "policy"),
    "Ask": ("explain", "edit", "alternatives", "frontier", "sensitivity", "stability"),
    "Work": ("solve", "export"),
}
