"""Published optimization problems written down as scenario folders: plain CSV tables and a scenario.toml."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

INSTANCES = Path(__file__).parent / "instances"
FIRST_YEAR = 2030

Row = Mapping[str, object]
Numbers = Sequence[float]
Matrix = Sequence[Numbers]


def instance_rows(name: str) -> list[list[float]]:
    """The numbers of an instance file, line by line, comments left out."""
    lines = (INSTANCES / name).read_text(encoding="utf-8").splitlines()
    return [[float(word) for word in line.split()] for line in lines if not line.startswith("#")]


def write_scenario(
    folder: Path,
    tables: Mapping[str, Sequence[Row]],
    *,
    years: int = 1,
    settings: str = "",
) -> Path:
    """Write one CSV file per table and scenario.toml; money is not discounted, every other setting is the default."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    text = f'name = "published"\nfirst_year = {FIRST_YEAR}\nlast_year = {FIRST_YEAR + years - 1}\ndiscount_rate = 0.0\n'
    (folder / "scenario.toml").write_text(text + settings, encoding="utf-8")
    return folder


def nation(number: int) -> str:
    """Code of the nation with this number."""
    return f"N{number:03d}"


def program(number: int) -> str:
    """Code of the program with this number."""
    return f"p{number:03d}"


def nations_of(count: int, **columns: object) -> list[Row]:
    """That many nations."""
    return [{"nation": nation(number), **columns} for number in range(count)]


def capability(code: str = "thing", **columns: object) -> Row:
    """A capability whose types are its programs."""
    return {"capability": code, "type_is": "program", **columns}


def line(code: str, **columns: object) -> Row:
    """A free off-the-shelf program of the first nation, there from the first year; columns say what differs."""
    return {
        "program": code,
        "capability": "thing",
        "kind": "off_the_shelf",
        "lead": nation(0),
        "suppliers": f"{nation(0)}:1",
        "unit_cost_meur": 0.0,
        "first_delivery": FIRST_YEAR,
        **columns,
    }


def development(code: str, partners: Sequence[int], cost_meur: float, **columns: object) -> Row:
    """A joint development whose cost does not depend on how many partners share it, and whose units are free."""
    return line(
        code,
        kind="joint_development",
        partners=";".join(map(nation, partners)),
        partner_exponent=0.0,
        development_meur=cost_meur,
        customer_premium_share=0.0,
        **columns,
    )


def need(number: int, quantity: float, code: str = "thing", must_meet: str = "yes", **columns: object) -> Row:
    """A requirement of one nation, due in the first year unless said otherwise."""
    return {
        "nation": nation(number),
        "capability": code,
        "quantity": quantity,
        "need_by": FIRST_YEAR,
        "must_meet": must_meet,
        **columns,
    }


def facility_location(
    folder: Path,
    fixed: Numbers,
    demands: Numbers,
    service: Matrix,
    capacities: Numbers | None = None,
    *,
    single_source: bool = False,
    whole_demand: bool = False,
) -> Path:
    """Facility: a joint development open to all. Customer: a nation. `service[j][i]`: cost of serving all of j from i.

    With `whole_demand` a customer is one unit, so capacities must be absent; otherwise its units are its demand.
    """
    quantities = [1.0] * len(demands) if whole_demand else demands
    everyone = range(len(demands))
    limits = [{}] * len(fixed) if capacities is None else [{"max_units": int(units)} for units in capacities]
    return write_scenario(
        folder,
        {
            "nations": nations_of(len(demands)),
            "capabilities": [capability(max_types_per_nation=1 if single_source else "")],
            "programs": [development(program(i), everyone, cost, **limits[i]) for i, cost in enumerate(fixed)],
            "requirements": [need(j, quantity) for j, quantity in enumerate(quantities)],
            "offers": [
                {"program": program(i), "nation": nation(j), "unit_price_meur": cost / quantities[j]}
                for j, row in enumerate(service)
                for i, cost in enumerate(row)
            ],
        },
    )


