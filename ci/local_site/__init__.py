"""A site as processes of this machine: what its servers are started with.

`make dev` runs them in the foreground (`omero_ci/dev.py`); tests and benchmarks run them as
private servers (`tests/support/local_services.py`).
"""
