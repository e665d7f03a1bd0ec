"""Benchmarks: ratios inside one run, so that the machine's mood cancels out. Run with `make bench`."""
