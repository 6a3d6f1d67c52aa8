"""OMERO.web's configuration file: the image's defaults, the applications, the drop-ins.

Lines are carried out by OMERO's own `config` command, so every form of it that OMERO documents
works. Last come the properties whose values stand in Secrets; a pod has the file in memory. The
platform's own secrets are not in it: `django_settings` reads them from where they are mounted.
"""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from omero_plugin_common import env_utils
from omero_web_container import catalogue, public_address, secret_config
from omero_web_container.catalogue import App
from omero_web_container.extra_plugins import ExtraPlugin, extra_plugins
from omero_web_container.properties import refusals, table


class CannotStart(Exception):
    """What went wrong with the configuration, and where to look."""


# What differs from OMERO.web's own defaults on every site; a file of the site's wins.
_DEFAULTS: Final = {
    # OMERO.web would ask the internet for a newer version at each login.
    "omero.web.upgrades.url": "",
    "omero.web.check_version": "false",
    # Nothing of a site is sent to the OMERO team.
    "omero.web.feedback.comment.enabled": "false",
    "omero.web.feedback.error.enabled": "false",
    "omero.web.show_forgot_password": "false",
    # In each page; it stands above the header Referrer-Policy, which says the same.
    "omero.web.html_meta_referrer": "same-origin",
    # The login page would ask GitHub for the versions of the desktop client.
    "omero.web.login.show_client_downloads": "false",
}


def defaults() -> dict[str, str]:
    """The image's defaults, and what follows from the environment: no file may change that."""
    host = env_utils.get_env("OMERO_HOST")
    port = env_utils.get_int_env("OMERO_PORT", 4064, low=1, high=65535)
    name = env_utils.get_env("PLATFORM_NAME", "omero").rpartition("/")[2]
    given = {
        "omero.web.server_list": json.dumps([[host, port, name]]),
        # Connections to OMERO.server are encrypted.
        "omero.web.secure": "true",
    }
    if time_zone := env_utils.get_optional_env("TZ"):
        given["omero.web.time_zone"] = time_zone
    return _DEFAULTS | given | public_address.properties()


def prepare(omerodir: Path, drop_ins: Path) -> dict[str, str]:
    """Write the configuration of this pod anew and return what it holds.

    Args:
        omerodir: OMERO's folder; writable.
        drop_ins: folder of `*.omero` files, loaded in the order of their names.
    """
    files = sorted(drop_ins.glob("*.omero"))
    write_config(omerodir, defaults(), catalogue.chosen_apps(), extra_plugins(), files)
    return _add_secrets(omerodir)


def _add_secrets(omerodir: Path) -> dict[str, str]:
    """Add the properties whose values stand in Secrets.

    Returns:
        What the file holds then.
    """
    import omero.config

    before = held(omerodir)
    given = secret_config.properties()
    for name, reason in refusals(before, {**before, **given}):
        raise CannotStart(f"spec.web.configSecretRefs cannot set {name}: {reason}")
    config = omero.config.ConfigXml(str(_file(omerodir)))
    for name, value in given.items():
        config[name] = value
    config.close()
    return {**before, **given}


def held(omerodir: Path) -> dict[str, str]:
    """What the configuration in OMERO's folder says."""
    import omero.config

    config = omero.config.ConfigXml(str(_file(omerodir)), read_only=True)
    properties = {key: value for key, value in config.as_map().items() if value is not None}
    config.close()
    return properties


def _file(omerodir: Path) -> Path:
    return omerodir / "etc" / "grid" / "config.xml"


def write_config(
    omerodir: Path,
    properties: Mapping[str, str],
    apps: Sequence[App],
    plugins: Sequence[ExtraPlugin],
    drop_ins: Sequence[Path],
) -> dict[str, str]:
    """Write `etc/grid/config.xml`; later arguments win over earlier ones.

    Args:
        omerodir: OMERO's folder; writable.
        properties: properties and their values.
        apps: applications of the image.
        plugins: added plugins.
        drop_ins: files with one command a line.

    Returns:
        What the file holds.
    """
    import omero.config

    path = _file(omerodir)
    try:
        # A restarted container finds its predecessor's file, which would make `append` append
        # twice.
        shutil.rmtree(path.parent, ignore_errors=True)
        for folder in (path.parent, omerodir / "var" / "log"):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(
            f"{omerodir} cannot be written: {error.strerror}; it needs a writable volume"
        ) from error
    config = omero.config.ConfigXml(str(path))
    for key, value in properties.items():
        config[key] = value
    config.close()
    _carry_out(_app_lines(apps, plugins), "the image's table of applications")
    given = held(omerodir)
    for file in drop_ins:
        lines = file.read_text(encoding="utf-8").splitlines()
        _carry_out(lines, f"{file}, which comes from spec.web,")
        before, given = given, held(omerodir)
        for name, reason in refusals(before, given):
            raise CannotStart(f"{file}, which comes from spec.web, cannot set {name}: {reason}")
        for name in sorted(table().secret & given.keys()):
            raise CannotStart(
                f"{file}, which comes from spec.web, cannot set {name}: a secret; put the value "
                "into a Secret, and its name and key into spec.web.configSecretRefs"
            )
    return given


def _app_lines(apps: Iterable[App], plugins: Iterable[ExtraPlugin]) -> Iterator[str]:
    """The commands that the applications and plugins stand for."""
    for app in apps:
        yield _append("omero.web.apps", app.app)
        for key, value in app.set.items():
            yield f"config set -- {key} {shlex.quote(value)}"
        for key, additions in app.append.items():
            yield from (_append(key, addition) for addition in additions)
    for plugin in plugins:
        yield _append("omero.web.apps", plugin.app)
        if plugin.top_link:
            yield _append("omero.web.ui.top_links", list(plugin.top_link))


def _append(key: str, value: object) -> str:
    return f"config append -- {key} {shlex.quote(json.dumps(value))}"


def _carry_out(lines: Iterable[str], where: str) -> None:
    """Run lines through OMERO's command; the first that fails is named."""
    from omero.cli import CLI, NonZeroReturnCode
    from omero.plugins.prefs import PrefsControl

    command = CLI()
    # Only this part of the command: loading all of them takes seconds, and `python -m omero.main`
    # does nothing at all.
    command.register("config", PrefsControl, "configuration")
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
                command.invoke(line, strict=True)
        except (NonZeroReturnCode, SystemExit, ValueError) as error:
            reason = (said.getvalue().strip().splitlines() or [str(error)])[-1]
            # The rest of the line may hold a password.
            key = next((word for word in line.split() if word.startswith("omero.")), "no property")
            raise CannotStart(f"line {number} of {where} fails ({key}): {reason}") from error
