"""Benchmarks: seeded scenarios of growing size and what is measured on them."""
