"""OMERO's configuration: one file for `omero load`, from the pod's files and what is known here.

The file's lines are those of the public image's start-up: `config set`, `append`, `remove`, … The
site's lines come last, so they win over ours.
"""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from omero_start import jmx, programs
from omero_start.certificate import Certificate
from omero_start.failure import CannotStart
from omero_start.settings import Settings

# The public image's own file: it drops all settings and makes a new certificate at each start.
_OF_THE_IMAGE = "00-omero-server.omero"
_MANAGED = "omero.managed.dir"
# What omero-certificates sets: no anonymous ciphers, no old protocols.
_TLS = {
    "omero.glacier2.IceSSL.CAs": "server.pem",
    "omero.glacier2.IceSSL.CertFile": "server.p12",
    "omero.glacier2.IceSSL.Ciphers": "HIGH!DHE",
    "omero.glacier2.IceSSL.ProtocolVersionMax": "TLS1_3",
    "omero.glacier2.IceSSL.Protocols": "TLS1_2,TLS1_3",
}


def site_lines(folder: Path) -> list[str]:
    """The lines of the site's `.omero` files, in the order of their names."""
    return list(_site_lines(folder))


def _site_lines(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.omero")):
        if path.name == _OF_THE_IMAGE:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CannotStart(f"{path} cannot be read: {error}") from error
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            try:
                words = shlex.split(line)
            except ValueError as error:
                # A value that holds a line break: its quotation does not end in this line.
                raise CannotStart(
                    f"{path}, line {number}: {error}. OMERO reads one command a line, so a value "
                    "cannot hold a line break"
                ) from error
            if words[0] != "config":
                raise CannotStart(
                    f"{path}, line {number}: only `config` commands are possible, not {words[0]!r}"
                )
            yield line


def values(lines: list[str]) -> dict[str, str]:
    """Properties that the lines set, the last one of each name."""
    found: dict[str, str] = {}
    for line in lines:
        words = [word for word in shlex.split(line) if word != "--"]
        if words[:2] == ["config", "set"] and len(words) > 2:
            found[words[2]] = words[3] if len(words) > 3 else ""
    return found


def managed_folder(settings: Settings, given: Mapping[str, str]) -> Path:
    """Where imported images are: an absolute folder on the volume.

    Raises:
        CannotStart: When images would be lost with the container.
    """
    text = given.get(_MANAGED, "${omero.data.dir}/ManagedRepository")
    folder = Path(text.replace("${omero.data.dir}", str(settings.data)))
    if not folder.is_absolute() or ".." in folder.parts:
        raise CannotStart(
            f"{_MANAGED} is {text!r}: it must be an absolute folder below {settings.data}, where "
            "the volume is mounted. A relative one becomes a new repository when the server starts "
            "in another folder, and its images are lost"
        )
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    if existing.stat().st_dev == settings.image_root.stat().st_dev:
        raise CannotStart(
            f"{_MANAGED} is {text!r}, which is on no volume: its images would end with the "
            f"container. Mount the volume at {settings.data}, or correct {_MANAGED}"
        )
    return folder


def heap(limit_file: Path, given: Mapping[str, str]) -> dict[str, str]:
    """What OMERO may take as the machine's memory: the container's limit, where there is one.

    OMERO gives its Java programs shares of it. It counts with at least 3414 MB, unless it is told.
    """
    if "omero.jvmcfg.system_memory" in given:
        mebibytes = given["omero.jvmcfg.system_memory"]
        found = {}
    else:
        try:
            limit = limit_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return {}
        # "max": no limit. Older kernels write a number near 2 to the 63rd instead.
        if not limit.isdigit() or int(limit) >= 1 << 60:
            return {}
        mebibytes = str(int(limit) >> 20)
        found = {"omero.jvmcfg.system_memory": mebibytes}
    if mebibytes.isdigit() and int(mebibytes) < 3414:
        found["omero.jvmcfg.min_system_memory"] = mebibytes
    return found


def load(
    settings: Settings, lines: list[str], certificate: Certificate, private: Path
) -> Mapping[str, str]:
    """Give OMERO its configuration, in one call of its command.

    Args:
        settings: The site.
        lines: The site's lines.
        certificate: Of Glacier2.
        private: A folder that only this user can read.

    Returns:
        What was set beside the site's lines, without secrets.
    """
    given = values(lines)
    plain = {
        "omero.data.dir": str(settings.data),
        "omero.db.host": settings.database_host,
        "omero.db.port": str(settings.database_port),
        "omero.db.name": settings.database_name,
        "omero.glacier2.IceSSL.DefaultDir": str(certificate.folder),
        **_TLS,
        **heap(settings.memory_limit_file, given),
    }
    secret = {
        "omero.db.user": settings.database_user,
        "omero.db.pass": settings.database_password,
        "omero.glacier2.IceSSL.Password": certificate.password,
    }
    path = private / "all.omero"
    # Behind the site's lines: they hold the site's options as well.
    agents = jmx.properties(settings.jmx_folder, settings.jmx_port, given)
    content = "\n".join(["config drop default", *_set(plain | secret), *lines, *_set(agents), ""])
    programs.write_private(path, content)
    programs.run(
        ["omero", "load", str(path)],
        "OMERO rejected its configuration (spec.server.config and the Secrets of configSecretRefs)",
        PYTHONUTF8="1",
    )
    path.unlink()
    return plain | agents


def _set(properties: Mapping[str, str]) -> list[str]:
    return [
        f"config set -- {shlex.quote(name)} {shlex.quote(value)}"
        for name, value in properties.items()
    ]