def facility_location_with_hosts(
    folder: Path,
    fixed: Numbers,
    demands: Numbers,
    service: Matrix,
    capacities: Numbers,
) -> Path:
    """Facility: a development by one host nation, which takes one free unit of it and pays all. Customers only buy.

    A facility without fixed cost is a finished development, which needs no partner and so no unit for one.
    """
    customers = len(demands)
    hosts = [customers + i for i in range(len(fixed))]
    buyers = [nation(j) for j in range(customers)]
    return write_scenario(
        folder,
        {
            "nations": nations_of(customers + len(fixed)),
            "capabilities": [capability(shortfall_meur_per_unit_year=0.0)],
            "programs": [
                development(
                    program(i),
                    [hosts[i]],
                    cost,
                    buyers=";".join([*buyers, nation(hosts[i])]),
                    max_units=int(capacities[i]) + (1 if cost > 0.0 else 0),
                )
                for i, cost in enumerate(fixed)
            ],
            "requirements": [need(j, demand) for j, demand in enumerate(demands)]
            + [need(host, 1, must_meet="no") for host in hosts],
            "offers": [
                {"program": program(i), "nation": nation(j), "unit_price_meur": cost / demands[j]}
                for j, row in enumerate(service)
                for i, cost in enumerate(row)
            ],
        },
    )


def facility_location_by_elements(folder: Path, fixed: Numbers, service: Matrix) -> Path:
    """Facility: a development element. Customer: a capability of the only nation. One program for each pair of them."""
    customers = range(len(service))
    return write_scenario(
        folder,
        {
            "nations": nations_of(1),
            "capabilities": [capability(f"customer{j}") for j in customers],
            "elements": [{"element": f"facility{i}", "development_meur": cost} for i, cost in enumerate(fixed)],
            "programs": [
                line(
                    f"c{j}f{i}",
                    capability=f"customer{j}",
                    kind="national_development",
                    development_meur=0.0,
                    element=f"facility{i}",
                    unit_cost_meur=cost,
                )
                for j in customers
                for i, cost in enumerate(service[j])
            ],
            "requirements": [need(0, 1, f"customer{j}") for j in customers],
        },
    )


def p_median(folder: Path, distances: Matrix, medians: int) -> Path:
    """Vertex: a nation that needs one unit, and a program. Median: a program bought; at most `medians` types."""
    vertices = range(len(distances))
    return write_scenario(
        folder,
        {
            "nations": nations_of(len(distances)),
            "capabilities": [capability(max_types=medians)],
            "programs": [line(program(i)) for i in vertices],
            "requirements": [need(j, 1) for j in vertices],
            "offers": [
                {"program": program(i), "nation": nation(j), "unit_price_meur": distances[j][i]}
                for j in vertices
                for i in vertices
            ],
        },
    )


def assignment(folder: Path, costs: Matrix, places: Sequence[int] | None = None, fixed: float = 0.0) -> Path:
    """Worker: a nation that needs one unit. Job: a line of one unit, or of as many as it has places."""
    jobs = range(len(costs[0]))
    return write_scenario(
        folder,
        {
            "nations": nations_of(len(costs)),
            "capabilities": [capability()],
            "programs": [
                development(program(i), range(len(costs)), fixed, max_units=1 if places is None else places[i])
                for i in jobs
            ],
            "requirements": [need(j, 1) for j in range(len(costs))],
            "offers": [
                {"program": program(i), "nation": nation(j), "unit_price_meur": costs[j][i]}
                for j in range(len(costs))
                for i in jobs
            ],
        },
    )


