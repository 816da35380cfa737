"""Building leaves nothing for Python's collector of cycles to walk."""

from __future__ import annotations

import gc

from scenario_maker import make

from optimizer.model.build import build


def test_what_was_built_counts_as_long_lived() -> None:
    scenario = make(programs="program\njet\nkite", requirements="nation quantity\nAAA 3")
    model = build(scenario, whole_deliveries=True)
    # The rest are the few objects made since.
    assert gc.isenabled()
    assert not any(made is model.program.labels for made in gc.get_objects(generation=0))
    assert any(made is model.program.labels for made in gc.get_objects(generation=2))
