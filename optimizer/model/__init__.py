"""Model: decisions, rules and terms, and the only file that knows PuLP and HiGHS."""
