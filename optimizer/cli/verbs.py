"""The verbs of the command line: what each reads, solves, prints and writes."""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Mapping

import optimizer
from optimizer import words
from optimizer.analysis import compare
from optimizer.cli.console import (
    EXIT_AUDIT,
    EXIT_BAD_INPUT,
    EXIT_DONE,
    EXIT_FAULT,
    EXIT_INFEASIBLE,
    EXIT_STOPPED,
    Console,
    comparison_lines,
    heading,
    problem_lines,
    solution_lines,
)
from optimizer.export.approved import write_approved
from optimizer.export.bundle import write_bundle
from optimizer.export.check import audit_folder, read_result
from optimizer.export.files import refuse_target
from optimizer.export.model_file import write_model_file
from optimizer.export.results import input_sha256, result_document, write_comparison, write_result
from optimizer.load import default_data, load_scenario
from optimizer.model.solvers import require_solver, solvers
from optimizer.problems import InvalidInput, Problem
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve import all_versions
from optimizer.tables.template import write_template


def load(args: argparse.Namespace, console: Console, more: Mapping[str, str] | None = None) -> Scenario:
    """The scenario named on the command line, `--set` and `--pooling` applied."""
    scenario = load_scenario(args.scenario, {**(more or {}), **options(args)})
    if getattr(args, "pooling", None) == "blocs" and not scenario.settings.pooling.blocs:
        raise InvalidInput(
            [
                Problem(
                    "--pooling",
                    None,
                    None,
                    "blocs",
                    "names no blocs, and neither does the scenario",
                    'Add --set \'pooling.blocs=[["FRA", "DEU"]]\'',
                )
            ]
        )
    doubts = scenario.provenance.get("warnings")
    if isinstance(doubts, tuple) and doubts:
        console.note(f"{words.plural(len(doubts), 'warning')} about the input; see `jointbuy validate`.")
    return scenario


def options(args: argparse.Namespace) -> dict[str, str]:
    """Settings given beside the scenario."""
    given = dict(args.set or ())
    if getattr(args, "pooling", None):
        given["pooling.mode"] = args.pooling
    return given


def limits(args: argparse.Namespace) -> dict[str, object]:
    """Solver options given on the command line."""
    names = ("gap", "time_limit", "threads", "solver")
    found = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    if "solver" in found:
        require_solver(str(found["solver"]))
    return found


def out_folder(args: argparse.Namespace, *inside: str) -> Path | None:
    """The --out folder, refused at once rather than after a long solve."""
    if args.out is None:
        return None
    for folder in [Path(args.out) / name for name in inside] or [Path(args.out)]:
        refuse_target(folder)
    return Path(args.out)


def template(args: argparse.Namespace, console: Console) -> int:
    """Write empty tables with headers, units and one example row."""
    paths = write_template(args.folder, workbook=args.workbook)
    console.give({"written": [str(path) for path in paths]})
    console.say(f"Written to {args.folder}: {', '.join(path.name for path in paths)}")
    console.say(
        f"Next: replace the example rows, then run `jointbuy validate {paths[0] if args.workbook else args.folder}`."
    )
    return EXIT_DONE


_ONE_OF = {
    "nations": "nation",
    "capabilities": "capability",
    "programs": "program",
    "requirements": "requirement",
}


def validate(args: argparse.Namespace, console: Console) -> int:
    """List every fault of a scenario at once."""
    try:
        scenario = load_scenario(args.scenario, options(args))
    except InvalidInput as error:
        console.give({"valid": False, "problems": [problem.as_dict() for problem in error.problems], "warnings": []})
        for line in problem_lines(error.problems):
            console.say(line)
        return EXIT_BAD_INPUT
    found = scenario.provenance.get("warnings")
    doubts = found if isinstance(found, tuple) else ()
    counts = {
        "nations": len(scenario.nations),
        "capabilities": len(scenario.capabilities),
        "programs": len(scenario.programs),
        "requirements": len(scenario.needs),
    }
    console.give(
        {
            "valid": True,
            "problems": [],
            "warnings": [doubt.as_dict() for doubt in doubts],
            "name": scenario.settings.name,
            "sha256": input_sha256(scenario),
            **counts,
        }
    )
    for line in [*heading(scenario), *(problem_lines(doubts, "warning") if doubts else ())]:
        console.say(line)
    console.say(
        "No fault. "
        + ", ".join(f"{number} {what if number != 1 else _ONE_OF[what]}" for what, number in counts.items())
        + f", {scenario.first_year} to {scenario.last_year}."
    )
    return EXIT_DONE


