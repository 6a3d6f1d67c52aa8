"""OMERO.web with the OMP plugin on a stand-in with data; everybody's password is their name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

import local_services
from omero_plugin_common.database import Database
from omero_plugin_common.database.pool import Address
from omp_lab import Lab
from omp_site import OmpSite
from plugin_site import database_variables, path_of_sources


@contextmanager
def omp_lab_site(
    folder: Path, description: dict[str, Any], *, drop_in: str = "", **variables: str
) -> Iterator[tuple[OmpSite, Lab]]:
    """The site, without a worker, to the end of the block; and what is in its OMERO.

    Args:
        folder: for files; new.
        description: what the stand-in has.
        drop_in: OMERO.web's configuration.
        variables: what web and worker get besides.
    """
    data = folder / "lab.json"
    data.write_text(json.dumps(description))
    (folder / "keys").write_text(Fernet.generate_key().decode())
    with ExitStack() as stack:
        database_folder = stack.enter_context(local_services.folder_for_postgres())
        postgres = stack.enter_context(local_services.postgres(database_folder))
        base = Database(Address("127.0.0.1", postgres.port, "omero", "omero", postgres.password))
        stack.callback(base.close)
        shared = {
            **database_variables(postgres, folder),
            "PLUGIN_KEYS_FILE": str(folder / "keys"),
            "FMP_HASH_SECRET": "the secret of the tests",
            **variables,
        }
        site = stack.enter_context(
            local_services.site(
                folder, drop_in=drop_in, data=str(data), PYTHONPATH=path_of_sources(), **shared
            )
        )
        lab = Lab(site.standin, folder)
        stack.callback(lab.close)
        shared |= {name: site.environment[name] for name in site.environment if "REDIS" in name}
        yield OmpSite(site, base, shared | lab.variables(), folder), lab
