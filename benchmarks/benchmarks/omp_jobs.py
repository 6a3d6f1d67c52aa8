"""The OMP plugin's jobs on ten thousand images: calls of OMERO and seconds."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.fernet import Fernet

import local_services
import omp_many
from omero_ci.console import step
from omero_plugin_common.database import Database, default, migrate
from omero_plugin_common.database.pool import Address
from omp_lab import Lab
from omp_lab import lab as laboratory
from plugin_site import database_variables

VERSIONS: Final = ("omero-py", "psycopg2-binary", "zeroc-ice")
HEADER: Final = f"{'10 000 images':<24} {'calls':>6} {'goal':>6} {'seconds':>9} {'goal':>6}  met"
_CALLS: Final = math.ceil(omp_many.COUNT / 1000) * 4 + 20
_SECONDS: Final = 30.0
_PACKAGES: Final = ("omero_plugin_common", "omeroweb_omp_plugin")


@dataclass(frozen=True)
class Row:
    """One job.

    Attributes:
        name: What it does.
        calls: Calls of OMERO, logins included.
        seconds: From its first to its last step.
    """

    name: str
    calls: int
    seconds: float

    def line(self) -> str:
        """One line of the table."""
        good = "yes" if self.calls <= _CALLS and self.seconds <= _SECONDS else "NO"
        numbers = f"{self.calls:>6} {_CALLS:>6} {self.seconds:>9.1f} {_SECONDS:>6.0f}"
        return f"{self.name:<24} {numbers}  {good}"

    def plain(self) -> dict[str, Any]:
        """The row as JSON data."""
        return asdict(self) | {"goal_calls": _CALLS, "goal_seconds": _SECONDS}


def measure() -> list[Row]:
    """Run each job once, as a worker would, against the stand-in and PostgreSQL."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        _prepared(Path(scratch)) as lab,
        step("jobs on 10 000 images"),
    ):
        found = list(omp_many.costs(lab, omp_many.images_of(lab)))
    return [Row(each.name, sum(each.calls.values()), each.seconds) for each in found]


@contextmanager
def _prepared(folder: Path) -> Iterator[Lab]:
    keys = folder / "keys"
    keys.write_text(Fernet.generate_key().decode())
    with (
        local_services.folder_for_postgres() as data,
        local_services.postgres(data) as server,
        laboratory(folder, more=[omp_many.MANY]) as lab,
    ):
        os.environ.update(database_variables(server, folder) | lab.variables())
        os.environ["PLUGIN_KEYS_FILE"] = str(keys)
        base = Database(Address.from_environment())
        migrate(base, _PACKAGES)
        base.close()
        try:
            yield lab
        finally:
            default().close()
