"""`spec.web.plugins`: the platform's own plugins of OMERO.web, which the web image has."""

from typing import Annotated, Literal

from pydantic import Field

from omero_operator.api.v1alpha1.ai import BaseUrl, host_of, port_of
from omero_operator.api.v1alpha1.fields import (
    Block,
    Cidr,
    ConfigMapKeyRef,
    CronSchedule,
    Port,
    SecretKeyRef,
)

IngressAddress = Annotated[
    str,
    Field(
        min_length=3,
        max_length=259,
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?:[1-9][0-9]{0,4}$",
    ),
]


class OmpPlugin(Block):
    """Metadata from names: reads the names of images and writes key-value pairs."""

    enabled: bool = Field(True, description="Show it in OMERO.web's menu.")
    hash_secret_ref: SecretKeyRef | None = Field(
        None,
        description="Secret by which the plugin recognises pairs that it has written, for "
        "example FMP_HASH_SECRET of a site that moves here. One value per line: the "
        "first signs, the others only verify. Without it, a value is generated in "
        "the Secret <name>-omp-hash-secret.",
    )
    signature: Literal["pair", "description"] = Field(
        "pair",
        description="Where the plugin writes the hash by which it recognises its pairs: as the "
        "last pair, omp_hash, or in the description of the annotation, where users do not see it "
        "among their values. Existing pairs stay as they are and are recognised in both.",
    )
    rules: ConfigMapKeyRef | None = Field(
        None,
        description="The site's own nomenclature, in the format of the plugin's "
        "nomenclature.toml; its entries take precedence over the plugin's.",
    )


class UploadPlugin(Block):
    """Upload: files from the browser into OMERO. `spec.web.uploads` has its pods and its volume."""

    enabled: bool = Field(True, description="Show it in OMERO.web's menu.")


class ImarisPlugin(Block):
    """Export to Imaris: images as files. `spec.imaris` has its pods and its volume."""

    enabled: bool = Field(True, description="Show it in OMERO.web's menu.")


class LogStore(Block):
    """Where the logs of the site are collected."""

    stack: Literal["loki", "victorialogs"] = Field(description="Whose programs collect them.")
    url: BaseUrl = Field(
        description="Address of Loki or VictoriaLogs, for example "
        "http://victorialogs.monitoring:9428. Web pods may then open connections to it."
    )

    @property
    def host(self) -> str:
        """Where it is."""
        return host_of(self.url)

    @property
    def port(self) -> int:
        """Where it listens."""
        return port_of(self.url)


class KubernetesApi(Block):
    """How web pods read what runs: pods, restarts, volumes and Events of the site's namespace."""

    enabled: bool = Field(
        True,
        description="Give web pods a Role that lists pods, volume claims, workloads and Events of "
        "this namespace, and a token for it. It reads no Secret and changes nothing. "
        "Pods of others in the namespace can be read with it, too.",
    )
    api_server_ports: list[Port] = Field(
        default_factory=lambda: [443, 6443, 8443, 16443],
        min_length=1,
        max_length=16,
        description="Ports of the API server, as pods reach them after the Service's address is "
        "translated. They hold for backups with snapshots, too.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )
    api_server_cidrs: list[Cidr] = Field(
        default_factory=list,
        max_length=32,
        description="Addresses of the API server, for example 10.20.0.10/32. If empty, these "
        "pods may open connections to these ports of every address.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )


class QuotaReport(Block):
    """How near to their quotas the groups are, in the status of this resource."""

    schedule: CronSchedule = Field(
        "*/15 * * * *",
        description="Cron schedule, in the platform's time zone, of the pod that reads it from the "
        "plugin database. Workers count every five minutes.",
    )


class AdminToolsPlugin(Block):
    """Admin tools, for administrators of OMERO: storage, quotas, logs and resources."""

    enabled: bool = Field(False, description="Show it in the menu of OMERO's administrators.")
    logs: LogStore | None = Field(
        None, description="The log store whose entries of this site are shown; none without it."
    )
    ingress_address: IngressAddress | None = Field(
        None,
        description="Host and port at which pods reach the Ingress controller, for example "
        "traefik.kube-system:443, where they cannot reach the site's public name. For the "
        "checks of the public address.",
    )
    kubernetes: KubernetesApi = Field(
        default_factory=KubernetesApi, description="What the page of resources reads."
    )
    quotas: QuotaReport = Field(
        default_factory=QuotaReport, description="What status.quotas shows, and how often."
    )


class Plugins(Block):
    """The platform's own plugins."""

    omp: OmpPlugin = Field(default_factory=OmpPlugin, description="Metadata from names.")
    upload: UploadPlugin = Field(
        default_factory=UploadPlugin, description="Files from the browser into OMERO."
    )
    imaris: ImarisPlugin = Field(
        default_factory=ImarisPlugin, description="Images as files that Imaris opens."
    )
    admin_tools: AdminToolsPlugin = Field(
        default_factory=AdminToolsPlugin,
        description="Storage, quotas, logs and resources, for administrators of OMERO.",
    )
