"""Which series belong to the site that a dashboard shows.

Pods of a site are scraped with the labels `namespace`, `instance` (name of the platform) and
`component`. What Kubernetes itself measures has no `instance`: it is joined with `omero:pod:info`,
which the rules of the chart record (`rules/recording.yaml`).
"""

from __future__ import annotations

from typing import Final

NAMESPACE: Final = 'namespace=~"$namespace"'
SITE: Final = f'{NAMESPACE}, instance=~"$instance"'
# A pod of the site, with the value 1: for what is known by namespace and pod only.
POD: Final = f"omero:pod:info{{{SITE}}}"
# The nodes of the cluster: no site owns one.
NODE: Final = 'instance=~"$node"'


def site(metric: str, *matchers: str) -> str:
    """A metric of this site's pods.

    Args:
        metric: its name.
        *matchers: further matchers, such as `component="web"`.
    """
    return f"{metric}{{{', '.join((SITE, *matchers))}}}"


def node(metric: str, *matchers: str) -> str:
    """A metric of the chosen nodes."""
    return f"{metric}{{{', '.join((NODE, *matchers))}}}"


def of_pods(expression: str) -> str:
    """What Kubernetes says of pods, limited to those of this site."""
    return f"{expression} * on (namespace, pod) group_left (instance) {POD}"


def cluster(metric: str, *matchers: str) -> str:
    """What Kubernetes says of this namespace; to be limited with `of_pods`."""
    return f"{metric}{{{', '.join((NAMESPACE, *matchers))}}}"


def rate(series: str) -> str:
    """Per second, over the interval that fits the zoom."""
    return f"rate({series}[$__rate_interval])"
