"""`spec.monitoring`: where the figures of a site are stored and drawn."""

from pydantic import Field

from omero_operator.api.v1alpha1.ai import BaseUrl
from omero_operator.api.v1alpha1.fields import Block


class Monitoring(Block):
    """Prometheus and Grafana. The operator runs neither."""

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
