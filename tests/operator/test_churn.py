"""A hundred sites come, change and go for ten minutes: then the operator is what it was before."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from omero_operator.identity.kinds import PLATFORM, SERVICE
from operator_ring.kube import Kube, wait_until
from operator_ring.many_sites import create, looks, start
from operator_ring.releases import own_namespace

SITES: Final = 100
SECONDS: Final = 600.0
# Seconds from one deletion to the next: Kubernetes' garbage collector takes 20 objects a second.
PACE: Final = 6.0
# Memory is not given back to the page.
GROWTH: Final = 1.05


def churn(kube: Kube, namespace: str, names: set[str]) -> int:
    """Delete and create sites, and edit others, for ten minutes; how many came and went.

    Half of the new ones have the name of the one that went.
    """
    chance, end, count = random.Random(18), time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        began = time.monotonic()
        gone = chance.choice(sorted(names))
        kube.delete(PLATFORM, namespace, gone)
        wait_until(lambda name=gone: kube.get(PLATFORM, namespace, name) is None)
        names.discard(gone)
        new = gone if count % 2 else f"later{count}"
        create(kube, namespace, new)
        names.add(new)
        for edited in chance.sample(sorted(names), 3):
            concurrency = {"worker": {"concurrency": chance.randint(2, 8)}}
            kube.merge(PLATFORM, namespace, edited, {"spec": concurrency})
        count += 1
        time.sleep(max(0.0, PACE - (time.monotonic() - began)))
    return count


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_memory_and_workers_are_back_where_they_were(
    kube: Kube, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    namespace = own_namespace(kube)
    names: set[str] = set()
    operator = start(kube, namespace, tmp_path)
    look = looks(operator, names, record_property, 1500)
    try:
        idle = look("no site")
        for number in range(SITES):
            create(kube, namespace, f"site{number}")
            names.add(f"site{number}")
        before = look(f"{SITES} sites")
        count = churn(kube, namespace, names)
        after = look(f"{SITES} sites, after {count} came and went")
        for name in sorted(names):
            kube.delete(PLATFORM, namespace, name)
        names.clear()
        # What the garbage collector deletes is told to the operator, too.
        wait_until(lambda: not kube.list(SERVICE, namespace), 1200)
        end = look("no site again")
    finally:
        operator.kill()
    assert count >= SECONDS / PACE / 3
    assert after.resident <= before.resident * GROWTH
    assert end.resident <= before.resident * GROWTH
    assert (after.threads, end.threads) == (before.threads, before.threads)
    # Each site has two; one that nothing happens to for a while may have fewer.
    assert after.tasks <= idle.tasks + 2 * SITES
    assert end.tasks <= idle.tasks + 2
    assert after.files <= before.files + 5
    assert end.files <= idle.files + 5
