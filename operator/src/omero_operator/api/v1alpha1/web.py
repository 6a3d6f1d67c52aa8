"""`spec.web` and `spec.worker`: OMERO.web, its Ingress and the Celery workers."""

from typing import Annotated

from pydantic import ConfigDict, Field

from omero_operator.api.v1alpha1 import web_properties
from omero_operator.api.v1alpha1.autoscaling import WebAutoscaling, WorkerAutoscaling
from omero_operator.api.v1alpha1.fields import (
    Block,
    Cidr,
    ConfigValue,
    HostName,
    ObjectName,
    Port,
    Quantity,
    Resources,
    SecretKeyRef,
    rules,
)
from omero_operator.api.v1alpha1.gateway import GatewayDuration, ParentRefs
from omero_operator.api.v1alpha1.plugins import Plugins
from omero_operator.api.v1alpha1.uploads import Uploads
from omero_operator.api.v1alpha1.web_apps import APPEARANCE_RULES, Appearance

# Small letters, as browsers write hosts.
PublicUrl = Annotated[
    str,
    Field(
        min_length=8,
        max_length=300,
        pattern=r"^https?://[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
        r"(:[1-9][0-9]{0,4})?(/[A-Za-z0-9_-]+)*/?$",
    ),
]
Tries = Annotated[int, Field(ge=1, le=10_000)]
QueueName = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9][a-z0-9_-]*$")]


class IngressTls(Block):
    """Where the Ingress takes its certificate from; `{}`: HTTPS ends elsewhere, it needs none."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "[has(self.secretName), has(self.clusterIssuer), has(self.issuer)]"
                ".filter(x, x).size() <= 1",
                "give one of secretName, clusterIssuer and issuer, or none if HTTPS ends elsewhere",
            ),
        )
    )

    secret_name: ObjectName | None = Field(
        None, description="Secret of type kubernetes.io/tls that you renew yourself."
    )
    cluster_issuer: ObjectName | None = Field(
        None, description="cert-manager ClusterIssuer that creates the Secret <name>-web-tls."
    )
    issuer: ObjectName | None = Field(
        None, description="cert-manager Issuer of this namespace that creates <name>-web-tls."
    )


class Ingress(Block):
    """The way from a browser to OMERO.web. Without publicUrl the address follows from it."""

    host: HostName | None = Field(
        None,
        description="Host name of the Ingress; empty means the host of publicUrl, or every host "
        "of the controller if there is no publicUrl.",
    )
    class_name: ObjectName | None = Field(
        None, description="IngressClass; empty means the cluster's default class."
    )
    path: Annotated[
        str, Field(max_length=128, pattern=r"^/([A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*)?$")
    ] = Field(
        "/",
        description="Path of the site, for example /omero; other paths are free for others. "
        "Sites may share a host if no path is equal to or above another, such as "
        "/lab and /teaching: their cookies are separate.",
    )
    port: Port | None = Field(
        None,
        description="Port in the site's public address if it is not 80 or 443, for example with "
        "a port forward.",
    )
    tls: IngressTls | None = Field(
        None,
        description="Browsers reach the site over HTTPS, with this certificate. `{}`: HTTPS ends "
        "elsewhere, at a load balancer or with the controller's own certificate; the "
        "Ingress then has no tls.",
    )
    annotations: dict[str, ConfigValue] = Field(
        default_factory=dict,
        max_length=64,
        description="Annotations for the Ingress controller, for example body size limits.",
    )


class WebGateway(Block):
    """An HTTPRoute of the Gateway API, for the host and path of publicUrl."""

    parent_refs: ParentRefs = Field(description="Gateways that take the site's requests.")
    request_timeout: GatewayDuration | None = Field(
        None,
        description="How long a request may take in the Gateway, for example 1h; 0s means without "
        "limit, which long uploads and downloads need. If empty, the Gateway's own "
        "limit. Not every implementation supports it.",
    )
    annotations: dict[str, ConfigValue] = Field(
        default_factory=dict, max_length=64, description="Annotations of the HTTPRoute."
    )


class Logins(Block):
    """How many wrong passwords may be tried at once; see docs/public-site.md."""

    tries_per_account_and_address: Tries = Field(
        10,
        description="Wrong passwords allowed for one account from one address, or in one browser "
        "that has logged in to it before; then one attempt a minute.",
    )
    tries_per_address: Tries = Field(
        60,
        description="Wrong passwords allowed from one address for any accounts; then one attempt "
        "in 10 s. Raise it if very many people share an address.",
    )
    tries_per_account: Tries = Field(
        30,
        description="Wrong passwords allowed for one account from all addresses; then one "
        "attempt in 30 s. This limit does not apply to browsers and addresses that "
        "have logged in to the account before.",
    )


class Front(Block):
    """The nginx in every OMERO.web pod: it reads requests whole before they take a thread."""

    max_request_size: Quantity = Field(
        "256Mi",
        description="Maximum size of a request, for example an attached file; a larger one is "
        "answered with 413. Uploads that a plugin reads as a stream have no such "
        "limit.",
    )
    trusted_proxies: list[Cidr] = Field(
        default_factory=list,
        max_length=32,
        description="Networks of the proxies in front of OMERO.web that are trusted for the "
        "address of a client (X-Forwarded-For). If empty: every private network, but "
        "only the nearest proxy. Otherwise a chain of proxies is followed to the "
        "first address outside these networks.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )
    resources: Resources = Field(
        default_factory=Resources, description="Requests and limits of its container."
    )


class WebConfigSecretRef(Block):
    """One property of OMERO.web whose value is in a Secret."""

    property: Annotated[
        str, Field(min_length=7, max_length=200, pattern=r"^omero\.[A-Za-z0-9_.-]+$")
    ] = Field(
        description="OMERO.web property, for example omero.web.public.password.",
        json_schema_extra=rules(*web_properties.name_rules()),
    )
    secret_key_ref: SecretKeyRef = Field(description="Secret and key with the value.")


class Web(Appearance):
    """OMERO.web: the Django web client."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            *APPEARANCE_RULES,
            (
                "!has(self.ingress) || !has(self.ingress.tls) || has(self.ingress.host) || "
                "has(self.publicUrl)",
                "tls needs host: a certificate is for a host name",
            ),
            (
                "!has(self.publicUrl) || !has(self.ingress) || "
                "(!has(self.ingress.port) && self.ingress.path == '/')",
                "publicUrl sets port and path; remove them from ingress",
            ),
            (
                "!has(self.publicUrl) || !has(self.ingress) || !has(self.ingress.tls) || "
                "self.publicUrl.startsWith('https://')",
                "ingress.tls means HTTPS, but publicUrl begins with http://",
            ),
            (
                "!has(self.gateway) || has(self.publicUrl)",
                "gateway needs publicUrl: its route is for that host and path",
            ),
        )
    )

    public_url: PublicUrl | None = Field(
        None,
        description="The site's address in a browser, for example https://omero.example.org/lab; "
        "the host in lower case. It sets cookies, trusted origins, accepted host "
        "names and links. If empty, it is taken from ingress. Give it if something "
        "else leads to the Service <name>-web (an OpenShift Route, a Gateway, a load "
        "balancer), or if the address differs from the Ingress.",
    )
    replicas: Annotated[int, Field(ge=1, le=50)] = Field(
        2, description="Number of OMERO.web pods. Sessions are in Redis, so any pod can answer."
    )
    autoscaling: WebAutoscaling | None = Field(
        None,
        description="Let the number of pods follow their load, instead of replicas. See "
        "docs/scale.md.",
    )
    config: dict[str, ConfigValue] = Field(
        default_factory=dict,
        max_length=200,
        description="OMERO.web properties, for example {omero.web.page_size: '200'}.",
        json_schema_extra=rules(
            (
                "self.all(k, k.matches('^omero\\\\.[A-Za-z0-9_.-]+$'))",
                "OMERO.web properties start with 'omero.'",
            ),
            *web_properties.rules(),
        ),
    )
    config_secret_refs: list[WebConfigSecretRef] = Field(
        default_factory=list,
        max_length=50,
        description="OMERO.web properties whose values are in Secrets, for example "
        "omero.web.public.password.",
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["property"],
        },
    )
    resources: Resources = Field(
        default_factory=Resources, description="Requests and limits of an OMERO.web container."
    )
    front: Front = Field(
        default_factory=Front, description="The nginx in front of OMERO.web, in the same pods."
    )
    plugins: Plugins = Field(
        default_factory=Plugins, description="The platform's own plugins of OMERO.web."
    )
    uploads: Uploads = Field(
        default_factory=Uploads,
        description="The pods that receive files from browsers and import them, for the plugin "
        "plugins.upload.",
    )
    logins: Logins = Field(default_factory=Logins, description="Limits for wrong passwords.")
    ingress: Ingress | None = Field(
        None, description="Publish OMERO.web; without it only the Service <name>-web exists."
    )
    gateway: WebGateway | None = Field(
        None,
        description="Publish OMERO.web through the Gateway API, instead of an Ingress or beside "
        "it. See docs/scale.md.",
    )


