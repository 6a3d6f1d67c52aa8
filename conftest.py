"""For every ring: markers from the folder, and a guard against foreign clusters."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import hypothesis
import pytest

from omero_ci.ring import folder_of
from tools.common.paths import cache_folder

ROOT = Path(__file__).parent
# Python's default has it look for unreachable cycles all the time in what OMERO's answers bring.
gc.set_threshold(200_000)
# Some examples, the same ones each time; and at night many that nobody has tried before. The tests
# themselves set no number.
_USUAL = hypothesis.settings.get_profile("ci")
hypothesis.settings.register_profile("usual", _USUAL, max_examples=30)
hypothesis.settings.register_profile("nightly", _USUAL, max_examples=300, derandomize=False)
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


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `ci/test --nightly` says."""
    parser.addoption("--nightly", action="store_true", help="the tests marked nightly, no others")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with its ring, the folder that it is in; leave those for another time."""
    folders = {ROOT / folder_of(ring): ring for ring in RINGS}
    for item in items:
        for folder in item.path.parents:
            if folder in folders:
                item.add_marker(getattr(pytest.mark, folders[folder]))
    # Not by `-m`: a person's own `-m` would take its place.
    if config.getoption("nightly"):
        wanted = [item for item in items if item.get_closest_marker("nightly") or _is_random(item)]
    else:
        wanted = [item for item in items if not item.get_closest_marker("nightly")]
    kept = set(wanted)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = wanted


def _is_random(item: pytest.Item) -> bool:
    """Whether Hypothesis makes up what a test is given."""
    return bool(getattr(getattr(item, "obj", None), "is_hypothesis_test", False))


def _is_ours(kubeconfig: Path) -> bool:
    return kubeconfig.resolve().is_relative_to((cache_folder() / "cluster").resolve())
