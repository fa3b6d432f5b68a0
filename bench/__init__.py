"""Benchmarks: ratios to a floor of primitive calls, in one run; `python -m bench` writes bench/results.json."""
