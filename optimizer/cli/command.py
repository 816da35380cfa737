"""The parser of every verb, and `main`, which turns outcomes and faults into exit codes."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import traceback
from typing import Callable, Sequence

from optimizer.cli import analyses, verbs
from optimizer.cli.console import EXIT_BAD_INPUT, EXIT_DONE, EXIT_FAULT, EXIT_STOPPED, Console, problem_lines
from optimizer.problems import InvalidInput, SolverFailed, SolverUnavailable
from optimizer.solve import all_versions
from optimizer.workers import PREFIXES

TRACEBACK = "JOINTBUY_TRACEBACK"
SCENARIO_HELP = "a folder of CSV files, a workbook (.xlsx), a what-if (.toml) or a bundle (.zip)"
EPILOG = """\
exit codes: 0 done, 1 a fault of ours, 2 bad input, 3 infeasible, 4 stopped before the gap asked for, 5 the audit
disagrees. Money is in million euro (meur).

first steps:
  jointbuy demo                       the built-in data: as is, alone and jointly
  jointbuy template mine              empty tables to fill in
  jointbuy validate mine              every fault at once
  jointbuy solve mine --out result    a plan with its proof; read result/brief.html
"""


def number(low: float, high: float, *, above: bool = False, whole: bool = False) -> Callable[[str], float]:
    """A reader of a bounded number."""

    def read(text: str) -> float:
        kind = "a whole number" if whole else "a number"
        bounds = f"above {low:g} and up to {high:g}" if above else f"from {low:g} to {high:g}"
        try:
            value: float = int(text) if whole else float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be {kind} {bounds}, not {text!r}") from None
        if not (low < value if above else low <= value) or not value <= high:
            raise argparse.ArgumentTypeError(f"must be {kind} {bounds}, not {text!r}")
        return value

    return read


def workers(text: str) -> int | str:
    """A number of processes, or the address of a cluster."""
    if text.startswith(PREFIXES):
        return text
    if text.isdecimal() and 1 <= int(text) <= 256:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a number from 1 to 256 or tcp://host:port, not {text!r}")


def key_value(text: str) -> tuple[str, str]:
    """`key=value` as a pair."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise argparse.ArgumentTypeError(f"must be key=value, such as pooling.mode=national, not {text!r}")
    return key.strip(), value.strip()


