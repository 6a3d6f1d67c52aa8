"""What the processes of `ci/dev` are: programs, variables, folders."""

from __future__ import annotations

import base64
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from omero_ci.paths import ROOT, VENV_BIN
from tools.common.errors import CommandError
from tools.common.paths import write_whole

STATE: Final = ROOT / ".dev"
CONTAINER: Final = ROOT / "images" / "omero-web" / "src"
# What the image `omero-web` has of our own; OMERO.web and the worker load it anew when it changes.
OURS: Final = (CONTAINER, ROOT / "common" / "src", *sorted(ROOT.glob("plugins/*/src")))
STANDIN: Final = ROOT / "standin" / "src"
# Plugins as somebody else would write them: added to those of the image.
ADDED: Final = tuple(sorted(ROOT.glob("examples/*/src")))
# Nobody but this machine reaches the stand-in, and it forgets everything at its end.
ROOT_PASSWORD: Final = "omero"  # noqa: S105 - see above
DATABASE: Final = "omero-plugin"
_DROP_IN: Final = """\
# Lines as for the command `omero`; this file is yours once it is there.
# One process with threads loads changed code sooner than several processes do.
config set -- omero.web.wsgi_threads 4
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Ports:
    """Where each part listens, on the loopback address."""

    web: int
    database: int = field(default_factory=free_port)
    redis: int = field(default_factory=free_port)
    server: int = field(default_factory=free_port)
    insecure: int = field(default_factory=free_port)


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


def postgres_programs() -> Path:
    """The folder of PostgreSQL's newest server."""
    found = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    if found is None:
        raise CommandError("PostgreSQL is not installed: run `ci/tools/install`")
    return found


def redis_program() -> str:
    """Redis."""
    found = shutil.which("redis-server")
    if found is None:
        raise CommandError("Redis is not installed: run `ci/tools/install`")
    return found


def postgres_user() -> dict[str, int]:
    """PostgreSQL refuses to run as root; otherwise it runs as whoever starts it."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    return {"user": account.pw_uid, "group": account.pw_gid}


def prepare_database() -> Path:
    """The database's folder; its first use takes some seconds."""
    folder, user = STATE / "postgres", postgres_user()
    # As root, ask as the user that will run it: parents of the clone may be closed.
    STATE.mkdir(exist_ok=True)
    if _as_user(["test", "-x", str(STATE)], user).returncode:
        raise CommandError(
            f"PostgreSQL runs as the user postgres, which cannot enter {STATE}: clone the "
            "repository where others may enter, or run this as a user that is not root"
        )
    if _as_user(["test", "-f", str(folder / "PG_VERSION")], user).returncode == 0:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as password:
        password.write(secret_file("plugin-database").read_text(encoding="utf-8"))
        password.flush()
        if user:
            os.chown(folder, user["user"], user["group"])
            os.chown(password.name, user["user"], user["group"])
        initdb = [str(postgres_programs() / "initdb"), "-D", str(folder), "-U", DATABASE]
        options = ["--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync"]
        done = _as_user([*initdb, f"--pwfile={password.name}", *options], user)
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise CommandError(f"initdb failed:\n{done.stdout}{done.stderr}")
    return folder


def _as_user(command: list[str], user: dict[str, int]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command, capture_output=True, text=True, cwd="/", check=False, **user
    )


def postgres_command(ports: Ports) -> list[str]:
    """PostgreSQL without the safety that only matters in a power cut."""
    settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off")
    options = [part for setting in settings for part in ("-c", setting)]
    program = str(postgres_programs() / "postgres")
    return [program, "-D", str(STATE / "postgres"), "-p", str(ports.database), *options]


def redis_command(ports: Ports) -> list[str]:
    """Redis with a password, without persistence."""
    password = secret_file("redis").read_text(encoding="utf-8")
    lines = ("bind 127.0.0.1", f"port {ports.redis}", f"requirepass {password}", 'save ""')
    settings = STATE / "secrets" / "redis.conf"
    write_whole(settings, "".join(f"{line}\n" for line in lines), mode=0o600)
    return [redis_program(), str(settings)]


def python(module: str, *arguments: str) -> list[str]:
    """A module of ours as a program."""
    return [str(VENV_BIN / "python"), "-m", module, *arguments]


def standin_command(ports: Ports, data: str) -> list[str]:
    """The OMERO stand-in."""
    return python(
        "omero_standin",
        "--port", str(ports.server),
        "--insecure-port", str(ports.insecure),
        "--root-password-file", str(root_password_file()),
        "--data", data,
    )  # fmt: skip


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
    for folder in ("config", "var", "bootstrap"):
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
        "OMERODIR": str(STATE / "var"),
        "OMERO_HOST": "127.0.0.1",
        "OMERO_PORT": str(ports.server),
        "OMERO_ROOT_USER": "root",
        "OMERO_ROOT_PASSWORD_FILE": str(root_password_file()),
        "OMERO_WEB_DEVELOPMENT": "1",
        "OMERO_WEB_LISTEN_HOST": "127.0.0.1",
        "OMERO_WEB_LISTEN_PORT": str(ports.web),
        "OMERO_WEB_CONFIG_FOLDER": str(STATE / "config"),
        "OMERO_WEB_SECRET_KEY_FILE": str(secret_file("secret-key")),
        "OMERO_WEB_STATIC_ROOT": str(STATE / "static"),
        "LOGIN_TRIES_PER_ACCOUNT_AND_ADDRESS": "10",
        "LOGIN_TRIES_PER_ADDRESS": "60",
        "LOGIN_TRIES_PER_ACCOUNT": "30",
        "WEB_APPS": ",".join(apps()),
        "WEB_WORKERS": "1",
        "WEB_EXTRA_PLUGINS": json.dumps(added_plugins()),
        "WEB_EXTRA_PLUGINS_FOLDER": str(STATE / "extra"),
        "REDIS_HOST": "127.0.0.1",
        "REDIS_PORT": str(ports.redis),
        "REDIS_PASSWORD_FILE": str(secret_file("redis")),
        "OMP_DATA_HOST": "127.0.0.1",
        "OMP_DATA_PORT": str(ports.database),
        "OMP_DATA_DB": "postgres",
        "OMP_DATA_USER": DATABASE,
        "OMP_DATA_PASS_FILE": str(secret_file("plugin-database")),
        "PLUGIN_KEYS_FILE": str(secret_file("plugin-keys", make=_fernet_key)),
        "FMP_HASH_SECRET_FILE": str(secret_file("omp-hash-secret")),
        "JOB_SERVICE_USER": "job-service",
        "JOB_SERVICE_PASSWORD_FILE": str(secret_file("job-service")),
        "BOOTSTRAP_FILE": str(bootstrap),
        "TERMINATION_LOG": str(STATE / "bootstrap" / "ended"),
        "PLATFORM_NAME": "this machine",
        "PLATFORM_SERVER_IMAGE": "omero-standin:dev",
    }
