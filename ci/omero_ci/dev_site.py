"""What the processes of `ci/dev` are: programs, variables, folders."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from local_cluster.ports import free_ports
from local_site import commands, postgres_data, variables
from local_site.programs import postgres_account
from omero_ci.paths import ROOT, VENV_BIN
from tools.common.commands import run
from tools.common.errors import CommandError
from tools.common.paths import write_whole

STATE: Final = ROOT / ".dev"
CONTAINER: Final = ROOT / "images" / "omero-web" / "src"
# What the image `omero-web` has of our own; OMERO.web and the worker load it anew when it changes.
OURS: Final = (
    CONTAINER,
    ROOT / "common" / "src",
    ROOT / "ims" / "src",
    *sorted(ROOT.glob("plugins/*/src")),
)
STANDIN: Final = ROOT / "standin" / "src"
# Those that a site may add to its OMERO.server.
SCRIPTS: Final = ROOT / "images" / "omero-server" / "scripts"
# Plugins as somebody else would write them: added to those of the image.
ADDED: Final = tuple(sorted(ROOT.glob("examples/*/src")))
# Nobody but this machine reaches the stand-in, and it forgets everything at its end.
ROOT_PASSWORD: Final = "omero"  # noqa: S105 - see above
DATABASE: Final = "omero-plugin"
_DROP_IN: Final = """\
# Lines as for the command `omero`; this file is yours once it is there.
# One process with threads loads changed code sooner than several processes do.
config set -- omero.web.wsgi_threads 8
"""


class Ports(NamedTuple):
    """Where each part listens, on the loopback address."""

    web: int
    database: int
    redis: int
    server: int
    insecure: int


def ports(web: int) -> Ports:
    """The port of OMERO.web, and free ones for the others."""
    return Ports(web, *free_ports(4, [web]))


def _password() -> str:
    return secrets.token_hex(24)


def _fernet_key() -> str:
    """A key of the package cryptography's Fernet: 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")


def secret_file(name: str, make: Callable[[], str] = _password) -> Path:
    """The file with a secret: made once, for all later starts too."""
    path = STATE / "secrets" / name
    if not path.exists():
        write_whole(path, make(), mode=0o600)
    return path


def root_password_file() -> Path:
    """The file with root's password, which is the same on every machine."""
    return secret_file("root", make=lambda: ROOT_PASSWORD)


def prepare_database() -> None:
    """Make the database's files where there are none."""
    STATE.mkdir(exist_ok=True)
    # As the user that will run it: parents of the clone may be closed.
    if run(["test", "-x", STATE], folder=Path("/"), **postgres_account()).returncode:
        raise CommandError(
            f"PostgreSQL runs as the user postgres, which cannot enter {STATE}: clone the "
            "repository where others may enter, or run this as a user that is not root"
        )
    folder, draft = STATE / "postgres", STATE / "postgres-new"
    if not (folder / "PG_VERSION").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(draft, ignore_errors=True)
        password = secret_file("plugin-database").read_text(encoding="utf-8")
        postgres_data.make(draft, DATABASE, password)
        draft.rename(folder)


def postgres_command(ports: Ports) -> list[str]:
    """PostgreSQL with the plugin database."""
    return commands.postgres(STATE / "postgres", ports.database)


def redis_command(ports: Ports) -> list[str]:
    """Redis, which forgets everything at its end."""
    password = secret_file("redis").read_text(encoding="utf-8")
    settings = STATE / "secrets" / "redis.conf"
    write_whole(settings, commands.redis_settings(ports.redis, password), mode=0o600)
    return commands.redis(settings, STATE / "secrets")


def python(module: str, *arguments: str) -> list[str]:
    """A module of ours as a program."""
    return [str(VENV_BIN / "python"), "-m", module, *arguments]


def standin_command(ports: Ports, data: str) -> list[str]:
    """The OMERO stand-in."""
    more = ("--data", data, "--scripts-dir", str(SCRIPTS))
    words = commands.standin(ports.server, ports.insecure, root_password_file(), *more)
    return python("omero_standin", *words)


def apps() -> list[str]:
    """All applications and plugins of the image `omero-web`, by their names in its catalogue."""
    catalogue = CONTAINER / "omero_web_container" / "catalogue.toml"
    return list(tomllib.loads(catalogue.read_text(encoding="utf-8")))


def added_plugins() -> list[dict[str, object]]:
    """The example plugins, linked where OMERO.web looks for those that a site adds."""
    folder = STATE / "extra"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows: list[dict[str, object]] = []
    for source in ADDED:
        for package in sorted(source.glob("*/apps.py")):
            app = package.parent.name
            label = app.removeprefix("omeroweb_").replace("_", " ").capitalize()
            (folder / app).symlink_to(source)
            link = {"label": label, "url": f"{app}_index"}
            rows.append({"name": app, "app": app, "topLink": link})
    return rows


def watched() -> list[Path]:
    """Folders whose changes restart the worker; OMERO.web watches its own modules."""
    return [*OURS, *ADDED]


def environment(ports: Ports) -> dict[str, str]:
    """What the operator sets on the pods, for processes of this machine."""
    for folder in ("config", "var", "bootstrap", "staging", "exports"):
        (STATE / folder).mkdir(parents=True, exist_ok=True)
    bootstrap = STATE / "bootstrap" / "bootstrap.json"
    bootstrap.write_text('{"groups": []}\n', encoding="utf-8")
    drop_in = STATE / "config" / "10-dev.omero"
    if not drop_in.exists():
        drop_in.write_text(_DROP_IN, encoding="utf-8")
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, (*OURS, STANDIN))),
        "PYTHONWARNINGS": "ignore",
        "PYTHONUNBUFFERED": "1",
        **variables.web(
            STATE,
            listen=ports.web,
            server=ports.server,
            redis=ports.redis,
            secret_key_file=secret_file("secret-key"),
            redis_password_file=secret_file("redis"),
        ),
        **variables.plugin_database(
            ports.database, "postgres", DATABASE, secret_file("plugin-database")
        ),
        **variables.job_service(secret_file("job-service")),
        **variables.bootstrap(STATE / "bootstrap", root_password_file()),
        "OMERO_WEB_DEVELOPMENT": "1",
        "LOGIN_TRIES_PER_ACCOUNT_AND_ADDRESS": "10",
        "LOGIN_TRIES_PER_ADDRESS": "60",
        "LOGIN_TRIES_PER_ACCOUNT": "30",
        "WEB_APPS": ",".join(apps()),
        "WEB_WORKERS": "1",
        "WEB_EXTRA_PLUGINS": json.dumps(added_plugins()),
        "WEB_EXTRA_PLUGINS_FOLDER": str(STATE / "extra"),
        "PLUGIN_KEYS_FILE": str(secret_file("plugin-keys", make=_fernet_key)),
        "FMP_HASH_SECRET_FILE": str(secret_file("omp-hash-secret")),
        "OMERO_WEB_UPLOAD_DIR": str(STATE / "staging"),
        "OMERO_IMS_EXPORT_DIR": str(STATE / "exports"),
        "PLATFORM_NAME": "this machine",
        "PLATFORM_SERVER_IMAGE": "omero-standin:dev",
    }
