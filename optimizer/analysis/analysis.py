"""What an analysis is: settings in, a result with its answer in words, tables and pictures out."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Callable, Literal, Protocol, TypeAlias

from optimizer.analysis.headings import HEADINGS
from optimizer.scenario import Scenario
from optimizer.solution import Solution

if TYPE_CHECKING:
    import pandas as pd

Solve: TypeAlias = Callable[..., Solution]


@dataclass(frozen=True)
class Picture:
    """A chart of one of the result's tables, drawn by whoever shows it: terminal, workbook, page.

    `bars` have a name on x and a number on y; `ranges` go from y to `y_to`; `lines` and `points` have numbers on both;
    a `matrix` has names on x and on y and its number in `value`. `by` splits into series.
    """

    title: str
    """The finding in words."""
    kind: Literal["bars", "ranges", "lines", "points", "matrix"]
    table: str
    x: str
    y: str
    by: str | None = None
    y_to: str | None = None
    value: str | None = None
    axis: str | None = None
    """What the numbers are, with their unit, where the heading of their column does not say it: `ranges` have two."""


class Result(Protocol):
    """What every analysis gives; frozen, no solver inside."""

    def headline(self) -> str:
        """The answer in a sentence or two."""

    def tables(self) -> dict[str, pd.DataFrame]:
        """The answer as tables, by name."""

    def pictures(self) -> tuple[Picture, ...]:
        """The answer as pictures of those tables."""

    def as_dict(self) -> dict[str, object]:
        """The answer as plain values, for JSON; numbers not known are None."""

    def solutions(self) -> Mapping[str, Solution]:
        """The plans that can be opened, by the name of their sub-folder."""

    @property
    def exit_code(self) -> int:
        """Exit code of the command line."""


@dataclass(frozen=True)
class Analysis:
    """An analysis: its verb, one sentence, its settings, and the files its result is written to.

    `run(scenario, settings, *, solve)` gives the result; `solve` is a session's unless another is handed in. Faults in
    the settings are raised as `InvalidInput`.
    """

    name: str
    sentence: str
    settings: type
    run: Callable[..., Result]
    document: str
    """Name of the JSON file."""
    files: Mapping[str, str]
    """CSV file of each table that is written; a table that the result does not have is left out."""
    shown: tuple[str, ...] = ()
    """Tables that the command line prints; empty for all that are written."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """What each table is called above it."""
    headings: Mapping[str, str] = field(default_factory=dict)
    """Words over a column, by `table.column` or `column`, its unit in brackets where its name does not tell it."""
    check: Callable[[Scenario, Any], object] | None = None
    """Raises, without a solve, the `InvalidInput` that `run` would raise; a form asks it before it starts anything."""
    usual: str = ""
    """What is asked where nothing is set, as a question; empty where the defaults tell."""

    def title_of(self, table: str) -> str:
        """A table's title in words."""
        words = table.replace("_", " ")
        return self.titles.get(table) or f"{words[:1].upper()}{words[1:]}"

    def headings_of(self, table: str) -> dict[str, str]:
        """The columns of a table whose heading is not just their name, with that heading."""
        own = {name.removeprefix(f"{table}."): words for name, words in self.headings.items() if f"{table}." in name}
        plain = {name: words for name, words in self.headings.items() if "." not in name}
        return {**HEADINGS, **plain, **own}

    @property
    def workbook(self) -> str:
        """Name of the workbook with every table and picture."""
        return f"{self.name}.xlsx"


def option(
    default: Any,
    meaning: str,
    *,
    metavar: str | None = None,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    label: str = "",
    unit: str = "",
    help: str = "",
    empty: str = "",
    group: str = "",
    takes: tuple[str, ...] = (),
    names: Mapping[str, str] = MappingProxyType({}),
) -> Any:
    """A field of an analysis's settings that forms and the command line can ask for.

    The field's type is one of int, float, str, bool, tuple[str, ...], tuple[float, ...], each also `| None`.

    Parameters
    ----------
    meaning
        What the option of the command line means.
    label, unit, help, empty, group
        For a form: the field's name and unit, what it means where `meaning` speaks of options, what it stands for when
        left open, and the heading it stands below. A unit that begins with `%` shows a share times 100.
    takes
        What a value is put together of, for a form to offer: of `nation`, `program`, `contract`, `input`, `units` and
        `years`; one with `?` may be left open. The parts are joined by colons.
    names
        The choices in words.
    """
    told = {"label": label, "unit": unit, "help": help, "empty": empty, "group": group, "takes": takes, "names": names}
    return dataclasses.field(
        default=default,
        metadata={"meaning": meaning, "metavar": metavar, "low": low, "high": high, "choices": choices, **told},
    )


@dataclass(frozen=True)
class Setting:
    """One field of an analysis's settings, as whoever asks for it needs to know it."""

    name: str
    kind: type
    """int, float, str or bool."""
    several: bool
    optional: bool
    """Whether it may be left open."""
    default: Any
    meaning: str
    metavar: str | None
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    label: str
    unit: str
    help: str
    empty: str
    group: str
    takes: tuple[str, ...]
    names: Mapping[str, str]

    @property
    def is_percent(self) -> bool:
        """Whether a form shows the share in percent."""
        return self.unit.startswith("%")

    def heading(self) -> str:
        """The field's name in words, with its unit."""
        words = self.label or f"{self.name[:1].upper()}{self.name[1:].replace('_', ' ')}"
        return f"{words}, {self.unit}" if self.unit else words

    def explained(self) -> str:
        """What the field means, as a sentence or two."""
        words = self.help or self.meaning
        return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def settings_asked(analysis: Analysis) -> tuple[Setting, ...]:
    """The fields made with `option`, in order."""
    hints = typing.get_type_hints(analysis.settings)
    return tuple(
        Setting(asked.name, *_kind(hints[asked.name]), asked.default, **asked.metadata)
        for asked in dataclasses.fields(analysis.settings)
        if "meaning" in asked.metadata
    )


def _kind(hint: Any) -> tuple[type, bool, bool]:
    """The plain type of a field, whether it takes several values, and whether it may be left open."""
    optional = isinstance(hint, types.UnionType)
    if optional:
        (hint,) = (part for part in typing.get_args(hint) if part is not types.NoneType)
    if typing.get_origin(hint) is tuple:
        return typing.get_args(hint)[0], True, optional
    return hint, False, optional


def records(table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows of a table as plain values; what is not known is None."""

    def plain(value: Any) -> object:
        value = value.item() if hasattr(value, "item") else value
        return None if isinstance(value, float) and value != value else value

    names = [str(name) for name in table.columns]
    return [dict(zip(names, map(plain, row), strict=True)) for row in table.itertuples(index=False, name=None)]


__all__ = ["Analysis", "Picture", "Result", "Scenario", "Solve", "option", "records"]
