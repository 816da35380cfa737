"""Alternatives: the page of the analysis of that name, made from its settings and its answer."""

from __future__ import annotations

from ui.study import study_page

TITLE = "Alternatives"
ICON = ":material/alt_route:"
render = study_page("alternatives")
