"""The first things a new site needs in OMERO: groups, and the accounts of jobs and monitoring.

Idempotent: run again it creates what is missing and reports the rest. It never deletes and never
changes a group's permissions. The result is one JSON object in the termination log, which the
operator puts into the platform's status.
"""

from __future__ import annotations

import json
import logging.config
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from omero_plugin_common import env_utils
from omero_web_container.json_logs import configuration

TERMINATION_LOG: Final = Path("/dev/termination-log")
LEVELS: Final = ("rw----", "rwr---", "rwra--", "rwrw--")
CONNECT_SECONDS: Final = 120


class Failed(Exception):
    """What failed and what to do; goes into the platform's status."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group that the site wants."""

    name: str
    permissions: str
    description: str


@dataclass(frozen=True, slots=True)
class _Account:
    """An account of the platform.

    Attributes:
        full_name: first and last name.
        privileges: what it may beyond reading; without any, it changes nothing of others.
        purpose: who logs in with it.
    """

    full_name: tuple[str, str]
    privileges: tuple[str, ...]
    purpose: str


# It may do one thing that others may not: act as them.
_JOB_SERVICE: Final = _Account(("Job", "Service"), ("Sudo",), "the job service")
_MONITORING: Final = _Account(("Site", "Monitoring"), (), "monitoring")


def run() -> int:
    """Do it, and write the result for the operator."""
    logging.config.dictConfig(configuration("WARNING"))
    log = Path(os.environ.get("TERMINATION_LOG", TERMINATION_LOG))
    try:
        result = bootstrap()
    except (Failed, env_utils.EnvironmentProblem) as error:
        report(log, {"error": str(error)})
        return 1
    report(log, result)
    return 0


def bootstrap() -> dict[str, Any]:
    """Connect as root and make everything true."""
    groups = wanted_groups(Path(env_utils.get_env("BOOTSTRAP_FILE")))
    user = env_utils.get_env("OMERO_ROOT_USER", "root")
    password = env_utils.get_secret_env("OMERO_ROOT_PASSWORD_FILE")
    job_user = env_utils.get_env("JOB_SERVICE_USER")
    job_password = env_utils.get_secret_env("JOB_SERVICE_PASSWORD_FILE")
    # Only of a site whose exporters are switched on.
    monitoring = env_utils.get_optional_env("MONITORING_USER")
    client = connect(user, password)
    try:
        admin = client.sf.getAdminService()
        result = {
            "serverVersion": client.sf.getConfigService().getVersion(),
            "groups": _ensure_groups(admin, groups),
            "jobService": _ensure_account(admin, _JOB_SERVICE, job_user, job_password),
        }
        result["scripts"] = _official_scripts(client)
        if monitoring:
            password = env_utils.get_secret_env("MONITORING_PASSWORD_FILE")
            result["monitoring"] = _ensure_account(admin, _MONITORING, monitoring, password)
        return result
    finally:
        client.closeSession()


def _official_scripts(client: Any) -> int:
    """How many scripts OMERO.server has; asked for, it registers those that are new in its image.

    Scripts are no reason to stop a site: a server that cannot list them has none.
    """
    import omero

    try:
        return len(client.sf.getScriptService().getScripts())
    except omero.ServerError as error:
        logging.getLogger(__name__).warning("scripts cannot be listed: %s", error.message)
        return 0