def best_assignment(folder: Path, values: Matrix) -> Path:
    """An assignment that maximizes: the value is the nation's preference for the job."""
    return write_scenario(
        folder,
        {
            "nations": nations_of(len(values)),
            "capabilities": [capability()],
            "programs": [line(program(i), max_units=1) for i in range(len(values[0]))],
            "requirements": [need(j, 1) for j in range(len(values))],
            "offers": [
                {"program": program(i), "nation": nation(j), "preference_meur_per_unit": value}
                for j, row in enumerate(values)
                for i, value in enumerate(row)
            ],
        },
    )


def transportation(folder: Path, supplies: Numbers, demands: Numbers, freight: Matrix) -> Path:
    """Plant: a line whose capacity is a year's. Market: a nation. `freight[i][j]`: price of a unit of plant i in j."""
    return write_scenario(
        folder,
        {
            "nations": nations_of(len(demands)),
            "capabilities": [capability()],
            "programs": [line(program(i), annual_capacity_units=supply) for i, supply in enumerate(supplies)],
            "requirements": [need(j, demand) for j, demand in enumerate(demands)],
            "offers": [
                {"program": program(i), "nation": nation(j), "unit_price_meur": price}
                for i, row in enumerate(freight)
                for j, price in enumerate(row)
            ],
        },
    )


def generalized_assignment(
    folder: Path,
    profits: Matrix,
    resources: Matrix,
    capacities: Numbers,
    *,
    every_job: bool = True,
) -> Path:
    """Agent: a nation with a budget. Job: a line of one unit, its price the resource used; profit is a preference.

    Money is left out of the objective, so the objective is the profit with its sign turned.
    """
    jobs = range(len(profits[0]))
    tables: dict[str, Sequence[Row]] = {
        "nations": [{"nation": nation(i), "budget_meur": money} for i, money in enumerate(capacities)],
        "capabilities": [capability(shortfall_meur_per_unit_year=0.0)],
        "programs": [line(program(j), max_units=1) for j in jobs],
        "requirements": [need(i, len(jobs), must_meet="no") for i in range(len(capacities))],
        "offers": [
            {
                "program": program(j),
                "nation": nation(i),
                "unit_price_meur": resources[i][j],
                "preference_meur_per_unit": profits[i][j],
            }
            for i in range(len(capacities))
            for j in jobs
        ],
    }
    if every_job:
        tables["locks"] = [{"nation": "", "program": program(j), "action": "require", "units": ""} for j in jobs]
    return write_scenario(folder, tables, settings="[objective]\ncost = 0.0\n")


def capital_budgeting(folder: Path, profits: Numbers, costs: Matrix, budgets: Numbers, *, by: str) -> Path:
    """Project: a program of one nation, at most one unit. Budget: one a year. `costs[t][j]`: cost of j in year t.

    `by` says how the money is stated: `development` (spread by development_profile; profit and all that is spent are a
    preference, so that spending cancels), `payments` (the price of the only unit, by payment_profile; money has no
    weight), or `shortfall` (as development, but what a project left out costs is its profit; money has no weight).
    """
    years = len(budgets)
    last = FIRST_YEAR + years - 1
    projects = range(len(profits))
    totals = [sum(row[j] for row in costs) for j in projects]
    codes = [f"thing{j}" if by == "shortfall" else "thing" for j in projects]
    programs = []
    for j in projects:
        shares = [(t, row[j] / totals[j]) for t, row in enumerate(costs) if row[j] > 0.0]
        if by == "payments":
            profile = ";".join(f"{t}:{share!r}" for t, share in shares)
            columns = {"unit_cost_meur": totals[j], "payment_profile": profile, "last_delivery": FIRST_YEAR}
        else:
            profile = ";".join(f"{FIRST_YEAR + t}:{share!r}" for t, share in shares)
            columns = {
                "kind": "national_development",
                "development_meur": totals[j],
                "development_profile": profile,
                "first_delivery": last,
            }
        programs.append(line(program(j), **{"capability": codes[j], "max_units": 1, **columns}))
    due = FIRST_YEAR if by == "payments" else last
    if by == "shortfall":
        capabilities = [capability(codes[j], shortfall_meur_per_unit_year=profits[j]) for j in projects]
        needs = [need(0, 1, codes[j], must_meet="no", need_by=due) for j in projects]
    else:
        capabilities = [capability(shortfall_meur_per_unit_year=0.0)]
        needs = [need(0, len(profits), must_meet="no", need_by=due)]
    tables: dict[str, Sequence[Row]] = {
        "nations": nations_of(1),
        "capabilities": capabilities,
        "programs": programs,
        "requirements": needs,
        "budgets": [
            {
                "nation": nation(0),
                "year": FIRST_YEAR + t,
                "class": "procurement" if by == "payments" else "development",
                "budget_meur": money,
            }
            for t, money in enumerate(budgets)
        ],
    }
    if by != "shortfall":
        tables["offers"] = [
            {
                "program": program(j),
                "nation": nation(0),
                "preference_meur_per_unit": profits[j] + (totals[j] if by == "development" else 0.0),
            }
            for j in projects
        ]
    settings = "" if by == "development" else "[objective]\ncost = 0.0\n"
    return write_scenario(folder, tables, years=years, settings=settings)


