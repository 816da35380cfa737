"""Edit: the page of the analysis of that name, made from its settings and its answer."""

from __future__ import annotations

from ui.study import study_page

TITLE = "Edit"
ICON = ":material/edit:"
render = study_page("edit")