def solve(args: argparse.Namespace, console: Console) -> int:
    """Solve a scenario, audit the plan, and write it."""
    out = out_folder(args)
    asked = limits(args)
    scenario = load(args, console)
    solution = console.solve(scenario, **asked)
    code = solution.exit_code
    if solution.plan is None or code == EXIT_AUDIT:
        return _unwritten(solution, console, code)
    national = None
    if not args.no_baseline and not console.stop.is_set():
        alone = scenario.settings.pooling.mode == "national"
        national = solution if alone else console.solve(scenario.with_pooling("national"), **asked)
        if national.plan is None or national.exit_code == EXIT_AUDIT:
            console.note(f"No national baseline ({national.status}): the national columns stay empty.")
            national = None
    if out is not None:
        write_result(solution, out, national=national, options=options(args))
    console.give(result_document(solution))
    for line in solution_lines(solution):
        console.say(line)
    if national is not None and national is not solution:
        mode = scenario.settings.pooling.mode
        pair = compare.arranged({"national": national, mode: solution}, by_pooling=True)
        for line in pair.headline().splitlines()[2:]:
            console.say(line)
    say_written(out, console)
    return code


def _unwritten(solution: Solution, console: Console, code: int) -> int:
    """Report a solve whose outcome is not written."""
    console.give({**result_document(solution), "clash": list(solution.clash), "findings": list(solution.findings)})
    for line in [*solution_lines(solution), "Nothing was written."]:
        console.say(line)
    return code


def say_written(out: Path | None, console: Console) -> None:
    """Say where the files are, or how to get them."""
    console.say("Nothing was written; give --out DIR to keep the result." if out is None else f"Written to {out}")


def compare_verb(args: argparse.Namespace, console: Console) -> int:
    """Set poolings, or scenarios, side by side."""
    out = out_folder(args)
    asked = limits(args)
    scenario = load(args, console)
    others = tuple(load_scenario(other, options(args)) for other in args.others)
    settings = compare.Settings(others=others, workers=args.workers or 1, **asked)  # type: ignore[arg-type]
    result = compare.run(scenario, settings, solve=console.solve, batch=console.run_batch)
    code = comparison_code(result)
    has_plan = _can_be_written(result, code)
    if out is not None and has_plan:
        write_comparison(result, out)
    console.give(result.as_dict())
    for line in [*heading(scenario), *comparison_lines(result)]:
        console.say(line)
    if has_plan:
        say_written(out, console)
    else:
        console.say("Nothing was written.")
    return EXIT_FAULT if result.lost else code


def _can_be_written(result: compare.Result, code: int) -> bool:
    main = result.solution(result.main)
    return code in (EXIT_DONE, EXIT_STOPPED) and main is not None and main.plan is not None


def comparison_code(result: compare.Result) -> int:
    """Exit code of a comparison: the audit first, then what has no plan, then what stopped early."""
    codes = {case.name: case.solution.exit_code for case in result.cases}
    if result.faults or EXIT_AUDIT in codes.values():
        return EXIT_AUDIT
    # Among poolings, buying alone may well be impossible; that is an answer, not a failure.
    needed = [codes[result.main]] if result.by_pooling else list(codes.values())
    if EXIT_INFEASIBLE in needed:
        return EXIT_INFEASIBLE
    return EXIT_STOPPED if EXIT_STOPPED in codes.values() else EXIT_DONE


def audit(args: argparse.Namespace, console: Console) -> int:
    """Recompute a written plan from the inputs."""
    written = read_result(args.folder)
    recorded = {key: text for key, text in written.options.items() if key not in options(args)}
    try:
        scenario = load(args, console, recorded)
        objections = audit_folder(scenario, args.folder)
    except InvalidInput:
        if not recorded:
            raise
        load(args, console)
        objections = [f"plan.json: its options do not fit the scenario: {recorded}"]
    console.give({"agrees": not objections, "objections": objections, "options": recorded})
    if recorded:
        console.say(
            "Checked with the options of the solve: " + ", ".join(f"{key}={text}" for key, text in recorded.items())
        )
    if objections:
        console.say(f"The audit disagrees with {args.folder}, {words.plural(len(objections), 'objection')}:")
        for objection in objections:
            console.say(f"  {objection}")
        return EXIT_AUDIT
    console.say(
        f"The audit agrees with {args.folder}: no hard rule is broken, and every figure, table and cost line\n"
        "follows from the inputs. No solver was used; that no better plan exists rests on the solver's bound."
    )
    return EXIT_DONE


