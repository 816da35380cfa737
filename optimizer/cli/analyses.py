"""The verbs of the analyses, made from each one's settings: options, the run, what is printed and written."""

from __future__ import annotations

import argparse
import dataclasses
import functools
from typing import Any, Callable

from optimizer.analysis import ANALYSES
from optimizer.analysis.analysis import Analysis, settings_asked
from optimizer.analysis.headings import with_units, worded
from optimizer.analysis.naming import Names
from optimizer.cli.console import Console, heading
from optimizer.cli.drawing import drawn
from optimizer.cli.text_table import text_table
from optimizer.cli.verbs import limits, load, options, out_folder, say_written
from optimizer.export.analysis import write_analysis
from optimizer.scenario import Scenario
from optimizer.solution import Solution

# More rows than this are for the files.
_LONGEST_TABLE = 20


def add_options(parser: argparse.ArgumentParser, analysis: Analysis) -> None:
    """An option for each field of the analysis's settings."""
    for asked in settings_asked(analysis):
        flag = f"--{asked.name.replace('_', '-')}"
        if asked.kind is bool:
            parser.add_argument(flag, action="store_true", default=None, help=asked.meaning)
            continue
        read = _reader(asked.kind, asked.low, asked.high, asked.choices)
        one_of = asked.choices if not asked.several else ()
        parser.add_argument(
            flag,
            action="extend" if asked.several else "store",
            type=functools.partial(_list, read) if asked.several else read,
            choices=one_of or None,
            metavar=None if one_of else asked.metavar or asked.name.upper(),
            help=asked.meaning,
        )


def _reader(kind: type, low: float | None, high: float | None, choices: tuple[str, ...]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        text = text.strip()
        if kind is str:
            if choices and text not in choices:
                raise argparse.ArgumentTypeError(f"must be one of {', '.join(choices)}, not {text!r}")
            return text
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"must be a {'whole ' if kind is int else ''}number, not {text!r}"
            ) from None
        if (low is not None and not value >= low) or (high is not None and not value <= high):
            bounds = " and ".join(
                f"at {word} {bound:g}" for word, bound in (("least", low), ("most", high)) if bound is not None
            )
            raise argparse.ArgumentTypeError(f"must be {bounds}, not {text!r}")
        return value

    return read


def _list(read: Callable[[str], Any], text: str) -> tuple[Any, ...]:
    return tuple(read(part) for part in text.split(",") if part.strip())


def verb_of(analysis: Analysis) -> Callable[[argparse.Namespace, Console], int]:
    """What the verb does: load, run, print, write."""

    def run(args: argparse.Namespace, console: Console) -> int:
        out = out_folder(args)
        asked = limits(args)
        scenario = load(args, console)
        given = {field.name: getattr(args, field.name, None) for field in dataclasses.fields(analysis.settings)}
        settings = analysis.settings(
            **{
                name: tuple(value) if isinstance(value, list) else value
                for name, value in given.items()
                if value is not None
            }
        )

        def solve(variant: Scenario, **more: object) -> Solution:
            return console.solve_next(variant, **{**asked, **more})

        result = analysis.run(scenario, settings, solve=solve)
        if out is not None:
            write_analysis(analysis, scenario, result, out, options(args))
        console.give(result.as_dict())
        for line in [*heading(scenario), "", *result.headline().splitlines()]:
            console.say(line)
        tables, names = result.tables(), Names(scenario)
        for picture in result.pictures():
            console.say()
            for line in drawn(picture, names.told(worded(tables[picture.table])), analysis.headings_of(picture.table)):
                console.say(line)
        for name in analysis.shown or analysis.files:
            table = tables.get(name)
            if table is not None and len(table):
                shown = names.told(worded(with_units(table.head(_LONGEST_TABLE))), beside=True)
                for line in ["", analysis.title_of(name), *text_table(shown, analysis.headings_of(name))]:
                    console.say(line)
                if len(table) > _LONGEST_TABLE:
                    console.say(f"  ... {len(table) - _LONGEST_TABLE} more rows; --out DIR writes them all")
        say_written(out, console)
        return result.exit_code

    return run


__all__ = ["ANALYSES", "add_options", "verb_of"]