def knapsack(folder: Path, items: Sequence[tuple[float, float, int]], capacity: float) -> Path:
    """Item (weight, value, copies): a line of so many units; its weight is its price, its value a preference."""
    copies = sum(count for _, _, count in items)
    return write_scenario(
        folder,
        {
            "nations": nations_of(1, budget_meur=capacity),
            "capabilities": [capability(shortfall_meur_per_unit_year=0.0)],
            "programs": [
                line(program(k), unit_cost_meur=weight, max_units=count) for k, (weight, _, count) in enumerate(items)
            ],
            "requirements": [need(0, copies, must_meet="no")],
            "offers": [
                {"program": program(k), "nation": nation(0), "preference_meur_per_unit": value}
                for k, (_, value, _) in enumerate(items)
            ],
        },
        settings="[objective]\ncost = 0.0\n",
    )


def multiple_choice_knapsack(
    folder: Path,
    classes: Sequence[Sequence[tuple[float, float]]],
    capacity: float,
) -> Path:
    """Class: a capability that must be met by one of its choices (weight, value); the budget is the sack."""
    chosen = [(c, k, weight, value) for c, choices in enumerate(classes) for k, (weight, value) in enumerate(choices)]
    return write_scenario(
        folder,
        {
            "nations": nations_of(1, budget_meur=capacity),
            "capabilities": [capability(f"class{c}") for c in range(len(classes))],
            "programs": [
                line(f"c{c}k{k}", capability=f"class{c}", unit_cost_meur=weight) for c, k, weight, _ in chosen
            ],
            "requirements": [need(0, 1, f"class{c}") for c in range(len(classes))],
            "offers": [
                {"program": f"c{c}k{k}", "nation": nation(0), "preference_meur_per_unit": value}
                for c, k, _, value in chosen
            ],
        },
        settings="[objective]\ncost = 0.0\n",
    )


def bin_packing(folder: Path, sizes: Sequence[int], capacity: int, bins: int) -> Path:
    """Item: a nation that needs its size in units of one type only. Bin: a development of cost 1 with so many units."""
    return write_scenario(
        folder,
        {
            "nations": nations_of(len(sizes)),
            "capabilities": [capability(max_types_per_nation=1)],
            "programs": [development(program(b), range(len(sizes)), 1.0, max_units=capacity) for b in range(bins)],
            "requirements": [need(k, size) for k, size in enumerate(sizes)],
        },
    )


