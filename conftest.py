"""For every ring: markers from the folder, and a guard against foreign clusters."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

from omero_ci.ring import folder_of
from tools.common.paths import cache_folder

ROOT = Path(__file__).parent
# Python's default has it look for unreachable cycles all the time in what OMERO's answers bring.
gc.set_threshold(200_000)
RINGS = ("unit", "contract", "charts", "plugins", "standin", "operator", "e2e")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a kubeconfig that `ci/cluster` did not write; without one, let no default be found."""
    given = os.environ.get("KUBECONFIG")
    if given is None:
        # Clients fall back to ~/.kube/config, which may be a real cluster.
        os.environ["KUBECONFIG"] = os.devnull
    elif given != os.devnull and not _is_ours(Path(given)):
        raise pytest.UsageError(
            f"KUBECONFIG is {given}, which ci/cluster did not write. The tests create and delete "
            "namespaces, so they only use clusters of their own: unset KUBECONFIG."
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its ring: the folder that it is in."""
    folders = {ROOT / folder_of(ring): ring for ring in RINGS}
    for item in items:
        for folder in item.path.parents:
            if folder in folders:
                item.add_marker(getattr(pytest.mark, folders[folder]))


def _is_ours(kubeconfig: Path) -> bool:
    return kubeconfig.resolve().is_relative_to((cache_folder() / "cluster").resolve())
