"""After everything before: no secret value in any log, event, object, argument or annotation."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from omero_ci.kubectl import Kubectl
from site_ring.installation import SYSTEM, Site, all_of
from site_ring.login import log_in
from tools.common.errors import CommandError

pytestmark = pytest.mark.timeout(900)

# Values that are no secrets although they stand in a generated Secret.
PLAIN = {"omero", "omero-plugin", "root", "job-service", "omero-monitoring", "omero_monitoring"}


def secret_values(kubectl: Kubectl, namespace: str) -> set[str]:
    found = set()
    for secret in all_of(kubectl, "secrets", namespace):
        if secret["type"] == "Opaque":
            found |= {base64.b64decode(value).decode() for value in secret["data"].values()}
    return {value for value in found - PLAIN if len(value) >= 8}


def logs(kubectl: Kubectl, namespace: str) -> str:
    text = []
    for pod in all_of(kubectl, "pods", namespace):
        name = pod["metadata"]["name"]
        if pod["status"]["phase"] == "Pending":
            # One of a CronJob that is about to start has no logs yet.
            continue
        try:
            text.append(
                kubectl.run("logs", name, "--namespace", namespace, "--all-containers", "--tail=-1")
            )
        except CommandError:
            # A pod that was being deleted may end after it was listed; its logs end with it.
            if name in {left["metadata"]["name"] for left in all_of(kubectl, "pods", namespace)}:
                raise
    return "\n".join(text)


def arguments_of_all_processes() -> str:
    """Every command line on this machine: containers run on it."""
    lines = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                lines.append((folder / "cmdline").read_bytes().decode(errors="replace"))
            except OSError:
                continue  # ended meanwhile
    return "\n".join(lines)


# Run in the web: what its cache in Redis holds of OMERO's sessions, by their UUIDs.
SESSIONS = """
import re
from omero_plugin_common.redis_client import CACHE_DATABASE, connection
cache = connection(CACHE_DATABASE)
stored = b"\\n".join(cache.get(key) or b"" for key in cache.scan_iter(_type="string"))
for each in set(re.findall(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", stored)):
    print(each.decode())
"""


def omero_sessions(site: Site) -> set[str]:
    """Ids with which the sessions of users of the web can be joined."""
    return set(site.exec_program("deploy/demo-web", SESSIONS).split())


def test_no_secret_value_is_anywhere_else(kubectl: Kubectl, site: Site, page: Page) -> None:
    values = secret_values(kubectl, site.namespace)
    assert len(values) >= 6
    log_in(page, site)
    sessions = omero_sessions(site)
    assert sessions, "the session of this login, at least"
    values |= sessions
    kinds = (
        "omero,pods,configmaps,events,services,statefulsets,deployments,jobs,cronjobs,ingresses,"
        "networkpolicies,serviceaccounts,pvc,pdb,replicasets"
    )
    places = {
        "objects": kubectl.run("get", kinds, "--namespace", site.namespace, "--output=json"),
        "secrets' metadata": json.dumps(
            [s["metadata"] for s in all_of(kubectl, "secrets", site.namespace)]
        ),
        "logs of the site": logs(kubectl, site.namespace),
        "logs of the operator": logs(kubectl, SYSTEM),
        "arguments": arguments_of_all_processes(),
    }
    found = [place for place, text in places.items() if any(value in text for value in values)]
    assert found == []
    assert "omero_operator" in places["logs of the operator"]
