"""A kept model stands for every scenario with other weights or further limits on goals, and promises no false bound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from reference.scenarios import write_random
from scenario_maker import make
from two_blocks import TWO

from optimizer import Scenario, load_scenario, solve
from optimizer.analysis.limits import with_limits
from optimizer.model.build import build
from optimizer.model.highs import Highs
from optimizer.problems import InvalidInput
from optimizer.solve import decomposed
from optimizer.solve.kept import Kept, Known, row_labels
from optimizer.solve.session import Session

# A budget that binds harder.
SCARCE = {**TWO, "budgets": TWO["budgets"].replace("BBB 2026 all 90", "BBB 2026 all 40")}
WEIGHTS = ({"shortfall": 1.0}, {"shortfall": 3.0}, {"shortfall": 0.4, "duplication": 0.0}, {"preference": 2.0})


def weighted(scenario: Scenario, **weights: object) -> Scenario:
    """The same scenario with other weights."""
    objective = scenario.settings.objective.model_copy(update=weights)
    return scenario.replace(settings={"objective": objective})


def scenarios(folder: Path) -> list[Scenario]:
    """A few random scenarios without an order or limits."""
    found = []
    for seed in range(400, 412):
        write_random(folder / str(seed), seed, size="small")
        try:
            scenario = load_scenario(folder / str(seed))
        except InvalidInput:
            continue
        if scenario.settings.objective.order or "goal_limit" in scenario.settings.rules:
            continue
        found.append(scenario)
    assert len(found) >= 4
    return found[:5]


def test_it_is_the_model_that_would_be_built(tmp_path: Path) -> None:
    for base in scenarios(tmp_path):
        kept = Kept(build(base, whole_deliveries=True))
        for weights in WEIGHTS:
            other = with_limits(weighted(base, **weights), {"shortfall": 50.0})
            made, built = kept.under(other), build(other, whole_deliveries=True)
            assert made is not None
            assert made.arrays.cost == pytest.approx(built.arrays.cost)
            assert made.arrays.offset == pytest.approx(built.arrays.offset)
            # The limit stands among the rules' rows where it was built, and last where it was added.
            rows = [
                sorted(zip(map(str, labels), model.arrays.row_lower, model.arrays.row_upper, strict=True))
                for model, labels in ((made, row_labels(made)), (built, built.program.row_labels()))
            ]
            assert rows[0] == rows[1]


def test_what_differs_in_more_is_built_anew(tmp_path: Path) -> None:
    base = scenarios(tmp_path)[0]
    limited = with_limits(base, {"cost": 1e6})
    kept = Kept(build(limited, whole_deliveries=True))
    assert kept.under(with_limits(limited, {"shortfall": 9.0})) is not None
    assert kept.under(base) is None
    assert kept.under(with_limits(base, {"cost": 5e5})) is None
    assert kept.under(with_limits(limited, {"types": 9.0})) is None
    assert kept.under(limited.with_rule("annual_budget", on=False)) is None
    assert kept.under(limited.replace(settings={"discount_rate": 0.07})) is None
    assert kept.under(limited.replace(tables={"requirements": base.tables.requirements[1:]})) is None
    assert kept.under(weighted(limited, order=("cost",))) is None
    assert kept.under(weighted(limited, types=1.0)) is None
    assert kept.under(weighted(limited, unlike=(("AAA:x",), ("AAA:y",)))) is None


def test_no_promise_is_above_the_least(tmp_path: Path) -> None:
    tight = 0
    for base in scenarios(tmp_path):
        kept = Kept(build(base, whole_deliveries=False))

        def least(scenario: Scenario, kept: Kept = kept) -> tuple[float, float]:
            model = kept.under(scenario)
            assert model is not None
            promised = kept.promise(model.arrays)[0]
            answer = Highs(model.arrays).run(gap=0.0)
            return promised, answer.objective if answer.x is not None else np.inf

        for shortfall in (1.0, 3.0):
            model = kept.under(weighted(base, shortfall=shortfall))
            assert model is not None
            answer = Highs(model.arrays).run(gap=0.0)
            if answer.x is None:
                break
            coupling = int((model.arrays.row_block < 0).sum())
            kept.learn(answer.x, Known(model.arrays.cost, answer.bound, np.zeros(coupling)))
        for shortfall in (0.3, 1.0, 1.7, 2.0, 3.0, 8.0):
            for limits in ({}, {"shortfall": 0.0}, {"shortfall": 40.0}, {"cost": 300.0}):
                promised, found = least(with_limits(weighted(base, shortfall=shortfall), limits))
                assert promised <= found + 1e-6 * max(1.0, abs(found))
                tight += found < np.inf and promised > found - 0.01 * abs(found)
    # Promises that are near the truth, or the test would say nothing.
    assert tight >= 10


def test_other_weights_hot_are_as_good_as_cold(monkeypatch: pytest.MonkeyPatch) -> None:
    # Where there is no plan the whole model is asked sooner than a user would need.
    monkeypatch.setattr(decomposed, "_SMALL_PATIENCE", 0.2)
    base = make(**SCARCE)
    asked = base.settings.solver.model_copy(update={"strategy": "decomposed", "gap": 1e-3})
    base = base.replace(settings={"solver": asked})
    session = Session()
    session.solve(base)
    cases = [weighted(base, **weights) for weights in WEIGHTS]
    cases += [with_limits(weighted(base, shortfall=0.1), {"shortfall": most}) for most in (150.0, 700.0, 1500.0)]
    unlike = weighted(base, unlike=(("AAA:hawk", "BBB:hawk"),), likeness=2.0)
    cases += [unlike, with_limits(unlike, {"likeness": -1.0})]
    for number, case in enumerate(cases):
        hot, cold = session.solve(case), solve(case)
        # The budgets leave more short than the lowest limit allows, and it is told so.
        assert (cold.status == "infeasible") == (number == len(WEIGHTS))
        assert hot.findings == () and (hot.plan is None) == (cold.plan is None)
        if hot.objective_meur is not None and cold.objective_meur is not None:
            assert hot.termination in ("proved", "gap")
            assert hot.bound_meur is not None and hot.bound_meur <= cold.objective_meur + 1e-6
            assert cold.bound_meur is not None and cold.bound_meur <= hot.objective_meur + 1e-6
