"""What a suite runs against: a stand-in of its own, and an OMERO.web where it asks for one."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from omero_standin.as_process import OmeroServer, started
from omero_standin.bio_formats import installed as bio_formats
from omero_standin.import_client.install import install
from outside_suites.suites import Suite

_WEB_SECONDS: Final = 90
# A client that wants a file of the internet finds nobody listening.
_NOWHERE: Final = "http://127.0.0.1:9"


@contextmanager
def running(suite: Suite, folder: Path) -> Iterator[dict[str, str]]:
    """Start what a suite needs, with empty data; it ends with the block.

    Args:
        suite: which one.
        folder: an empty folder for logs, files and settings.

    Yields:
        The environment variables of its tests.

    Raises:
        CannotStart: the stand-in did not start.
        OSError: OMERO.web did not start.
    """
    own = folder / "standin"
    own.mkdir()
    scripts = _official_scripts(folder / "scripts")
    with started("--scripts-dir", str(scripts), folder=own) as server:
        variables = _variables(suite, folder, server)
        _configure(suite, server)
        if not suite.web:
            yield variables
            return
        with _web(folder, variables) as address:
            yield variables | {"OMERO_WEB_HOST": address}


def _configure(suite: Suite, server: OmeroServer) -> None:
    """What `omero config set` does for a real server before it starts."""
    if not suite.settings:
        return
    with server.connect() as gateway:
        config = gateway.c.sf.getConfigService()
        for name, value in suite.settings:
            config.setConfigValue(name, value)


def _official_scripts(folder: Path) -> Path:
    """The scripts of the distribution omero-scripts, which a server has from its start."""
    for file in importlib.metadata.files("omero-scripts") or ():
        if file.suffix == ".py" and file.parent.name.endswith("_scripts"):
            place = folder / Path(str(file))
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), place)
    return folder


def _variables(suite: Suite, folder: Path, server: OmeroServer) -> dict[str, str]:
    omerodir = folder / "omerodir"
    (omerodir / "etc" / "grid").mkdir(parents=True)
    (omerodir / "var" / "log").mkdir(parents=True)
    _web_settings(omerodir / "etc" / "grid" / "config.xml", suite, server)
    ice = folder / "ice.config"
    ice.touch(mode=0o600)
    ice.write_text(
        f"omero.host={server.host}\nomero.port={server.port}\n"
        f"omero.rootpass={server.root_password}\n",
        encoding="utf-8",
    )
    client = install(folder / "omero")
    _omero_for_root(Path(client["PATH"]) / "omero")
    write_showinf(Path(client["PATH"]) / "showinf")
    programs = (client["PATH"], str(Path(sys.executable).parent), os.environ["PATH"])
    return {
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join(programs),
        "PYTHONWARNINGS": "ignore",
        "OMERODIR": str(omerodir),
        "OMERO_USERDIR": client["OMERO_USERDIR"],
        "ICE_CONFIG": str(ice),
        "DJANGO_SETTINGS_MODULE": "omeroweb.settings",
        "HTTP_PROXY": _NOWHERE,
        "HTTPS_PROXY": _NOWHERE,
        "NO_PROXY": "127.0.0.1,localhost",
        # Names of ezomero's own.
        "OMERO_USER": "root",
        "OMERO_PASS": server.root_password,
        "OMERO_HOST": server.host,
        "OMERO_PORT": str(server.port),
    }


def _omero_for_root(program: Path) -> None:
    """The command `omero`, whose own entry refuses root, as which containers run tests."""
    code = "import sys; from omero.cli import argv; sys.argv[0] = 'omero'; sys.exit(argv())"
    program.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -W ignore -c {shlex.quote(code)} "$@"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)


def write_showinf(program: Path) -> None:
    """Bio-Formats' own command, which omero-cli-transfer's tests expect to be installed.

    Args:
        program: the file to write; none is written where Java or Bio-Formats is missing.
    """
    # By its path: on the PATH of the tests, `java` is the stand-in's import client.
    jar, java = bio_formats.jar(), shutil.which("java")
    if jar is None or java is None:
        return
    words = [java, "-Xmx1g", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"]
    words += ["-cp", str(jar), "loci.formats.tools.ImageInfo"]
    program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)


def _web_settings(file: Path, suite: Suite, server: OmeroServer) -> None:
    from omero_standin import generated  # noqa: F401 - before Ice
    from omero.config import ConfigXml  # isort: skip

    settings: dict[str, Any] = {
        "omero.web.server_list": json.dumps([[server.host, server.port, "omero"]]),
        "omero.web.apps": json.dumps(
            [each for each in suite.apps if not each.startswith("omeroweb.")]
        ),
        "omero.web.secure": "true",
        "omero.web.caches": json.dumps(
            {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
        ),
    }
    config = ConfigXml(str(file))
    try:
        for name, value in settings.items():
            config[name] = value
    finally:
        config.close()


@contextmanager
def _web(folder: Path, variables: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "web.log"
    command = [sys.executable, "-m", "gunicorn", "omeroweb.wsgi:application"]
    command += ["--bind", f"127.0.0.1:{port}", "--threads", "4", "--timeout", "120"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=variables, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait_for(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _WEB_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise OSError(f"OMERO.web did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")
