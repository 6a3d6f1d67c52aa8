"""One connection to the API server: plain data in, plain data out.

Built on the official client for credentials, TLS and connection pooling. Writes pass a fence, so
that a replica that lost its lease while a request was being prepared does not send it.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import yaml
from kubernetes.aio import client, config

from omero_operator import metrics
from omero_operator.cluster.errors import (
    LeadershipLostError,
    NotFoundError,
    RefusedError,
    TemporaryError,
    from_answer,
)
from omero_operator.identity.kinds import Kind, Manifest
from omero_operator.identity.labels import MANAGER

# Seconds for a whole request, and for the connection alone: a server that does not even take the
# connection is asked again soon.
TIMEOUT = 20.0
CONNECT_TIMEOUT = 5.0
# Requests under way at once, each with a connection that holds a third of a megabyte. A pass asks
# for two dozen kinds at the same time, and there are several passes. With many sites the pool uses
# its connections in turn and closes none.
AT_ONCE = 12
_CHUNK = 500


@dataclass(frozen=True)
class Request:
    """What is asked of the API server.

    Attributes:
        verb: `get`, `list`, `create`, `update`, `patch` or `delete`.
        kind: Kind of the object, or of the objects.
        namespace: Where; None for everywhere.
        name: Name of the object; None for a collection.
        body: What is sent as JSON.
        query: Parameters of the query.
        content_type: How a body is meant, e.g. which sort of patch.
        subresource: Part of the object, e.g. `status`.
        root: What goes before the path of the API.
        dry_run: Whether the API server only says what it would do.
    """

    verb: str
    kind: Kind
    namespace: str | None
    name: str | None = None
    body: Any = None
    query: Sequence[tuple[str, str]] = ()
    content_type: str = "application/json"
    subresource: str = ""
    root: str = ""
    dry_run: bool = False

    @property
    def path(self) -> str:
        """URL path."""
        path = self.root + self.kind.path(self.namespace, self.name)
        return f"{path}/{self.subresource}" if self.subresource else path

    @property
    def counted_as(self) -> str:
        """Its verb in the metrics: a dry run is no write."""
        return "dry-run" if self.dry_run else self.verb

    @property
    def title(self) -> str:
        """`namespace/name` as far as there is one, for messages."""
        parts = [part for part in (self.namespace, self.name) if part]
        return "/".join(parts) or "in all namespaces"


async def connect_dry(kubeconfig: str | None, context: str | None) -> tuple["Api", str]:
    """Connect for requests that only ask what would be.

    Args:
        kubeconfig: A person's file; None for the account of the pod that this runs in.
        context: Which of its contexts; None for its current one.

    Returns:
        The connection, and the namespace of the context.

    Raises:
        ValueError: The file cannot be used; the message says why.
    """
    # The official client carries types only here and there.
    load: Any = config
    configuration = client.Configuration()
    try:
        if kubeconfig is None:
            load.load_incluster_config(client_configuration=configuration)
            return Api(client.ApiClient(configuration), dry=True), "default"
        await load.load_kube_config(
            config_file=kubeconfig, context=context, client_configuration=configuration
        )
        contexts, current = load.list_kube_config_contexts(kubeconfig)
    except (config.ConfigException, OSError, yaml.YAMLError) as error:
        raise ValueError(
            f"cannot use {kubeconfig or 'the account of this pod'}: {error}"
        ) from error
    used = next((each for each in contexts if each["name"] == context), current)
    api = Api(client.ApiClient(configuration), dry=True)
    return api, used["context"].get("namespace", "default")


async def connect(patience: float = TIMEOUT) -> "Api":
    """Connect with the pod's service account, or with the file that KUBECONFIG names.

    Args:
        patience: Seconds after which a request counts as not answered.
    """
    # The official client carries types only here and there.
    load: Any = config
    configuration = client.Configuration()
    if "KUBERNETES_SERVICE_HOST" in os.environ and "KUBECONFIG" not in os.environ:
        load.load_incluster_config(client_configuration=configuration)
    else:
        await load.load_kube_config(client_configuration=configuration)
    return Api(client.ApiClient(configuration), patience)


class Api:
    """Requests to the API server.

    Attributes:
        may_write: Asked before every write; a False holds it back.
        dry: Whether the API server only says what each write would do.
    """

    def __init__(self, client: Any, patience: float = TIMEOUT, *, dry: bool = False) -> None:
        self._client = client
        self.dry = dry
        self._timeout = aiohttp.ClientTimeout(total=patience, sock_connect=CONNECT_TIMEOUT)
        self._client.user_agent = MANAGER
        self._places = asyncio.Semaphore(AT_ONCE)
        self.may_write: Callable[[], bool] = lambda: True

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Manifest | None:
        """One object, or None where it does not exist."""
        try:
            return await self._send(Request("get", kind, namespace, name))
        except NotFoundError:
            return None

    async def served(self, kind: Kind) -> bool:
        """Whether the API server knows a kind. Everybody may ask that, whatever their rights.

        Raises:
            TemporaryError: The API server could not be reached.
        """
        try:
            answer = await self._send(Request("get", replace(kind, plural=""), None))
        except NotFoundError:
            return False
        return any(resource["name"] == kind.plural for resource in answer.get("resources", []))

    async def schema(self, kind: Kind) -> Manifest | None:
        """The API server's schema of a custom kind; None where it gives none.

        From https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3, which
        everybody may read who is known to the server.
        """
        whole = replace(kind, plural="")
        try:
            answer = await self._send(Request("get", whole, None, root="/openapi/v3"))
        except RefusedError:
            return None
        mark = {"group": kind.group, "version": kind.version, "kind": kind.name}
        for schema in answer.get("components", {}).get("schemas", {}).values():
            if mark in schema.get("x-kubernetes-group-version-kind", []):
                found: Manifest = schema
                return found
        return None

    async def list(
        self, kind: Kind, namespace: str | None = None, selector: str = "", fields: str = ""
    ) -> Sequence[Manifest]:
        """All objects of a kind, in one namespace or in all.

        Args:
            kind: What to list.
            namespace: Where; None for everywhere.
            selector: Label selector.
            fields: Field selector.

        Returns:
            The objects, each with `apiVersion` and `kind`, which lists leave out.
        """
        items: list[Manifest] = []
        query = [("limit", str(_CHUNK))]
        if selector:
            query.append(("labelSelector", selector))
        if fields:
            query.append(("fieldSelector", fields))
        following = ""
        while True:
            page = [("continue", following)] if following else []
            answer = await self._send(Request("list", kind, namespace, query=[*query, *page]))
            items += answer.get("items", [])
            following = answer.get("metadata", {}).get("continue", "")
            if not following:
                break
        head = {"apiVersion": kind.api_version, "kind": kind.name}
        return [{**head, **item} for item in items]

    async def create(self, kind: Kind, manifest: Manifest) -> Manifest:
        """Create an object; `AlreadyExistsError` where one of its name is there."""
        namespace = manifest["metadata"]["namespace"]
        return await self._send(
            Request("create", kind, namespace, body=manifest, query=[("fieldManager", MANAGER)])
        )

    async def update(self, kind: Kind, manifest: Manifest) -> Manifest:
        """Replace an object; with `metadata.resourceVersion` only if it is unchanged."""
        metadata = manifest["metadata"]
        query = [("fieldManager", MANAGER)]
        where = (metadata["namespace"], metadata["name"])
        return await self._send(Request("update", kind, *where, body=manifest, query=query))

    async def apply(
        self, kind: Kind, manifest: Manifest, subresource: str = "", *, dry_run: bool = False
    ) -> Manifest:
        """Server-side apply: own exactly the fields of this manifest, leave all others alone.

        Args:
            kind: Kind of the object.
            manifest: Its name, and the fields to own.
            subresource: Part of the object, e.g. `status`.
            dry_run: Only ask what the object would be, admission included.
        """
        metadata = manifest["metadata"]
        return await self._send(
            Request(
                "patch",
                kind,
                metadata["namespace"],
                metadata["name"],
                manifest,
                query=[("fieldManager", MANAGER), ("force", "true")],
                content_type="application/apply-patch+yaml",
                subresource=subresource,
                dry_run=dry_run,
            )
        )

    async def merge(
        self, kind: Kind, namespace: str, name: str, patch: dict[str, Any], subresource: str = ""
    ) -> Manifest:
        """Merge-patch an object; with `metadata.resourceVersion` only if it is unchanged."""
        return await self._send(
            Request(
                "patch",
                kind,
                namespace,
                name,
                patch,
                query=[("fieldManager", MANAGER)],
                content_type="application/merge-patch+json",
                subresource=subresource,
            )
        )

    async def json_patch(
        self, kind: Kind, manifest: Manifest, operations: Sequence[dict[str, Any]]
    ) -> Manifest:
        """Change single fields of an object (RFC 6902); an operation may check its version."""
        metadata = manifest["metadata"]
        return await self._send(
            Request(
                "patch",
                kind,
                metadata["namespace"],
                metadata["name"],
                list(operations),
                query=[("fieldManager", MANAGER)],
                content_type="application/json-patch+json",
            )
        )

    async def delete(self, kind: Kind, manifest: Manifest) -> None:
        """Delete exactly this object: not one of the same name that came after it."""
        metadata = manifest["metadata"]
        body = {
            "preconditions": {"uid": metadata["uid"]},
            "propagationPolicy": "Background",
            # With a body, the API server does not look at the query of a deletion.
            **({"dryRun": ["All"]} if self.dry else {}),
        }
        try:
            await self._send(Request("delete", kind, metadata["namespace"], metadata["name"], body))
        except NotFoundError:
            return

    async def _send(self, request: Request) -> Manifest:
        """Send a request when there is a place for it, unless it is a write and the fence is down.

        Raises:
            LeadershipLostError: The write was held back.
            ApiError: No answer, or one outside 2xx.
        """
        # The fence is asked, and time-outs begin, after the wait.
        async with self._places:
            return await self._send_now(request)

    async def _send_now(self, request: Request) -> Manifest:
        verb, kind = request.verb, request.kind.name
        writes = _METHODS[verb] != "GET" and not request.dry_run
        if writes and not self.may_write():
            raise LeadershipLostError(f"{verb} of {kind} {request.title} was not sent")
        started = time.monotonic()
        status = 0
        try:
            answer = await self._answer(request)
            status = answer.status
            content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = f"no answer: {str(error) or type(error).__name__}"
            raise TemporaryError(verb, kind, request.title, 0, reason) from error
        finally:
            metrics.API_CALLS.labels(verb=request.counted_as, kind=kind, code=str(status)).inc()
            metrics.API_SECONDS.labels(verb=request.counted_as).observe(time.monotonic() - started)
        if not 200 <= status <= 299:
            retry_after = answer.getheader("Retry-After")
            raise from_answer(verb, kind, request.title, status, content, retry_after)
        result: Manifest = json.loads(content)
        return result

    async def _answer(self, request: Request) -> Any:
        """The official client's answer; its content is not read yet."""
        dry = request.dry_run or (self.dry and _METHODS[request.verb] != "GET")
        serialized = await self._client.param_serialize(
            _METHODS[request.verb],
            request.path,
            query_params=[*request.query, *([("dryRun", "All")] if dry else [])],
            header_params={"Accept": "application/json", "Content-Type": request.content_type},
            body=request.body,
            auth_settings=["BearerToken"],
        )
        return await self._client.call_api(*serialized, _request_timeout=self._timeout)


_METHODS = {
    "get": "GET",
    "list": "GET",
    "create": "POST",
    "update": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
}
