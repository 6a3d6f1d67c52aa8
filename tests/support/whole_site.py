"""The site that tests share: all that a site can have, as processes of this machine.

PostgreSQL, Redis, the OMERO stand-in with its demo data, OMERO.web with all applications of the
image and the plugins of the tests, a language model, and, where a test asks for it, a Celery
worker. It is started once by each process of pytest-xdist. Tests stay apart because each has its
own groups and users: see `people`.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet

import local_services
from ai_servers import AiServer, running
from browser.site_under_test import EXAMPLE, install_plugin
from collected_static import static_root
from free_ports import free_port
from local_site import variables as site_variables
from omero_plugin_common.database import Database
from omero_plugin_common.database.pool import Address
from people import People
from plugin_site import (
    SUPPORT,
    Worker,
    database_variables,
    job_service_variables,
    path_of_sources,
)

APPS: Final = (
    "gallery,figure,fpbioimage,iviewer,mapr,parade,zarr,autotag,tagsearch,omp,upload,imaris,"
    "admin_tools"
)
RULES: Final = '[[label]]\nwords = ["tank"]\nsource = "ours"\n'


@dataclass
class WholeSite:
    """The running site.

    Attributes:
        site: OMERO.web, the stand-in and Redis.
        base: the plugin database.
        model: what stands for a language model, in the site's list as `Lab`.
        people: makes groups and users.
        variables: what the pod of a worker gets.
        folder: for logs.
        worker_metrics: the port of the worker's metrics.
    """

    site: local_services.Site
    base: Database
    model: AiServer
    people: People
    variables: dict[str, str]
    folder: Path
    worker_metrics: int = field(default_factory=free_port, init=False)
    _worker: Worker | None = field(default=None, init=False)

    def need_worker(self) -> Worker:
        """The site's worker, started by the first test that has a use for it."""
        if self._worker is None or self._worker.process.poll() is not None:
            counting = site_variables.counting(self.folder, self.worker_metrics)
            self._worker = self._new_worker("worker", counting)
            self._worker.wait_until_ready()
        return self._worker

    def stop_worker(self) -> None:
        """Jobs stay in the queue until a test starts a worker."""
        if self._worker is not None:
            self._worker.kill()
            self._worker = None

    @contextmanager
    def worker(self, name: str = "worker", **variables: str) -> Iterator[Worker]:
        """A worker to the end of the block, for a test that kills it or sets its variables."""
        made = self._new_worker(name, variables)
        try:
            made.wait_until_ready()
            yield made
        finally:
            made.kill()

    def _new_worker(self, name: str, more: dict[str, str]) -> Worker:
        log = self.folder / f"{name}-{uuid.uuid4().hex[:6]}.log"
        return Worker({**self.variables, **more}, log, plugins="")

    @property
    def staging(self) -> Path:
        """The folder of received files."""
        return _staging(self.folder)

    @property
    def exports(self) -> Path:
        """The folder of files that were exported."""
        return _exports(self.folder)

    def log(self) -> str:
        """What OMERO.web has printed."""
        return self.site.web.log.read_text(errors="replace")


@contextmanager
def whole_site(folder: Path) -> Iterator[WholeSite]:
    """The site to the end of the block.

    Args:
        folder: for files of the processes; new.
    """
    with ExitStack() as stack:
        data = stack.enter_context(local_services.folder_for_postgres())
        postgres = stack.enter_context(local_services.postgres(data))
        base = Database(Address("127.0.0.1", postgres.port, "omero", "omero", postgres.password))
        stack.callback(base.close)
        model = stack.enter_context(running("openai_compatible"))
        variables = _variables(folder, model) | database_variables(postgres, folder)
        # For the programs that tests run in the environment of the site.
        added = (str(folder / "plugins" / name) for name in ("example", "probe"))
        variables["PYTHONPATH"] = os.pathsep.join([path_of_sources(), *added])
        site = stack.enter_context(local_services.site(folder, data="demo", **variables))
        variables = site.environment | job_service_variables(folder, site.standin)
        people = People(site.standin)
        stack.callback(people.close)
        made = WholeSite(site, base, model, people, variables, folder)
        stack.callback(made.stop_worker)
        yield made


def _variables(folder: Path, model: AiServer) -> dict[str, str]:
    """What the operator gives to the pods of a site with plugins, besides databases."""
    (folder / "keys").write_text(Fernet.generate_key().decode())
    (folder / "hash").write_text("the-newest\nan-older-one\n")
    (folder / "nomenclature.toml").write_text(RULES)
    plugins = folder / "plugins"
    install_plugin(EXAMPLE, plugins / "example")
    (plugins / "probe").symlink_to(SUPPORT / "pages_probe")
    rows: list[dict[str, object]] = [
        {
            "name": "example",
            "app": "omeroweb_example",
            "topLink": {"label": "Example", "url": "omeroweb_example_index"},
        },
        {"name": "probe", "app": "omeroweb_probe"},
        {"name": "plugin-probe", "app": "plugin_probe"},
    ]
    lab = {"name": "Lab", "kind": "openai_compatible", "baseUrl": model.base}
    public = {"name": "OpenAI", "kind": "openai", "models": ["gpt-5-mini"]}
    return {
        "OMERO_WEB_STATIC_ROOT": str(static_root()),
        "WEB_APPS": APPS,
        "WEB_EXTRA_PLUGINS": json.dumps(rows),
        "WEB_EXTRA_PLUGINS_FOLDER": str(plugins),
        "PLUGIN_KEYS_FILE": str(folder / "keys"),
        "FMP_HASH_SECRET_FILE": str(folder / "hash"),
        "OMP_RULES_FILE": str(folder / "nomenclature.toml"),
        "OMP_AI_PROVIDERS": json.dumps([lab, public]),
        # The account is made once the server runs; web reads both when it uses them.
        "JOB_SERVICE_USER": "job-service",
        "JOB_SERVICE_PASSWORD_FILE": str(folder / "job"),
        "OMERO_WEB_UPLOAD_DIR": str(_staging(folder)),
        "OMERO_IMS_EXPORT_DIR": str(_exports(folder)),
    }


def _staging(folder: Path) -> Path:
    """Where received files wait for their import."""
    made = folder / "staging"
    made.mkdir(exist_ok=True)
    return made


def _exports(folder: Path) -> Path:
    """Where exported files are."""
    made = folder / "exports"
    made.mkdir(exist_ok=True)
    return made
