"""The memory of an operator with no site, a hundred, and five hundred, and with Secrets of others.

Measured after a start with all sites there: it has looked at each of them. MiB of resident memory,
with what it shares with other processes.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from omero_operator.identity.kinds import PLATFORM, SECRET
from operator_ring.kube import Kube
from operator_ring.many_sites import create, looks, start
from operator_ring.releases import own_namespace

# By the number of sites.
MOST: Final = {0: 90.0, 100: 130.0, 500: 200.0}
# Secrets of a megabyte, as Helm and others store them, and what they may add.
FOREIGN: Final = 300
FOREIGN_MOST: Final = 5.0


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_memory_grows_with_sites_and_not_with_what_others_have(
    kube: Kube, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    namespace = own_namespace(kube)
    names: set[str] = set()
    operator = start(kube, namespace, tmp_path)
    look = looks(operator, names, record_property, 3000)

    def look_after_a_start(when: str) -> float:
        look(f"{when}, before the start")
        operator.stop()
        operator.start().wait_active(90)
        return look(when).resident

    found: dict[int, float] = {}
    try:
        for number in MOST:
            while len(names) < number:
                name = f"site{len(names)}"
                create(kube, namespace, name)
                names.add(name)
            found[number] = look_after_a_start(f"{number} sites")
            if number == min(MOST):
                _secrets_of_others(kube, namespace)
                more = look_after_a_start(f"{FOREIGN} Secrets of others") - found[number]
    finally:
        operator.kill()
        for name in sorted(names):
            kube.delete(PLATFORM, namespace, name)
    assert {number: most for number, most in found.items() if most > MOST[number]} == {}
    assert more <= FOREIGN_MOST


def _secrets_of_others(kube: Kube, namespace: str) -> None:
    for number in range(FOREIGN):
        value = base64.b64encode(os.urandom(700_000)).decode()
        metadata = {"name": f"foreign{number}", "namespace": namespace}
        kube.create(
            SECRET,
            {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"blob": value}},
        )
