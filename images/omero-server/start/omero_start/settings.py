"""What the pod tells the start-up: environment variables, named as for the public image."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from omero_start.failure import CannotStart

# Values from Secrets, by the same rule as everywhere in the platform: one line break at the end is
# no part of them.
_SECRETS = ("CONFIG_omero_db_user", "CONFIG_omero_db_pass", "ROOTPASS")


@dataclass(frozen=True)
class Settings:
    """The site, as the start-up sees it.

    Attributes:
        home: OMERO.server's folder, `OMERODIR`.
        config_folder: Where the `.omero` files are.
        data: `omero.data.dir`.
        image_root: A folder of the image itself: what is on its file system ends with it.
        database_host, database_port, database_name, database_user, database_password: Its database.
        root_password: Password that the root user of a new database gets.
        read_only: Whether it is one of the read-only servers, which change nothing.
        may_upgrade: Whether a database of an older schema may be upgraded.
        tls_folder: Folder with `tls.crt` and `tls.key`; None for a certificate of its own.
        tls_names: Host names for a certificate of the server's own; the first is its common name.
        hold_seconds: How long to wait for another pod to let the volume go.
        memory_limit_file: Where the kernel says how much memory the container may use.
        jmx_folder: Where the image has the JMX agent.
        jmx_port: First port of the JMX agents; None for none.
    """

    home: Path
    config_folder: Path
    data: Path
    image_root: Path
    database_host: str
    database_port: int
    database_name: str
    database_user: str
    database_password: str = field(repr=False)
    root_password: str = field(repr=False)
    read_only: bool
    may_upgrade: bool
    tls_folder: Path | None
    tls_names: tuple[str, ...]
    hold_seconds: int
    memory_limit_file: Path
    jmx_folder: Path
    jmx_port: int | None

    @property
    def var(self) -> Path:
        """Logs, temporary files and what is generated at each start."""
        return self.home / "var"


def read(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables; an error names the variable that is wrong."""
    given = {key: value for key, value in environment.items() if value}
    for name in _SECRETS:
        if name in given:
            given[name] = re.sub(r"\r?\n\Z", "", given[name])
    tls = given.get("OMERO_TLS_DIR")
    names = given.get("OMERO_TLS_NAMES", "localhost")
    return Settings(
        home=Path(given.get("OMERODIR", "/opt/omero/server/OMERO.server")),
        config_folder=Path(given.get("OMERO_CONFIG_DIR", "/opt/omero/server/config")),
        data=Path(given.get("OMERO_DATA_DIR", "/OMERO")),
        image_root=Path(given.get("OMERO_IMAGE_ROOT", "/")),
        database_host=given.get("CONFIG_omero_db_host", "db"),
        database_port=_number(given, "CONFIG_omero_db_port", 5432),
        database_name=given.get("CONFIG_omero_db_name", "omero"),
        database_user=given.get("CONFIG_omero_db_user", "omero"),
        database_password=_required(given, "CONFIG_omero_db_pass"),
        root_password=given.get("ROOTPASS", ""),
        read_only=_choice(given, "OMERO_READ_ONLY", ("false", "true")) == "true",
        may_upgrade=_choice(given, "OMERO_DB_UPGRADE", ("refuse", "allow")) == "allow",
        tls_folder=Path(tls) if tls else None,
        tls_names=tuple(name.strip() for name in names.split(",") if name.strip()),
        hold_seconds=_number(given, "OMERO_HOLD_SECONDS", 60),
        memory_limit_file=Path(given.get("OMERO_MEMORY_LIMIT_FILE", "/sys/fs/cgroup/memory.max")),
        jmx_folder=Path(given.get("OMERO_JMX_DIR", "/opt/omero/jmx")),
        jmx_port=_number(given, "OMERO_JMX_PORT", 0) or None,
    )


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for OMERO: the scripts of its users inherit it."""
    kept = {
        key: value
        for key, value in environment.items()
        if not key.startswith("CONFIG_") and key not in ("ROOTPASS", "BASH_ENV")
    }
    # OMERO's command reads its files in the encoding of the locale.
    return {**kept, "PYTHONUTF8": "1"}


def _required(given: Mapping[str, str], name: str) -> str:
    if name not in given:
        raise CannotStart(f"the environment variable {name} is not set or is empty")
    return given[name]


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not re.fullmatch("[0-9]{1,6}", text):
        raise CannotStart(f"the environment variable {name} is not a number: {text!r}")
    return int(text)


def _choice(given: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    text = given.get(name, choices[0])
    if text not in choices:
        raise CannotStart(
            f"the environment variable {name} is {text!r}; write one of {', '.join(choices)}"
        )
    return text


def from_environment() -> Settings:
    """Settings of this process."""
    return read(os.environ)
