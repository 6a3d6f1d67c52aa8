"""One connection to the API server: plain data in, plain data out.

Built on the official client for credentials, TLS and connection pooling. Writes pass a fence, so
that a replica that lost its lease while a request was being prepared does not send it.
"""

import json
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp
from kubernetes.aio import client, config

from omero_operator import metrics
from omero_operator.cluster.errors import (
    LeadershipLostError,
    NotFoundError,
    TemporaryError,
    from_answer,
)
from omero_operator.identity.kinds import Kind
from omero_operator.identity.labels import MANAGER
from omero_operator.state.observed import Manifest

_TIMEOUT = 20.0
_CHUNK = 500


async def connect() -> "Api":
    """Connect with the pod's service account, or with the file that KUBECONFIG names."""
    # The official client carries types only here and there.
    load: Any = config
    configuration = client.Configuration()
    if "KUBERNETES_SERVICE_HOST" in os.environ and "KUBECONFIG" not in os.environ:
        load.load_incluster_config(client_configuration=configuration)
    else:
        await load.load_kube_config(client_configuration=configuration)
    return Api(client.ApiClient(configuration))


class Api:
    """Requests to the API server.

    Attributes:
        may_write: Asked before every write; a False holds it back.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._client.user_agent = MANAGER
        self.may_write: Callable[[], bool] = lambda: True

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Manifest | None:
        """One object, or None where it does not exist."""
        try:
            return await self._request("get", kind, namespace, name)
        except NotFoundError:
            return None

    async def list(
        self, kind: Kind, namespace: str | None = None, selector: str = ""
    ) -> Sequence[Manifest]:
        """All objects of a kind, in one namespace or in all.

        Args:
            kind: What to list.
            namespace: Where; None for everywhere.
            selector: Label selector.

        Returns:
            The objects, each with `apiVersion` and `kind`, which lists leave out.
        """
        items: list[Manifest] = []
        query = [("limit", str(_CHUNK))]
        if selector:
            query.append(("labelSelector", selector))
        following = ""
        while True:
            page = [("continue", following)] if following else []
            answer = await self._request("list", kind, namespace, None, query=[*query, *page])
            items += answer.get("items", [])
            following = answer.get("metadata", {}).get("continue", "")
            if not following:
                break
        head = {"apiVersion": kind.api_version, "kind": kind.name}
        return [{**head, **item} for item in items]

    async def create(self, kind: Kind, manifest: Manifest) -> Manifest:
        """Create an object; `AlreadyExistsError` where one of its name is there."""
        query = [("fieldManager", MANAGER)]
        namespace = manifest["metadata"]["namespace"]
        return await self._request("create", kind, namespace, None, manifest, query=query)

    async def apply(self, kind: Kind, manifest: Manifest, subresource: str = "") -> Manifest:
        """Server-side apply: own exactly the fields of this manifest, leave all others alone."""
        metadata = manifest["metadata"]
        return await self._request(
            "patch",
            kind,
            metadata["namespace"],
            metadata["name"],
            manifest,
            query=[("fieldManager", MANAGER), ("force", "true")],
            content_type="application/apply-patch+yaml",
            subresource=subresource,
        )

    async def merge(self, kind: Kind, namespace: str, name: str, patch: dict[str, Any]) -> Manifest:
        """Merge-patch an object; with `metadata.resourceVersion` only if it is unchanged."""
        return await self._request(
            "patch",
            kind,
            namespace,
            name,
            patch,
            query=[("fieldManager", MANAGER)],
            content_type="application/merge-patch+json",
        )

    async def delete(self, kind: Kind, manifest: Manifest) -> None:
        """Delete exactly this object: not one of the same name that came after it."""
        metadata = manifest["metadata"]
        body = {
            "preconditions": {"uid": metadata["uid"]},
            "propagationPolicy": "Background",
        }
        try:
            await self._request("delete", kind, metadata["namespace"], metadata["name"], body)
        except NotFoundError:
            return

    async def _request(
        self,
        verb: str,
        kind: Kind,
        namespace: str | None,
        name: str | None,
        body: Any = None,
        *,
        query: Sequence[tuple[str, str]] = (),
        content_type: str = "application/json",
        subresource: str = "",
    ) -> Manifest:
        method = _METHODS[verb]
        if method != "GET" and not self.may_write():
            raise LeadershipLostError(f"{verb} of {kind.name} {namespace}/{name} held back")
        label = "/".join(part for part in (namespace, name) if part) or "in all namespaces"
        path = kind.path(namespace, name) + (f"/{subresource}" if subresource else "")
        started = time.monotonic()
        status = 0
        try:
            request = await self._client.param_serialize(
                method,
                path,
                query_params=list(query),
                header_params={"Accept": "application/json", "Content-Type": content_type},
                body=body,
                auth_settings=["BearerToken"],
            )
            answer = await self._client.call_api(*request, _request_timeout=_TIMEOUT)
            status = answer.status
            content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = str(error) or type(error).__name__
            raise TemporaryError(verb, kind.name, label, 0, f"no answer: {reason}") from error
        finally:
            metrics.API_CALLS.labels(verb=verb, kind=kind.name, code=str(status)).inc()
            metrics.API_SECONDS.labels(verb=verb).observe(time.monotonic() - started)
        if not 200 <= status <= 299:
            retry_after = answer.getheader("Retry-After")
            raise from_answer(verb, kind.name, label, status, content, retry_after)
        result: Manifest = json.loads(content)
        return result


_METHODS = {"get": "GET", "list": "GET", "create": "POST", "patch": "PATCH", "delete": "DELETE"}
