"""What a worker and a script can import: no Django comes with it."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

# They are for OMERO.web alone. Everything else runs in a worker as well.
WEB = {
    "omero_plugin_common": {
        "apps", "help_page", "job_views", "routes_page", "templatetags", "urls", "web",
    },
    "omeroweb_omp_plugin": {"apps", "urls", "views"},
}  # fmt: skip
# They import Celery, which itself loads a part of Django where that is installed.
CELERY = {"celery_app", "consumer", "heartbeat", "job_request", "tasks", "worker_steps"}
LOOK = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    loaded = sorted({each.partition(".")[0] for each in sys.modules} & {"django", "omeroweb"})
    if loaded:
        sys.exit(f"{name} loads {', '.join(loaded)}")
print(len(sys.argv) - 1)
"""


def modules_of(package: str) -> list[str]:
    """Every module of a package that is not for OMERO.web alone."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    leave_out = WEB[package] | CELERY
    [folder] = spec.submodule_search_locations
    found = pkgutil.walk_packages([folder], f"{package}.", onerror=lambda name: None)
    return [each.name for each in found if each.name.split(".")[1] not in leave_out]


@pytest.mark.parametrize("package", sorted(WEB))
def test_no_module_below_the_views_loads_django(package: str, tmp_path: Path) -> None:
    modules = modules_of(package)
    assert len(modules) > 30
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *modules], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stderr == ""
    assert done.stdout.strip() == str(len(modules))
