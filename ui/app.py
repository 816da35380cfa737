"""The entry of the page: menu, what is loaded, runs at work, and the chosen view."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from optimizer import InvalidInput
from ui import frame
from ui.state import open_desk
from ui.views import VIEWS

# A picture of our own: the icons that Streamlit offers for the tab are fetched from another host.
ICON = Path(__file__).parent / "icon.svg"
LOGO = Path(__file__).parent / "logo.svg"


def draw(name: str) -> None:
    """Draw one view with everything around it."""
    view = importlib.import_module(f"ui.views.{name}")
    desk = open_desk()
    frame.side(desk)
    frame.top(desk, view.TITLE)
    try:
        view.render(desk)
    except InvalidInput as error:
        frame.faults(error)


def page(name: str, *, first: bool = False) -> st.Page:
    """A view as a page of the menu, at an address of its own."""
    view = importlib.import_module(f"ui.views.{name}")
    drawn: Callable[[], None] = partial(draw, name)
    return st.Page(drawn, title=view.TITLE, icon=view.ICON, url_path=name, default=first)


def pages() -> dict[str, list[st.Page]]:
    """The menu."""
    first = next(iter(VIEWS.values()))[0]
    return {group: [page(name, first=name == first) for name in names] for group, names in VIEWS.items()}


def main() -> None:
    """Draw the page."""
    st.set_page_config(page_title="jointbuy", page_icon=str(ICON), layout="wide")
    st.logo(str(LOGO), icon_image=str(ICON), size="medium")
    # All of the menu, not its first entries and a button for the rest.
    st.navigation(pages(), expanded=True).run()


if __name__ == "__main__":
    main()
