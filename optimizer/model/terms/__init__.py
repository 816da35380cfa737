"""The cost terms, one file and one line each, in the order in which they are reported."""

from __future__ import annotations

from optimizer.model.rule import Term
from optimizer.model.terms import (
    change,
    development,
    duplication,
    grants,
    joining,
    preference,
    production,
    shortfall,
    support,
)

TERMS: tuple[Term, ...] = (
    development.TERM,
    production.TERM,
    joining.TERM,
    support.TERM,
    grants.TERM,
    shortfall.TERM,
    duplication.TERM,
    preference.TERM,
    change.TERM,
)