def wanted_groups(path: Path) -> list[Group]:
    """The groups of the bootstrap file; an error names the entry that is wrong."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Failed(f"BOOTSTRAP_FILE {path} cannot be read: {error}") from error
    entries = content.get("groups", []) if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise Failed(f'BOOTSTRAP_FILE {path} must be an object with a list "groups"')
    return [_wanted_group(entry, number) for number, entry in enumerate(entries)]


def _wanted_group(entry: Any, number: int) -> Group:
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise Failed(f"groups[{number}] in the bootstrap file has no name")
    permissions = entry.get("permissions", "rw----")
    if permissions not in LEVELS:
        raise Failed(
            f"group {name}: permissions {permissions!r} are not one of {', '.join(LEVELS)}"
        )
    return Group(name, permissions, str(entry.get("description") or ""))


def connect(user: str, password: str) -> Any:
    """A client with a session.

    A server that is still starting is waited for, a wrong password is not.
    """
    # First: imported after Glacier2 it would define Glacier2's exceptions a second time.
    import omero.clients  # isort: skip
    import Glacier2
    import Ice

    host = env_utils.get_env("OMERO_HOST")
    port = env_utils.get_int_env("OMERO_PORT", 4064, low=1, high=65535)
    until = time.monotonic() + env_utils.get_int_env(
        "BOOTSTRAP_WAIT_SECONDS", CONNECT_SECONDS, low=0, high=3600
    )
    while True:
        client = omero.client(host, port)
        try:
            client.createSession(user, password)
        except Glacier2.PermissionDeniedException:
            client.closeSession()
            raise Failed(
                f"OMERO.server on {host}:{port} refused the password of {user}. It still has the "
                "password of its first start: put that password into the root password Secret, or "
                "restore the database that belongs to it"
            ) from None
        except (Ice.Exception, omero.ClientError) as error:
            client.closeSession()
            if time.monotonic() > until:
                raise Failed(
                    f"OMERO.server on {host}:{port} does not answer: {type(error).__name__}"
                ) from None
            time.sleep(2)
        else:
            return client


def _ensure_groups(admin: Any, groups: list[Group]) -> dict[str, list[Any]]:
    import omero.model
    from omero.rtypes import rstring

    present = {group.name.val: group for group in admin.lookupGroups()}
    result: dict[str, list[Any]] = {"created": [], "existing": [], "differing": []}
    for group in groups:
        if group.name in present:
            has = str(present[group.name].details.permissions)
            result["existing"].append(group.name)
            if has != group.permissions:
                result["differing"].append(
                    {"name": group.name, "has": has, "wanted": group.permissions}
                )
            continue
        made = omero.model.ExperimenterGroupI()
        made.name = rstring(group.name)
        made.description = rstring(group.description)
        made.ldap = omero.rtypes.rbool(False)
        made.details.permissions = omero.model.PermissionsI(group.permissions)
        admin.createGroup(made)
        result["created"].append(group.name)
    return {key: names for key, names in result.items() if names or key != "differing"}


def _ensure_account(admin: Any, account: _Account, name: str, password: str) -> str:
    """A restricted administrator with these privileges and no others."""
    import omero.model
    from omero.rtypes import rbool, rstring

    privileges = []
    for privilege in account.privileges:
        given = omero.model.AdminPrivilegeI()
        given.setValue(rstring(privilege))
        privileges.append(given)
    users = {user.omeName.val: user for user in admin.lookupExperimenters()}
    if name not in users:
        made = omero.model.ExperimenterI()
        made.omeName, made.ldap = rstring(name), rbool(False)
        made.firstName, made.lastName = (rstring(part) for part in account.full_name)
        admin.createRestrictedSystemUserWithPassword(made, privileges, rstring(password))
        return "created"
    roles = admin.getSecurityRoles()
    if roles.systemGroupId not in admin.getMemberOfGroupIds(users[name]):
        raise Failed(
            f"the user {name} exists in OMERO but is not an administrator, and {account.purpose} "
            "needs this name: rename that user, or add it to the group system if it is the "
            "platform's own"
        )
    admin.setAdminPrivileges(users[name], privileges)
    admin.changeUserPassword(name, rstring(password))
    return "present"


def report(log: Path, result: dict[str, Any]) -> None:
    """Write a result into the termination log, and into the log of the pod."""
    text = json.dumps(result)
    (sys.stderr if "error" in result else sys.stdout).write(f"{text}\n")
    try:
        # The kubelet keeps 4096 bytes of it.
        log.write_text(text[:4096], encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"cannot write {log}: {error.strerror}\n")
