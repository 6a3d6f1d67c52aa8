"""Benchmarks: how long things take, with machine, versions, samples and percentiles."""
