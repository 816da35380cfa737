"""Stability: the page of the analysis of that name, made from its settings and its answer."""

from __future__ import annotations

from ui.study import study_page

TITLE = "Stability"
ICON = ":material/anchor:"
render = study_page("stability")