def export(args: argparse.Namespace, console: Console) -> int:
    """Write a bundle or the model."""
    if not (args.bundle or args.previous or args.mps or args.lp):
        raise InvalidInput(
            [
                Problem(
                    "export",
                    None,
                    None,
                    None,
                    "is not told what to write",
                    "Give --bundle FILE.zip, --previous FILE.csv, --mps FILE or --lp FILE",
                )
            ]
        )
    if (args.bundle or args.previous) and args.folder is None:
        raise InvalidInput(
            [
                Problem(
                    "export",
                    None,
                    None,
                    None,
                    "needs a result for a bundle or an approved plan",
                    "Give the folder that solve wrote, after the scenario",
                )
            ]
        )
    written = None if args.folder is None else read_result(args.folder)
    scenario = load(args, console, None if written is None else written.options)
    files: list[str] = []
    if written is not None and args.bundle:
        objections = audit_folder(scenario, args.folder)
        if objections:
            console.give({"agrees": False, "objections": objections})
            for line in ["The audit disagrees with the result, so no bundle was written:", *objections]:
                console.say(line)
            return EXIT_AUDIT
        write_bundle(scenario, args.folder, args.bundle, dict(written.result))
        files.append(args.bundle)
    if written is not None and args.previous:
        files.append(str(write_approved(written, args.previous, scenario.settings.name)))
    for form, path in (("mps", args.mps), ("lp", args.lp)):
        if path:
            names = write_model_file(scenario, path, form)  # type: ignore[arg-type]
            files += [path, str(names)]
    console.give({"written": files})
    console.say(f"Written: {', '.join(files)}")
    return EXIT_DONE


def demo(args: argparse.Namespace, console: Console) -> int:
    """Solve as is, nationally and jointly, and compare."""
    args.scenario = args.scenario or default_data()
    out = out_folder(args, "joint", "national", "as_is", "comparison")
    asked = limits(args)
    scenario = load(args, console)
    started = time.monotonic()
    poolings = tuple(mode for mode in ("as_is", "national", "joint") if compare.makes_sense(scenario, mode))
    result = compare.run(scenario, compare.Settings(poolings=poolings, **asked), solve=console.solve)  # type: ignore[arg-type]
    code = comparison_code(result)
    national = result.solution("national")
    console.give(result.as_dict())
    for line in [*heading(scenario), *comparison_lines(result)]:
        console.say(line)
    if not _can_be_written(result, code):
        console.say("Nothing was written.")
        return code
    if out is not None:
        for case in result.cases:
            if case.solution.plan is not None:
                write_result(
                    case.solution,
                    out / case.name,
                    national=national,
                    options={**options(args), "pooling.mode": case.name},
                )
        write_comparison(result, out / "comparison")
        console.say(
            f"Written to {out}: {', '.join(sorted(entry.name for entry in out.iterdir()))}. "
            f"Read {out / 'joint' / 'brief.html'} first."
        )
    else:
        say_written(None, console)
    console.say(f"{time.monotonic() - started:.0f} s in all.")
    return code


def ui(args: argparse.Namespace, console: Console) -> int:
    """Serve the page until stopped."""
    for name in ("streamlit", "altair"):
        if importlib.util.find_spec(name) is None:
            raise InvalidInput(
                [Problem("ui", None, None, None, f"needs {name}, which is not installed", "pip install 'jointbuy[ui]'")]
            )
    if args.scenario and not Path(args.scenario).exists():
        raise InvalidInput([Problem(args.scenario, None, None, None, "does not exist", "Name a scenario that does")])
    command = [sys.executable, "-m", "ui", *([args.scenario] if args.scenario else [])]
    command += ["--port", str(args.port)] if args.port else []
    command += ["--runs", args.runs] if args.runs else []
    command += ["--no-browser"] if args.no_browser else []
    package = str(Path(optimizer.__file__).parents[1])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    del console
    if os.name == "posix":
        # In this process's place, so that a signal to end it ends the page.
        os.execve(sys.executable, command, environment)
    return subprocess.run(command, env=environment, check=False).returncode


def versions(args: argparse.Namespace, console: Console) -> int:
    """Versions of everything, for a bug report."""
    del args
    found = {**all_versions(), "solvers": ", ".join(solvers()), "platform": platform.platform()}
    console.give(found)
    for name, version in found.items():
        console.say(f"{name:<10} {version}")
    return EXIT_DONE
