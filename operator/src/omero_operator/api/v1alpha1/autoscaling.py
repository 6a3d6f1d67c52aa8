"""Numbers of pods that follow the load: of OMERO.web by Kubernetes, of the workers by KEDA."""

from typing import Annotated

from pydantic import ConfigDict, Field

from omero_operator.api.v1alpha1.fields import Block, Quantity, rules
from omero_operator.api.v1alpha1.monitoring import Scrapers

_RISING = (
    "self.minReplicas <= self.maxReplicas",
    "minReplicas must not be greater than maxReplicas",
)


class WebAutoscaling(Block):
    """A HorizontalPodAutoscaler for OMERO.web."""

    model_config = ConfigDict(json_schema_extra=rules(_RISING))

    min_replicas: Annotated[int, Field(ge=1, le=50)] = Field(2, description="Fewest pods.")
    max_replicas: Annotated[int, Field(ge=1, le=50)] = Field(6, description="Most pods.")
    target_cpu: Quantity = Field(
        "500m",
        description="CPU that OMERO.web may use on average in each pod before there are more "
        "pods. The cluster needs metrics-server or another source of these figures.",
    )


class WorkerAutoscaling(Block):
    """A ScaledObject of KEDA for the workers: as many pods as the jobs that wait need."""

    model_config = ConfigDict(json_schema_extra=rules(_RISING))

    min_replicas: Annotated[int, Field(ge=0, le=50)] = Field(
        1,
        description="Fewest pods. With 0, the first job waits until KEDA has looked at its queue "
        "and a pod has started.",
    )
    max_replicas: Annotated[int, Field(ge=1, le=50)] = Field(6, description="Most pods.")
    jobs_per_replica: Annotated[int, Field(ge=1, le=10_000)] = Field(
        4, description="Waiting jobs of one queue for each pod."
    )
    drain_seconds: Annotated[int, Field(ge=120, le=604_800)] = Field(
        3600,
        description="How long a pod that is stopped may finish the jobs that it runs, in seconds. "
        "A job that takes longer continues in another pod.",
    )
    scalers: Scrapers = Field(
        default_factory=lambda: Scrapers(pod_labels={"app": "keda-operator"}),
        description="KEDA's pods, which may connect to the site's Redis; by default every pod "
        "with app=keda-operator, in any namespace.",
    )
