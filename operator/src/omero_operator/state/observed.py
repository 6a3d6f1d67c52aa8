"""What one pass saw of one platform. Frozen: conditions are judged on one consistent view."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from omero_operator.api.v1alpha1.release import Operation, Release
from omero_operator.api.v1alpha1.status import DataVolume, ForeignField, GeneratedSecret
from omero_operator.identity.kinds import Kind, Manifest
from omero_operator.identity.labels import COMPONENT

# It has no time zone: comparing it with a real time fails.
_UNKNOWN = datetime.datetime.min
_ALWAYS = datetime.datetime.min.replace(tzinfo=datetime.UTC)


def words(event: Manifest) -> str:
    """What an Event says; Kubernetes leaves out an empty message."""
    return str(event.get("message", "")).strip()


@dataclass(frozen=True)
class Failure:
    """Something that keeps one component from being what the specification says.

    Attributes:
        component: str that suffers.
        reason: CamelCase word for a condition.
        message: What happened, to which object, and what to do.
        holds: Whether the component's objects are left exactly as they are meanwhile.
    """

    component: str
    reason: str
    message: str
    holds: bool = False


@dataclass(frozen=True)
class Protection:
    """What refuses to delete a platform that wants that.

    Attributes:
        state: Whether the cluster's policy is in effect; `not served` where it knows no such
            policies, `no effect` where it is bound in another way.
        refusal: Why it could not be read, where that is not known.
    """

    state: Literal["in effect", "missing", "not served", "no effect", "unknown"] = "unknown"
    refusal: str = ""


@dataclass(frozen=True)
class Certificate:
    """A certificate that a user brings.

    Attributes:
        begins: From when it is valid.
        ends: Until when.
        names: Host names that it is for; `*` may stand for the first label.
        error: Why it cannot be used at all; empty where it can.
    """

    begins: datetime.datetime = _UNKNOWN
    ends: datetime.datetime = _UNKNOWN
    names: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Observed:
    """Children, pods and runs of one platform.

    Attributes:
        children: Objects the operator owns, by (kind, name).
        pods: Pods of the platform.
        runs: Jobs that the platform's CronJobs started.
        failures: What went wrong in this pass.
        absent: Optional kinds that the cluster does not know.
        data_volumes: Claims with the site's data, by which a lost one is noticed.
        generated_secrets: Generated Secrets that must not be made anew, likewise.
        now: Time of this pass (UTC).
        watched_since: Since when this process looks at platforms (UTC).
        status: The status that the last pass wrote; empty before the first.
        claims: Claims with data by name, also those that the user brings, of what is not ready.
        events: Events on what is not ready, newest first.
        certificate: The certificate that the user brings for the Ingress, if any.
        server_certificate: The one for OMERO.server, if any.
        events_refusal: Why Events could not be read; empty where they could.
        foreign_fields: Fields of children that others set and that stay.
        release: The release that the site has.
        available: The operator's own release, where that is another one.
        waiting: Components whose pods become others with the next release.
        pg_backups: CloudNativePG's records of backups, of all Clusters in the namespace.
        restarts: What a component waits for before its pods restart, for people, by its name.
        protection: What refuses to delete the platform, if it wants that.
        operation: What is being done to the site in steps, or was done last.
    """

    children: Mapping[tuple[str, str], Manifest] = field(default_factory=dict)
    pods: tuple[Manifest, ...] = ()
    runs: tuple[Manifest, ...] = ()
    failures: tuple[Failure, ...] = ()
    absent: frozenset[str] = frozenset()
    data_volumes: tuple[DataVolume, ...] = ()
    generated_secrets: tuple[GeneratedSecret, ...] = ()
    now: datetime.datetime = _UNKNOWN
    watched_since: datetime.datetime = _ALWAYS
    status: Manifest = field(default_factory=dict)
    claims: Mapping[str, Manifest] = field(default_factory=dict)
    events: tuple[Manifest, ...] = ()
    certificate: Certificate | None = None
    server_certificate: Certificate | None = None
    events_refusal: str = ""
    foreign_fields: tuple[ForeignField, ...] = ()
    release: Release = field(default_factory=Release)
    available: str = ""
    waiting: tuple[str, ...] = ()
    operation: Operation = field(default_factory=Operation)
    restarts: Mapping[str, str] = field(default_factory=dict)
    pg_backups: tuple[Manifest, ...] = ()
    protection: Protection = field(default_factory=Protection)

    def child(self, kind: Kind, name: str) -> Manifest | None:
        """One child, or None where it does not exist."""
        return self.children.get((kind.name, name))

    def named(self, kind: Kind) -> dict[str, Manifest]:
        """The children of a kind by name."""
        return {name: item for (own, name), item in self.children.items() if own == kind.name}

    def pods_of(self, component: str) -> Iterator[Manifest]:
        """The pods of one component."""
        for pod in self.pods:
            if pod["metadata"].get("labels", {}).get(COMPONENT) == component:
                yield pod

    def events_on(self, item: Manifest) -> Iterator[Manifest]:
        """The Events on one object, newest first."""
        for event in self.events:
            if event["involvedObject"].get("uid") == item["metadata"].get("uid"):
                yield event

    def failure_of(self, component: str) -> Failure | None:
        """The first failure of a component; those that hold it back come first."""
        own = [failure for failure in self.failures if failure.component == component]
        return min(own, key=lambda failure: not failure.holds, default=None)
