"""Every tolerance in one place, with the reason for its size."""

from __future__ import annotations

# The cost terms must add up to the objective this closely, million euro.
RECONCILE_MEUR = 0.01
# A gap below this counts as proved (fine print 73).
PROVED_GAP = 1e-6
# Feasibility and integrality asked of the solver.
SOLVER_FEASIBILITY = 1e-7
# A rule is broken when its amount exceeds this share of the row's own size, or this much absolutely.
RULE_RELATIVE = 1e-6
RULE_ABSOLUTE = 1e-5
# Room left to an earlier goal in lexicographic order (fine print 78).
STAGE_SLACK_MEUR = 1e-6
# Costs of two national baselines closer than this are the same (fine print 63).
BASELINE_RELATIVE = 1e-6


def exceeds(amount: float, size: float) -> bool:
    """Whether an excess of `amount` over a limit of magnitude `size` is more than rounding."""
    return amount > max(RULE_ABSOLUTE, RULE_RELATIVE * abs(size))
