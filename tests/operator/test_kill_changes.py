"""kill -9 while a running site changes: the same end, and nothing restarts that is not concerned.

In every run new passwords are killed once; at night every change at every write and at twenty
random moments, and upgrades at twenty random moments.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from operator_ring.changing import SEEDS, changing
from operator_ring.kube import Kube
from operator_ring.site_changes import CHANGES
from operator_ring.upgrading import upgrades


@pytest.mark.timeout(300)
def test_new_passwords(kube: Kube, tmp_path: Path) -> None:
    """Killed when some of the Secrets are new and no pod has restarted."""
    with changing(kube, tmp_path, CHANGES["new passwords"]) as site:
        assert site.killed(write=2)


@pytest.mark.nightly
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", CHANGES)
def test_every_change(
    kube: Kube, tmp_path: Path, name: str, record_property: Callable[[str, object], None]
) -> None:
    with changing(kube, tmp_path, CHANGES[name]) as site:
        writes, took = site.alone()
        hits = sum(site.killed(write=number) for number in range(1, writes + 1))
        random_hits = site.at_random(took)
    # For the report of the ring, in `.artifacts/reports`.
    concerned = ", ".join(sorted(CHANGES[name].concerned)) or "none"
    at_random = f"{random_hits} of {len(SEEDS)}"
    record_property("kills", f"{name} | {hits} of {writes} | {at_random} | {concerned}")
    assert hits > 0
    assert random_hits > 0


@pytest.mark.nightly
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("first", SEEDS[::5])
def test_upgrade_at_random_moments(
    kube: Kube, tmp_path: Path, first: int, record_property: Callable[[str, object], None]
) -> None:
    """Each time a newer operator comes, then `spec.version` moves; it dies at any moment of that.

    How it goes on behind each single write is in `tests/unit/operator/operations/test_kill.py`.
    """
    change = upgrades(tmp_path)
    with changing(kube, tmp_path, change) as site:
        writes, took = site.alone()
        seeds = SEEDS[first : first + 5]
        hits = site.at_random(took, seeds)
    concerned = ", ".join(sorted(change.concerned))
    record_property("kills", f"upgrade | ({writes}) | {hits} of {len(seeds)} | {concerned}")
    assert hits > 0
