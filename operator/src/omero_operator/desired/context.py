"""The one argument of every builder."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.identity.kinds import Kind, Manifest
from omero_operator.identity.labels import (
    NEVER_PRUNE,
    RETAINED,
    STARTED,
    labels,
    owner_reference,
)
from omero_operator.identity.names import Names


def _runs_as(user: int) -> Any:
    """An image that is made for a user of this number; its group has the same one."""
    return field(metadata={"user": user})


@dataclass(frozen=True)
class Images:
    """Image references of a platform, after overrides.

    Attributes:
        pull_policy: `Always`, `IfNotPresent` or `Never`.
        pull_secrets: Names of Secrets with registry credentials.
        volumes: Whether the cluster mounts images as volumes.
    """

    server: str = _runs_as(1000)
    web: str = _runs_as(10001)
    maintenance: str = _runs_as(999)
    postgres: str = _runs_as(999)
    redis: str = _runs_as(999)
    # Beside a database or Redis, both run as its user.
    postgres_exporter: str = _runs_as(65534)
    redis_exporter: str = _runs_as(59000)
    pull_policy: str = "IfNotPresent"
    pull_secrets: tuple[str, ...] = ()
    volumes: bool = False

    @classmethod
    def users(cls) -> Mapping[str, int]:
        """The user of each image, by its name."""
        return {each.name: each.metadata["user"] for each in fields(cls) if "user" in each.metadata}

    @property
    def references(self) -> dict[str, str]:
        """Image reference by name."""
        return {name: getattr(self, name) for name in self.users()}

    def with_references(self, given: Mapping[str, str]) -> "Images":
        """These images with other references; names that this version does not know are ignored."""
        references: dict[str, Any] = {name: given[name] for name in self.users() if name in given}
        return replace(self, **references)

    def overridden(self, spec: PlatformSpec) -> "Images":
        """These images with what the platform says instead."""
        own = spec.images
        given = {name: value for name, value in own if value and name != "pull_secrets"}
        secrets = tuple(dict.fromkeys((*self.pull_secrets, *own.pull_secrets)))
        return replace(self, **given, pull_secrets=secrets)


@dataclass(frozen=True)
class Context:
    """What builders may know. They read nothing else, not even the clock.

    Attributes:
        name: Name of the platform.
        namespace: Its namespace.
        uid: Its unique id, for owner references.
        spec: What the site shall be.
        images: Which images to run.
        unknown_fields: What the specification has besides, and this version does not know.
        stopped: Components that an operation keeps at zero pods.
        held: Components whose pods stay as they are until the specification asks for others,
            whatever the builders make.
        claims: Claims whose data has moved, and the name of the claim that has it since.
        copies: Such a move that is still being made: both claims are there.
        kept_jobs: Name of the run-once Job by component, where an earlier one stays.
        backup_now: Value of the annotation that asks for a backup; empty where it is not there.
        may_start: Components whose pods may run; those that require nothing are not asked.
        checksums: A keyed digest of each Secret that pods depend on, by Secret name.
        config_checksums: A keyed digest of each ConfigMap that the user brings, by its name.
        secret_properties: OMERO properties whose values stood in Secrets.
    """

    name: str
    namespace: str
    uid: str
    spec: PlatformSpec
    images: Images
    unknown_fields: tuple[str, ...] = ()
    stopped: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    claims: Mapping[str, str] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)
    kept_jobs: Mapping[str, str] = field(default_factory=dict)
    backup_now: str = ""
    may_start: frozenset[str] = frozenset()
    checksums: Mapping[str, str] = field(default_factory=dict)
    config_checksums: Mapping[str, str] = field(default_factory=dict)
    secret_properties: Mapping[str, str] = field(default_factory=dict, repr=False)

    def having(self, **fields: Any) -> "Context":
        """The context with other fields."""
        return replace(self, **fields)

    @property
    def names(self) -> Names:
        """Names of the children."""
        return Names(self.name)

    def replicas(self, count: int, component: str = "") -> int:
        """Replicas that a workload gets.

        Args:
            count: Replicas of a site that runs.
            component: Component that waits for others; none for one that waits for nothing.

        Returns:
            The count; 0 while hibernated or stopped by an operation, and before everything that it
            requires was ready.
        """
        waits = bool(component) and component not in self.may_start - self.stopped
        return 0 if waits or self.spec.hibernated else count

    def started(self, component: str) -> dict[str, str]:
        """The annotation by which a start is remembered, in the workload itself."""
        return {STARTED: "true"} if self.replicas(1, component) else {}

    def manifest(
        self, kind: Kind, name: str, component: str, *, retained: bool = False, **body: Any
    ) -> Manifest:
        """A child with its name, labels and owner.

        Args:
            kind: Kind of the object.
            name: Its name.
            component: The component it belongs to.
            retained: Whether it holds data. Such a child has no owner, so Kubernetes leaves it
                alone, and it is marked so that tools which prune leave it alone, too.
            **body: Everything beside `apiVersion`, `kind` and `metadata`; `annotations` go into
                the metadata.

        Returns:
            The manifest.
        """
        metadata: Manifest = {
            "name": name,
            "namespace": self.namespace,
            "labels": labels(self.name, component),
        }
        annotations = dict(body.pop("annotations", None) or {})
        if retained:
            annotations |= {RETAINED: self.name, **NEVER_PRUNE}
        if annotations:
            metadata["annotations"] = annotations
        if not retained:
            metadata["ownerReferences"] = [owner_reference(self.name, self.uid)]
        return {
            "apiVersion": kind.api_version,
            "kind": kind.name,
            "metadata": metadata,
            **body,
        }