class NetworkJobs(Block):
    """The container `network-worker` in every worker pod: jobs that wait for other servers."""

    concurrency: Annotated[int, Field(ge=1, le=64)] = Field(
        8, description="Such jobs that one worker pod runs at the same time, as threads."
    )
    resources: Resources = Field(
        default_factory=Resources, description="Requests and limits of its container."
    )


class Worker(Block):
    """Celery workers that carry out long jobs of the plugins."""

    replicas: Annotated[int, Field(ge=0, le=50)] = Field(
        1, description="Number of worker pods; 0 stops background jobs."
    )
    autoscaling: WorkerAutoscaling | None = Field(
        None,
        description="Let the number of pods follow the jobs that wait, instead of replicas. It "
        "needs KEDA. See docs/scale.md.",
    )
    concurrency: Annotated[int, Field(ge=1, le=64)] = Field(
        2, description="Jobs that one worker pod runs at the same time."
    )
    queues: list[QueueName] = Field(
        default_factory=lambda: ["default"],
        min_length=1,
        max_length=16,
        description="Celery queues that the workers serve, besides `network`.",
        json_schema_extra={
            "x-kubernetes-list-type": "set",
            **rules(
                (
                    "!('exports' in self)",
                    "the queue exports is served by the workers of spec.imaris, which have the "
                    "files; remove it",
                ),
                (
                    "!('imports' in self)",
                    "the queue imports is served by the pods of spec.web.uploads, which have the "
                    "files; remove it",
                ),
            ),
        },
    )
    network: NetworkJobs = Field(
        default_factory=NetworkJobs,
        description="Jobs that mostly wait for answers of other servers, such as language models "
        "(queue `network`). They take no place of other jobs.",
    )
    resources: Resources = Field(
        default_factory=Resources, description="Requests and limits of a worker container."
    )
