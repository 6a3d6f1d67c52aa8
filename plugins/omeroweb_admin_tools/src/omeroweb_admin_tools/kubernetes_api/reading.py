"""Objects of a site's namespace. Addresses are fixed: nothing that a request says is in one.

The paths are those of https://kubernetes.io/docs/reference/kubernetes-api/, and of metrics.k8s.io:
https://github.com/kubernetes/metrics.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlencode

from omero_plugin_common.env_utils import EnvironmentProblem
from omeroweb_admin_tools.configuration import KubernetesApi
from omeroweb_admin_tools.http_client import Answers, Deadline, Failure, at_once, fetch

Item = dict[str, Any]
PLATFORM: Final = "the platform"
PODS: Final = "pods"
USAGE: Final = "CPU and memory of pods"
CLAIMS: Final = "volume claims"
EVENTS: Final = "Events"
DEPLOYMENTS: Final = "Deployments"
STATEFUL_SETS: Final = "StatefulSets"
SCHEDULES: Final = "CronJobs"
# Events of a namespace live for an hour; there may be thousands.
MOST_ITEMS: Final = 5000
_PAGE: Final = 500
_INSTANCE: Final = "app.kubernetes.io/instance"
# Of the whole namespace: claims that a site brings, and Events, do not have its label.
_COLLECTIONS: Final[Mapping[str, tuple[str, bool]]] = {
    PODS: ("api/v1/namespaces/{}/pods", True),
    USAGE: ("apis/metrics.k8s.io/v1beta1/namespaces/{}/pods", True),
    CLAIMS: ("api/v1/namespaces/{}/persistentvolumeclaims", False),
    EVENTS: ("api/v1/namespaces/{}/events", False),
    DEPLOYMENTS: ("apis/apps/v1/namespaces/{}/deployments", True),
    STATEFUL_SETS: ("apis/apps/v1/namespaces/{}/statefulsets", True),
    SCHEDULES: ("apis/batch/v1/namespaces/{}/cronjobs", True),
}
_PLATFORM: Final = "apis/platform.omero.dev/v1alpha1/namespaces/{}/omeroplatforms/{}"


def read(api: KubernetesApi) -> Answers[list[Item]]:
    """All objects of the site, by what they are, and what could not be read.

    Args:
        api: the API server.
    """
    try:
        get = partial(_get, api, {"Authorization": f"Bearer {api.token}"}, api.authorities)
    except EnvironmentProblem as problem:
        return Answers({}, dict.fromkeys((*_COLLECTIONS, PLATFORM), str(problem)))
    namespace, instance = (quote(part, safe="") for part in (api.site.namespace, api.site.instance))
    selector = f"{_INSTANCE}={api.site.instance}"
    questions: dict[str, Callable[[Deadline], list[Item]]] = {
        what: partial(_all, get, path.format(namespace), selector if labelled else "")
        for what, (path, labelled) in _COLLECTIONS.items()
    }
    questions[PLATFORM] = lambda deadline: [get(_PLATFORM.format(namespace, instance), deadline)]
    return at_once(api.seconds, questions)


def _all(get: Callable[..., Item], path: str, selector: str, deadline: Deadline) -> list[Item]:
    """All pages of a collection, as far as a page of ours can show them."""
    found: list[Item] = []
    rest = ""
    while True:
        query = {"limit": str(_PAGE), "labelSelector": selector, "continue": rest}
        answer = get(f"{path}?{urlencode({k: v for k, v in query.items() if v})}", deadline)
        items, metadata = answer.get("items") or [], answer.get("metadata") or {}
        if not isinstance(items, list) or not isinstance(metadata, dict):
            raise Failure("its answer is no list of objects")
        found += [each for each in items if isinstance(each, dict)]
        rest = str(metadata.get("continue") or "")
        if not rest or len(found) >= MOST_ITEMS:
            return found[:MOST_ITEMS]


def _get(
    api: KubernetesApi, headers: Mapping[str, str], authorities: Any, path: str, deadline: Deadline
) -> Item:
    body = fetch(
        f"{api.url}{path}",
        deadline,
        headers={"Accept": "application/json", **headers},
        authorities=authorities,
        complaint=_message,
    )
    try:
        answer = json.loads(body)
    except ValueError:
        raise Failure("its answer is not JSON") from None
    if not isinstance(answer, dict):
        raise Failure("its answer is no object")
    return answer


def _message(body: bytes) -> str:
    """The words of a `Status`, which is how the API server says no."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")