def parser() -> argparse.ArgumentParser:
    """Every verb with its options."""
    top = argparse.ArgumentParser(
        prog="jointbuy",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=EPILOG,
        description="Plans allied defense procurement: who buys what, with whom, when and at what cost.",
    )
    top.add_argument("--version", action="version", version=f"jointbuy {all_versions()['jointbuy']}")
    kinds = top.add_subparsers(dest="verb", metavar="VERB", required=True)

    talk = argparse.ArgumentParser(add_help=False)
    talk.add_argument("--json", action="store_true", help="machine-readable answer on standard output, nothing else")
    talk.add_argument("--quiet", action="store_true", help="no progress and no notes on standard error")
    change = argparse.ArgumentParser(add_help=False)
    change.add_argument(
        "--set",
        action="append",
        type=key_value,
        metavar="KEY=VALUE",
        help="change a setting of scenario.toml, such as rules.annual_budget=false; repeatable",
    )
    limit = argparse.ArgumentParser(add_help=False)
    limit.add_argument("--out", metavar="DIR", help="write the result into this folder, whole or not at all")
    limit.add_argument(
        "--gap",
        type=number(0.0, 1.0),
        metavar="SHARE",
        help="stop when proven to be this close to the best plan; 0.005 is half a percent, 0 exact",
    )
    limit.add_argument(
        "--time-limit",
        type=number(0.0, 1e7, above=True),
        metavar="SECONDS",
        help="stop each solve after about this time, its finish included, and keep the best plan",
    )
    limit.add_argument("--threads", type=number(1, 256, whole=True), metavar="N", help="processor cores to use")
    limit.add_argument("--solver", metavar="NAME", help="highs, or another solver on this machine; see versions")

    side = argparse.ArgumentParser(add_help=False)
    side.add_argument(
        "--workers",
        type=workers,
        metavar="N|ADDRESS",
        help="solve N cases at the same time, each in a process of its own, or on a Dask cluster at tcp://host:port",
    )

    def verb(
        name: str,
        run: Callable[[argparse.Namespace, Console], int],
        text: str,
        *parents: argparse.ArgumentParser,
    ) -> argparse.ArgumentParser:
        added = kinds.add_parser(
            name,
            help=text[0].lower() + text[1:].rstrip("."),
            description=text,
            parents=[*parents, talk],
            allow_abbrev=False,
        )
        added.set_defaults(run=run)
        return added

    made = verb("template", verbs.template, "Write empty tables with headers, units and one example row.")
    made.add_argument("folder", metavar="DIR", help="folder to write to; nothing in it is overwritten")
    made.add_argument("--workbook", action="store_true", help="one workbook instead of CSV files")

    made = verb("validate", verbs.validate, "List every fault of a scenario at once.", change)
    made.add_argument("scenario", metavar="SCENARIO", help=SCENARIO_HELP)

    made = verb(
        "solve", verbs.solve, "Find the plan of least cost, prove how good it is, audit it and write it.", change, limit
    )
    made.add_argument("scenario", metavar="SCENARIO", help=SCENARIO_HELP)
    made.add_argument(
        "--pooling",
        choices=("national", "joint", "blocs", "as_is"),
        help="who buys together; by default as the scenario says",
    )
    made.add_argument(
        "--no-baseline",
        action="store_true",
        help="do not also solve every nation alone; saves time, leaves the national columns empty",
    )

    made = verb(
        "compare",
        verbs.compare_verb,
        "Set as is, national, blocs and joint side by side; or a scenario beside others.",
        change,
        limit,
        side,
    )
    made.add_argument("scenario", metavar="SCENARIO", help=SCENARIO_HELP)
    made.add_argument("others", metavar="OTHER", nargs="*", help="scenarios to compare with, such as what-ifs")

    for analysis in analyses.ANALYSES:
        made = verb(analysis.name, analyses.verb_of(analysis), analysis.sentence, change, limit)
        made.add_argument("scenario", metavar="SCENARIO", help=SCENARIO_HELP)
        analyses.add_options(made, analysis)

    made = verb("audit", verbs.audit, "Recompute a written plan from the inputs, without a solver.", change)
    made.add_argument("scenario", metavar="SCENARIO", help=SCENARIO_HELP)
    made.add_argument("folder", metavar="DIR", help="folder that solve wrote")

    made = verb(
        "export",
        verbs.export,
        "Write a bundle of inputs and results, an approved plan, or the model for another solver.",
        change,
    )
    made.add_argument("scenario", metavar="SCENARIO", help=SCENARIO_HELP)
    made.add_argument("folder", metavar="DIR", nargs="?", help="folder that solve wrote; needed for a bundle")
    made.add_argument("--bundle", metavar="FILE.zip", help="inputs, results and provenance in one file")
    made.add_argument("--previous", metavar="FILE.csv", help="the result's plan as the approved one, previous.csv")
    made.add_argument("--mps", metavar="FILE", help="the model in MPS format, with a name map beside it")
    made.add_argument("--lp", metavar="FILE", help="the model in LP format, with a name map beside it")

    made = verb(
        "demo",
        verbs.demo,
        "Solve the built-in data as is, nationally and jointly, and print the headline.",
        change,
        limit,
    )
    made.add_argument("scenario", metavar="SCENARIO", nargs="?", help=f"by default the built-in data; {SCENARIO_HELP}")

    made = verb("ui", verbs.ui, "Serve the page in the browser, on this machine only, until stopped.")
    made.add_argument("scenario", metavar="SCENARIO", nargs="?", help=f"by default the built-in data; {SCENARIO_HELP}")
    made.add_argument("--port", type=number(1, 65535, whole=True), metavar="N", help="by default the first free one")
    made.add_argument("--runs", metavar="DIR", help="where runs and drafts are kept; by default .runs here")
    made.add_argument("--no-browser", action="store_true", help="only print the address")

    verb("versions", verbs.versions, "Print versions of everything, for a bug report.")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code; never raises, and shows a traceback only when asked for one."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    given = list(sys.argv[1:] if argv is None else argv)
    console = Console(as_json="--json" in given)
    try:
        args = parser().parse_args(given)
        console = Console(as_json=args.json, quiet=args.quiet)
        code: int = args.run(args, console)
        sys.stdout.flush()
        return code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else EXIT_BAD_INPUT
    except InvalidInput as error:
        console.give({"error": "bad input", "problems": [problem.as_dict() for problem in error.problems]})
        if not console.as_json:
            for line in problem_lines(error.problems):
                console.complain(line)
        return EXIT_BAD_INPUT
    except SolverUnavailable as error:
        return _failed(console, str(error), EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        code = _failed(console, "Stopped; nothing was written.", EXIT_STOPPED)
        return code if argv is not None else _leave(code)
    except BrokenPipeError:
        # The reader has gone, as with `| head`; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except SolverFailed as error:
        return _failed(console, f"The solver failed: {error}", EXIT_FAULT)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            traceback.print_exc()
        return _failed(
            console,
            f"A fault of ours: {type(error).__name__}: {error}. Set {TRACEBACK}=1 for a traceback, "
            "and report it with the output of `jointbuy versions`.",
            EXIT_FAULT,
        )


def _leave(code: int) -> int:
    """End the program without waiting for solvers that are still at work, as Python would."""
    if threading.active_count() > 1:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
    return code


def _failed(console: Console, text: str, code: int) -> int:
    console.give({"error": text})
    if not console.as_json:
        console.complain(text)
    return code
