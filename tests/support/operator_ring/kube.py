"""A small administrator's client: what a person does with kubectl, without a process per call."""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

import patience
from omero_operator.identity.kinds import PLATFORM, Kind

Manifest = dict[str, Any]

NAMESPACE = Kind("v1", "Namespace", "namespaces")

# Kubernetes' garbage collector looks for new kinds twice a minute and begins when it has seen all
# objects of all kinds: on a new API server, children of a platform go after a minute or more.
SECONDS_TO_COLLECT = 100

# Seconds between two looks at something that takes long: many of them list objects of all kinds.
LONGEST_PAUSE = 1.0


# A site without uploads and exports: a sixth of its objects less, and five of its containers. For a
# test that looks at one component, or at the operator.
SMALL: Manifest = {"web": {"plugins": {"upload": {"enabled": False}, "imaris": {"enabled": False}}}}


class Refused(Exception):
    """An answer outside 2xx, with its status and the server's words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


class Kube:
    """Requests with the administrator's certificate.

    Attributes:
        config: The kubeconfig, for programs.
        server: Address of the API server.
        ca: Its certificate authority, PEM.
        kubeconfig: The file with the certificate.
        tls: How to speak to it with that certificate.
    """

    def __init__(self, kubeconfig: Path) -> None:
        self.config = kubeconfig
        config = json.loads(kubeconfig.read_text(encoding="utf-8"))
        cluster = config["clusters"][0]["cluster"]
        user = config["users"][0]["user"]
        self.kubeconfig = kubeconfig
        self.server: str = cluster["server"]
        self.ca = base64.b64decode(cluster["certificate-authority-data"]).decode()
        context = ssl.create_default_context(cadata=self.ca)
        with tempfile.NamedTemporaryFile() as file:
            for part in ("client-certificate-data", "client-key-data"):
                file.write(base64.b64decode(user[part]))
            file.flush()
            context.load_cert_chain(file.name)
        self.tls = context
        self._http = httpx.Client(
            base_url=self.server,
            verify=context,
            timeout=30,
            trust_env=False,
            # To compress a list costs the API server more than the way through loopback.
            headers={"Accept-Encoding": "identity"},
        )

    def close(self) -> None:
        self._http.close()

    def request(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> Manifest:
        """One request; `Refused` for anything but success."""
        answer = self._http.request(
            method,
            path,
            content=None if body is None else json.dumps(body),
            headers={"Content-Type": content_type},
        )
        if answer.is_error:
            is_status = answer.headers.get("Content-Type", "").startswith("application/json")
            message = answer.json().get("message", "") if is_status else answer.text
            raise Refused(answer.status_code, message)
        result: Manifest = answer.json()
        return result

    def get(self, kind: Kind, namespace: str | None, name: str) -> Manifest | None:
        try:
            return self.request("GET", kind.path(namespace, name))
        except Refused as refusal:
            if refusal.status == 404:
                return None
            raise

    def list(self, kind: Kind, namespace: str | None = None, selector: str = "") -> list[Manifest]:
        answer = self.request("GET", f"{kind.path(namespace)}?labelSelector={selector}")
        head = {"apiVersion": kind.api_version, "kind": kind.name}
        return [{**head, **item} for item in answer["items"]]

    def create(self, kind: Kind, manifest: Manifest) -> Manifest:
        namespace = manifest["metadata"].get("namespace")
        body = {"apiVersion": kind.api_version, "kind": kind.name, **manifest}
        return self.request("POST", kind.path(namespace), body)

    def apply(self, manifest: Manifest, plural: str, manager: str = "test") -> Manifest:
        """Server-side apply of any manifest."""
        kind = Kind(manifest["apiVersion"], manifest["kind"], plural)
        metadata = manifest["metadata"]
        path = kind.path(metadata.get("namespace"), metadata["name"])
        query = f"?fieldManager={manager}&force=true"
        return self.request("PATCH", path + query, manifest, "application/apply-patch+yaml")

    def merge(
        self, kind: Kind, namespace: str | None, name: str, patch: Manifest, part: str = ""
    ) -> Manifest:
        """Merge-patch an object, or a subresource of it."""
        path = kind.path(namespace, name) + (f"/{part}" if part else "")
        return self.request(
            "PATCH", f"{path}?fieldManager=test", patch, "application/merge-patch+json"
        )

    def delete(self, kind: Kind, namespace: str | None, name: str, *, grace: int = 0) -> None:
        options = {"gracePeriodSeconds": grace, "propagationPolicy": "Background"}
        try:
            self.request("DELETE", kind.path(namespace, name), options)
        except Refused as refusal:
            if refusal.status != 404:
                raise

    def namespace(self, name: str) -> str:
        """Make a namespace in which only restricted pods are admitted."""
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        self.create(NAMESPACE, {"metadata": {"name": name, "labels": labels}})
        return name

    def platform(
        self, namespace: str, name: str, spec: Manifest | None = None, **metadata: Any
    ) -> Manifest:
        """Create an OmeroPlatform."""
        body = {
            "metadata": {"name": name, "namespace": namespace, **metadata},
            "spec": spec or {},
        }
        return self.create(PLATFORM, body)

    def condition(self, namespace: str, name: str, kind: str) -> Manifest:
        """A condition of a platform; empty before the operator judged it."""
        platform = self.get(PLATFORM, namespace, name) or {}
        for condition in platform.get("status", {}).get("conditions", []):
            if condition["type"] == kind:
                return {**condition, "generation": platform["metadata"]["generation"]}
        return {"status": "", "reason": "", "message": "", "generation": -1}

    def wait_condition(
        self, namespace: str, name: str, kind: str, status: str, *, seconds: float = 180
    ) -> Manifest:
        """Wait until a condition has a status that speaks of the present specification."""
        seen: Manifest = {}

        def holds() -> bool:
            seen.update(self.condition(namespace, name, kind))
            speaks_of_now = seen.get("observedGeneration") == seen["generation"]
            return bool(seen["status"] == status and speaks_of_now)

        wait_until(holds, seconds, lambda: f"{kind} of {namespace}/{name} is {seen}")
        return seen


def wait_until(
    holds: Callable[[], object], seconds: float = 120, what: Callable[[], str] = lambda: ""
) -> None:
    """Poll until something holds.

    Raises:
        CommandError: It did not; `what` says how things stand.
    """
    patience.wait(
        holds, seconds, lambda why: f"{why}: {what()}", shortest=0.2, longest=LONGEST_PAUSE
    )
