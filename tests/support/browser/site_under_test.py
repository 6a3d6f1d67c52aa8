"""The site that page tests visit: local processes, or one that runs already.

With SITE_URL set, the same tests go to that address (a cluster's ingress, with or without a path
prefix) and log in as SITE_USER with SITE_PASSWORD: a member of a group, no administrator, because
the job service may not act as one. The site must have the example plugin.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # noqa: F401  # isort: skip
from omero.gateway import BlitzGateway
from omero.model import ExperimenterI
from omero.rtypes import rbool, rstring

import local_services
from collected_static import static_root
from local_services import ROOT, CannotStart

EXAMPLE: Final = ROOT / "examples/omeroweb_example"
_PLUGIN: Final = "example"
_LINK: Final = {"label": "Example", "url": "omeroweb_example_index"}
_JOB_SERVICE: Final = "job-service"
MEMBER: Final = "ada"
GROUP: Final = "Imaging lab"


@dataclass(frozen=True)
class SiteUnderTest:
    """Where it is and who logs in; `local` knows its processes."""

    url: str
    user: str
    password: str
    local: local_services.Site | None = None

    def address(self, path: str) -> str:
        """The address of a path below the site's own."""
        return f"{self.url.rstrip('/')}/{path.lstrip('/')}"


def remote_site() -> SiteUnderTest | None:
    """The site that the environment names, if it names one."""
    url = os.environ.get("SITE_URL")
    if not url:
        return None
    try:
        return SiteUnderTest(url, os.environ["SITE_USER"], os.environ["SITE_PASSWORD"])
    except KeyError as missing:
        raise CannotStart(f"SITE_URL is set, so {missing} must be set as well") from None


@contextmanager
def local_site(
    folder: Path, *, prefix: str = "", probe: Path | None = None, **more: str
) -> Iterator[SiteUnderTest]:
    """OMERO.web with the example plugin, a worker, and everything that they need.

    Args:
        folder: for files of the processes; new.
        prefix: path under which the site is, such as `/omero`.
        probe: folder with one more application, `omeroweb_probe`.
        more: further variables of web and worker.
    """
    with ExitStack() as stack:
        plugins = folder / "plugins"
        install_plugin(EXAMPLE, plugins / _PLUGIN)
        rows: list[dict[str, object]] = [
            {"name": _PLUGIN, "app": "omeroweb_example", "topLink": _LINK}
        ]
        if probe:
            (plugins / "probe").symlink_to(probe)
            rows.append({"name": "probe", "app": "omeroweb_probe"})
        variables = _variables(folder, stack) | {
            "WEB_EXTRA_PLUGINS": json.dumps(rows),
            "WEB_EXTRA_PLUGINS_FOLDER": str(plugins),
            **more,
        }
        if prefix:
            variables["PUBLIC_URL"] = f"{prefix}/"
        web = stack.enter_context(local_services.site(folder, **variables))
        environment = local_services.python_environment(**web.environment)
        _bootstrap(folder, environment)
        stack.enter_context(local_services.worker(folder, environment))
        password = secrets.token_hex(16)
        _add_member(web, password)
        yield SiteUnderTest(f"{web.url}{prefix}", MEMBER, password, web)


def _variables(folder: Path, stack: ExitStack) -> dict[str, str]:
    """What the pods of a site have besides Redis and the server: database, job service, files."""
    data = stack.enter_context(local_services.folder_for_postgres())
    job = folder / "job-service-password"
    database = stack.enter_context(local_services.postgres(data))
    job.write_text(secrets.token_hex(16))
    return {
        "OMERO_WEB_STATIC_ROOT": str(static_root()),
        "OMP_DATA_HOST": "127.0.0.1",
        "OMP_DATA_PORT": str(database.port),
        "OMP_DATA_DB": "omero",
        "OMP_DATA_USER": "omero",
        "OMP_DATA_PASS_FILE": str(data / "postgres-password"),
        "JOB_SERVICE_USER": _JOB_SERVICE,
        "JOB_SERVICE_PASSWORD_FILE": str(job),
        "WORKER_CONCURRENCY": "1",
    }


def install_plugin(source: Path, target: Path) -> None:
    """What the Dockerfile of a plugin puts into its folder /plugin."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # hatchling is in .venv, so that nothing is fetched.
    command += ["--no-index", "--no-build-isolation", "--no-deps", "--no-compile"]
    subprocess.run(
        [*command, "--root-user-action=ignore", "--target", str(target), str(source)], check=True
    )


def _bootstrap(folder: Path, environment: dict[str, str]) -> None:
    """The group and the job-service account, made as in a site."""
    group = {"name": GROUP, "permissions": "rwra--"}
    (folder / "bootstrap.json").write_text(json.dumps({"groups": [group]}))
    more = {
        "OMERO_ROOT_USER": "root",
        "OMERO_ROOT_PASSWORD_FILE": str(folder / "root-password"),
        "BOOTSTRAP_FILE": str(folder / "bootstrap.json"),
        "TERMINATION_LOG": str(folder / "termination-log"),
    }
    local_services.bootstrap(folder, environment | more)


def _add_member(web: local_services.Site, password: str) -> None:
    """Somebody to log in as."""
    root = BlitzGateway(
        "root", web.standin.password, host="127.0.0.1", port=web.standin.port, secure=True
    )
    if not root.connect():
        raise CannotStart("root cannot log in to the stand-in")
    try:
        admin = root.getAdminService()
        member = ExperimenterI()
        member.omeName, member.ldap = rstring(MEMBER), rbool(False)
        member.firstName, member.lastName = rstring("Ada"), rstring("Lovelace")
        group = admin.lookupGroup(GROUP)
        users = admin.lookupGroup(admin.getSecurityRoles().userGroupName)
        admin.createExperimenterWithPassword(member, rstring(password), group, [users])
    finally:
        root.close()