def lot_sizing(
    folder: Path,
    demands: Numbers,
    setups: Numbers,
    unit_costs: Numbers,
    holding: Numbers,
    *,
    capacity: int | None = None,
    initial: float = 0.0,
) -> Path:
    """Period: a year. Lot: a program that delivers in that year only, its setup the cost of joining.

    Units in stock at the end of a year are those delivered less those demanded so far, so holding is paid on all
    deliveries and the objective exceeds the lot-sizing cost by `holding_of_demand`. Equal holding costs are stated as
    support, others within the price.
    """
    periods = range(len(demands))
    even = len(set(holding)) == 1
    tables: dict[str, Sequence[Row]] = {
        "nations": nations_of(1),
        "capabilities": [capability()],
        "programs": [
            line(
                program(t),
                first_delivery=FIRST_YEAR + t,
                last_delivery=FIRST_YEAR + t,
                joining_meur=setups[t],
                unit_cost_meur=unit_costs[t] + (0.0 if even else sum(holding[t:])),
                support_meur_per_unit_year=holding[t] if even else 0.0,
                annual_capacity_units="" if capacity is None else capacity,
            )
            for t in periods
        ],
        "requirements": [need(0, demand, need_by=FIRST_YEAR + t) for t, demand in enumerate(demands)],
    }
    if initial:
        tables["fleets"] = [{"nation": nation(0), "program": "stock", "capability": "thing", "units": initial}]
    return write_scenario(folder, tables, years=len(demands))


def holding_of_demand(demands: Numbers, holding: Numbers, initial: float = 0.0) -> float:
    """Holding cost of everything demanded so far, year by year: what the scenario charges beyond the stock."""
    return sum(cost * (sum(demands[: t + 1]) - initial) for t, cost in enumerate(holding))


def price_breaks(
    folder: Path,
    demands: Numbers,
    suppliers: Sequence[Sequence[tuple[int, float]]],
    *,
    extra: float = 0.0,
    most: Sequence[int] | None = None,
    fixed: Numbers | None = None,
    pooling: str = "joint",
) -> Path:
    """Supplier: a line with price breaks (from, price) on all units. Buyer: a nation. `fixed`: paid by each buyer."""
    return write_scenario(
        folder,
        {
            "nations": nations_of(len(demands)),
            "capabilities": [capability()],
            "programs": [
                line(
                    program(s),
                    max_units="" if most is None else most[s],
                    joining_meur=0.0 if fixed is None else fixed[s],
                )
                for s in range(len(suppliers))
            ],
            "prices": [
                {"program": program(s), "from_units": start, "unit_price_meur": price}
                for s, breaks in enumerate(suppliers)
                for start, price in breaks
            ],
            "requirements": [need(j, demand, max_extra_units=extra) for j, demand in enumerate(demands)],
        },
        settings=f'[pooling]\nmode = "{pooling}"\n',
    )


def incremental_discounts(
    folder: Path,
    demand: int,
    suppliers: Sequence[Sequence[tuple[int, float]]],
    fixed: Numbers,
    *,
    most: Sequence[int],
    all_units: Sequence[tuple[int, float]] = (),
    extra: float = 0.0,
) -> Path:
    """Prices (from, price) for further units only: a program for each step, its head start the cost of joining.

    The cost is the least of the lines head start + price x units, so one step of a supplier is joined and no other; but
    `most` then bounds each step, not the supplier. `all_units` are the price breaks of one more supplier.
    """
    programs = []
    for s, breaks in enumerate(suppliers):
        head_start = fixed[s]
        for k, (start, price) in enumerate(breaks):
            if k > 0:
                head_start += start * (breaks[k - 1][1] - price)
            programs.append(line(f"s{s}k{k}", unit_cost_meur=price, joining_meur=head_start, max_units=most[s]))
    tables: dict[str, Sequence[Row]] = {
        "nations": nations_of(1),
        "capabilities": [capability()],
        "programs": programs,
        "requirements": [need(0, demand, max_extra_units=extra)],
    }
    if all_units:
        programs.append(line("all_units"))
        tables["prices"] = [
            {"program": "all_units", "from_units": start, "unit_price_meur": price} for start, price in all_units
        ]
    return write_scenario(folder, tables)


