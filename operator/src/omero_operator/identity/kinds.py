"""The kinds of Kubernetes objects that the operator reads and writes."""

from dataclasses import dataclass
from typing import Any

# An object of the API server, as plain data.
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind as the API server addresses it.

    Attributes:
        api_version: Group and version, e.g. `apps/v1`.
        name: Kind, e.g. `Deployment`.
        plural: Name in URLs, e.g. `deployments`; empty for what its version serves altogether.
        brought_by: What a cluster needs to have it; empty for what every cluster has.
        asked_by: The field of the specification that needs such a kind.
    """

    api_version: str
    name: str
    plural: str
    brought_by: str = ""
    asked_by: str = ""

    @property
    def optional(self) -> bool:
        """Whether a cluster may lack it."""
        return bool(self.brought_by)

    @property
    def group(self) -> str:
        """API group; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        """API version inside the group."""
        return self.api_version.rpartition("/")[2]

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        """URL path of a collection, or of one object.

        Args:
            namespace: Namespace; None for all namespaces or a cluster-wide kind.
            name: Object name; None for the collection.
        """
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"
        scope = f"/namespaces/{namespace}" if namespace else ""
        return "/".join(filter(None, (f"{root}{scope}", self.plural, name)))


PLATFORM = Kind("platform.omero.dev/v1alpha1", "OmeroPlatform", "omeroplatforms")

SERVICE_ACCOUNT = Kind("v1", "ServiceAccount", "serviceaccounts")
SECRET = Kind("v1", "Secret", "secrets")
CONFIG_MAP = Kind("v1", "ConfigMap", "configmaps")
CLAIM = Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims")
SERVICE = Kind("v1", "Service", "services")
NETWORK_POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies")
DISRUPTION_BUDGET = Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets")
STATEFUL_SET = Kind("apps/v1", "StatefulSet", "statefulsets")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
JOB = Kind("batch/v1", "Job", "jobs")
CRON_JOB = Kind("batch/v1", "CronJob", "cronjobs")
INGRESS = Kind("networking.k8s.io/v1", "Ingress", "ingresses")
AUTOSCALER = Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
SCALED_OBJECT = Kind(
    "keda.sh/v1alpha1", "ScaledObject", "scaledobjects", "KEDA 2.0", "worker.autoscaling"
)
TRIGGER_AUTHENTICATION = Kind(
    "keda.sh/v1alpha1",
    "TriggerAuthentication",
    "triggerauthentications",
    "KEDA 2.0",
    "worker.autoscaling",
)
# The standard channel has each of them in version v1 since this release.
HTTP_ROUTE = Kind(
    "gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes", "Gateway API 1.0", "web.gateway"
)
TLS_ROUTE = Kind(
    "gateway.networking.k8s.io/v1",
    "TLSRoute",
    "tlsroutes",
    "Gateway API 1.5",
    "server.gateway.hostnames",
)
TCP_ROUTE = Kind(
    "gateway.networking.k8s.io/v1", "TCPRoute", "tcproutes", "Gateway API 1.6", "server.gateway"
)
_PG_FIELD = "database.cloudNativePG (or spec.pluginDatabase.cloudNativePG)"
PG_CLUSTER = Kind("postgresql.cnpg.io/v1", "Cluster", "clusters", "CloudNativePG 1.27", _PG_FIELD)
PG_POOLER = Kind(
    "postgresql.cnpg.io/v1", "Pooler", "poolers", "CloudNativePG 1.27", f"{_PG_FIELD}.pooler"
)
PG_SCHEDULED_BACKUP = Kind(
    "postgresql.cnpg.io/v1",
    "ScheduledBackup",
    "scheduledbackups",
    "CloudNativePG 1.27",
    f"{_PG_FIELD}.backup",
)
OBJECT_STORE = Kind(
    "barmancloud.cnpg.io/v1",
    "ObjectStore",
    "objectstores",
    "CloudNativePG's Barman Cloud plugin 0.5",
    f"{_PG_FIELD}.backup",
)
ROLE = Kind("rbac.authorization.k8s.io/v1", "Role", "roles")
ROLE_BINDING = Kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings")

# Since Kubernetes 1.30.
ADMISSION_POLICY = Kind(
    "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies"
)
ADMISSION_BINDING = Kind(
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicyBinding",
    "validatingadmissionpolicybindings",
)

# Everything a platform may own. A kind missing here would never be pruned nor repaired.
CHILD_KINDS: tuple[Kind, ...] = (
    SERVICE_ACCOUNT,
    SECRET,
    CONFIG_MAP,
    CLAIM,
    SERVICE,
    NETWORK_POLICY,
    DISRUPTION_BUDGET,
    STATEFUL_SET,
    DEPLOYMENT,
    JOB,
    CRON_JOB,
    INGRESS,
    AUTOSCALER,
    SCALED_OBJECT,
    TRIGGER_AUTHENTICATION,
    HTTP_ROUTE,
    TLS_ROUTE,
    TCP_ROUTE,
    PG_CLUSTER,
    PG_POOLER,
    PG_SCHEDULED_BACKUP,
    OBJECT_STORE,
    ROLE,
    ROLE_BINDING,
)

# Read to explain why a workload is not ready; written by Kubernetes' own controllers.
POD = Kind("v1", "Pod", "pods")

# Read where the operator's rights reach; they belong to the cluster.
STORAGE_CLASS = Kind("storage.k8s.io/v1", "StorageClass", "storageclasses")
INGRESS_CLASS = Kind("networking.k8s.io/v1", "IngressClass", "ingressclasses")

# CloudNativePG writes one for each backup of a Cluster.
PG_BACKUP = Kind(
    "postgresql.cnpg.io/v1", "Backup", "backups", "CloudNativePG 1.27", f"{_PG_FIELD}.backup"
)

# Made and deleted by the pods of backups, which outlive their site.
VOLUME_SNAPSHOT = Kind(
    "snapshot.storage.k8s.io/v1",
    "VolumeSnapshot",
    "volumesnapshots",
    "the definitions and controller of kubernetes-csi/external-snapshotter 4.0",
    "backup.files.method",
)
# In this version until the versions that have v1 alone.
VOLUME_GROUP_SNAPSHOT = Kind(
    "groupsnapshot.storage.k8s.io/v1beta2",
    "VolumeGroupSnapshot",
    "volumegroupsnapshots",
    "the definitions and controller of kubernetes-csi/external-snapshotter 8.4, with its feature "
    "CSIVolumeGroupSnapshot,",
    "backup.files.method",
)
# Read where the operator's rights reach.
VOLUME_SNAPSHOT_CLASS = Kind(
    "snapshot.storage.k8s.io/v1", "VolumeSnapshotClass", "volumesnapshotclasses"
)
VOLUME_GROUP_SNAPSHOT_CLASS = Kind(
    "groupsnapshot.storage.k8s.io/v1beta2",
    "VolumeGroupSnapshotClass",
    "volumegroupsnapshotclasses",
)

LEASE = Kind("coordination.k8s.io/v1", "Lease", "leases")
EVENT = Kind("v1", "Event", "events")

_BY_NAME = {(kind.api_version, kind.name): kind for kind in CHILD_KINDS}


def kind_of(manifest: Manifest) -> Kind:
    """The kind of a manifest that the operator wrote.

    Raises:
        KeyError: The kind is not in `CHILD_KINDS`; add it there, and to the chart's roles.
    """
    return _BY_NAME[manifest["apiVersion"], manifest["kind"]]
