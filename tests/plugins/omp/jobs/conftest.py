"""The OMP plugin's jobs, run in the process of a test against the OMERO stand-in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from omp_lab import Lab


@pytest.fixture
def lab(lab: Lab) -> Iterator[Lab]:
    """Afterwards nothing is on the images."""
    yield lab
    lab.forget_sets()