def set_covering(
    folder: Path,
    rows: int,
    columns: Sequence[Sequence[int]],
    costs: Numbers,
    max_columns: int | None = None,
) -> Path:
    """Row: a nation that needs one unit. Column: a joint development of the nations it covers."""
    return write_scenario(
        folder,
        {
            "nations": nations_of(rows),
            "capabilities": [capability(max_types="" if max_columns is None else max_columns)],
            "programs": [
                development(program(k), column, costs[k], buyers=";".join(map(nation, column)))
                for k, column in enumerate(columns)
            ],
            "requirements": [need(row, 1) for row in range(rows)],
        },
    )


def covering_by_types(
    folder: Path,
    rows: int,
    columns: Sequence[Sequence[int]],
    max_columns: int | None = None,
) -> Path:
    """A covering by the fewest columns: each column beyond the first costs 1, being one more type."""
    return write_scenario(
        folder,
        {
            "nations": nations_of(rows),
            "capabilities": [capability(extra_type_meur=1.0, max_types="" if max_columns is None else max_columns)],
            "programs": [line(program(k), buyers=";".join(map(nation, column))) for k, column in enumerate(columns)],
            "requirements": [need(row, 1) for row in range(rows)],
        },
    )


def set_partitioning(folder: Path, rows: int, columns: Sequence[Sequence[int]], costs: Numbers) -> Path:
    """Column: a joint development that starts only if all its nations join; each nation joins exactly one."""
    return write_scenario(
        folder,
        {
            "nations": nations_of(rows),
            "capabilities": [capability()],
            "programs": [
                development(
                    program(k), column, costs[k], buyers=";".join(map(nation, column)), min_partners=len(column)
                )
                for k, column in enumerate(columns)
            ],
            "requirements": [need(row, 1) for row in range(rows)],
        },
    )


def set_packing(folder: Path, rows: int, columns: Sequence[Sequence[int]], weights: Numbers) -> Path:
    """As a partition, but a nation may go without; a column's weight plus its cost is its first nation's preference."""
    return write_scenario(
        folder,
        {
            "nations": nations_of(rows),
            "capabilities": [capability(shortfall_meur_per_unit_year=0.0)],
            "programs": [
                development(program(k), column, 1.0, buyers=";".join(map(nation, column)), min_partners=len(column))
                for k, column in enumerate(columns)
            ],
            "requirements": [need(row, 1, must_meet="no") for row in range(rows)],
            "offers": [
                {"program": program(k), "nation": nation(min(column)), "preference_meur_per_unit": weights[k] + 1.0}
                for k, column in enumerate(columns)
            ],
        },
    )


def independent_set_by_groups(folder: Path, edges: Sequence[tuple[int, int]], weights: Numbers) -> Path:
    """Vertex: a nation whose only program is its own, worth its weight. Edge: two nations that must be compatible.

    No two programs share a standard, so of two neighbors at most one buys. A program that carries every standard,
    dearer than any weight, is there because a group with no common standard counts as an input fault.
    """
    vertices = range(len(weights))
    standards = ";".join(f"standard{v}" for v in vertices)
    return write_scenario(
        folder,
        {
            "nations": nations_of(len(weights)),
            "capabilities": [capability(shortfall_meur_per_unit_year=0.0)],
            "programs": [line(program(v), buyers=nation(v), standards=f"standard{v}") for v in vertices]
            + [line("neutral", standards=standards, unit_cost_meur=10.0 * sum(weights))],
            "requirements": [need(v, 1, must_meet="no") for v in vertices],
            "offers": [
                {"program": program(v), "nation": nation(v), "preference_meur_per_unit": weights[v]} for v in vertices
            ],
            "groups": [
                {"group": f"edge{k}", "nation": nation(v), "capability": "thing", "level": "compatible"}
                for k, edge in enumerate(edges)
                for v in edge
            ],
        },
    )
