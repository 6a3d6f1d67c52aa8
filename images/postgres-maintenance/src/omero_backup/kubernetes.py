"""The API server, asked with the pod's token."""

from __future__ import annotations

import http.client
import json
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from omero_backup.errors import BackupError

Object = dict[str, Any]

_TIMEOUT = 30.0
_PAUSE = 3.0
# Of an API server that restarts or has too much to do.
_BUSY = (429, 500, 502, 503, 504)


class ApiError(BackupError):
    """The API server refuses a request.

    Attributes:
        status: Its HTTP status.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Kind:
    """A kind of objects.

    Attributes:
        api_version: Group and version.
        name: Its name.
        plural: Its name in addresses.
        brought_by: What a cluster needs to have it; empty for what every cluster has.
    """

    api_version: str
    name: str
    plural: str
    brought_by: str = ""


@dataclass(frozen=True)
class Api:
    """A namespace as the API server shows it.

    Attributes:
        url: Address of the API server.
        token_file: The token, which the kubelet renews.
        ca_file: Authority of its certificate.
        namespace: The namespace.
        patience: Seconds for which a server that does not answer is asked again.
    """

    url: str
    token_file: Path
    ca_file: str
    namespace: str
    patience: float

    def get(self, kind: Kind, name: str) -> Object | None:
        """One object; None where it does not exist.

        Raises:
            ApiError: The API server refuses it, or does not know the kind.
        """
        try:
            return self._asked("GET", kind, name)
        except ApiError as error:
            if error.status != 404:
                raise
        # Whether the object or its kind is missing is not in the status.
        self.list(kind, "no=such")
        return None

    def list(self, kind: Kind, selector: str = "") -> list[Object]:
        """The objects with some labels; all without a selector."""
        query = f"?labelSelector={quote(selector)}" if selector else ""
        return list(self._asked("GET", kind, query=query)["items"])

    def create(self, kind: Kind, item: Object) -> Object:
        """Make an object; one of this name that exists is what an answer that was lost has made."""
        name = item["metadata"]["name"]
        body = {"apiVersion": kind.api_version, "kind": kind.name, **item}
        try:
            return self._asked("POST", kind, body=body, title=name)
        except ApiError as error:
            found = self.get(kind, name) if error.status == 409 else None
            if found is None:
                raise
            return found

    def delete(self, kind: Kind, item: Object) -> None:
        """Delete an object, and no other one of its name."""
        name, uid = item["metadata"]["name"], item["metadata"]["uid"]
        options = {"preconditions": {"uid": uid}, "propagationPolicy": "Background"}
        try:
            self._asked("DELETE", kind, name, body=options)
        except ApiError as error:
            # It is gone, or another one has its name.
            if error.status not in (404, 409):
                raise

    def _asked(
        self,
        method: str,
        kind: Kind,
        name: str = "",
        *,
        query: str = "",
        body: Object | None = None,
        title: str = "",
    ) -> Object:
        root = (
            f"/apis/{kind.api_version}" if "/" in kind.api_version else f"/api/{kind.api_version}"
        )
        path = f"{root}/namespaces/{self.namespace}/{kind.plural}{f'/{name}' if name else ''}"
        deadline = time.monotonic() + self.patience
        what = f"{kind.name} {name or title}".strip()
        while True:
            try:
                return self._answer(method, f"{path}{query}", body)
            except urllib.error.HTTPError as error:
                refusal = self._refusal(error, method, kind, what)
                if error.code not in _BUSY or time.monotonic() > deadline:
                    raise refusal from None
            except (OSError, http.client.HTTPException) as error:
                if time.monotonic() > deadline:
                    raise BackupError(
                        f"the API server {self.url} does not answer: {error}. Network policies "
                        "must let the pods of backups reach it: "
                        "spec.web.plugins.adminTools.kubernetes has its ports and addresses"
                    ) from None
            time.sleep(min(_PAUSE, self.patience / 10))

    def _answer(self, method: str, path: str, body: Object | None) -> Object:
        request = urllib.request.Request(  # noqa: S310 - the address comes from the operator
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token_file.read_text().strip()}",
                "Content-Type": "application/json",
            },
        )
        secure = self.url.startswith("https:")
        context = ssl.create_default_context(cafile=self.ca_file) if secure else None
        with urllib.request.urlopen(request, timeout=_TIMEOUT, context=context) as answer:  # noqa: S310
            return dict(json.load(answer))

    def _refusal(
        self, error: urllib.error.HTTPError, method: str, kind: Kind, what: str
    ) -> ApiError:
        try:
            told = json.loads(error.read())["message"]
        except (ValueError, KeyError, TypeError, OSError):
            told = error.reason
        if error.code == 404 and kind.brought_by and method != "DELETE" and "not found" not in told:
            return ApiError(
                404,
                f"this cluster has no {kind.name} of {kind.api_version}: install "
                f"{kind.brought_by}, or set spec.backup.files.method to copy",
            )
        return ApiError(
            error.code,
            f"the API server refuses to {method.lower()} {what} in namespace {self.namespace} "
            f"(HTTP {error.code}): {told}",
        )
