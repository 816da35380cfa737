"""What tests of the solve share."""

from __future__ import annotations

import pytest

from optimizer.solve import whole_improved


@pytest.fixture
def in_no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small models are improved without haste: the time for their columns is over with a pause of the machine."""
    monkeypatch.setattr(whole_improved, "_FOR_COLUMNS", 1e9)
