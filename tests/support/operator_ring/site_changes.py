"""Changes of a running site, each of which can be made again and again, and whom it concerns."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import trustme

from omero_operator.identity.kinds import CONFIG_MAP, PLATFORM, SECRET
from omero_operator.identity.labels import ROTATED
from operator_ring.kube import Kube
from operator_ring.process import OperatorProcess
from operator_ring.rotation import rotatable, rotate

CERTIFICATE: Final = "ice-certificate"
DATABASES: Final = frozenset({"database", "plugin-database"})
WEB: Final = frozenset({"web", "uploads", "exports"})
EVERY: Final = DATABASES | WEB | {"redis", "server", "worker"}

# A change of a site by its namespace and name, and how often it was made.
Make = Callable[[Kube, str, str, int], None]
Look = Callable[[Kube, str, str, int], bool]


@dataclass(frozen=True)
class SiteChange:
    """A change.

    Attributes:
        make: Makes it; an even number of times before is one state of the site, an odd one another.
        concerned: Components whose pods restart.
        arrived: Whether it can be seen in objects that conditions do not speak of.
        rotates: Whether generated Secrets get new values.
        prepare: What comes before it: other settings of the operator.
    """

    make: Make
    concerned: frozenset[str]
    arrived: Look = lambda *_: True
    rotates: bool = False
    prepare: Callable[[OperatorProcess, int], None] = lambda *_: None


def spec(**blocks: Any) -> Any:
    """What every site of these tests begins with."""
    return {
        "server": {"tls": {"secretName": CERTIFICATE}, "config": {"omero.ldap.config": "false"}},
        "worker": {"replicas": 2},
        **blocks,
    }


def certificate(kube: Kube, namespace: str, platform: str = "", number: int = 0) -> None:
    """The Secret of port 4064 with a new certificate, as cert-manager renews it."""
    issued = trustme.CA().issue_cert(f"omero-{number % 2}.example.org")
    files = {
        "tls.crt": issued.cert_chain_pems[0].bytes(),
        "tls.key": issued.private_key_pem.bytes(),
    }
    data = {name: base64.b64encode(content).decode() for name, content in files.items()}
    if kube.get(SECRET, namespace, CERTIFICATE) is None:
        metadata = {"name": CERTIFICATE, "namespace": namespace}
        kube.create(SECRET, {"metadata": metadata, "type": "kubernetes.io/tls", "data": data})
    else:
        kube.merge(SECRET, namespace, CERTIFICATE, {"data": data})


def _edit(*states: Any) -> Make:
    """One of two states of the specification, in turn."""

    def make(kube: Kube, namespace: str, platform: str, number: int) -> None:
        kube.merge(PLATFORM, namespace, platform, {"spec": states[number % 2]})

    return make


def _rotate(kube: Kube, namespace: str, platform: str, number: int) -> None:
    rotate(kube, namespace, platform, f"word-{number % 2}")


def _all_rotated(kube: Kube, namespace: str, platform: str, number: int) -> bool:
    found = (kube.get(SECRET, namespace, each) for each in rotatable(kube, namespace, platform))
    words = {each["metadata"]["annotations"].get(ROTATED) for each in found if each}
    return words == {f"word-{number % 2}"}


def _reloaded(kube: Kube, namespace: str, platform: str, number: int) -> bool:
    settings = kube.get(CONFIG_MAP, namespace, f"{platform}-db") or {"data": {}}
    return f"work_mem = '{8 + number % 2}MB'" in settings["data"].get("postgresql.conf", "")


def _hibernate_and_wake(kube: Kube, namespace: str, platform: str, number: int) -> None:
    """A site that sleeps is not ready, so this ends with its waking: the operator sees either."""
    kube.merge(PLATFORM, namespace, platform, {"spec": {"hibernated": number % 2 == 0}})


_LDAP: Final = {
    "omero.ldap.config": "true",
    "omero.ldap.base": "dc=example,dc=org",
    "omero.ldap.new_user_group": "directory",
}

CHANGES: Final = {
    "new passwords": SiteChange(_rotate, EVERY, _all_rotated, rotates=True),
    "certificate": SiteChange(certificate, frozenset({"server"})),
    "JVM": SiteChange(
        _edit(
            {"server": {"resources": {"limits": {"memory": "5Gi"}}}},
            {"server": {"resources": {"limits": {"memory": "6Gi"}}}},
        ),
        frozenset({"server"}),
    ),
    "LDAP": SiteChange(
        _edit(
            {"server": {"config": {**_LDAP, "omero.ldap.urls": "ldaps://one.example.org"}}},
            {"server": {"config": {**_LDAP, "omero.ldap.urls": "ldaps://two.example.org"}}},
        ),
        frozenset({"server"}),
    ),
    "PostgreSQL restarts": SiteChange(
        _edit(
            {"database": {"parameters": {"max_connections": "90"}}},
            {"database": {"parameters": {"max_connections": "91"}}},
        ),
        frozenset({"database"}),
    ),
    "PostgreSQL reads": SiteChange(
        _edit(
            {"database": {"parameters": {"work_mem": "8MB"}}},
            {"database": {"parameters": {"work_mem": "9MB"}}},
        ),
        frozenset(),
        _reloaded,
    ),
    "time zone": SiteChange(
        _edit({"timeZone": "Europe/Zurich"}, {"timeZone": "Europe/Berlin"}),
        EVERY - {"redis"},
    ),
    "pods": SiteChange(
        _edit({"web": {"replicas": 3}}, {"web": {"replicas": 2}}),
        frozenset({"web"}),
    ),
    "sleep": SiteChange(_hibernate_and_wake, EVERY),
}
