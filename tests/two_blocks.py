"""A scenario in tables that falls into two blocks with coupling rows: two capabilities that share a budget."""

from __future__ import annotations

TWO = {
    "capabilities": "capability shortfall_meur_per_unit_year\nfighter 100\ntank 60",
    "programs": (
        "program capability kind unit_cost_meur suppliers lead first_delivery\n"
        "hawk fighter off_the_shelf 10 AAA:1 AAA 2026\nkite fighter off_the_shelf 14 BBB:1 BBB 2026\n"
        "ox tank off_the_shelf 8 AAA:1 AAA 2026\nelk tank off_the_shelf 9 BBB:1 BBB 2026"
    ),
    "requirements": (
        "nation capability quantity need_by\nAAA fighter 4 2026\nBBB fighter 3 2026\nAAA tank 5 2026\nBBB tank 2 2026"
    ),
    "budgets": "nation year class budget_meur\nAAA 2026 all 60\nAAA 2027 all 60\nAAA 2028 all 60\nBBB 2026 all 90",
}
