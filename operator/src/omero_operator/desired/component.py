"""What a component of a site is: one descriptor, from which everything else about it follows.

A component is what has a condition of its own: OMERO.server, a database, the Ingress. Its module in
this folder ends with its descriptor, and `plan.COMPONENTS` lists them all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from omero_operator.api.v1alpha1.cloudnative_pg import CloudNativePg
from omero_operator.api.v1alpha1.data import ExternalDatabase, ExternalRedis
from omero_operator.api.v1alpha1.fields import Resources, Storage
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired.context import Context
from omero_operator.desired.secret_rules import Purpose
from omero_operator.identity.kinds import Kind, Manifest
from omero_operator.identity.names import Names

Size = Literal["small", "medium", "large"]

# In place of a component: pods of any namespace and clients outside the cluster.
ANYONE = None

# In place of a component: the pods that `spec.monitoring.scrapers` selects.
PROMETHEUS = "prometheus"

# In place of a component: the pods that `spec.worker.autoscaling.scalers` selects.
KEDA = "keda"

# Components that run the code of OMERO.web's plugins: they use the plugins' database, Redis and the
# server.
RUN_PLUGINS = ("web", "worker", "uploads", "exports", "export-worker")

# OMERO's read-only servers.
READER = "read-only-server"

# Components that use both databases as a whole.
CARE = ("maintenance", "backup", "restore")

# Stand for values to be generated: a password, a key for Fernet, and a private key for signatures
# with the public key that belongs to it.
RANDOM = "random"
FERNET_KEY = "fernet key"
PRIVATE_KEY = "private key"
PUBLIC_KEY = "public key"


@dataclass(frozen=True)
class Profile:
    """Default resources of a container.

    Memory limits only, no CPU limits: a CPU limit slows a component down on an idle node.

    Attributes:
        cpu: Requested CPU.
        memory: Requested memory.
        limit: Memory limit.
    """

    cpu: str
    memory: str
    limit: str

    def resources(self, given: Resources) -> Manifest:
        """Requests and limits; what is given wins key by key."""
        return {
            "requests": {"cpu": self.cpu, "memory": self.memory, **given.requests},
            "limits": {"memory": self.limit, **given.limits},
        }


# What asks the database or Redis in the same pod for Prometheus.
EXPORTER_HELPER = Profile("10m", "32Mi", "128Mi")
# Small containers: what prepares a volume or asks a database of others, copies a plugin, bootstraps
# OMERO.
SMALL_HELPER = Profile("10m", "16Mi", "64Mi")
COPYING_HELPER = Profile("50m", "64Mi", "256Mi")
BOOTSTRAP_HELPER = Profile("50m", "128Mi", "512Mi")
HELPERS = (SMALL_HELPER, COPYING_HELPER, BOOTSTRAP_HELPER, EXPORTER_HELPER)


@dataclass(frozen=True)
class Port:
    """A port that a component listens on.

    Attributes:
        number: Container port.
        clients: Components that connect to it; `ANYONE` among them opens it to everybody, and
            `PROMETHEUS` and `KEDA` to what a field selects.
    """

    number: int
    clients: tuple[str | None, ...]


@dataclass(frozen=True)
class Opening:
    """A way out of the site for the pods of a component.

    Attributes:
        port: Where the other side listens.
        reason: Why, as a field of the specification or in the words of who opened it.
        hosts: Addresses or networks (CIDR) of the other side; a name among them means any address,
            since a policy knows no names.
        public: Whether the other side is on the internet, so that private addresses stay closed.
        protocol: `TCP` or `UDP`.
    """

    port: int
    reason: str
    hosts: tuple[str, ...] = ("",)
    public: bool = False
    protocol: str = "TCP"


@dataclass(frozen=True)
class Credential:
    """A Secret to generate.

    Attributes:
        name: Name of the Secret.
        component: The component whose credential it is.
        keys: Key to value; `RANDOM`, `FERNET_KEY`, `PRIVATE_KEY` and `PUBLIC_KEY` stand for one to
            be made. There is at most one pair of keys, the private one first.
        lives_in: What knows the values beside the Secret and cannot be told new ones, in words for
            people. While that is there, a lost Secret is not made anew. Empty where a new value
            can be set: then a lost Secret is a rotation.
        data: Component whose volume that is; empty where it is none.
        purpose: What the generated value is for: somebody may put one of their own in its place.
    """

    name: str
    component: str
    keys: tuple[tuple[str, str], ...]
    lives_in: str = ""
    data: str = ""
    purpose: Purpose = "password"


@dataclass(frozen=True)
class SecretReference:
    """Keys of a Secret that the user brings.

    Attributes:
        component: Component that cannot do without.
        path: Field of the specification.
        name: Name of the Secret.
        keys: Keys it must have.
        purposes: What the value of each key is for; none where no rule is checked.
        holds: Whether the component is left as it is while the Secret is missing.
        made_by: Who makes it, where no person does; it is waited for.
    """

    component: str
    path: str
    name: str
    keys: tuple[str, ...]
    purposes: tuple[Purpose, ...] = ()
    holds: bool = True
    made_by: str = ""


@dataclass(frozen=True)
class ConfigMapReference:
    """A key of a ConfigMap that the user brings; the component waits for it.

    Attributes:
        component: Component that cannot do without.
        path: Field of the specification.
        name: Name of the ConfigMap.
        key: Key it must have.
    """

    component: str
    path: str
    name: str
    key: str


def _path(block: str) -> str:
    return ".".join(("spec", *map(to_camel, filter(None, block.split(".")))))


def _block(spec: PlatformSpec, block: str) -> BaseModel | None:
    found: BaseModel | None = attrgetter(block)(spec) if block else None
    return found


def _none(_: Context) -> Sequence[Any]:
    return ()


@dataclass(frozen=True)
class Component:
    """The descriptor of a component.

    Attributes:
        name: Value of the label `app.kubernetes.io/component`.
        title: What people call it.
        condition: The condition that tells of it.
        build: Its manifests; not asked for where it is switched off.
        block: Attribute of the specification with its settings, such as `worker` or `web.uploads`;
            empty where it has none. A field `enabled` in it switches the component off.
        switches: Fields that must all be true, such as `web.plugins.upload.enabled`, where that is
            not the field `enabled` of its own block.
        image: Attribute of `Images` with the image of its pods; empty where it has no pods.
        workload: Kind and name of what runs its pods; None where no single object does.
        requires: Components that must be ready before its pods start for the first time.
        sizes: Default resources by size of the site.
        volume: Name of the claim with its data; None where it keeps none.
        ports: What it listens on.
        egress: Where its pods may connect to: `Nothing`, or `Peers`: names, the components that
            admit it, and `openings`.
        openings: Where it may connect to outside the site, beside what
            `spec.networkPolicy.egress` says and the databases and Redis of others.
        secrets: Secrets that the operator generates for it.
        secret_references: Secrets that the user brings for it.
        config_map_references: ConfigMaps that the user brings for it.
    """

    name: str
    title: str
    condition: ConditionType
    build: Callable[[Context], Sequence[Manifest]]
    block: str = ""
    switches: tuple[str, ...] = ()
    image: str = ""
    workload: Callable[[Context], tuple[Kind, str]] | None = None
    requires: tuple[str, ...] = ()
    sizes: Mapping[Size, Profile] = field(default_factory=dict)
    volume: Callable[[Names], str] | None = None
    ports: Callable[[Context], Sequence[Port]] = _none
    egress: Literal["Nothing", "Peers"] = "Peers"
    openings: Callable[[Context], Iterable[Opening]] = _none
    secrets: Callable[[Context], Sequence[Credential]] = _none
    secret_references: Callable[[Context], Iterable[SecretReference]] = _none
    config_map_references: Callable[[Context], Iterable[ConfigMapReference]] = _none

    @property
    def path(self) -> str:
        """Its block as people write it, e.g. `spec.pluginDatabase`."""
        return _path(self.block)

    def switched_off_by(self, spec: PlatformSpec) -> str:
        """The field that switches it off, as people write it; empty where the site has it."""
        for field_path in self.switches or (f"{self.block}.enabled",):
            block, _, name = field_path.rpartition(".")
            found = _block(spec, block)
            # Asked often, and Pydantic takes its time to say that it has no such field.
            if found is not None and vars(found).get(name, True) in (False, None):
                return _path(field_path)
        return ""

    def workload_of(self, ctx: Context) -> tuple[Kind, str]:
        """Kind and name of the workload of a component that has one.

        Raises:
            LookupError: It has none.
        """
        if self.workload is None:
            raise LookupError(f"component {self.name} has no workload")
        return self.workload(ctx)

    def has_volume(self, spec: PlatformSpec) -> bool:
        """Whether its data lies on a volume of its own in this site."""
        elsewhere = self.external(spec) or getattr(self.settings(spec), "in_place", False)
        return self.volume is not None and not elsewhere

    def settings(self, spec: PlatformSpec) -> BaseModel | None:
        """Its block of a specification."""
        return _block(spec, self.block)

    def enabled(self, spec: PlatformSpec) -> bool:
        """Whether the site has it at all."""
        return not self.switched_off_by(spec)

    def external(
        self, spec: PlatformSpec
    ) -> ExternalDatabase | ExternalRedis | CloudNativePg | None:
        """The server that others run in its place; None where the operator runs it."""
        return getattr(self.settings(spec), "elsewhere", None)

    def storage(self, spec: PlatformSpec) -> Storage:
        """The storage block of a component with a volume."""
        storage: Storage = getattr(self.settings(spec), "storage")  # noqa: B009 - any block
        return storage

    def given_resources(self, spec: PlatformSpec) -> Resources:
        """What the specification says of its resources."""
        given: Resources = getattr(self.settings(spec), "resources")  # noqa: B009 - any block
        return given

    def resources(self, spec: PlatformSpec) -> Manifest:
        """Requests and limits of its main container."""
        return self.sizes[spec.size].resources(self.given_resources(spec))

    def memory_limit(self, spec: PlatformSpec) -> str:
        """The memory limit that its main container ends up with."""
        return str(self.resources(spec)["limits"]["memory"])
