"""`spec.monitoring`: what a site tells Prometheus, and where its figures are stored and drawn."""

from typing import Annotated

from pydantic import Field

from omero_operator.api.v1alpha1.ai import BaseUrl
from omero_operator.api.v1alpha1.fields import Block, rules

LabelKey = Annotated[str, Field(min_length=1, max_length=317)]
LabelValue = Annotated[
    str, Field(max_length=63, pattern=r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")
]


class Scrapers(Block):
    """The pods that may read the metrics: those with all labels, in namespaces with all labels."""

    namespace_labels: dict[LabelKey, LabelValue] = Field(
        default_factory=dict,
        max_length=8,
        description="Labels of their namespace, for example {kubernetes.io/metadata.name: "
        "monitoring}. If empty, every namespace.",
    )
    pod_labels: dict[LabelKey, LabelValue] = Field(
        default_factory=lambda: {"app.kubernetes.io/name": "prometheus"},
        max_length=8,
        description="Labels of the pods. If empty, every pod of those namespaces.",
    )


class Monitoring(Block):
    """Prometheus and Grafana. The operator runs neither."""

    exporters: bool = Field(
        False,
        description="Tell Prometheus about the site: an exporter beside each managed database and "
        "Redis, a Deployment that watches queues, jobs, OMERO and a login, and ports named "
        "metrics in the pods of OMERO.web and of the workers (docs/metrics.md). A change "
        "restarts these pods.",
    )
    scrapers: Scrapers = Field(
        default_factory=Scrapers,
        description="Which pods may connect to these ports; by default every pod named "
        "prometheus, in any namespace.",
    )
    jmx_port: Annotated[int, Field(ge=1024, le=65533)] | None = Field(
        None,
        description="First of three ports on which OMERO.server's Java programs answer Prometheus, "
        "for example 9404: the server, the indexer of its search, and the maker of pyramids. The "
        "image omero-server has the agent for it, the public image has none. With an agent of your "
        "own in omero.jvmcfg.append.blitz of spec.server.config it is the one port of that "
        "(docs/metrics.md). Only with exporters.",
        json_schema_extra=rules(
            ("self < 4059 || self > 4066", "OMERO.server itself uses 4061 to 4066; choose others")
        ),
    )
    prometheus_url: BaseUrl | None = Field(
        None,
        description="Address of Prometheus inside the cluster, for example "
        "http://prometheus.monitoring:9090. The admin tools ask it; web pods may then "
        "open connections to it.",
    )
    grafana_url: BaseUrl | None = Field(
        None,
        description="Address of Grafana in a browser, for example "
        "https://omero.example.org/grafana. The admin tools link to its dashboards.",
    )
    grafana_service_url: BaseUrl | None = Field(
        None,
        description="Address of Grafana inside the cluster, for example "
        "http://monitoring-grafana.monitoring:3000, without a path. OMERO.web then answers at "
        "grafanaUrl itself: it lets administrators of OMERO pass, as viewers, and tells Grafana "
        "who they are by a token that is valid for a minute (docs/admin-tools.md). grafanaUrl must "
        "be one name below the address of the site.",
    )
